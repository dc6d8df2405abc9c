#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inputs made and damaged here get one clear line and their exit status: 1 failed, 2 usage, 3 a
# report of incomplete data. Where something can still be read, it is.
# Usage: damaged_input_test.sh BUILD
dump=$1/bin/kstrax-dump
files=$1/bin/kstrax
make_dump=$1/tests/make-dump
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
passed=0
failed=0

wrong() {
	echo "FAIL $name: $*"
	sed 's/^/     stderr: /' "$scratch/err"
	ok=false
}

# expect NAME STATUS LINES-ON-STDERR WORDS COMMAND…: the words stand on stderr.
# With an error nothing stands on stdout.
expect() {
	name=$1 status=$2 lines=$3 words=$4 ok=true
	shift 4
	"$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	got=$?
	[ "$got" -eq "$status" ] || wrong "exit status $got, expected $status"
	[ -z "$lines" ] || [ "$(wc -l <"$scratch/err")" -eq "$lines" ] || wrong "$(wc -l <"$scratch/err") lines on stderr, expected $lines"
	[ -z "$words" ] || grep -qF -- "$words" "$scratch/err" || wrong "\"$words\" not on stderr"
	case $status in
	1 | 2)
		[ -s "$scratch/out" ] && wrong "something on stdout"
		grep -q '^kstrax\(-dump\)\{0,1\}: error: ' "$scratch/err" || wrong "no error line"
		;;
	3) grep -q '^kstrax\(-dump\)\{0,1\}: warning: ' "$scratch/err" || wrong "no warning" ;;
	esac
	if $ok; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# contains NAME FILE WORDS
contains() {
	name=$1 ok=true
	grep -qF -- "$3" "$2" || wrong "\"$3\" not in $2"
	if $ok; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

cat >"$scratch/script" <<'EOF'
cpus 2
entries 8
start 0 1700000000000000000
0 100 tid=10 openat args=-100,0x1000,0,0 path="/etc/passwd"
0 150 tid=10 openat = 3
1 160 tid=11 read args=3,0x2000,10
1 170 tid=11 read = 10
1 180 tid=12 write args=1,0x2000,10
EOF
cd "$scratch" || exit 1
case $dump in /*) ;; *) dump=$OLDPWD/$dump files=$OLDPWD/$files make_dump=$OLDPWD/$make_dump ;; esac
for form in elf raw zlib flattened bad-crc no-ring; do "$make_dump" script $form $form || exit 1; done

# What cannot be opened.
expect "missing file" 1 1 "missing: cannot open: No such file" "$dump" -t missing
expect "directory" 1 1 "is a directory" "$dump" -t .
: >empty
expect "empty file" 1 1 "is empty" "$dump" -t empty
expect "not a dump" 1 1 "not a memory image" "$dump" -t script
expect "device" 1 1 "not a regular file" "$dump" -t /dev/null
expect "ELF file that is no core" 1 1 "not a core" "$dump" -t "$dump"
expect "no ring" 1 1 "no kstrax ring found" "$dump" -t no-ring
expect "no ring, for a summary" 1 1 "no kstrax ring found" "$dump" no-ring
head -c 2000000 /dev/zero >zeros
expect "raw image without a ring" 1 1 "nothing known stands at its start; is it a memory image?" "$dump" -t zeros

gzip -c elf >wrapped
expect "dump in gzip" 1 1 "is compressed by gzip; unpack it first: gunzip" "$dump" -t wrapped
head -c 2000000 /dev/urandom >noise
expect "encrypted file" 1 1 "as of something encrypted" "$dump" -t noise
{
	printf 'DISKDUMP'
	head -c 2000000 /dev/zero
} >hollow
expect "format of libkdumpfile's, hollow" 1 1 "libkdumpfile" "$dump" -t hollow

# What is damaged, but can be read.
expect "sound dump" 0 0 "" "$dump" -t elf
expect "anchor that fails its CRC" 3 1 "fails its CRC" "$dump" -t bad-crc
contains "anchor that fails its CRC, report" out 'openat(0xffffffffffffff9c, "/etc/passwd", 0x0, 0x0) = 0x3'
head -c "$(($(wc -c <elf) - 100))" elf >cut.elf
expect "truncated ELF core" 3 2 "cut off" "$dump" -t cut.elf
contains "truncated ELF core, report" out "openat("
head -c "$(($(wc -c <flattened) - 8))" flattened >cut.flattened
expect "truncated flattened dump" 3 1 "cut off" "$dump" -t cut.flattened
contains "truncated flattened dump, report" out "openat("
for form in flattened-elf lime; do
	"$make_dump" script $form whole.$form || exit 1
	head -c "$(($(wc -c <whole.$form) - 100))" whole.$form >cut.$form
	expect "truncated $form" 3 "" "cut off" "$dump" -t cut.$form
	contains "truncated $form, report" out "openat("
done
# Block 3 is the bitmap of dumped pages, of 512 frames; the last are not in the dump.
cp zlib liar
printf '\377' | dd of=liar bs=1 seek=$((3 * 4096 + 63)) conv=notrunc 2>/dev/null
expect "bitmap that lies" 3 "" "the bitmap announces" "$dump" -t liar
contains "bitmap that lies, report" out "openat("
head -c 300 elf >cut.header
expect "ELF core cut off within its headers" 1 1 "copy it again in full" "$dump" -t cut.header
head -c 4096 zlib >cut.zlib
expect "kdump cut off within its headers" 1 1 "sub-header" "$dump" -t cut.zlib

# The dump ends within the page of the anchor, behind the descriptors: all else that lies before is found.
anchor=$(LC_ALL=C grep -abo "$(printf 'KSTRAX\211ANCHOR')" elf | head -n 1 | cut -d: -f1)
head -c $((anchor + 2500)) elf >cut.anchor
expect "dump cut off within the anchor's page" 3 "" "cut off" "$dump" -r cut.anchor
expect "its excerpt" 3 "" "cut off" "$dump" --excerpt excerpt.elf cut.anchor
"$dump" -r cut.anchor >whole.text 2>/dev/null
"$dump" -r excerpt.elf >excerpt.text 2>/dev/null
name="which is read the same way" ok=true
[ -s whole.text ] && cmp -s whole.text excerpt.text || wrong "another report"
if $ok; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

# Buffer files.
expect "buffer files" 0 0 "" "$dump" -b -o set elf
contains "buffer files are named" out "set_1"
expect "report from buffer files" 0 0 "" "$files" -t -o - set
cp set_1 kept
rm set_1
expect "one CPU's file missing" 3 1 "set_1: is missing" "$files" -t -o - set
contains "one CPU's file missing, report" out '"/etc/passwd"'
contains "one CPU's file missing, said in the report" out '# missing: CPU 1, and with it'
contains "one CPU's file missing, at the end" out '# lost: 0 records of 0 calls; all of CPU 1'
expect "one CPU's file missing, in flight" 3 1 "set_1: is missing" "$files" -i -o - set
contains "one CPU's file missing, in flight, report" out '# missing: CPU 1, and with it'
expect "one CPU's file missing, JSONL" 3 1 "set_1: is missing" "$files" -t --format=jsonl -o - set
contains "one CPU's file missing, JSONL, report" out '"trust":"missing"'
head -c 300 kept >set_1
expect "buffer file cut off" 3 1 "cut off" "$files" -t -o - set
cp set_0 set_1
expect "buffer file renamed" 3 1 "was it renamed?" "$files" -t -o - set
cp script set_1
expect "not a buffer file among them" 3 1 "not a kstrax buffer file" "$files" -t -o - set
expect "no buffer files" 1 1 "no buffer files" "$files" -t -o - nothing
rm set_1
cp script other_0
expect "nothing but a file of something else" 1 1 "not a kstrax buffer file" "$files" -t -o - other

# What the user asked for.
for tool in "$dump" "$files"; do
	expect "unknown option" 2 1 "unrecognised option '--frobnicate'" "$tool" --frobnicate elf
	expect "unknown letter" 2 1 "-Q" "$tool" -Q elf
	expect "unknown format" 2 1 "no format 'xml'" "$tool" -t --format=xml elf
	expect "format missing" 2 1 "--format" "$tool" -t elf --format
	expect "no source" 2 1 "named" "$tool" -t
	expect "two sources" 2 1 "one too many" "$tool" -t elf raw
	expect "control characters do not reach the terminal" 2 1 "no format '\x1b[2Jx'" "$tool" -t --format="$(printf '\033[2Jx')" elf
done
expect "report and buffer files" 2 1 "more than one thing to make" "$dump" -t -b elf
expect "an excerpt, and another output" 2 1 "name their file themselves" "$dump" --excerpt new.elf -o said elf
expect "a trace.dat file, and another output" 2 1 "name their file themselves" "$dump" --trace-dat new.dat -o said elf
expect "unknown instance" 2 1 "no recording 7" "$dump" -t --instance 7 elf

# Outputs.
expect "output onto the input" 2 1 "is the input" "$dump" -t -o elf elf
ln -s elf link
expect "output onto a link to the input" 2 1 "is the input" "$dump" -t -o link elf
expect "buffer files onto the input" 2 1 "is the input" sh -c "cp elf in_1 && $dump -b -o in in_1"
expect "report onto a buffer file" 2 1 "is the input" "$files" -t -o set_0 set
expect "output in a missing folder" 1 1 "missing/out: cannot write" "$dump" -t -o missing/out elf
expect "output is a folder" 2 1 "not a regular file" "$dump" -t -o . elf
expect "output is a device" 2 1 "not a regular file" "$dump" -t -o /dev/full elf
expect "full standard output" 1 1 "No space left" sh -c "$dump -t elf >/dev/full"
expect "full standard output, a summary" 1 1 "No space left" sh -c "$dump elf 2>err2 >/dev/full; s=\$?; grep -v note: err2 >&2; exit \$s"
expect "full disk" 1 1 "cannot write" sh -c "trap '' XFSZ; ulimit -f 1; exec $dump -t --format=jsonl -o full elf"
expect "full disk, buffer files" 1 1 "cannot write" sh -c "trap '' XFSZ; ulimit -f 1; exec $dump -b -o full elf"
name="nothing is left of them" ok=true
left=$(find . -name "*full*")
[ -z "$left" ] || wrong "$left"
if $ok; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
name="the input is as it was" ok=true
"$make_dump" script elf elf.again
cmp -s elf elf.again || wrong "elf differs"
if $ok; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
