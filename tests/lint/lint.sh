#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds for the text of this tree, one test each. Usage: lint.sh BUILD FOLDER…
# with the library's folders in their order; or lint.sh BUILD --only=CHECK FOLDER…
build=$1
shift
only=
case $1 in --only=*) only=${1#--only=} && shift ;; esac
folders=$*
here=$(dirname "$0")
. "$here/../cli/checks.sh"
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# files PATTERN…: those of the tree, but of no build
files() {
	find . -name .git -prune -o -path './build*' -prune -o -type f \( "$@" \) -print | sort
}
check() { # NAME FUNCTION
	[ -z "$only" ] || [ "$only" = "$1" ] || return
	if "$2" >"$log" 2>&1; then
		# What a check notes, but does not call a fault.
		grep '^note' "$log"
		ok
		echo "ok   $1"
	else
		bad "$1"
		cat "$log"
	fi
}

formatted() {
	files -name '*.[ch]pp' | xargs clang-format-14 --dry-run -Werror &&
		files -name '*.[ch]' | xargs clang-format-14 -style=file:.clang-format-c --dry-run -Werror
}
shell_scripts() {
	{
		files -name '*.sh'
		files ! -name '*.*' -size -100k -exec sh -c 'head -n 1 "$1" | grep -q "^#!/bin/\(ba\)\{0,1\}sh"' sh {} \;
	} | sort -u | xargs shellcheck --severity=warning
}
# One process a file, with little memory and time: cppcheck 2.10 takes all there is for some.
# shellcheck disable=SC2016
cppchecked() {
	# shellcheck disable=SC2086
	for folder in $folders; do find "$folder" -maxdepth 1 -name '*.cpp'; done |
		grep -vxF "$(grep -v '^#' "$here/cppcheck-left-out")" |
		xargs -P "$(nproc)" -I{} sh -c '
			ulimit -v 2000000
			timeout 60 cppcheck --quiet --std=c++20 --enable=warning,performance,portability --error-exitcode=9 \
				--inline-suppr --suppressions-list="$1" "$2" || { echo "$2: status $?"; exit 1; }' \
			sh "$here/cppcheck-suppressions" {}
}
# shellcheck disable=SC2086
in_order() { python3 -B "$here/tree.py" order $folders; }
small() { python3 -B "$here/tree.py" size; }
# shellcheck disable=SC2086
one_type_a_name() { python3 -B "$here/tree.py" names $folders; }
abi_known() { python3 -B "$here/tree.py" abi; }
# shellcheck disable=SC2086
picture() { python3 -B "$here/picture.py" check $folders; }
links() { python3 -B "$here/links.py"; }
architectures() { sh "$here/architectures.sh"; }
headers() { make --no-print-directory BUILD="$build" headers; }
tidy() { make --no-print-directory BUILD="$build" tidy; }

# Other versions of these tools judge otherwise. check_14 NAME FUNCTION TOOL
check_14() {
	[ -z "$only" ] || [ "$only" = "$1" ] || return
	if [ -n "$(command -v "$3-14")" ]; then
		check "$1" "$2"
	else
		echo "SKIPPED $1: there is no $3-14"
		skipped=$((skipped + 1))
	fi
}

check_14 format formatted clang-format
check shell shell_scripts
check order in_order
check size small
check abi abi_known
check names one_type_a_name
check architectures architectures
check picture picture
check links links
check headers headers
check cppcheck cppchecked
check_14 tidy tidy clang-tidy

[ "$skipped" -eq 0 ] || skips=", $skipped skipped"
echo "$passed passed, $failed failed$skips"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
