#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# compare-abi.sh ABI_SIZES_S ABI_ANALYZER: prints each structure and field of
# the ring ABI as the IA-64 build has it beside what the analyzer uses. Fails
# if they differ anywhere, or if the fields of a structure do not fill it.
set -eu

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
"$2" >"$lines"

sed -n 's/^[[:space:]]*\.ascii "->\([^"]*\)".*/\1/p' "$1" | awk -v analyzer="$lines" '
	function complain(what) { print "compare-abi: " what; bad = 1 }
	function finish() {
		if (type != "" && filled != size)
			complain(type ": its fields make " filled " of " size " bytes")
	}
	BEGIN {
		while ((getline line < analyzer) > 0) {
			split(line, part, " ")
			theirs[part[1] " " part[2]] = part[3] " " part[4]
			count++
		}
		printf "%-40s %8s %6s   %8s %6s\n", "", "IA-64", "", "analyzer", ""
		printf "%-40s %8s %6s   %8s %6s\n", "structure and field", "offset", "size", "offset", "size"
	}
	{
		key = $1 " " $2
		if (!(key in theirs)) { complain(key ": the analyzer has none"); next }
		split(theirs[key], their, " ")
		if ($2 == ".") {
			finish()
			type = $1; size = $4; filled = 0
			printf "%-40s %8s %6d   %8s %6d\n", type, "", $4, "", their[2]
		} else {
			if ($3 != filled) complain(key ": at " $3 ", where " filled " bytes are filled")
			filled += $4
			printf "    %-36s %8d %6d   %8d %6d\n", $2, $3, $4, their[1], their[2]
		}
		if ($3 != their[1] || $4 != their[2]) complain(key ": differs")
		seen++
	}
	END {
		finish()
		if (!seen || seen != count) complain(seen + 0 " lines of the IA-64 build, " count + 0 " of the analyzer")
		if (!bad) print seen " sizes and offsets agree"
		exit bad
	}'
