#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux: a call that seccomp refuses has a sys_exit event and no sys_enter event. One that it lets pass has both.
#
# Surprising: both events are of the same call, and both hooks were on. Seccomp stands between: it ends the call before
# the entry is traced (kernel/entry/common.c), and the exit is traced all the same.
# Matters to a reader of traces and of rings in a dump: an exit without an entry is no sign of lost records. Who counts
# calls by their entries (as perf trace -s and most scripts for bpftrace do) misses those that a container's filter refuses,
# and who pairs an exit with the thread's entry before it gives the refusal to another call.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_guest

# It asks for its parent (110) and its group (111) three times each. The filter refuses the first with EPERM.
cat >calls.c <<'C'
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	struct sock_filter refuse[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, refuse };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	for (int i = 0; i < 3; i++) {
		syscall(SYS_getppid);
		syscall(SYS_getpgrp);
	}
	return 0;
}
C
# The host's compiler and library, not those that were fetched.
LD_LIBRARY_PATH='' gcc -static -O1 -o calls calls.c || { echo "cannot try it: gcc is needed"; exit 2; }
cp calls guest/bin/
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t tracefs tracefs /sys/kernel/tracing
cd /sys/kernel/tracing
echo 1 >events/raw_syscalls/enable
/bin/calls
echo 0 >events/raw_syscalls/enable
/bin/busybox grep -E 'NR 11[01]( |$)|NR 11[01] ' trace | /bin/busybox grep calls-
/bin/busybox poweroff -f
INIT
run_guest "loglevel=4"
<log grep -a "calls-" | sed -E 's/.*(sys_(enter|exit): NR [0-9]+).*( = .*)?$/\1/' | sort | uniq -c >seen
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c '[ "$(tr -s " " <seen)" = " 3 sys_enter: NR 111
 3 sys_exit: NR 110
 3 sys_exit: NR 111" ]'
