#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# trace-cmd: extract -B NAME writes the clock of the kernel's own instance into the file, whatever the clock of NAME is.
#
# Surprising: each instance has a clock of its own, and version 7 of the format has a place for the name of each. The file
# says "local" beside counts of the x86-tsc clock, and trace-cmd report shows these as seconds, with status 0.
# Matters to a reader of trace.dat files: the clock that a file names is no proof. The counters that it holds for each CPU
# tell: tracefs shows times with a point only where a clock counts nanoseconds.
# Seen with trace-cmd 3.1.6-1 of Debian 12 on Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
run_tracing_guest "loglevel=4 tsc=reliable" <<'INIT'
/bin/busybox mkdir instances/other
echo x86-tsc >instances/other/trace_clock
echo 1 >instances/other/events/sched/sched_switch/enable
/bin/busybox sleep 1
echo 0 >instances/other/tracing_on
echo "SAID the kernel: $(/bin/busybox grep -o '\[.*\]' instances/other/trace_clock)"
echo "SAID uptime: $(/bin/busybox cut -d. -f1 /proc/uptime)"
/bin/trace-cmd extract -B other -o /t.dat >/dev/null 2>&1
echo "SAID extract: status $?"
/bin/trace-cmd dump --options -i /t.dat 2>/dev/null | /bin/busybox grep -A 1 '"other" \[name\]' | /bin/busybox sed 's/^/SAID the file: /'
/bin/trace-cmd report -i /t.dat 2>/dev/null | /bin/busybox grep -m 1 -o '[0-9]*\.[0-9]*: sched_switch' | /bin/busybox sed 's/^/SAID report: /'
INIT
still sh -c 'grep -q "the kernel: .x86-tsc." seen && grep -q "extract: status 0" seen && grep -q "\"local\" .clock" seen'
