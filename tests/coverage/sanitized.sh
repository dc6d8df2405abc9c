#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the command-line suites with the programs that the sanitizers watch, two at a time: each fails where these report
# something. What a suite says of itself does not count here, for they take more time and memory than some allow; it has run
# with the real programs. Usage: sanitized.sh BUILD
build=$1
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
# These ask what a program does to files, memory and calls, and how long it takes: not so when it is watched.
without='hardening_test|injected_faults_test|large_machine_test|sandbox_test|install_test|static_test|suites_test|messages_test'
export reports
# shellcheck disable=SC2016
find tests/cli -name '*_test.sh' | grep -vE "$without" | sort | xargs -P "$(nproc)" -I{} sh -c '
	name=$(basename "$1" .sh)
	# What is left at the end of a program goes with it.
	export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0:log_path="$reports/$name"
	export UBSAN_OPTIONS=print_stacktrace=1:log_path="$reports/$name"
	timeout 1800 sh "$1" "$2" >"$reports/$name.said" 2>&1
	[ $? -ne 124 ] || echo "it does not end" >"$reports/$name.time"' sh {} "$build/asan"

passed=0
failed=0
for said in "$reports"/*.said; do
	found=$(find "$reports" -name "$(basename "$said" .said).*" ! -name '*.said')
	if [ -z "$found" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $(basename "$said" .said)"
		# shellcheck disable=SC2086
		head -n 40 $found
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
