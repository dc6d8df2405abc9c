#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compiles the C++ files of a folder as one file that includes them all: most of a compiler's time goes into headers that all
# of them include. Where names within two of the files clash, the files are parted.
# Makes STAMP-1.o and so on of STAMP-1.cpp and so on, and STAMP last. Usage: together.sh STAMP FOLDER COMPILER FLAG…
stamp=$1
folder=$2
shift 2
rm -f "$stamp"-*
number=0
# A line for each part that is to be compiled.
todo=$(echo "$folder"/*.cpp)
while [ -n "$todo" ]; do
	part=${todo%%
*}
	todo=${todo#"$part"}
	todo=${todo#?}
	number=$((number + 1))
	# shellcheck disable=SC2086
	printf '#include "%s"\n' $part >"$stamp-$number.cpp"
	# A type of a file's own within one that others know is no fault: each file is still included once.
	if "$@" -Wno-subobject-linkage -MF "$stamp-$number.d" -MT "$stamp" -c -o "$stamp-$number.o" "$stamp-$number.cpp" 2>"$stamp-$number.log"; then
		cat "$stamp-$number.log" >&2
	else
		# shellcheck disable=SC2086
		halves=$(echo $part | awk '{
			if (NF == 1) exit
			for (i = 1; i <= NF; ++i) printf "%s%s", $i, i == int(NF / 2) || i == NF ? "\n" : " "
		}')
		if [ -z "$halves" ]; then
			cat "$stamp-$number.log" >&2
			exit 1
		fi
		rm -f "$stamp-$number".*
		todo=$halves${todo:+
$todo}
	fi
done
: >"$stamp"
