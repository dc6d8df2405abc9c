#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each sample dump gives the reports that stand beside it, and the same from
# buffer files made of it. Usage: samples_test.sh BUILD
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
	"$bin/kstrax-dump" -b -o "$scratch/files" "$dump" >/dev/null
	"$bin/kstrax-dump" --excerpt "$scratch/again.elf" "$dump" >/dev/null
	expect_same "$name: an excerpt of an excerpt" "$dump" "$scratch/again.elf"
	for option in -t -r -c -i; do
		"$bin/kstrax-dump" $option "$dump" >"$scratch/dump"
		"$bin/kstrax" $option "$scratch/files" -o - >"$scratch/copy"
		expect_same "$name: $option of its buffer files" "$scratch/dump" "$scratch/copy"
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
