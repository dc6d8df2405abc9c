#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each sample dump gives the reports that stand beside it, and the same from
# buffer files made of it; one with a script is what the script makes.
# Usage: samples_test.sh BUILD
bin=$1/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

expect_same() { # NAME EXPECTED ACTUAL
	if [ -s "$3" ] && cmp -s "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1"
		diff "$2" "$3" | head -n 10
	fi
}

for dump in sample-dumps/*.elf; do
	name=${dump%.elf}
	"$bin/kstrax-dump" "$dump" >"$scratch/summary" 2>/dev/null
	"$bin/kstrax-dump" -i "$dump" >"$scratch/in-flight"
	"$bin/kstrax-dump" -c "$dump" >"$scratch/statistics"
	for report in summary in-flight statistics; do
		expect_same "$name: $report" "$name.$report" "$scratch/$report"
	done
	if [ -e "$name.script" ]; then
		"$1/tests/make-dump" "$name.script" elf "$scratch/made"
		"$bin/kstrax-dump" --excerpt "$scratch/excerpt" "$scratch/made" >/dev/null
		expect_same "$name: made anew" "$dump" "$scratch/excerpt"
	fi
	rm -f "$scratch"/files_*
	"$bin/kstrax-dump" -b -o "$scratch/files" "$dump" >/dev/null
	"$bin/kstrax-dump" --excerpt "$scratch/again.elf" "$dump" >/dev/null
	expect_same "$name: an excerpt of an excerpt" "$dump" "$scratch/again.elf"
	for option in -t -r -c -i; do
		"$bin/kstrax-dump" $option "$dump" >"$scratch/dump"
		"$bin/kstrax-dump" --no-frame-lists $option "$dump" >"$scratch/tables"
		expect_same "$name: $option through page tables" "$scratch/dump" "$scratch/tables"
		"$bin/kstrax" $option --columns=full "$scratch/files" -o - >"$scratch/copy"
		expect_same "$name: $option of its buffer files, all columns" "$scratch/dump" "$scratch/copy"
		"$bin/kstrax-dump" $option --columns=manual "$dump" >"$scratch/dump"
		"$bin/kstrax" $option "$scratch/files" -o - >"$scratch/copy"
		expect_same "$name: $option of its buffer files" "$scratch/dump" "$scratch/copy"
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
