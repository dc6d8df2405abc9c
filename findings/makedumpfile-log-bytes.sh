#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile --dump-dmesg: each byte of the log from 0x80 on becomes four: \xffffffc3 where the log has 0xc3.
#
# Surprising: the log is valid (drivers print names of devices, volumes and users as they are, in UTF-8), and
# dmesg shows such a byte as \xc3. The escape is made of a signed char, so its sign is extended.
# Matters to a reader of dumps: the text cannot be turned back by the rule of dmesg, lines grow by 6 columns a
# byte, and a log read so does not compare equal with the same log from the machine, or from another tool.
# Seen with makedumpfile 1.7.2-1 of Debian 12. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch makedumpfile 1:1.7.2-1

# A core with page tables for its 64 KiB, a log of one record as kernels before 5.10 kept it, and what
# makedumpfile asks for before it reads any log.
python3 - <<'PY'
import struct
base, size = 0xffff888000000000, 0x10000
text = "a camera by M\u00fcller".encode()
length = (16 + len(text) + 3) // 4 * 4
record = struct.pack("<QHHHBB", 10**9, length, len(text), 0, 0, 6 << 5 & 0xff) + text
memory = bytearray(size)
def put(at, *values, form="<Q"):
    struct.pack_into(form, memory, at, *values)
memory[0x1000:0x1000 + len(record)] = record
put(0x100, base + 0x1000)
put(0x108, 0x1000, 0, length, form="<III")
put(0x118, base + 0x8000)
for i, part in enumerate((b"Linux", b"host", b"4.19.0", b"#1", b"x86_64")):
    memory[0x204 + 65 * i:0x204 + 65 * i + len(part)] = part
put(0x2000 + 273 * 8, 0x3063)  # the direct mapping: one page of 2 MiB
put(0x3000, 0x4063)
put(0x4000, 0xe3)
symbols = {"log_buf": 0x100, "log_buf_len": 0x108, "log_first_idx": 0x10c, "log_next_idx": 0x110, "mem_map": 0x118,
           "init_uts_ns": 0x200, "_stext": 0x300}
lines = ["OSRELEASE=4.19.0", "PAGESIZE=4096", *(f"SYMBOL({name})={base + at:x}" for name, at in symbols.items()),
         "SYMBOL(init_top_pgt)=ffffffff80002000", "NUMBER(phys_base)=0", "KERNELOFFSET=0", "SIZE(page)=64",
         "OFFSET(page.flags)=0", "OFFSET(page._refcount)=52", "OFFSET(page.mapping)=24", "OFFSET(page.lru)=8",
         "SIZE(printk_log)=16", "OFFSET(printk_log.ts_nsec)=0", "OFFSET(printk_log.len)=8",
         "OFFSET(printk_log.text_len)=10", ""]
info = "\n".join(lines)
note = struct.pack("<III", 11, len(info), 0) + b"VMCOREINFO\0\0" + info.encode().ljust((len(info) + 3) // 4 * 4, b"\0")
elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
elf += struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(note), len(note), 0)
elf += struct.pack("<IIQQQQQQ", 1, 7, 4096, base, 0, size, size, 0)
open("core", "wb").write((elf + note).ljust(4096, b"\0") + memory)
PY
"$bin/makedumpfile" --dump-dmesg core log >said 2>&1
echo "exit status $?; the log:"
cat log
right() { grep -qF 'M\xffffffc3\xffffffbcller' log; }
still right
