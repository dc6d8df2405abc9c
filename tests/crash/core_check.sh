#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The extension's own code under valgrind, with a stand-in for crash, on every dump that is
# there: the sample, BUILD/vmcore, BUILD/crash-dumps and BUILD/i386/crash. No error, no
# leak, and the reports of kstrax-dump.
# Usage: core_check.sh BUILD
build=$1
passed=0
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for dump in sample-dumps/*.elf "$build"/vmcore/panic.elf "$build"/vmcore/panic.kdump \
	"$build"/crash-dumps/kdump.* "$build"/crash-dumps/wrapped.elf "$build"/i386/crash/*.elf; do
	[ -e "$dump" ] || continue
	for report in "-t --format=jsonl" "-r" "-i"; do
		# shellcheck disable=SC2086
		"$build/bin/kstrax-dump" $report "$dump" 2>/dev/null | grep -v '"type":"header"' >"$scratch/standalone"
		# max_pfn is in hexadecimal: 1 GiB of memory.
		# shellcheck disable=SC2086
		valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 \
			--log-file="$scratch/valgrind" "$build/tests/fake-crash" "$dump" max_pfn=40000 -- $report \
			>"$scratch/out" 2>/dev/null
		status=$?
		grep -v '"type":"header"' "$scratch/out" >"$scratch/core"
		if [ "$status" -ne 99 ] && [ ! -s "$scratch/valgrind" ] && [ -s "$scratch/core" ] &&
			cmp -s "$scratch/standalone" "$scratch/core"; then
			passed=$((passed + 1))
			echo "ok   ${dump#"$build"/}: $report"
		else
			failed=$((failed + 1))
			echo "FAIL ${dump#"$build"/}: $report (status $status)"
			head -n 30 "$scratch/valgrind"
			diff "$scratch/standalone" "$scratch/core" | head -n 4
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
