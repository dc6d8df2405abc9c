# SPDX-License-Identifier: GPL-2.0-or-later
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
