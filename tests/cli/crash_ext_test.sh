#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The crash extension's own code on the sample dump, with a stand-in for crash:
# its reports are those of kstrax-dump, however it finds the rings, and every
# mistake is one clear line. What needs crash itself: tests/crash/crash_check.sh.
# Usage: crash_ext_test.sh BUILD
build=$1
[ -e "$build/lib/kstrax.so" ] || {
	echo "no crash extension was built: crash's headers are not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 1
}
fake=$build/tests/fake-crash
dump=sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# says NAME STATUS PATTERN WORD…: the command ends so, and its messages match
says() {
	name=$1 status=$2 pattern=$3
	shift 3
	"$fake" "$@" >"$scratch/out" 2>"$scratch/err"
	got=$?
	if [ "$got" -eq "$status" ] && cat "$scratch/out" "$scratch/err" | grep -q -- "$pattern"; then
		ok
	else
		bad "$name (status $got)" "$scratch/out" "$scratch/err"
	fi
}

# A thread's destructors wait for its end, and crash's only thread has not ended when it unloads
# us: the library would stay, and would not be initialised when it is loaded again.
if nm -D "$build/lib/kstrax.so" | grep __cxa_thread_atexit >"$scratch/out"; then
	bad "no destructor keeps the extension loaded" "$scratch/out"
else
	ok
fi

# "anchor at physical 0x2c07000, virtual …": the stand-in's virtual addresses are its own.
at=$("$build/bin/kstrax-dump" "$dump" 2>/dev/null | sed -n 's/.*physical 0x\([0-9a-f]*\), virt.*/\1/p')
virtual=$(printf '80000000%08x' $((0x$at)))
symbol=kstrax_ring_anchor=$virtual
# Any page may be the module's; it is enough that a pointer to the anchor stands there.
memory=max_pfn=20000

for option in -t -r -c -i "-t --columns=manual" "-c --columns=manual" "-t --sort duration -l 5" "-i --sort pid" "-t --format=csv" "-t -C 1 -l 3" "-r -e FILE -s 0.01" "-c -p 1"; do
	# shellcheck disable=SC2086
	"$build/bin/kstrax-dump" $option "$dump" >"$scratch/standalone" 2>/dev/null
	# shellcheck disable=SC2086
	"$fake" "$dump" "$symbol" -- $option >"$scratch/symbol" 2>/dev/null
	same "$option: rings found by symbol" "$scratch/standalone" "$scratch/symbol"
	# shellcheck disable=SC2086
	"$fake" "$dump" "$memory" -- $option >"$scratch/scan" 2>/dev/null
	same "$option: rings found by scan" "$scratch/standalone" "$scratch/scan"
done

"$build/bin/kstrax-dump" "$dump" 2>/dev/null | sed 's/by page scan/by symbol kstrax_ring_anchor/' >"$scratch/standalone"
"$fake" "$dump" "$symbol" -- >"$scratch/symbol" 2>/dev/null
same "the summary differs in how the rings were found" "$scratch/standalone" "$scratch/symbol"

"$fake" "$dump" "$symbol" -- -b -o "$scratch/ring" >"$scratch/names" 2>/dev/null
"$build/bin/kstrax" -t "$scratch/ring" -o "$scratch/from-files" 2>/dev/null
"$build/bin/kstrax-dump" -t --columns=manual "$dump" >"$scratch/standalone" 2>/dev/null
same "-b: buffer files give the same report" "$scratch/standalone" "$scratch/from-files"

says "tasks stand beside calls, escaped" 0 'IN  in\\33it  *wait4' "$dump" "$symbol" tasks=1 -- -i
says "a running task without a call" 0 '# on CPU 0: pid 0 swapper/0, RU, its call, if any, is not known' "$dump" "$symbol" tasks=1 -- -i
says "a blocked task without a call" 0 '# blocked: pid 77777 kworker/u4:1, UN' "$dump" "$symbol" tasks=1 -- -i
says "a task's name stands before its calls, escaped" 0 '  >.*s    0  in\\33it          wait4(' "$dump" "$symbol" tasks=1 -- -t
says "a task that is not known has none" 0 's    [01]  -                [a-z]' "$dump" "$symbol" tasks=1 -- -t
says "calls of a task by its name" 0 'wait4(' "$dump" "$symbol" tasks=1 -- -t -x 'command=="in\33it"'
says "filters leave no room for other tasks" 0 '# only: CPU 0' "$dump" "$symbol" tasks=1 -- -i -C 0
grep -q '# blocked' "$scratch/out" && bad "other tasks in spite of a filter" "$scratch/out"
says "-p alone is the current context" 0 '# only: PID 1;' "$dump" "$symbol" tasks=1 -- -t -p -l 2
says "-p takes a task_struct" 0 '# only: PID 77777$' "$dump" "$symbol" tasks=1 -- -t -p 0x3000
says "-p without a context" 2 'name a PID' "$dump" "$symbol" -- -t -p
says "an unknown option" 2 "unrecognised option '-z'" "$dump" "$symbol" -- -z
says "a source name" 2 'one word too many' "$dump" "$symbol" -- -t vmcore
says "an unknown call" 2 "no system call or class 'opne'" "$dump" "$symbol" -- -t -e opne
says "an unknown way to find" 2 "no way 'luck'" "$dump" "$symbol" -- --find luck
says "two reports" 0 '# kstrax raw report' "$dump" "$symbol" -- -t -r
says "help is crash's usage" 2 'Usage:' "$dump" "$symbol" -- -h
says "the version" 0 '^kstrax-dump [0-9]' "$dump" -- -v
says "no rings" 0 'no kstrax ring found.*was kstrax_buf loaded' "$dump" max_pfn=100 --
# Of the last page's number, the kernel knows how much memory there is: its pages are not of 4 KiB everywhere.
cp "$dump" "$scratch/large-pages"
printf 'PAGESIZE=65536\n' | dd of="$scratch/large-pages" bs=1 seek=$((0x2000)) conv=notrunc status=none # at 0x1000000
says "memory's end by the kernel's own pages" 0 'by page scan' "$scratch/large-pages" max_pfn=2000 vmcoreinfo_data=1000000 \
	vmcoreinfo_size=f --
says "a symbol that points nowhere, and a scan" 0 'by page scan' "$dump" kstrax_ring_anchor=8000000000001000 "$memory" --
says "Ctrl-C in the report" 0 'stopped before the end of the report' "$dump" "$symbol" stop=20 -- -t
says "Ctrl-C in the search" 0 'stopped while searching memory' "$dump" "$memory" stop=20 -- --find scan
says "the dump is not overwritten" 2 'is the input' "$dump" "$symbol" -- -t -o "$dump"

# A page of a ring is the first page of the excerpt's longest run of pages.
page=$("$build/bin/kstrax-dump" --format jsonl -r -l 1 -C 0 "$dump" >/dev/null 2>&1
	readelf -lW "$dump" | awk '$1 == "LOAD" {print length($6), $6, substr($4, 3)}' |
		LC_ALL=C sort -k1,1n -k2,2 | tail -n 1 | cut -d" " -f3)
"$fake" "$dump" "$symbol" unreadable="$page" -- >"$scratch/out" 2>"$scratch/err"
if grep -q 'damaged' "$scratch/out" && grep -q 'are unreadable' "$scratch/err"; then
	ok
else
	bad "an unreadable ring page ($page) is counted" "$scratch/out" "$scratch/err"
fi

# In this tree, as it is built: the Makefile's part.
unset MAKEFLAGS MAKELEVEL
there=$scratch/root/usr/lib/crash/extensions/kstrax.so
if make -s install DESTDIR="$scratch/root" BUILD="$build" >"$scratch/out" 2>&1 && cmp -s "$build/lib/kstrax.so" "$there"; then
	ok
else
	bad "make install puts the extension where crash looks for it" "$scratch/out"
fi
if make -s uninstall DESTDIR="$scratch/root" BUILD="$build" >"$scratch/out" 2>&1 && [ ! -e "$there" ]; then
	ok
else
	bad "make uninstall takes it away" "$scratch/out"
fi
if make -s all CRASH_HEADER= BUILD="$build" 2>&1 >/dev/null | grep -q '^all: the extension for crash is left out: .*install the packages'; then
	ok
else
	bad "make all without crash's headers builds the rest and says so"
fi
if make -s all CRASH_VERSION= BUILD="$build" 2>&1 >/dev/null | grep -q '^all: the extension for crash is left out: nothing says of which crash'; then
	ok
else
	bad "make all with a header of an unknown crash builds the rest and says so"
fi

# Headers put before the one that is installed.
mkdir -p "$scratch/broken/crash" "$scratch/newer/crash"
echo 'a header that no compiler takes' >"$scratch/broken/crash/defs.h"
if make -s all CC="cc -isystem $scratch/broken" BUILD="$build" 2>&1 >/dev/null | grep -q '^all: the extension for crash is left out: .*does not compile'; then
	ok
else
	bad "make all with a header that does not compile builds the rest and says so"
fi

# As the header of crash 8.0.6 and newer has it: valid C, no C++.
cat >"$scratch/newer/crash/defs.h" <<'END'
#include_next <crash/defs.h>
typedef struct __attribute__((__packed__)) { short sp_offset; } orc_entry_of_newer;
struct newer { int orc_entry_of_newer; orc_entry_of_newer data; };
END
if make -s "$scratch/obj/crash-ext/crash_api.o" "$scratch/obj/crash-ext/crash_shim.o" BUILD="$scratch" \
	CC="cc -isystem $scratch/newer" CXX="g++ -isystem $scratch/newer" >"$scratch/out" 2>&1; then
	ok
else
	bad "the extension builds with the header of a newer crash" "$scratch/out"
fi
# In another crash than its own it is no command, and says why.
FAKE_CRASH_VERSION=9.0.2 "$fake" sample-dumps/x86_64-panic.elf -- -t >"$scratch/out" 2>"$scratch/err"
if [ $? -eq 67 ] && [ ! -s "$scratch/out" ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] &&
	grep -q 'built for crash 8.0.2, and this is crash 9.0.2: build it anew' "$scratch/err"; then
	ok
else
	bad "the extension refuses another crash than that which it was built for" "$scratch/err"
fi
make crash-ext CRASH_HEADERS= BUILD="$build" >"$scratch/out" 2>&1 && bad "make crash-ext without crash's headers fails" "$scratch/out"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
