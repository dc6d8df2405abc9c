#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How sources, buffer files and calls are named, by every command alike.
# Usage: names_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
sample=$(pwd)/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

rows() { grep -v '^#' "$@"; }

# B1a: one default name, by the recording's own end and host.
"$bin/kstrax-dump" -b "$sample" >names
ended=$("$bin/kstrax-dump" "$sample" 2>/dev/null | sed -n 's/^recorded .* to \([0-9-]*\) \([0-9:]*\) UTC.*/\1\2/p' | tr -d ':-')
holds "the default name of buffer files" grep -qE "^${ended:-no panic}_[A-Za-z0-9._-]+_0\$" names
files=$(sed -n '1s/_0$//p' names)

# X4a: what reads dumps reads buffer files, by NAME or by one of them.
for report in '' -t -r -c -i; do
	# shellcheck disable=SC2086
	"$bin/kstrax-dump" $report "$files" >by-name 2>/dev/null
	# shellcheck disable=SC2086
	"$bin/kstrax-dump" $report "${files}_1" >by-file 2>err
	# shellcheck disable=SC2086
	"$bin/kstrax" $report "$files" -o - >by-kstrax 2>/dev/null
	same "kstrax-dump $report of buffer files" by-kstrax by-name
	same "kstrax-dump $report of one of them" by-name by-file
	holds "says that it is one of a set" grep -q "${files}_1 is the file of one CPU" err
	[ -z "$report" ] || "$bin/kstrax-dump" $report --columns=manual "$sample" >by-dump
	[ -z "$report" ] || same "$report is that of the dump" by-dump by-name
done
"$bin/kstrax-graph" CNT --text "${files}_0" >by-file 2>/dev/null
"$bin/kstrax-graph" CNT --text "$files" >by-name 2>/dev/null
same "kstrax-graph of one of them" by-name by-file
for report in -t -r -c -i; do
	"$bin/kstrax" "$report" "$sample" -o - >by-kstrax 2>/dev/null
	"$bin/kstrax-dump" "$report" "$sample" >by-dump 2>/dev/null
	same "kstrax $report of a dump" by-dump by-kstrax
done
cp "$sample" image
says "a dump's report stands beside it" 0 'wrote image_raw' "$bin/kstrax" -r image
says "kstrax of nothing" 1 'nothing: cannot open: No such file.*no buffer files nothing_0' "$bin/kstrax" -t nothing
says "an option of finding" 2 '--find: is for a memory image' "$bin/kstrax" -t "$files" --find=scan
says "an option for memory" 2 '--excerpt: is for a memory image' "$bin/kstrax-dump" --excerpt x "$files"

# B9a: names attached, and each report its own.
cp "${files}_0" A_0 && cp "${files}_1" A_1 && cp "${files}_0" B_0 && cp "${files}_1" B_1
"$bin/kstrax-dump" -t --columns=manual "$sample" >paired
"$bin/kstrax-dump" -c --columns=manual "$sample" >statistics
says "-tNAME" 0 'wrote A_txt' "$bin/kstrax" -tA
same "-tNAME is -t NAME" paired A_txt
rm A_txt
says "-t A -c B" 0 'wrote B_stat' "$bin/kstrax" -t A -c B
same "-t A" paired A_txt
same "-c B" statistics B_stat
"$bin/kstrax" -t A -tB 2>/dev/null
same "-t A -tB" paired B_txt
says "one name too many" 2 "'B' is one too many" "$bin/kstrax" -t A B
"$bin/kstrax" -ty A -o - >meanings
"$bin/kstrax-dump" -t -y --columns=manual "$sample" >expected
same "letters of switches are no name" expected meanings
cp "$sample" 'a dump'
"$bin/kstrax-dump" --columns=manual -t'a dump' >attached
same "kstrax-dump's, too" paired attached
"$bin/kstrax-dump" -i -c --columns=manual "$sample" >both
{ "$bin/kstrax-dump" -i "$sample" && cat statistics; } >expected
same "-i -c: both" expected both
says "two reports in one file" 2 'several reports at a time' "$bin/kstrax-dump" -i -c -o both "$sample"

# Calls: every name that reports print, and numbers.
cat >script <<'END'
layout x86_64
cpus 1
entries 20
0 1000 tid=10 syscall_472 args=5,0
0 2000 tid=10 syscall_472 = 0
0 3000 tid=10 syscall_3999 args=1,2
0 3500 tid=10 syscall_3999 = -ENOSYS
0 4000 tid=10 -1 args=1,2
0 4500 tid=10 -1 = -ENOSYS
0 5000 tid=10 openat args=1,2,3,4 path="/etc/passwd"
0 5500 tid=10 openat = 3
END
"$build/tests/make-dump" script elf new_call
"$bin/kstrax-dump" -t new_call >all
for call in fchroot 472 syscall_3999 3999 unknown syscall_3999,openat; do
	"$bin/kstrax-dump" -t -e $call new_call 2>err >direct
	"$bin/kstrax-filter" -e $call all 2>>err >filtered
	# shellcheck disable=SC2046
	grep -E " ($(echo "$call" | sed 's/,/|/; s/^472$/fchroot/; s/^3999/syscall_3999/'))\\(" all >expected
	rows direct >rows-direct
	rows filtered >rows-filtered
	same "-e $call of a dump" expected rows-direct
	same "-e $call of a text" expected rows-filtered
done
says "a number that names several" 2 "does not show 'nr'" "$bin/kstrax-filter" -e 2 all
says "a pattern as a call" 2 "-x 'call~\"open\*\"'" "$bin/kstrax-dump" -t -e 'open*' new_call
says "-e is what is amiss, not the text" 2 'error: -e: no system call' "$bin/kstrax-filter" -e opne all

# Texts that went through other systems.
{ printf '\357\273\277' && sed 's/$/\r/' all; } >from-windows
"$bin/kstrax-filter" -e openat all >expected
"$bin/kstrax-filter" -e openat from-windows >out
same "CRLF and a byte order mark change no line" expected out

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
