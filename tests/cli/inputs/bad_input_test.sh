#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input gets one clear line and the right exit status, and what can still be
# read is read. Usage: bad_input_test.sh BUILD
bin=$(cd "$1" && pwd)/bin
sample=$(pwd)/sample-dumps/x86_64-panic.elf
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
	if [ "$actual" -eq "$status" ] && [ "$(grep -cv ': note: ' err)" -eq 1 ] && grep -q -e "$words" err; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name: status $actual, expected $status and one line with '$words':"
		cat err
	fi
}

# The anchor begins a page; its host name stands 200 bytes behind, under its CRC.
anchor=$(LC_ALL=C grep -abo "$(printf 'KSTRAX\211ANCHOR')" "$sample" | head -n 1 | cut -d: -f1)
: >empty
head -c 2000000 /dev/zero >zeros
head -c 500 /dev/zero >small
cp "$sample" no-anchor.elf
printf XXXXXXXX | dd of=no-anchor.elf bs=1 seek="$anchor" conv=notrunc 2>/dev/null
cp "$sample" bad-crc.elf
printf X | dd of=bad-crc.elf bs=1 seek=$((anchor + 200)) conv=notrunc 2>/dev/null
size=$(stat -c %s "$sample")
head -c $((size - 8192)) "$sample" >cut.elf
head -c 100 "$sample" >cut-header.elf

dump=$bin/kstrax-dump

long=$(printf '%0120d' 0)
: >"$long"
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
expect "a socket" 2 'socket: is a socket; if it is a QMP socket of QEMU, name it by --qmp' "$dump" socket
expect "a socket that nobody serves" 1 'socket: cannot connect: Connection refused' "$dump" --qmp socket
expect "a file as a QMP socket" 1 'empty: cannot connect' "$dump" --qmp empty
expect "no QMP socket" 1 'nowhere: cannot open: No such file' "$dump" --qmp nowhere
expect "a path too long for a socket" 1 'has at most 107 bytes' "$dump" --qmp "$long"
expect "a guest as a file" 2 '--live: is for a file' "$dump" --qmp --live socket
expect "a guest that stands, again and again" 2 'does not change; --qmp-running' "$dump" --qmp --every 1 socket
expect "two guests" 2 'empty: is one too many' "$dump" --qmp socket empty
expect "missing file" 1 "nothing-here: cannot open" "$dump" nothing-here
expect "directory" 1 "is a directory" "$dump" .
expect "empty file" 1 "is empty" "$dump" empty
expect "too small for anything" 1 "not a memory image" "$dump" small
expect "zeros" 1 "no kstrax ring found" "$dump" zeros
expect "a program" 1 "not a core" "$dump" "$dump"
expect "no anchor" 3 "carved: " "$dump" -t no-anchor.elf
expect "headers cut off" 1 "beyond the end of the file" "$dump" cut-header.elf
expect "anchor fails its CRC" 3 "fails its CRC" "$dump" -t bad-crc.elf
cp out bad-crc.text
"$dump" -t "$sample" >whole.text
holds "and its rings are read all the same" sh -c 'tail -n +3 bad-crc.text >a && tail -n +3 whole.text >b && cmp -s a b'
"$dump" -t cut.elf >out 2>err
holds "a cut-off dump: status 3" [ $? -eq 3 ]
holds "says so" grep -q "the file is cut off" err
holds "and what is there is read" [ "$(wc -l <out)" -gt 100 ]
expect "unknown option" 2 "bogus" "$dump" --bogus "$sample"
expect "two things to make" 2 "more than one" "$dump" -t -b "$sample"
expect "a report and the log" 2 "more than one" "$dump" -r --log "$sample"
expect "the log and a filter of calls" 2 "call has nothing to choose by there" "$dump" --log -e read "$sample"
expect "the log again and again" 2 "reports of a recording" "$dump" --log --every 1 "$sample"
expect "a log whose pages are not there" 1 "the kernel's log: the pointer to it is not in the dump" "$dump" --log "$sample"
holds "and no report" [ ! -s out ]
expect "unknown format" 2 "no format 'xml'" "$dump" --format=xml "$sample"
expect "no source" 2 "no memory image named" "$dump" -t
expect "two sources" 2 "one too many" "$dump" "$sample" "$sample"
expect "output in no folder" 1 "cannot write" "$dump" -t -o nowhere/x "$sample"
expect "output on a device" 2 "not a regular file" "$dump" -t -o /dev/full "$sample"
expect "full disk" 1 "No space left" sh -c '"$0" -t "$1" >/dev/full' "$dump" "$sample"
cp "$sample" input.elf
expect "output over the input" 2 "is the input" "$dump" -t -o input.elf input.elf
holds "which is unharmed" cmp -s input.elf "$sample"

"$dump" -b -o X "$sample" >out
holds "buffer files are private" [ "$(stat -c %a X_0)" = 600 ]
expect "the log of buffer files" 2 "^kstrax-dump: error: --log: is for a memory image" "$dump" --log X
rm X_1
expect "a CPU's file is missing" 3 "X_1: is missing" "$bin/kstrax" -t X -o -
holds "the other is read" [ "$(wc -l <out)" -gt 100 ]
expect "no buffer files" 1 "no buffer files" "$bin/kstrax" -t nothing-here
expect "no files named" 2 "no buffer files named" "$bin/kstrax" -t
# A file that grows past the limit is an error in the midst of the report.
# shellcheck disable=SC2016
sh -c 'ulimit -c 0; ulimit -f 4; "$0" -r -o killed "$1"; exit $?' "$dump" "$sample" >/dev/null 2>&1
holds "it failed" [ "$?" -eq 1 ]
holds "nothing temporary is left" [ -z "$(find . -name '*.??????')" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
