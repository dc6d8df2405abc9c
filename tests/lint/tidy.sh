#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What clang-tidy says of the C++ files of one folder. Usage: TIDY_FLAGS=… tidy.sh FOLDER
# Most of its time goes into headers that all of them include: so it looks at them together, as at one file that includes
# them all. Where names within two of the files clash, the files are parted.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
together=$scratch/together.cpp
status=0

# shellcheck disable=SC2086
look() { # FILE…
	printf '#include "%s"\n' "$@" >"$together"
	if [ $# -gt 1 ] && ! g++ -fsyntax-only -I. -std=c++20 $TIDY_FLAGS "$together" 2>/dev/null; then
		first=
		rest=$(($# / 2))
		while [ $# -gt "$rest" ]; do
			first="$first $1"
			shift
		done
		look $first
		look "$@"
	elif ! clang-tidy-14 --quiet --config-file=.clang-tidy "$together" -- -I. -std=c++20 $TIDY_FLAGS >"$scratch/log" 2>&1; then
		cat "$scratch/log"
		status=1
	fi
}

set -- "$1"/*.cpp
[ ! -e "$1" ] || look "$@"
exit "$status"
