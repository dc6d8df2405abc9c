#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on arm64: VMCOREINFO's NUMBER(VA_BITS) is 52 on a machine whose kernel has addresses of 48 bits, and its
# NUMBER(PHYS_OFFSET) is no physical address.
#
# Surprising: both are what the kernel computes with, not what the machine has. Debian's kernel of 6.12 is built for 52 bits
# and falls back to 48 where the processor has no LPA2, with a level of page tables less. PHYS_OFFSET is
# chosen so that subtracting it from a linear address comes out right, and is far below 0; with KASLR it is another in
# each boot. On 6.1, without KASLR, it was the start of memory.
# Matters to a reader of dumps: who walks page tables by VA_BITS starts with a level that is not there, and gets
# nowhere. Only NUMBER(TCR_EL1_T1SZ) tells: 64 less it. Who looks for memory at PHYS_OFFSET finds none.
# Seen with Linux 6.12.117 (linux-image-6.12.117+deb12-arm64 6.12.117-1~deb12u1 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest linux-image-6.12.117+deb12-arm64 6.12.117-1~deb12u1

# The guest's memory is a file, which stays as it was in the end.
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox grep 'System RAM' /proc/iomem
/bin/busybox poweroff -f
INIT
run_arm64_guest "loglevel=4" -object memory-backend-file,id=memory,size=256M,mem-path=memory,share=on -machine memory-backend=memory
grep -a "System RAM" log >ram && [ -s memory ] || { tail -n 5 log; exit 2; }

python3 - >seen <<'PY' || exit 2
import re
memory = open("memory", "rb").read()
begin = int(open("ram").read().split("-")[0], 16)
info = max(re.findall(rb"OSRELEASE=6\.[^\0]{1000,4000}", memory), key=len).decode()
def fact(kind, name, base=0):
    return int(re.search(rf"^{kind}\({re.escape(name)}\)=(\S+)$", info, re.MULTILINE)[1], base)
def word(at):
    return int.from_bytes(memory[at - begin:at - begin + 8], "little") if at >= begin else 0
root = fact("SYMBOL", "swapper_pg_dir", 16) - fact("NUMBER", "kimage_voffset")
def physical(address, bits):
    table = root
    for shift in reversed(range(12, bits, 9)):
        entry = word(table + (address >> shift & (1 << min(9, bits - shift)) - 1) * 8)
        if not entry & 1:
            return None
        table = entry & 0x0000fffffffff000
        if not entry & 2:
            return (table & -(1 << shift)) + (address & (1 << shift) - 1)
    return table + (address & 4095)
names = fact("SYMBOL", "init_uts_ns", 16) + fact("OFFSET", "uts_namespace.name")
bits = {"VA_BITS": fact("NUMBER", "VA_BITS"), "64 - TCR_EL1_T1SZ": 64 - fact("NUMBER", "TCR_EL1_T1SZ")}
for name, value in bits.items():
    at = physical(names, value)
    found = at is not None and at >= begin and memory[at - begin:at - begin + 6] == b"Linux\0"
    print(f"{name}: {value}; the kernel's own name by tables of so many bits:", "found" if found else "not found")
print(f"PHYS_OFFSET: {fact('NUMBER', 'PHYS_OFFSET'):#x}; memory begins at {begin:#x}")
PY
cat seen
still sh -c 'grep -q "^VA_BITS: 52; .*: not found$" seen && grep -q "^64 - TCR_EL1_T1SZ: 48; .*bits: found$" seen && grep -q "^PHYS_OFFSET: 0xfff.*; memory begins at 0x40000000$" seen'
