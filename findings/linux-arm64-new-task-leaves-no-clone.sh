#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on arm64: a new task is not traced as leaving clone or fork. Its first event is the entry of its first call.
#
# Surprising: the call returns twice, and on x86-64 raw_syscalls has an exit for either return: each new task begins with one
# of result 0. arm64's new task goes out to its program by a way of its own, on which exits are not traced.
# Matters to a reader of traces and of rings in a dump: a task whose records begin with an entry has lost some on x86-64,
# and none here. Who takes the exit with result 0 for the sign of a birth finds no births on arm64.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-arm64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t tracefs tracefs /sys/kernel/tracing
cd /sys/kernel/tracing
echo 1 >events/raw_syscalls/enable
for child in 1 2 3 4; do (:); done
echo 0 >events/raw_syscalls/enable
/bin/busybox grep -F ': sys_' trace
/bin/busybox poweroff -f
INIT

run_arm64_guest "loglevel=4"
# What the shell got from clone (220), and the first event of each other task.
<log sed -nE 's/^ *[^ ].*-([0-9]+) +\[.*: sys_(enter|exit): NR (-?[0-9]+) *(.*)$/\1 \2 \3 \4/p' >events
awk '$1 == 1 && $2 == "exit" && $3 == 220 && $5 > 0 { print "the parent: exit of clone" }
	$1 != 1 && !seen[$1]++ { print "the child: first", $2 == "enter" ? "an entry, of call " $3 : "an exit, of call " $3 }' events | sort | uniq -c >seen
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "^ *4 the parent: exit of clone$" seen && grep -q "^ *4 the child: first an entry" seen && ! grep -q "an exit" seen'
