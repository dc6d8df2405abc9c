#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux 6.12: of a ring that was kept over a reboot, the kernel's own text has no arguments of system calls.
#
# Surprising: the ring of the boot before is read by the file "trace", as every other, and the same events had their arguments there
# before the panic. Now each sys_enter ends with args=<INVALID-SIZE>, and places in code are bare numbers. The bytes are all
# there, in the ring's pages. A likely reason: such rings are printed by a simpler printer, which
# follows no pointers of another boot, and knows a dynamic array, but not one of a fixed size.
# Matters to a reader of dumps: whoever looks at the text alone takes the arguments for lost, and they are what one looks for.
# Seen with linux-image-6.12.118+deb13-amd64 6.12.118-1 in QEMU. December 2026.
. "$(dirname "$0")/fetch.sh"
fetch_guest
rm "$root"/boot/vmlinuz-*
fetch_alone trixie-security amd64 linux-image-6.12.118+deb13-amd64 6.12.118-1
run_kept_ring_guest "" <<'INIT'
first() {
	echo 1 >events/raw_syscalls/sys_enter/enable
	/bin/busybox true
	echo "SAID before the panic: $(/bin/busybox grep -m 1 -o 'sys_enter: .*' trace)"
}
second() { echo "SAID after the reboot: $(/bin/busybox grep -m 1 -o 'sys_enter: .*' trace)"; }
INIT
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "before.*sys_enter: NR [0-9]* (" seen && grep -q "after.*INVALID-SIZE" seen'
