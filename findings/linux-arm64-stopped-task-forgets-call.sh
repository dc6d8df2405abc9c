#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux on arm64: a task that a signal has stopped in a system call is said to be in none.
#
# Surprising: on x86-64, /proc/PID/syscall of the same task has the call and its arguments. arm64's kernel overwrites the
# number of the call by -1 when it begins to look at signals, before it stops the task, so that nobody starts the call over
# twice; x86-64's changes the number only if there is a handler.
# Matters to a reader of dumps: the saved registers of a stopped task (SIGSTOP, a tracer's stop for a signal) look like those
# of a task that was interrupted in user mode. Which call it was in, is in records of calls alone, as an entry without an
# exit; a register dump that says "no call" does not contradict them.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-arm64 and -amd64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox sleep 1000 &
/bin/busybox usleep 500000
echo "sleeping: $(/bin/busybox cut -d' ' -f1 /proc/$!/syscall)"
kill -STOP $!
/bin/busybox usleep 500000
echo "stopped: $(/bin/busybox cut -d' ' -f1 /proc/$!/syscall)"
/bin/busybox poweroff -f
INIT
run_arm64_guest "loglevel=4"
sed -nE 's/^.*(sleeping|stopped): /arm64, \1: call /p' log >seen
fetch_guest
run_guest "loglevel=4"
sed -nE 's/^.*(sleeping|stopped): /x86-64, \1: call /p' log >>seen
[ "$(wc -l <seen)" = 4 ] || { cat seen; tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "^arm64, sleeping: call 115$" seen && grep -q "^arm64, stopped: call -1$" seen && grep -q "^x86-64, sleeping: call 230$" seen && grep -q "^x86-64, stopped: call 230$" seen'
