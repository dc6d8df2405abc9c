#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile: asked for snappy (-p) or zstd (-z), Debian's writes the dump without any compression,
# and exits 0.
#
# Surprising: an option that cannot be obeyed is not refused. A line of text says so, the
# exit status does not; the dump is whole and valid, and many times as large.
# Matters to a reader of dumps: the name of the file and the command that made it do not tell how its
# pages are stored, the header's status word and each page's flags do; and on the crashing machine
# a target that was sized for compressed dumps is full.
# Seen with makedumpfile 1.7.2-1 of Debian 12, built without both libraries. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch makedumpfile 1:1.7.2-1

# A core of 4 MiB of memory that compresses well.
python3 - <<'PY'
import struct
memory = b"all work and no play makes a dull dump.\n".ljust(64, b".") * 65536
note = struct.pack("<III", 5, 336, 1) + b"CORE\0\0\0\0" + bytes(336)
data = 4096
elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
elf += struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(note), len(note), 0)
elf += struct.pack("<IIQQQQQQ", 1, 7, data, 0xffff888000100000, 0x100000, len(memory), len(memory), 0)
open("core", "wb").write((elf + note).ljust(data, b"\0") + memory)
PY

fine=yes
for option in -c -p -z; do
	"$bin/makedumpfile" "$option" -d 0 core "dump$option" >"log$option" 2>&1
	status=$?
	size=$(stat -c %s "dump$option")
	echo "makedumpfile $option: exit status $status, $size bytes; $(tr '\r' '\n' <"log$option" | grep -a -i -m 1 -e "ignored" -e "disabled" -e "USE[A-Z]*=on")"
	[ "$status" -eq 0 ] || fine=no
	case $option in
	-c) [ "$size" -lt 1000000 ] || fine=no ;;
	*) [ "$size" -gt 4000000 ] || fine=no ;;
	esac
done
still [ "$fine" = yes ]
