#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --vtop answers as the kernels did from which tests/fixtures/ia64 was taken.
# Usage: vtop_test.sh BUILD
bin=$1/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

check() { # NAME EXPECTED-FILE ACTUAL-FILE
	if [ -s "$2" ] && cmp -s "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1"
		diff "$2" "$3" | head -n 10
	fi
}

for folder in tests/fixtures/ia64/*/; do
	awk -F '\t' '!/^#/ {print $1, $2}' "$folder/expected.tsv" >"$scratch/expected"
	cut -d ' ' -f 1 "$scratch/expected" >"$scratch/addresses"
	"$bin/kstrax-dump" --vtop - "$folder/pages.elf" <"$scratch/addresses" >"$scratch/got"
	check "$folder from standard input" "$scratch/expected" "$scratch/got"
	tail -n 30 "$scratch/expected" >"$scratch/few"
	"$bin/kstrax-dump" --vtop "$(cut -d ' ' -f 1 "$scratch/few" | paste -s -d ,)" "$folder/pages.elf" >"$scratch/got"
	check "$folder as an argument" "$scratch/few" "$scratch/got"
done

core=tests/fixtures/ia64/16k-4/pages.elf
cat >"$scratch/expected" <<'EOF'
0xa0000002000c0128 0x802b4128
  page tables
  PGD at 0x4684000: 0x0000000080000000
  PUD at 0x80000000: 0x0000000080004000
  PMD at 0x80004800: 0x0000000080294000
  PTE at 0x80294180: 0x00100000802b4661
0xc0000000802b4000 0x802b4000
  region 6, uncached identity
0x0000000000000001 unmapped
  no address of the kernel's
EOF
"$bin/kstrax-dump" --vtop A0000002000C0128,0xc0000000802b4000,1 -v "$core" >"$scratch/got" 2>"$scratch/note"
check "-v shows the entries" "$scratch/expected" "$scratch/got"

expect_status() { # STATUS WORDS ARGUMENTS…
	status=$1
	words=$2
	shift 2
	"$bin/kstrax-dump" "$@" >"$scratch/out" 2>"$scratch/err"
	got=$?
	if [ "$got" -eq "$status" ] && grep -q "$words" "$scratch/err"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $*: status $got"
		cat "$scratch/err"
	fi
}
expect_status 2 "'xyz' is no address" --vtop 1,xyz "$core"
expect_status 2 "'' is no address" --vtop 1, "$core"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
