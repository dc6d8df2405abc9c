#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on arm64: a 32-bit program that starts a 64-bit one is traced as leaving listxattr, which nobody called. The other
# way round, execve's exit is missing from the trace.
#
# Surprising: execve keeps the number that it was entered by, and the number is looked up in the table of the program that
# runs by then. ARM's 11 is execve, arm64's 11 is listxattr: the event sys_exit_listxattr is recorded, with result 0. A
# 64-bit program's execve is 221; once the new program is a 32-bit one, events of single calls pass it over as they do
# all its calls, and the exit of raw_syscalls has a number that means fcntl64 in its table. x86-64 changes the number.
# Matters to a reader of traces and of rings in a dump: an exit's table cannot be told from the task, and its number is
# not that of the call that the task was in. Who pairs an exit with the thread's entry has to let these two pass.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-arm64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest
fetch_alone bookworm armhf busybox-static 1:1.35.0-4+deb12u1+b1

# One task, four programs: 64, 64, 32 and 64 bits.
cp armhf/bin/busybox guest/bin/busybox32
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t tracefs tracefs /sys/kernel/tracing
cd /sys/kernel/tracing
echo 1 >events/raw_syscalls/enable
for call in execve listxattr; do
	echo 1 >events/syscalls/sys_enter_$call/enable
	echo 1 >events/syscalls/sys_exit_$call/enable
done
/bin/busybox sh -c 'exec /bin/busybox32 sh -c "exec /bin/busybox true"'
echo 0 >events/enable
/bin/busybox grep -E 'NR (11|221)[ =]|sys_(execve|listxattr)' trace
/bin/busybox poweroff -f
INIT
run_arm64_guest "loglevel=4"
<log sed -nE 's/^.*: (sys_[a-z]+(: NR [0-9]+)?)[( ]*([^=>]*|.*([=>].*))$/\1 \4/p' | sed 's/ *$//; s/>/->/' >seen
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c '[ "$(cat seen)" = "sys_enter: NR 221
sys_execve
sys_exit: NR 221 = 0
sys_execve -> 0x0
sys_enter: NR 221
sys_execve
sys_exit: NR 221 = 0
sys_enter: NR 11
sys_exit: NR 11 = 0
sys_listxattr -> 0x0" ]'
