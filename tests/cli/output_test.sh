#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Outputs hold what was asked for and nothing else, or it is said. Usage: output_test.sh BUILD
bin=$(cd "$1" && pwd)/bin
sample=$(pwd)/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

dump=$bin/kstrax-dump
"$dump" -t --format=csv -o rows "$sample" 2>notes
"$dump" --excerpt excerpt "$sample" >pages
"$dump" -t -o text "$sample"

# A descriptor that is closed at the beginning never becomes one of a file: a message would land in it.
"$dump" -t --format=csv -o got "$sample" <&- 2>&-
holds "0 and 2 closed: the rows alone" cmp rows got
"$dump" -t --format=csv -o got "$sample" <&- >&- 2>&-
holds "all closed: the rows alone" cmp rows got
"$dump" --excerpt got "$sample" <&- >&- 2>err
holds "0 and 1 closed: the excerpt alone" cmp excerpt got
holds "and its line could not be printed" grep -q 'standard output: cannot write: Bad file descriptor' err
"$dump" -t "$sample" <&- >&- 2>err
holds "status of a closed output" [ $? -eq 1 ]
says "a closed input" 1 'standard input: cannot read: Bad file descriptor' sh -c '"$0" <&-' "$bin/kstrax-filter"
"$bin/kstrax-filter" text <&- 2>&- >got
holds "kstrax-filter, 0 and 2 closed" cmp text got
says "a message of kstrax, 0 and 1 closed" 1 'error' sh -c '"$0" -t none <&- >&-' "$bin/kstrax"
says "kstrax-graph, 0 and 1 closed" 0 '^$' sh -c '"$0" CNT "$1" --text -o graph <&- >&-; echo >&2' "$bin/kstrax-graph" "$sample"
"$bin/kstrax-graph" CNT "$sample" --text -o want
holds "the graph alone" cmp want graph

# A limit on the size of files is as a full disk.
mkdir small
for option in "-t -o small/out" "-b -o small/out" "--excerpt small/out"; do
	# shellcheck disable=SC2086
	says "$option: too large" 1 'cannot write: File too large' sh -c 'ulimit -f 1; exec "$@"' - "$dump" $option "$sample"
	holds "$option: one line" [ "$(wc -l <err)" -eq 1 ]
	holds "$option: no file stays" [ -z "$(ls -A small)" ]
done
says "a file behind >" 1 'standard output: cannot write: File too large' sh -c 'ulimit -f 1; exec "$0" -t "$1" >large' "$dump" "$sample"
"$dump" -b -o set "$sample" >paths
says "kstrax: too large" 1 'cannot write: File too large' sh -c 'ulimit -f 1; exec "$0" -t set -o small/out' "$bin/kstrax"
says "kstrax-filter: too large" 1 'cannot write: File too large' sh -c 'ulimit -f 1; exec "$0" text >large' "$bin/kstrax-filter"
says "kstrax-graph: too large" 1 'cannot write: File too large' \
	sh -c 'ulimit -f 1; exec "$0" EXEC "$1" -o small/out.gp' "$bin/kstrax-graph" "$sample"
holds "no file stays" [ -z "$(ls -A small)" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
