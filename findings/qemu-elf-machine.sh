#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU: two dumps of one machine, taken one after the other, name different architectures: the ELF core
# says Intel 80386 in a 64-bit file, the kdump-compressed one says x86_64.
#
# Surprising: the machine is an x86-64 in both. What the ELF header says depends on the mode of its first
# CPU in that moment: until it is in long mode, so in firmware, or after the reset that follows a panic,
# the core is of an 80386, with notes of 32-bit registers, in the 64-bit form of the file.
# Matters to a reader of dumps: neither e_machine nor the class of the file says how wide the pointers of
# the kernel in it are; and a dump taken a moment too late, after the reset, is of the old kernel's memory
# and yet looks like one of another machine. What the kernel says of itself (VMCOREINFO) has to decide.
# Seen with QEMU 7.2.22 (qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3 of Debian 12). November 2026.
. "$(dirname "$0")/fetch.sh"
fetch qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"

# Halted before its first instruction: no guest is needed.
printf '%s\n' "dump-guest-memory elf" "dump-guest-memory -z kdump" quit |
	timeout 120 "$bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L /usr/share/qemu -L /usr/share/seabios \
		-machine accel=tcg -cpu qemu64 -S -m 16 -display none -nodefaults -monitor stdio >log 2>&1
[ -s elf ] && [ -s kdump ] || { tail -n 3 log; exit 2; }

python3 - >seen <<'PY'
import struct
elf = open("elf", "rb").read(64)
names = {3: "EM_386", 62: "EM_X86_64"}
print("elf", {1: "32-bit", 2: "64-bit"}[elf[4]], names[struct.unpack_from("<H", elf, 18)[0]])
# Flattened: records of offset and size, big-endian, behind a page.
file = open("kdump", "rb")
file.seek(4096)
header = bytearray(4096)
while True:
    offset, size = struct.unpack(">qq", file.read(16))
    if offset < 0:
        break
    data = file.read(size)
    if offset < len(header):
        part = data[:len(header) - offset]
        header[offset:offset + len(part)] = part
print("kdump", header[:8].decode(), header[12 + 4 * 65:12 + 5 * 65].split(b"\0")[0].decode())
PY
cat seen
still sh -c 'grep -q "^elf 64-bit EM_386" seen && grep -q "^kdump KDUMP *x86_64" seen'
