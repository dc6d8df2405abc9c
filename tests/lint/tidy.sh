#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What clang-tidy says of the C++ files of one folder. Usage: FLAGS=… tidy.sh FOLDER
# Most of its time goes into headers that all of them include: so it looks at them together.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
set -- "$1"/*.cpp
[ -e "$1" ] || exit 0
# shellcheck disable=SC2086
sh tests/together.sh "$scratch/part" "${1%/*}" g++ -fsyntax-only -MMD $FLAGS || exit 1
for part in "$scratch"/part-*.cpp; do
	# shellcheck disable=SC2086
	clang-tidy-14 --quiet --config-file=.clang-tidy "$part" -- $FLAGS >"$scratch/log" 2>&1 || {
		cat "$scratch/log"
		status=1
	}
done
exit "$status"
