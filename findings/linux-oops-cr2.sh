#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on x86: after a call of a NULL pointer, the registers of the oops have a CR2 that is not the address of the
# fault.
#
# Surprising: CR2 is read when the registers are printed, behind the line "Code:". For that line the kernel
# reads 42 bytes before the instruction pointer. Where nothing is mapped there (a call of address 0, the
# first function of a module), this faults as well, and CR2 then is the address of that attempt.
# Matters to a reader of dumps: "CR2: ffffffffffffffd6" looks like a pointer that was followed, and so does CR2
# among the registers that a dump has of that CPU. Only the line "BUG: … address:" tells the truth.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch linux-image-6.1.0-56-amd64 6.1.192-2
fetch qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
fetch busybox-static 1:1.35.0-4+deb12u1+b1
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"

# A module of that kernel whose init function is made to call address 0, and a ramdisk that loads it.
python3 - "$root" <<'PY' || exit 2
import pathlib, sys
root = pathlib.Path(sys.argv[1])
(path,) = root.glob("lib/modules/*/kernel/drivers/net/dummy.ko")
module = path.read_bytes().removesuffix(b"~Module signature appended~\n")
code = bytes.fromhex("e800000000 4154 48c7c700000000 4531e4 55 53")  # its init function, from the call for tracers on
assert module.count(code) == 1
module = module.replace(code, code[:5] + bytes.fromhex("31c0 ffd0") + code[9:])  # xor %eax, %eax; call *%rax
archive = bytearray()
def add(name, mode, data=b""):
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    archive.extend(b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0")
    archive.extend(bytes(-len(archive) % 4) + data)
    archive.extend(bytes(-len(archive) % 4))
add("bin", 0o40755)
add("bin/busybox", 0o100755, (root / "bin/busybox").read_bytes())
add("broken.ko", 0o100644, module)
add("init", 0o100755, b"#!/bin/busybox sh\n/bin/busybox insmod /broken.ko\n/bin/busybox poweroff -f\n")
add("TRAILER!!!", 0)
open("ramdisk", "wb").write(archive)
PY
timeout 300 "$bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L /usr/share/qemu -L /usr/share/seabios \
	-accel tcg -cpu qemu64 -m 256 -display none -nodefaults -no-reboot -serial stdio -kernel "$root"/boot/vmlinuz-* -initrd ramdisk \
	-append "console=ttyS0 loglevel=7 panic=-1 oops=panic no_timer_check" >log 2>&1
tr -d '\r' <log | sed 's/^\[[^]]*\] //' | grep -a -E -e "^BUG:|^RIP: 0010|^Code:|^CR2" >seen || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "^BUG: .* address: 0000000000000000$" seen && grep -q "^CR2: ffffffffffffffd6 CR3" seen'
