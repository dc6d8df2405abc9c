#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on arm64: where a function that keeps no frame record takes a fault, stack traces lack the function that called it.
#
# Surprising: the kernel knows better. The record that its unwinder goes on by is the caller's own, and leads to the caller's
# caller; who called stands in the register x30 (LR), which the exception has saved on the same stack, and which is not
# looked at. The routines that copy to and from programs are such functions, and they are where the kernel faults. Here
# read() of /dev/zero clears the program's buffer: the trace goes from __arch_clear_user to vfs_read, and read_zero is
# not in it. x86-64's traces have it, by ORC.
# Matters to a reader of dumps: /proc/PID/stack, hung task reports and call traces of a task that waits in a fault of a copy
# (userfaultfd, FUSE, NFS, swapping) lack the one function that tells what was copied. The saved x30 gives it back, as long
# as the function has not called another one: then x30 is a place of its own.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-arm64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t tracefs tracefs /sys/kernel/tracing
/bin/busybox mount -t devtmpfs devtmpfs /dev
cd /sys/kernel/tracing
echo 'p:fault handle_mm_fault' >kprobe_events
echo stacktrace >events/kprobes/fault/trigger
echo 1 >events/kprobes/fault/enable
/bin/busybox dd if=/dev/zero of=/dev/null bs=1M count=1
echo 0 >events/kprobes/fault/enable
/bin/busybox grep -E -A 3 '=> __arch_clear_user' trace
/bin/busybox poweroff -f
INIT

run_arm64_guest "loglevel=4"
sed -nE 's/^ => ([A-Za-z0-9_.]+)$/\1/p' log | paste -sd' ' | sed 's/__arch_clear_user/\n&/g' | sed -nE 's/^(__arch_clear_user [^ ]+ [^ ]+).*/\1/p' |
	sort | uniq -c >seen
[ -s seen ] || { tail -n 12 log; exit 2; }
cat seen
still sh -c 'grep -q " __arch_clear_user vfs_read " seen && ! grep -q read_zero seen'
