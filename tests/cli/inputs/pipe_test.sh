#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A reader that goes away ends each command without a word. Usage: pipe_test.sh BUILD
bin=$(cd "$1" && pwd)/bin
sample=$(pwd)/sample-dumps/x86_64-panic.elf
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
passed=0
failed=0

# quiet COMMAND…: into a pipe that nobody reads from, with SIGPIPE as a shell leaves it
quiet() {
	mkfifo pipe
	# The other end opens, so that writing begins, and closes at once.
	("$@" 2>err >pipe; echo $? >status) &
	: <pipe
	wait
	rm -f pipe
	# Ended by the signal, or done before it noticed.
	case $(cat status) in
	0 | 141) said=$(cat err) ;;
	*) said="status $(cat status): $(cat err)" ;;
	esac
	if [ -z "$said" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $*: $said"
	fi
}

"$bin/kstrax-dump" -b -o X "$sample" >/dev/null 2>&1
for report in -t -r -c -i; do
	quiet "$bin/kstrax-dump" $report "$sample"
	quiet "$bin/kstrax" $report X -o -
done
for mode in ALL EXEC; do quiet "$bin/kstrax-graph" $mode X --text; done
for command in "$bin"/*; do quiet "$command" -h; done
# What is longer than a pipe holds, so that the signal must come.
quiet "$bin/kstrax-dump" -r --format=jsonl "$sample"
if [ "$(cat status)" = 141 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL: no SIGPIPE"; fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
