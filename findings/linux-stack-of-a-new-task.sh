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
fetch_guest
fetch util-linux 2.38.1-5+deb12u3
fetch libc6 2.36-9+deb12u14

# On the second CPU, a real-time shell forks and then never leaves the CPU; the first CPU looks at its child.
mkdir guest/lib guest/lib64
cp "$root/usr/bin/chrt" guest/bin/
cp -L "$root/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" guest/lib64/
cp -L "$root/lib/x86_64-linux-gnu/libc.so.6" guest/lib/
cat >guest/init <<'INIT'
#!/bin/busybox sh
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
INIT
run_guest "loglevel=4 nokaslr" -smp 2
<log grep -a -E -e "^(stack|call|ran for): " -e " (ret_from_fork|__switch_to_asm)$" >seen || { tail -n 5 log; exit 2; }
cat seen
grep -q "^ran for: 0 ns$" seen || exit 2
still sh -c 'grep -q "^stack: .* __switch_to_asm+0x" seen && ! grep -q "^stack: .*ret_from_fork" seen'
