#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/suites.sh adds up what suites say, and takes none that ran nothing for a success.
# Usage: suites_test.sh BUILD
suites=$(cd "$(dirname "$0")/.." && pwd)/suites.sh
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# adds_up NAME LAST STATUS COMMANDS: what `total` says last of these suites, and its status
adds_up() {
	printf '%s\n' '. "$1"' "$4" total >script
	sh script "$suites" >out 2>&1
	got=$?
	if [ "$got" -eq "$3" ] && [ "$(tail -n 1 out)" = "$2" ]; then ok; else bad "$1 (status $got)" out; fi
}
adds_up "two suites" "5 passed, 0 failed" 0 'suite a echo "2 passed, 0 failed"; suite b echo "3 passed, 0 failed"'
adds_up "a skipped test" "2 passed, 0 failed, 4 skipped" 0 'suite a echo "2 passed, 0 failed, 4 skipped"'
adds_up "a failed test" "2 passed, 1 failed" 1 'suite a echo "2 passed, 1 failed"'
adds_up "a suite that ran nothing" "2 passed, 1 failed" 1 'suite a echo "0 passed, 0 failed"; suite b echo "2 passed, 0 failed"'
adds_up "a suite that skipped everything" "2 passed, 1 failed, 3 skipped" 1 \
	'suite a echo "0 passed, 0 failed, 3 skipped"; suite b echo "2 passed, 0 failed"'
adds_up "a suite without a count" "2 passed, 1 failed" 1 'suite a echo hello; suite b echo "2 passed, 0 failed"'
adds_up "a suite that ends badly behind its count" "2 passed, 1 failed" 1 'suite a sh -c "echo 2 passed, 0 failed; exit 3"'
adds_up "a suite that is left out" "2 passed, 0 failed, 1 skipped" 0 'suite a echo "2 passed, 0 failed"; left_out b "no b here"'
adds_up "a suite beside others" "5 passed, 1 failed" 1 \
	'beside a sh -c "sleep 0.2; echo 2 passed, 1 failed; exit 1"; suite b echo "3 passed, 0 failed"; beside_ended'
adds_up "a suite beside others that ends badly behind its count" "5 passed, 1 failed" 1 \
	'beside a sh -c "echo 2 passed, 0 failed; exit 3"; suite b echo "3 passed, 0 failed"; beside_ended'
adds_up "signals in a suite beside others" "5 passed, 0 failed" 0 \
	'beside a sh -c "sh -c \"kill -QUIT \\\$\\\$\"; [ \$? -gt 128 ] && echo 2 passed, 0 failed"; suite b echo "3 passed, 0 failed"; beside_ended'
adds_up "no suite at all" "0 passed, 0 failed" 1 ''
adds_up "Boost.Test" "7 passed, 1 failed, 2 skipped" 1 \
	'suite a printf "  7 test cases out of 10 passed\n  1 test case out of 10 failed\n  2 test cases out of 10 skipped\n"'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
