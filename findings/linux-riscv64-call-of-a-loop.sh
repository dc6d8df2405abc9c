#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on RISC-V: /proc/PID/syscall says that a program which only counts is in system call 791621397, or another such number.
#
# Surprising: the file has -1 for a task that a signal or a fault has stopped outside of any call, and so it is on x86-64. On
# RISC-V the number comes from register a7 of the saved registers, whatever brought the task into the kernel; after a timer's
# tick or a page fault, a7 holds what the compiler keeps there. It may be a number that there is, with six arguments.
# Matters to a reader of dumps: the same registers lie on the stack in a dump. Only the saved cause (8: a call from user mode)
# tells a call from a fault, and /proc is no witness to check such a reader by.
# Seen with Linux 6.12.117 (linux-image-6.12.117+deb13-riscv64 6.12.117-1 of Debian 13), and 6.1.192 of Debian 12 for x86-64,
# in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_guest
fetch qemu-system-misc 1:7.2+dfsg-7+deb12u18+b3
fetch opensbi 1.1-2
fetch_alone trixie riscv64 linux-image-6.12.117+deb13-riscv64 6.12.117-1
fetch_alone trixie riscv64 busybox-static 1:1.37.0-6+b9
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox sh -c 'while :; do :; done' &
/bin/busybox sleep 1
kill -STOP $!
/bin/busybox sleep 1
echo "counting: $(/bin/busybox cut -d' ' -f1 /proc/$!/syscall)"
/bin/busybox poweroff -f
INIT
run_guest "loglevel=4"
sed -n 's/^.*counting: /x86-64: call /p' log >seen
cp riscv64/usr/bin/busybox guest/bin/
emulate qemu-system-riscv64 "console=ttyS0 loglevel=4" -M virt -cpu rv64 -bios "$root/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin" \
	-kernel riscv64/boot/vmlinux-*
sed -n 's/^.*counting: /RISC-V: call /p' log >>seen
[ "$(wc -l <seen)" = 2 ] || { cat seen; tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "^x86-64: call -1$" seen && grep -qE "^RISC-V: call [0-9]+$" seen'
