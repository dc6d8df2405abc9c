#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every test suite, the fast ones first, and adds up what they say: each
# ends with a line "N passed, N failed". Usage: tests/check.sh BUILD
build=$1
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# suite NAME COMMAND…
suite() {
	name=$1
	shift
	echo
	echo "== $name"
	"$@" >"$log" 2>&1
	status=$?
	cat "$log"
	# Boost.Test says it in its own words.
	counts=$(sed -n \
		-e 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' \
		-e 's/^ *\([0-9]*\) test cases\{0,1\} out of [0-9]* passed$/\1 0/p' \
		-e 's/^ *\([0-9]*\) test cases\{0,1\} out of [0-9]* failed$/0 \1/p' "$log" |
		awk '{p += $1; f += $2} END {if (NR) print p, f}')
	if [ -z "$counts" ]; then
		echo "$name: ended with status $status and no count"
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + ${counts% *}))
	failed=$((failed + ${counts#* }))
	if [ "$status" -ne 0 ] && [ "${counts#* }" -eq 0 ]; then
		echo "$name: ended with status $status"
		failed=$((failed + 1))
	fi
}

suite "unit tests" "$build/tests/unit" --report_level=short --report_sink=stdout --log_sink=stdout
for script in tests/cli/*_test.sh; do
	[ -e "$script" ] && suite "$script" sh "$script" "$build"
done
# Needs the vmlinux of `make vmcore`, a download of 860 MB; without it, tests/cli/crash_ext_test.sh has run.
if [ -e "$build/vmcore/vmlinux" ] && [ -e "$build/vmcore/panic.elf" ] && [ -e "$build/lib/kstrax.so" ]; then
	suite "crash(8)" sh tests/crash/crash_check.sh "$build"
fi
suite "virtual machines" make --no-print-directory vm-check

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
