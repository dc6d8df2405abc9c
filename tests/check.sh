#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every test suite, the fast ones first. The last line says how many tests
# passed, failed and were skipped. Usage: tests/check.sh BUILD. KSTRAX_CHECK_VM=no
# leaves out the virtual machines; KSTRAX_CHECK_UNTIL=SECONDS, since 1970, those that have not begun by then.
build=$1
. "$(dirname "$0")/suites.sh"

find "$build/asan/obj" -name '*.gcda' -delete # counts of earlier runs
beside "unit tests, under sanitizers" env ASAN_OPTIONS=allocator_may_return_null=1 "$build/asan/tests/unit" --report_level=short --report_sink=stdout --log_sink=stdout
suite "inputs of the fuzz targets" env ASAN_OPTIONS=allocator_may_return_null=1 "$build/asan/tests/fuzz-replay" tests/fuzz/corpus
for script in $(find tests/cli -name "*_test.sh" | sort); do
	suite "$script" sh "$script" "$build"
done
suite "command-line suites, under sanitizers" sh tests/coverage/sanitized.sh "$build"
beside_ended
suite "what damaged inputs are judged by" python3 -B tests/corrupt/judge_test.py
suite "damaged inputs" python3 -B tests/corrupt/corrupt.py "$build" --files=500
# What needs no vmlinux is in tests/cli/crash_ext_test.sh.
if [ -e "$build/vmcore/vmlinux" ] && [ -e "$build/vmcore/panic.elf" ] && [ -e "$build/lib/kstrax.so" ]; then
	suite "crash(8)" sh tests/crash/crash_check.sh "$build"
else
	left_out "crash(8)" "it needs the vmlinux of \`make vmcore\`, a download of 860 MB"
fi
# What takes long there looks at what changed lately; by `make lint`, at all.
changed() {
	git log -n 25 --name-only --format= | grep -E '^(analyzer|formats|crash-ext)/.*[.][ch]pp$' | sed 's|/[^/]*$||' |
		sort -u | while read -r folder; do [ ! -d "$folder" ] || printf '%s ' "$folder"; done
}
if git rev-parse 2>/dev/null; then
	suite "lint" make --no-print-directory lint FOLDERS="$(changed)"
else
	suite "lint" make --no-print-directory lint
fi
# Most reports of real dumps are made there: without them, fewer lines are run.
least=75
if [ "$KSTRAX_CHECK_VM" = no ]; then
	left_out "virtual machines" "KSTRAX_CHECK_VM=no"
else
	suite "virtual machines" env KSTRAX_SANITIZED="$build/asan/bin" make --no-print-directory vm-check
	[ "$(date +%s)" -ge "${KSTRAX_CHECK_UNTIL:-99999999999}" ] || least=92
fi
suite "lines that these tests ran" python3 -B tests/coverage/coverage.py "$build" --least=$least
total
