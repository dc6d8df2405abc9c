# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Runs test suites and adds up what they say; read by tests/check.sh. A suite
# ends with a line "N passed, N failed" or "N passed, N failed, N skipped".
passed=0
failed=0
skipped=0
log=$(mktemp)
beside_log=
trap 'rm -f "$log" $beside_log' EXIT

suite_failed() { # NAME REASON
	echo "FAIL $1: $2"
	failed=$((failed + 1))
}

# counts FILE: "PASSED FAILED SKIPPED", or nothing. Boost.Test says it in its own words.
counts() {
	sed -n \
		-e 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' \
		-e 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2 0/p' \
		-e 's/^ *\([0-9]*\) test cases\{0,1\} out of [0-9]* passed$/\1 0 0/p' \
		-e 's/^ *\([0-9]*\) test cases\{0,1\} out of [0-9]* failed$/0 \1 0/p' \
		-e 's/^ *\([0-9]*\) test cases\{0,1\} out of [0-9]* skipped$/0 0 \1/p' "$1" |
		awk '{p += $1; f += $2; s += $3} END {if (NR) print p, f, s}'
}

# suite NAME COMMAND…
suite() {
	suite_name=$1
	suite_began=$(date +%s)
	shift
	"$@" >"$log" 2>&1
	suite_ended "$suite_name" $? "$log" "$suite_began"
}

# Runs a suite beside those that follow, up to `beside_ended`: not all of them keep every processor busy. One at a time.
beside() { # NAME COMMAND…
	beside_name=$1
	shift
	beside_log=$(mktemp)
	beside_began=$(date +%s)
	# The shell lets what is behind ignore signals, which some tests send.
	env --default-signal=INT,QUIT,HUP "$@" >"$beside_log" 2>&1 &
	beside_process=$!
}

beside_ended() {
	wait "$beside_process"
	suite_ended "$beside_name" $? "$beside_log" "$beside_began"
	rm -f "$beside_log"
}

suite_ended() { # NAME STATUS LOG BEGAN
	suite_name=$1
	suite_status=$2
	echo
	echo "== $suite_name, $(($(date +%s) - $4)) s"
	cat "$3"
	# shellcheck disable=SC2046
	set -- $(counts "$3")
	if [ $# -ne 3 ]; then
		suite_failed "$suite_name" "ended with status $suite_status and no count"
		return
	fi
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
	if [ $(($1 + $2)) -eq 0 ]; then
		suite_failed "$suite_name" "ran no test"
	elif [ "$suite_status" -ne 0 ] && [ "$2" -eq 0 ]; then
		suite_failed "$suite_name" "ended with status $suite_status"
	fi
}

# left_out NAME REASON: a suite that cannot run on this machine counts as one skipped test.
left_out() {
	echo
	echo "== $1"
	echo "SKIPPED $2"
	skipped=$((skipped + 1))
}

# The last line; its status is that of all suites.
total() {
	echo
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
