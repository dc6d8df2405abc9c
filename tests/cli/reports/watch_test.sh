#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --live and --every without a machine: what they refuse, and that they end as they should.
# Usage: watch_test.sh BUILD
build=$(cd "$1" && pwd)
dump=$build/bin/kstrax-dump
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$build/tests/make-dump" sample-dumps/ia64-generated.script raw "$scratch/ram" || exit 1
cp sample-dumps/x86_64-panic.elf "$scratch/dump.elf"
cd "$scratch" || exit 1

refuses() { # WORDS OPTION…
	words=$1
	shift
	timeout 60 "$dump" "$@" >out 2>err
	holds "$*: status 2" [ $? -eq 2 ]
	holds "$*: $words" grep -q "^kstrax-dump: error: .*$words" err
	holds "$*: one line" [ "$(wc -l <err)" -eq 1 ]
}
refuses "expected seconds" --live --every 0 ram
refuses "expected seconds" --live --every soon ram
refuses "expected seconds" --live --every nan ram
refuses "does not change" --live dump.elf
refuses "does not change" --every 1 -t ram
refuses "made once" --live --every 1 -b -o files ram
refuses "made once" --live --every 1 --excerpt small.elf ram
refuses "count from the end" --live --every 1 -t -l 5 ram
refuses "count from the end" --live --every 1 -r -s 5 ram
refuses "has no last row" --live --every 1 -t --sort duration ram
refuses "goes with --every" --live --new -t ram
refuses "goes with --every" --live --every 1 --new -c ram
refuses "not with --ring" --live --every 1 -t --ring 0:@1000:10 --layout x86_64 ram

# What it writes first it writes when signals wait already: from then on they end it, with a whole report.
until_written() { # FILE
	tries=1200
	until [ -s "$1" ] || [ $tries -eq 0 ]; do
		sleep 0.05
		tries=$((tries - 1))
	done
}
ends_whole() { # OPTION…
	"$dump" "$@" ram >expected 2>/dev/null
	for signal in TERM HUP; do # a shell's background programs ignore SIGINT
		rm -f out
		"$dump" "$@" --live --every 0.05 ram >out 2>err &
		until_written out
		kill -$signal $!
		wait $!
		holds "$* after SIG$signal: status 0" [ $? -eq 0 ]
		holds "$* after SIG$signal: nothing said" [ ! -s err ]
		same "$* after SIG$signal: a whole report" expected out
	done
}
ends_whole -t
ends_whole -r
ends_whole -t --format=jsonl

# Made anew each time: in a file, always the newest one.
"$dump" -c ram >expected 2>/dev/null
"$dump" -c --live --every 0.05 -o file ram >out 2>err &
until_written file
sleep 0.2
kill $!
wait $!
holds "-c in a file: status 0" [ $? -eq 0 ]
# It says besides what reading a running machine did to it.
holds "-c in a file: what was overwritten is said" grep -q '^# while it was read, 0 records' file
grep -v '^# while it was read' file >shown
same "-c in a file: a whole report" expected shown

# Or the file goes.
"$dump" -t ram >expected 2>/dev/null
rm -f out
"$dump" -t --live --every 0.05 ram >out 2>err &
until_written out
rm ram
wait $!
holds "the file is gone: status 0" [ $? -eq 0 ]
same "the file is gone: a whole report" expected out
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
