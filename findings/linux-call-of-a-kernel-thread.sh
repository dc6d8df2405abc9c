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
fetch_guest

# It prints the call of each task, and whether it has memory of its own.
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox sleep 1
for task in /proc/[0-9]*; do
	read -r call <$task/syscall
	if [ -e $task/exe ]; then kind=process; else kind=thread; fi
	[ "$call" = running ] || echo "$kind in: $call"
done
/bin/busybox poweroff -f
INIT
run_guest "loglevel=4"
<log grep -a " in: " | sort | uniq -c >seen
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep "thread in: " seen | awk "{ count += \$1 } END { exit count < 20 }" &&
	! grep "thread in: " seen | grep -v "thread in: 0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0$"'
