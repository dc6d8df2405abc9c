#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the compiler and the linker do for programs that read hostile files is in the binaries. Usage: hardening_test.sh BUILD
build=$1
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
skipped=0

found() { grep -qE -- "$1" "$2"; }
lacks() { ! grep -qE -- "$1" "$2"; }
# What holds of every binary, also of libraries that are loaded by others.
loaded() { # NAME FILE
	readelf -hldW "$2" >"$scratch/headers"
	holds "$1: it is loaded anywhere" found '^ *Type: *DYN' "$scratch/headers"
	holds "$1: the tables of addresses are read-only" found '^ *GNU_RELRO' "$scratch/headers"
	holds "$1: and complete before it begins" found '\(FLAGS\).*BIND_NOW' "$scratch/headers"
	holds "$1: the stack is no code" found '^ *GNU_STACK .* RW +0x' "$scratch/headers"
	holds "$1: no code is written to" lacks 'TEXTREL|LOAD .* RWE ' "$scratch/headers"
}
checked() { # NAME FILE: by the functions of the C library that say what was found
	readelf --dyn-syms -W "$2" >"$scratch/symbols"
	holds "$1: stacks have guards" found ' __stack_chk_fail(@|$)' "$scratch/symbols"
}

for program in "$build"/bin/* "$build/static/kstrax-dump"; do
	readelf -h "$program" >/dev/null 2>&1 || continue # a script, or not built
	loaded "${program#"$build"/}" "$program"
	holds "${program#"$build"/}: it is a program that is loaded anywhere" found '\(FLAGS_1\).*PIE' "$scratch/headers"
	case $program in */static/*) ;; *) checked "${program#"$build"/}" "$program" ;; esac
done
if [ -e "$build/lib/kstrax.so" ]; then
	loaded lib/kstrax.so "$build/lib/kstrax.so"
	checked lib/kstrax.so "$build/lib/kstrax.so"
else
	skipped=$((skipped + 1))
fi
readelf --dyn-syms -W "$build/bin/kstrax-dump" >"$scratch/symbols"
holds "kstrax-dump: the C library checks the sizes of what it fills" found ' __[a-z]*_chk(@|$)' "$scratch/symbols"

# Jumps that end where they may: whether a program has them depends on the C library's own objects, too.
compiler=${CXX:-g++}
marked() { readelf -nW "$1" 2>/dev/null | grep -q 'IBT.*SHSTK'; }
# shellcheck disable=SC2086
if $compiler -Werror -fcf-protection=full -x c++ -fsyntax-only /dev/null 2>/dev/null; then
	for object in kstrax kstrax-dump kstrax-filter kstrax-graph; do
		holds "$object: its code marks where jumps may end" marked "$build/obj/analyzer/command/$object.o"
	done
	# shellcheck disable=SC2086
	if marked "$($compiler -print-file-name=crt1.o)"; then
		holds "kstrax-dump: the whole program does" marked "$build/bin/kstrax-dump"
	else
		skipped=$((skipped + 1))
	fi
else
	skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
