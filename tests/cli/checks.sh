# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What command-line tests check and count with; read before they change folder.
# Each ends with the line "$passed passed, $failed failed".
passed=0
failed=0

ok() { passed=$((passed + 1)); }
bad() { # NAME FILE…
	failed=$((failed + 1))
	echo "FAIL $1"
	shift
	for file in "$@"; do sed 's/^/     /' "$file" | head -n 10; done
}
holds() { # NAME COMMAND…
	name=$1
	shift
	if "$@"; then ok; else bad "$name"; fi
}
same() { # NAME EXPECTED ACTUAL
	if [ -s "$2" ] && cmp -s "$2" "$3"; then ok; else bad "$1" "$2" "$3"; fi
}
# says NAME STATUS PATTERN COMMAND…: it ends so, and its messages match; leaves out and err in the current folder
says() {
	name=$1 status=$2 pattern=$3
	shift 3
	"$@" >out 2>err
	got=$?
	if [ "$got" -eq "$status" ] && grep -q -- "$pattern" err; then ok; else bad "$name (status $got)" err; fi
}
