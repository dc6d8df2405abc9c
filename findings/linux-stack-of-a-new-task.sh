#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on x86: /proc/PID/stack of a task that has not run yet names a function that the task was never in, and
# /proc/PID/syscall says "running".
#
# Surprising: the stack of a new task has one frame, where it is to begin: the first byte of ret_from_fork. An address
# on a stack is taken for one that a call returns to, so the byte before it is looked up, and that is the last of the
# function that happens to lie in front, in Debian's 6.1 __switch_to_asm. The offset is as large as that whole function.
# Matters to a reader of dumps: who compares the stacks of a dump with /proc, or with a tool that looks up as /proc
# does, finds a difference for each task that was just made; a machine that dies of a storm of forks is full of them.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch linux-image-6.1.0-56-amd64 6.1.192-2
fetch qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
fetch busybox-static 1:1.35.0-4+deb12u1+b1
fetch util-linux 2.38.1-5+deb12u3
fetch libc6 2.36-9+deb12u14
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"

# On the second CPU, a real-time shell forks and then never leaves the CPU; the first CPU looks at its child.
python3 - "$root" <<'PY' || exit 2
import pathlib, sys
root = pathlib.Path(sys.argv[1])
init = b"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
/bin/busybox taskset 2 /bin/chrt -f 50 /bin/busybox sh -c '(exit) & echo $! >/child; while :; do :; done' &
until [ -s /child ]; do /bin/busybox usleep 100000; done
read -r child </child
/bin/busybox usleep 500000
while read -r line; do echo "stack: $line"; done </proc/$child/stack
while read -r line; do echo "call: $line"; done </proc/$child/syscall
read -r ran rest </proc/$child/schedstat; echo "ran for: $ran ns"
/bin/busybox grep -E ' (ret_from_fork|__switch_to_asm)$' /proc/kallsyms
/bin/busybox poweroff -f
"""
archive = bytearray()
def add(name, mode, data=b""):
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    archive.extend(b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0")
    archive.extend(bytes(-len(archive) % 4) + data)
    archive.extend(bytes(-len(archive) % 4))
for folder in ("bin", "proc", "dev", "lib64", "lib"):
    add(folder, 0o40755)
add("bin/busybox", 0o100755, (root / "bin/busybox").read_bytes())
add("bin/chrt", 0o100755, (root / "usr/bin/chrt").read_bytes())
for library in ("lib64/ld-linux-x86-64.so.2", "lib/libc.so.6"):
    add(library, 0o100755, (root / "lib/x86_64-linux-gnu" / pathlib.Path(library).name).read_bytes())
add("init", 0o100755, init)
add("TRAILER!!!", 0)
open("ramdisk", "wb").write(archive)
PY
timeout 300 "$bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L /usr/share/qemu -L /usr/share/seabios \
	-accel tcg -cpu qemu64 -smp 2 -m 256 -display none -nodefaults -no-reboot -serial stdio -kernel "$root"/boot/vmlinuz-* \
	-initrd ramdisk -append "console=ttyS0 loglevel=4 panic=-1 no_timer_check nokaslr" >log 2>&1
tr -d '\r' <log | grep -a -E -e "^(stack|call|ran for): " -e " (ret_from_fork|__switch_to_asm)$" >seen || { tail -n 5 log; exit 2; }
cat seen
grep -q "^ran for: 0 ns$" seen || exit 2
still sh -c 'grep -q "^stack: .* __switch_to_asm+0x" seen && ! grep -q "^stack: .*ret_from_fork" seen'
