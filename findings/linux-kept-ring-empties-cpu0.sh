#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux 7.3: a trace instance that is kept over a reboot comes back without CPU 0's events, if its clock is not the default one.
#
# Surprising: reserve_mem= with trace_instance=NAME@LABEL is there to have the events of a machine that died. With
# trace_clock as it is, they come back. With "mono" in it, CPU 0's ring is empty in the next boot, and the kernel's log says
# "Ring buffer meta [0] is from previous boot!" and nothing else. A likely reason: newer kernels note the clock beside the
# ring and set it again, and to set a clock empties the rings of the CPUs that are online: so early, that is CPU 0's.
# Matters to a reader of dumps: where there is no dump, these rings are all that is left. An empty ring is no proof of an idle
# CPU. Who wants times by another clock has to choose between them and CPU 0.
# Seen with linux-binary-7.3.4+deb13-amd64 7.3.4-1~bpo13+1 in QEMU. December 2026.
. "$(dirname "$0")/fetch.sh"
fetch_guest
rm "$root"/boot/vmlinuz-*
fetch_alone trixie-backports amd64 linux-binary-7.3.4+deb13-amd64 7.3.4-1~bpo13+1
find "$root" -path '*7.3.4*/vmlinuz' -exec mv {} "$root/boot/vmlinuz-7.3.4" \;

# Now and then a boot finds nothing at all, whatever the clock: the memory may lie elsewhere.
for clock in default default mono; do
	run_kept_ring_guest "CLOCK=$clock" <<'INIT'
first() {
	[ "$CLOCK" = default ] || echo "$CLOCK" >trace_clock
	echo 1 >events/raw_syscalls/enable
	/bin/busybox find /sys/kernel >/dev/null
	echo "SAID $CLOCK: before the panic, CPU 0: $(/bin/busybox grep entries: per_cpu/cpu0/stats)"
}
second() { echo "SAID $CLOCK: after the reboot, CPU 0: $(/bin/busybox grep entries: per_cpu/cpu0/stats)"; }
INIT
done
[ -s seen ] || { tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "default: after.*entries: [1-9]" seen && grep -q "mono: before.*entries: [1-9]" seen &&
	grep -q "mono: after.*entries: 0" seen'
