#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmcore-dmesg: it cannot print the kernel log of an ELF core whose program headers give physical addresses
# only, and says that kexec may have a bug.
#
# Surprising: QEMU's dump-guest-memory writes such headers (p_vaddr is p_paddr in all) unless it is told to walk the
# guest's page tables, and the core is valid: VMCOREINFO is in it, and its kernel's direct mapping and phys_base
# lead from every symbol to a physical address. vmcore-dmesg follows p_vaddr alone. With the headers of
# /proc/vmcore over the same memory it prints the same log.
# Matters to a reader of dumps: the smallest tool for the log fails on dumps of the commonest hypervisor,
# by a message about a kernel that was never started by kexec; nothing is wrong with such a dump.
# Seen with kexec-tools 1:2.0.25-3+deb12u3 of Debian 12. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch kexec-tools 1:2.0.25-3+deb12u3

# The same memory twice, with a log as kernels before 3.5 kept it; only p_vaddr differs.
python3 - <<'PY'
import struct
base, size = 0xffff888000000000, 0x10000
text = b"<4>[    1.000000] the log is here\n"
memory = bytearray(size)
memory[0x1000:0x1000 + len(text)] = text
for at, value, form in ((0x100, base + 0x1000, "<Q"), (0x108, 0x1000, "<I"), (0x10c, len(text), "<I"), (0x110, len(text), "<I")):
    struct.pack_into(form, memory, at, value)
symbols = {"log_buf": 0x100, "log_buf_len": 0x108, "log_end": 0x10c, "logged_chars": 0x110}
info = "OSRELEASE=2.6.32\nPAGESIZE=4096\n" + "".join(f"SYMBOL({name})={base + at:x}\n" for name, at in symbols.items())
desc = info.encode().ljust((len(info) + 3) // 4 * 4, b"\0")
note = struct.pack("<III", 11, len(info), 0) + b"VMCOREINFO\0\0" + desc
for name, virtual in (("virtual", base), ("physical", 0)):
    data = 4096
    elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    elf += struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(note), len(note), 0)
    elf += struct.pack("<IIQQQQQQ", 1, 7, data, virtual, 0, size, size, 0)
    open(name, "wb").write((elf + note).ljust(data, b"\0") + memory)
PY
for core in virtual physical; do
	"$root/sbin/vmcore-dmesg" "$core" >"log-$core" 2>&1
	echo "headers with $core addresses: exit status $?: $(cat "log-$core")"
done
right() { grep -q "the log is here" log-virtual && grep -q "No program header covering vaddr" log-physical; }
still right
