#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU: the ELF core of a little-endian POWER9 guest says in its header that it is big-endian, and its headers and notes are.
#
# Surprising: Debian's ppc64el kernel is an ELF file of least significant byte first, has told the machine so, and its words
# lie so in the dumped memory. QEMU asks another register of the CPU than the one that counts for a guest of a hypervisor.
# Matters to a reader of dumps: the byte order of the file is not that of the memory in it. A reader that takes the one from
# the other finds pointers from back to front; one that knows little-endian POWER alone refuses the file by its header.
# Seen with QEMU 7.2.22 (qemu-system-ppc 1:7.2+dfsg-7+deb12u18+b3 of Debian 12) and Linux 6.1.176
# (linux-image-6.1.0-50-powerpc64le 6.1.176-1) as a guest, in the state that its panic leaves. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch qemu-system-ppc 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-data 1:7.2+dfsg-7+deb12u18
fetch_alone bookworm ppc64el linux-image-6.1.0-50-powerpc64le 6.1.176-1
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"

# Without a root file system the kernel panics as soon as it is up; QEMU stays for the dump.
(
	for _ in $(seq 240); do
		grep -q "Kernel panic" log 2>/dev/null && break
		sleep 1
	done
	printf '%s\n' "dump-guest-memory elf" quit
) | timeout 300 "$bin/qemu-system-ppc64" -L "$root/usr/share/qemu" -L /usr/share/qemu \
	-machine pseries,accel=tcg,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off -cpu power9 -m 512 -display none \
	-nodefaults -serial file:log -monitor stdio -action panic=pause -kernel ppc64el/boot/vmlinux-* -append "console=hvc0 panic=0" >monitor 2>&1
[ -s elf ] || { tail -n 3 log monitor; exit 2; }
cat >order.py <<'PY'
import struct, sys

ORDER = {1: "little-endian", 2: "big-endian"}
kernel, core = (open(name, "rb").read() for name in sys.argv[1:3])
print("the kernel's file:", ORDER[kernel[5]])
print("the core's header:", ORDER[core[5]])
# Where the kernel's tables of symbols are, VMCOREINFO tells; the count of symbols is a small number.
info = core[core.index(b"OSRELEASE=6.1"):][:4096]
at = int(info.split(b"SYMBOL(kallsyms_num_syms)=")[1][:16], 16) & 0x0fffffffffffffff  # mapped at 0xc000000000000000
sign = ">" if core[5] == 2 else "<"
offset, = struct.unpack_from(sign + "Q", core, 32)
count, = struct.unpack_from(sign + "H", core, 56)
for i in range(count):
    kind, _, place, _, begin, size, _, _ = struct.unpack_from(sign + "IIQQQQQQ", core, offset + 56 * i)
    if kind == 1 and begin <= at < begin + size:
        word = core[place + at - begin:][:4]
        print("its memory:", min(ORDER.values(), key=lambda name: int.from_bytes(word, name.partition("-")[0])))
PY
python3 order.py ppc64el/boot/vmlinux-* elf >seen || exit 2
cat seen
still sh -c 'grep -q "file: little-endian" seen && grep -q "header: big-endian" seen && grep -q "memory: little-endian" seen'
