#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each check of make lint finds a fault that is planted in a copy of the tree.
# Usage: faults_test.sh FOLDER…, the library's folders in their order
folders=$*
. "$(dirname "$0")/../cli/checks.sh"
skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
copy=$scratch/copy
mkdir "$copy"
tar -cf - --exclude=./.git --exclude='./build*' --exclude=./sample-dumps . | tar -xf - -C "$copy"
cd "$copy" || exit 1

# finds CHECK PATTERN: it fails, and says so of the file "planted"
finds() {
	# shellcheck disable=SC2086
	sh tests/lint/lint.sh build --only="$1" $folders >"$scratch/out" 2>&1
	status=$?
	if [ "$status" -eq 1 ] && grep -q "$2" "$scratch/out"; then ok; else bad "$1 does not find $2 (status $status)" "$scratch/out"; fi
	find . -name '*planted*' -delete
}

if command -v clang-format-14 >/dev/null; then
	echo 'int  planted ( ) ;' >formats/planted.hpp
	finds format planted.hpp
	printf 'int planted(void)\n{\n  return 0;\n}\n' >module/planted.c
	finds format planted.c
else
	echo "SKIPPED: there is no clang-format-14"
	skipped=2
fi

# shellcheck disable=SC2016
printf '#!/bin/sh\nls | grep x >$1\ncd /x\n' >tests/cli/planted.sh
finds shell planted.sh
printf '#!/bin/sh\ncd /x\n' >module/planted
finds shell module/planted

echo '#include "analyzer/trace/pair.hpp"' >formats/planted.hpp
finds order "formats/planted.hpp:1: .*above formats"
echo '#include "tests/support/words.hpp"' >formats/planted.hpp
finds order "planted.hpp:1: .*none of the library"

printf 'namespace kstrax {\nstruct Error {\n};\n}  // namespace kstrax\n' >formats/planted.hpp
finds names "kstrax::Error is also in formats/planted.hpp"

yes '// long' | head -n 501 >formats/planted.cpp
finds size "formats/planted.cpp: 501 lines"
mkdir planted
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do : >planted/planted$i.cpp; done
finds size "planted: 21 files"

# Of a folder that the picture does not know, and of one that the page's table does not.
mkdir analyzer/planted
echo '#include "analyzer/base/result.hpp"' >analyzer/planted/planted.hpp
folders="$folders analyzer/planted"
finds picture "architecture.svg is not what the folders are"
finds picture "no row .analyzer/planted/."
folders=${folders% *}

printf '[a](design.md)\n[b](planted_not.md)\n[c](design.md#planted)\n' >docs/planted.md
finds links "planted.md:2: there is no"
printf '[c](design.md#planted)\n' >docs/planted.md
finds links "planted.md:1: .*no heading"

for folder in $folders; do :; done
echo '#include "formats/kstrax_abi.h"' >"$folder/planted.hpp"
finds abi "planted.hpp"

folders=formats
printf 'void f() {\n    int planted[2];\n    planted[2] = 0;\n}\n' >formats/planted.cpp
finds cppcheck "planted.cpp:3:.*arrayIndexOutOfBounds"

# Whoever runs make may have given it folders.
MAKEFLAGS=
FOLDERS=formats
export MAKEFLAGS FOLDERS
echo 'inline std::string planted() { return {}; }' >formats/planted.hpp
finds headers "formats/planted.hpp.*string"
if command -v clang-tidy-14 >/dev/null; then
	printf '#include <string>\nusing S = std::string;\nvoid take(S s);\nS planted(S s) {\n    take(std::move(s));\n    return s;\n}\n' >formats/planted.cpp
	finds tidy "planted.cpp:6:.*bugprone-use-after-move"
else
	echo "SKIPPED: there is no clang-tidy-14"
	skipped=$((skipped + 1))
fi

[ "$skipped" -eq 0 ] || skips=", $skipped skipped"
echo "$passed passed, $failed failed$skips"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
