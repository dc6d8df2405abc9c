#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on x86-64: /proc/PID/syscall of every kernel thread that sleeps says that it is in system call 0, read(0, 0, 0).
#
# Surprising: a kernel thread makes no calls. The number comes from the registers of user mode at the top of the stack,
# which it never had: they are zeros, and 0 is read. A task that sleeps outside of a call is said to be in -1 otherwise.
# Matters to a reader of dumps: the same words lie in a vmcore, and whoever decodes them there as this file does counts
# a hundred tasks that hang in read. They have to be told by PF_KTHREAD, or by where their stack ends.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch linux-image-6.1.0-56-amd64 6.1.192-2
fetch qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
fetch busybox-static 1:1.35.0-4+deb12u1+b1
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"

# It prints the call of each task, and whether it has memory of its own.
python3 - "$root" <<'PY' || exit 2
import pathlib, sys
root = pathlib.Path(sys.argv[1])
init = b"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox sleep 1
for task in /proc/[0-9]*; do
	read -r call <$task/syscall
	if [ -e $task/exe ]; then kind=process; else kind=thread; fi
	[ "$call" = running ] || echo "$kind in: $call"
done
/bin/busybox poweroff -f
"""
archive = bytearray()
def add(name, mode, data=b""):
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    archive.extend(b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0")
    archive.extend(bytes(-len(archive) % 4) + data)
    archive.extend(bytes(-len(archive) % 4))
for folder in ("bin", "proc"):
    add(folder, 0o40755)
add("bin/busybox", 0o100755, (root / "bin/busybox").read_bytes())
add("init", 0o100755, init)
add("TRAILER!!!", 0)
open("ramdisk", "wb").write(archive)
PY
timeout 300 "$bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L /usr/share/qemu -L /usr/share/seabios \
	-accel tcg -cpu qemu64 -m 256 -display none -nodefaults -no-reboot -serial stdio -kernel "$root"/boot/vmlinuz-* \
	-initrd ramdisk -append "console=ttyS0 loglevel=4 panic=-1 no_timer_check" >log 2>&1
tr -d '\r' <log | grep -a " in: " | sort | uniq -c >seen
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep "thread in: " seen | awk "{ count += \$1 } END { exit count < 20 }" &&
	! grep "thread in: " seen | grep -v "thread in: 0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0$"'
