#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps made from text, in every format and of every architecture: the rings are
# found through page tables alone, and the reports are those of the same rings in
# a memory without a kernel. Usage: generated_test.sh BUILD
bin=$1/bin
make_dump=$1/tests/make-dump
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

check() { # NAME CONDITION...
	name=$1
	shift
	if "$@" >/dev/null 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name"
	fi
}

reports() { # OUT OPTIONS...
	out=$1
	shift
	for option in -t -r -c -i; do "$bin/kstrax-dump" $option "$@"; done >"$out" 2>/dev/null
}

# The golden recording of an architecture, in a kernel: LAYOUT LINES...
kernel_script() {
	layout=$1
	shift
	echo "layout $layout"
	grep -E '^cpus ' "tests/golden/$layout.script"
	printf '%s\n' "$@"
	grep -vE '^(layout|cpus|virtual|page_shift) ' "tests/golden/$layout.script"
}

try() { # LAYOUT FORMATS LINES...
	layout=$1
	formats=$2
	shift 2
	"$make_dump" "tests/golden/$layout.script" elf "$scratch/plain"
	reports "$scratch/expected" "$scratch/plain"
	check "$layout: there is something to compare" test -s "$scratch/expected"
	kernel_script "$layout" "$@" >"$scratch/script"
	for format in $formats; do
		"$make_dump" "$scratch/script" "$format" "$scratch/dump"
		reports "$scratch/got" --no-frame-lists "$scratch/dump"
		check "$layout, $*, $format: page tables" cmp "$scratch/expected" "$scratch/got"
	done
}

all="elf raw plain zlib lzo snappy zstd flattened flattened-elf lime lkcd-rle lkcd-gzip"
try x86_64 "$all" 'tables "4 levels"' 'kaslr 0x23200000' 'load 0xa200000'
try x86_64 "elf raw" 'tables "5 levels"' 'vmcoreinfo memory'
try x86_64 "elf zlib" 'tables "4 levels"' 'sme_mask 0x800000000000'
try ia32 "$all elf32" 'tables "PAE"'
try ia32 "elf32 elf zlib raw" 'tables "2 levels"' 'page_offset 0x78000000'
try ia64 "$all" 'tables "16 KiB pages, 3 levels"' 'load 0x8000000'
try ia64 "elf raw zlib" 'tables "64 KiB pages, 3 levels"' 'vmcoreinfo memory'
try ia64 "elf" 'tables "4 KiB pages, 4 levels"'

# A split dump: in any order; with a file missing or named twice, it is said and what is there is read.
kernel_script x86_64 'tables "4 levels"' >"$scratch/script"
for part in 0 1 2; do "$make_dump" "$scratch/script" split$part "$scratch/part$part"; done
for order in "0 1 2" "2 0 1" "1 2 0"; do
	# shellcheck disable=SC2046
	reports "$scratch/got" $(for part in $order; do echo "$scratch/part$part"; done)
	"$make_dump" tests/golden/x86_64.script elf "$scratch/plain"
	reports "$scratch/expected" "$scratch/plain"
	check "split, in the order $order" cmp "$scratch/expected" "$scratch/got"
done
"$bin/kstrax-dump" -t "$scratch/part0" "$scratch/part1" "$scratch/part2" "$scratch/part1" >"$scratch/got" 2>"$scratch/err"
check "split, one file twice: exit status 3" test $? = 3
"$bin/kstrax-dump" -t "$scratch/plain" >"$scratch/expected" 2>/dev/null
check "split, one file twice: the whole report" cmp "$scratch/expected" "$scratch/got"
check "split, one file twice: is said" grep -q 'named once' "$scratch/err"
for gone in 0 1 2; do
	# shellcheck disable=SC2046
	"$bin/kstrax-dump" $(for part in 0 1 2; do [ $part = $gone ] || echo "$scratch/part$part"; done) >"$scratch/got" 2>"$scratch/err"
	status=$?
	check "split, without file $gone: is said" grep -q 'is missing: that with the' "$scratch/err"
	# The anchor is in one of them; without it, there is nothing to report of.
	check "split, without file $gone: exit status" test $status = 3 -o $status = 1
	[ $status = 3 ] && reported=yes
done
check "split: what is there is read" test "$reported" = yes
"$make_dump" "$scratch/script" zlib "$scratch/dump"
"$bin/kstrax-dump" -t "$scratch/part0" "$scratch/dump" >"$scratch/got" 2>"$scratch/err"
check "split, and another dump: refused" test $? = 1
check "split, and another dump: is said" grep -q 'dump: not a file of a split dump' "$scratch/err"

# Without an anchor nothing says where the rings are; their addresses are told apart.
kernel_script ia32 'tables "PAE"' 'anchor none' >"$scratch/script"
"$make_dump" "$scratch/script" elf "$scratch/dump"
"$bin/kstrax-dump" "$scratch/dump" >/dev/null 2>"$scratch/err"
check "no anchor: what is put together from pages says so" grep -q "carved: " "$scratch/err"
"$make_dump" "$scratch/script" rings "$scratch/rings"
check "the rings' addresses" grep -qx '0:0x[0-9a-f]*:[0-9]*' "$scratch/rings"
cut -d : -f 2 "$scratch/rings" | "$bin/kstrax-dump" --vtop - "$scratch/dump" >"$scratch/physical" 2>/dev/null
check "all are mapped" test "$(grep -c ' 0x' "$scratch/physical")" = "$(wc -l <"$scratch/rings")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
