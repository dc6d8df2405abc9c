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
fetch_guest

# A module of that kernel whose init function is made to call address 0, and a ramdisk that loads it.
python3 - "$root" <<'PY' || exit 2
import pathlib, sys
(path,) = pathlib.Path(sys.argv[1]).glob("lib/modules/*/kernel/drivers/net/dummy.ko")
module = path.read_bytes().removesuffix(b"~Module signature appended~\n")
code = bytes.fromhex("e800000000 4154 48c7c700000000 4531e4 55 53")  # its init function, from the call for tracers on
assert module.count(code) == 1
module = module.replace(code, code[:5] + bytes.fromhex("31c0 ffd0") + code[9:])  # xor %eax, %eax; call *%rax
pathlib.Path("guest/broken.ko").write_bytes(module)
PY
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox insmod /broken.ko
/bin/busybox poweroff -f
INIT
run_guest "loglevel=7 oops=panic"
<log sed 's/^\[[^]]*\] //' | grep -a -E -e "^BUG:|^RIP: 0010|^Code:|^CR2" >seen || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "^BUG: .* address: 0000000000000000$" seen && grep -q "^CR2: ffffffffffffffd6 CR3" seen'
