#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the command-line suites with the programs that count which of their lines run (`make coverage-programs`), two at a
# time. What they say of themselves does not matter here: they are tests with the real programs. Usage: run.sh BUILD
build=$1
# These ask what a program does to files, memory and calls, and how long it takes: not so when it writes down its counts at the
# end.
without='hardening_test|injected_faults_test|large_machine_test|sandbox_test|install_test|static_test|suites_test|messages_test'
find "$build/coverage/obj" -name '*.gcda' -delete
find tests/cli -name '*_test.sh' | grep -vE "$without" | sort |
	xargs -P "$(nproc)" -I{} sh -c 'timeout 300 sh {} "$1" >"$1/$(basename {}).log" 2>&1' sh "$build/coverage"
exit 0
