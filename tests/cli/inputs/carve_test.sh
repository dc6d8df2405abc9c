#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings of which the anchor is gone, and the frame lists too: what is put together from
# the rings' pages is what was in them, and says what it is.
# Usage: carve_test.sh BUILD
. "$(dirname "$0")/../checks.sh"
dump=$1/bin/kstrax-dump
make_dump=$1/tests/make-dump
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
case $dump in /*) ;; *) dump=$OLDPWD/$dump make_dump=$OLDPWD/$make_dump ;; esac

# recorded LAYOUT RECORDS: three CPUs, a thread each, in step, so that all have the same serials.
recorded() {
	printf 'layout %s\ncpus 3\nentries 400\nstart 0 1700000000000000000\n' "$1"
	awk -v records="$2" 'BEGIN {
		for (i = 0; i < records / 2; i++)
			for (cpu = 0; cpu < 3; cpu++) {
				at = 5000000000 + i * 9000 + cpu * 1100 + (i * 7919 + cpu * 104729) % 977
				# Not %d for times: mawk ends that at 2^31.
				printf "%d %.0f tid=%d read args=%d,0x%x,%d\n", cpu, at, 20 + cpu, i % 9, 4096 + i, i
				printf "%d %.0f tid=%d read = %d\n", cpu, at + 500, 20 + cpu, i
			}
	}'
}

# The calls, in the order of their beginning.
calls() { # DUMP
	"$dump" -t --format=csv "$1" 2>err | sort -t, -k4,4n
	return 0
}
without_cpu() { awk -F, -v OFS=, '{ $3 = ""; print }' "$1"; }

for layout in x86_64 ia32 ia64; do
	for records in 300 1000; do
		recorded $layout $records >script
		for form in elf no-anchor pages-alone; do "$make_dump" script $form $form.dump || exit 1; done
		calls elf.dump >expected
		"$dump" -t --format=csv no-anchor.dump >/dev/null 2>&1
		holds "$layout $records: status of a carved report" test $? -eq 3
		calls no-anchor.dump >by-lists
		same "$layout $records: by frame lists, the same calls on the same CPUs" expected by-lists
		holds "$layout $records: said in one line" test "$(grep -c 'carved: ' err)" -eq 1
		calls pages-alone.dump >by-pages
		without_cpu expected >one
		without_cpu by-pages >two
		same "$layout $records: by pages alone, the same calls" one two
		holds "$layout $records: that CPUs have no names is said" grep -q 'which CPU is which is not known for 3 of 3 rings' err
		# CPUs have changed their numbers at most: each thread is on one.
		cut -d, -f1,3 by-pages | sort -u >threads
		cut -d, -f1,3 expected | sort -u >threads.expected
		holds "$layout $records: no call is on another thread's CPU" test "$(wc -l <threads)" -eq "$(wc -l <threads.expected)"
	done
done

"$dump" pages-alone.dump >summary 2>err
holds "the summary says how it was found" grep -q '^found  *carved: ' summary
holds "and how large a lap is" grep -q 'a lap is 400 entries' summary
"$dump" --format=jsonl -r pages-alone.dump 2>/dev/null | head -n 1 >header
holds "so does the header" grep -q '"found":\["carved: ' header
holds "with what is not known" grep -q '"damage":\["carved: ' header

"$dump" --carve -t --format=csv elf.dump 2>err | sort -t, -k4,4n >forced
holds "a sound dump is carved if asked" grep -q 'carved: ' err
same "with the same calls" expected forced
"$dump" --excerpt small.elf pages-alone.dump >/dev/null 2>&1
holds "an excerpt of a carved recording" test $? -eq 3
calls small.elf >of-excerpt
same "is carved like it" by-pages of-excerpt
"$dump" -b -o set pages-alone.dump >/dev/null 2>&1
holds "its buffer files" test $? -eq 3

"$dump" --carve --no-frame-lists elf.dump >/dev/null 2>err
holds "--carve and --no-frame-lists exclude one another" test $? -eq 2
"$dump" --instance carved-7 --carve elf.dump >/dev/null 2>err
holds "a recording that is not there" grep -q 'no recording carved-7; there are: carved-1' err
"$dump" --carve "$(command -v "$dump")" >/dev/null 2>err
holds "no memory image" test $? -eq 1

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
