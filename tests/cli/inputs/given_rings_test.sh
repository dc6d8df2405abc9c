#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Rings without an anchor, by their address, by symbols and by a table of pointers, on all
# three architectures. Usage: given_rings_test.sh BUILD
build=$(cd "$1" && pwd)
dump=$build/bin/kstrax-dump
files=$build/bin/kstrax
make_dump=$build/tests/make-dump
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# expect NAME STATUS WORDS COMMAND…: that status, and one line on stderr with these words
expect() {
	name=$1 status=$2 words=$3
	shift 3
	"$@" >out 2>err
	actual=$?
	if [ "$actual" -eq "$status" ] && [ "$(grep -cv ': note: ' err)" -eq 1 ] && grep -qF -- "$words" err; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name: status $actual, expected $status and one line with '$words':"
		cat err
	fi
}

# kernel LAYOUT TABLES: a script of two CPUs, whose rings hold 100 entries; CPU 0's has wrapped.
kernel() {
	cat <<-END
		layout $1
		tables "$2"
		pointers ring_of_cpu
		cpus 2
		entries 100
		begin 0 1000
		start 1000 1700000000000000000
		0 5000000000 tid=10 openat args=3,0x1000 path="/etc/passwd"
		0 5000000100 tid=10 openat = 3
		1 5000000150 tid=11 read args=3,0x2000,10
	END
	i=0
	while [ $i -lt 120 ]; do
		echo "0 $((5000001000 + i)) tid=10 getpid"
		i=$((i + 1))
	done
}

for case in "x86_64 4 levels" "x86_64 5 levels" "ia32 2 levels" "ia32 PAE" "ia64 16 KiB pages, 3 levels" "ia64 64 KiB pages, 3 levels"; do
	layout=${case%% *} tables=${case#* }
	kernel "$layout" "$tables" >script
	case $tables in *"64 KiB"*) sed -i '1a page_shift 16' script ;; esac
	{ sed '/^layout/a anchor none' script; } >bare.script
	"$make_dump" script elf anchor.elf && "$make_dump" bare.script elf bare.elf && "$make_dump" bare.script zlib bare.zlib &&
		"$make_dump" bare.script symbols symbols && "$make_dump" bare.script rings rings || exit 1
	given=$(sed 's/^/--ring /' rings)

	expect "$case: without them, the rings are put together from their pages" 3 "carved: " "$dump" -r bare.elf
	# What ends with the recording is longer where the panic is known; without one, nothing differs.
	for report in -r -t -c -i; do
		"$dump" "$report" --format=csv anchor.elf >expected 2>/dev/null
		for how in "$given" "--ring-table ring_of_cpu:2:100 --symbols symbols" \
			"--ring 0:$(sed -n 's/^0:\(.*\):100/\1/p' rings):100 --ring 1:$(sed -n 's/^1:\(.*\):100/\1/p' rings):100 --layout $layout"; do
			for form in bare.elf bare.zlib; do
				# shellcheck disable=SC2086
				"$dump" "$report" --format=csv $how $form >got 2>err
				holds "$case: $report $how $form" cmp -s expected got
			done
		done
	done
	# shellcheck disable=SC2086
	holds "$case: the summary" sh -c "$dump $(echo $given) bare.elf >out 2>/dev/null"
	holds "$case: the head is known" grep -q "^ *0 *1123 *100 *1023 " out
	holds "$case: the clock is the machine's" grep -q "seconds of its monotonic clock" out
	holds "$case: what is not known is said" grep -q "^recording  unknown host, Linux 6.1.0, layout $layout, no anchor" out
done

# From here on: x86-64, 4 levels.
kernel x86_64 "4 levels" >script
sed '/^layout/a anchor none' script >bare.script
for form in elf raw symbols rings; do "$make_dump" bare.script $form bare.$form || exit 1; done
ring0=$(sed -n 's/^0:\(.*\):100/\1/p' bare.rings)
ring1=$(sed -n 's/^1:\(.*\):100/\1/p' bare.rings)

cat >layout <<'EOF2'
# x86_64, written out
arch x86_64
size 72
serial 0 4
time 4 8
pid 12 4
nr_kind 16 2
abi 18 2
tgid 20 4
args 24 8 6
EOF2
"$dump" -r --format=csv --ring "0:$ring0:100" bare.elf >expected
"$dump" -r --format=csv --ring "0:$ring0:100" --layout layout bare.elf >got
holds "a layout from a file" cmp -s expected got
"$dump" -r --format=csv --ring "0:${ring0#0x}:100" bare.raw >got
holds "a raw image, an address without 0x" cmp -s expected got
"$build/bin/kstrax-graph" CNT --text bare.elf --ring "0:$ring0:100" --ring "1:$ring1:100" >got 2>err
holds "kstrax-graph takes them, too" grep -q '^getpid  *100 ' got
# A ring in one page is one piece of physical memory.
sed 's/^entries 100/entries 50/' bare.script >page.script
"$make_dump" page.script elf page.elf && "$make_dump" page.script rings page.rings || exit 1
virtual=$(sed -n 's/^0:\(.*\):50/\1/p' page.rings)
"$dump" -r --format=csv --ring "0:$virtual:50" page.elf >page.expected
"$dump" -r --format=csv --ring "0:@$("$dump" --vtop "$virtual" page.elf | cut -d ' ' -f 2):50" page.elf >got
holds "a physical address" cmp -s page.expected got

"$dump" -r --format=jsonl --ring "0:$ring0:100" --ring "1:$ring1:100" bare.elf >out
for field in host module_version abi_version instance start_monotonic_ns start_realtime_ns end_ns panic_cpu lost_names_fault; do
	holds "$field is null" grep -q "\"$field\":null" out
done
"$dump" --excerpt small.elf --ring "0:$ring0:100" bare.elf >/dev/null
"$dump" -r --format=csv --ring "0:$ring0:100" small.elf >got
holds "an excerpt is read the same way" cmp -s expected got
"$dump" -b -o set --ring "0:$ring0:100" bare.elf >/dev/null
"$files" -r --format=csv -o got set
holds "and so are buffer files" cmp -s expected got
"$files" -r -o got set
holds "with the machine's clock" grep -q "times are seconds of its monotonic clock" got

expect "too few entries" 1 "they agree with one of 100" "$dump" --ring "0:$ring0:90" bare.elf
expect "too many entries" 1 "they agree with one of 100" "$dump" --ring "0:$ring0:101" bare.elf
# The shell does not reckon with addresses of the kernel. 0x870: 30 slots on.
expect "another place" 1 "do not agree with a ring of 20 entries" "$dump" --ring "0:${ring0%000}870:20" bare.elf
expect "between two slots" 1 "no records there" "$dump" --ring "0:${ring0%000}003:50" bare.elf
expect "nothing there" 1 "none of its 100 slots can be read" "$dump" --ring 0:0xffff900000000000:100 bare.elf
expect "no address of this machine" 1 "none of its 100 slots can be read" "$dump" --ring 0:12:100 bare.elf
expect "one ring of two is none" 3 "CPU 1: the ring at virtual 0xffff900000000000" \
	"$dump" -t --ring "0:$ring0:100" --ring 1:0xffff900000000000:100 bare.elf
holds "and the other is read" grep -q getpid out
expect "entries of another layout" 1 "no records there" "$dump" --ring "0:$ring0:100" --layout ia64 bare.elf

expect "no such symbol" 2 "no symbol 'ring_of_cpus'" "$dump" --ring-table ring_of_cpus:2:100 --symbols bare.symbols bare.elf
expect "symbols, but none given" 2 "--symbols System.map" "$dump" --ring-table ring_of_cpu:2:100 bare.elf
expect "no file of symbols" 1 "cannot open" "$dump" --ring-table ring_of_cpu:2:100 --symbols missing bare.elf
expect "a table that points nowhere" 1 "all of its 2 pointers are null" "$dump" --ring-table ring_of_cpu+0x800:2:100 --symbols bare.symbols bare.elf
expect "an unmapped table" 1 "not present" "$dump" --ring-table 0xffff900000000000:2:100 bare.elf
for bad in 0 0:1 "0:$ring0" "0:$ring0:0" "0:$ring0:x" "x:$ring0:100" "9000:$ring0:100" "0::100" "0:@:100" "0:+8:100" "0:rings+x:100" "0:$ring0:99999999999"; do
	expect "--ring $bad" 2 "--ring $bad" "$dump" --ring "$bad" bare.elf
done
expect "two rings of a CPU" 2 "two rings of CPU 0" "$dump" --ring "0:$ring0:100" --ring "0:$ring1:100" bare.elf
expect "a layout alone" 2 "--ring or --ring-table" "$dump" --layout ia32 bare.elf
expect "no such layout" 2 "neither arm64, ia32, ia64 or x86_64, nor a file" "$dump" --layout ia33 --ring "0:$ring0:100" bare.elf
sed '/^pid/d' layout >short
expect "a layout without a field" 2 "--layout short: no line for the field pid" "$dump" --layout short --ring "0:$ring0:100" bare.elf
expect "buffer files of another layout" 2 "--excerpt" "$dump" -b -o x --layout layout --ring "0:$ring0:100" bare.elf
expect "buffer files without a name" 2 "add -o NAME" "$dump" -b --ring "0:$ring0:100" bare.elf
expect "an instance of given rings" 2 "not for given ones" "$dump" --instance 1 --ring "0:$ring0:100" bare.elf

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
