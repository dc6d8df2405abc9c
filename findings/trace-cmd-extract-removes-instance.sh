#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# trace-cmd: extract -B NAME removes the instance that it has read, also one that trace-cmd did not make.
#
# Surprising: extract is documented as what takes the data of the kernel's buffers into a file; start, stop and show leave
# instances as they are. Whoever had set up events, filters and sizes in tracefs finds them gone, and a second extract fails.
# Matters to a reader of dumps: a machine that crashes after somebody has "just looked" has no rings of that instance any
# more, and nothing in the dump says that there were some.
# Seen with trace-cmd 3.1.6-1 of Debian 12 on Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
run_tracing_guest "loglevel=4" <<'INIT'
/bin/busybox mkdir instances/flight
echo 1 >instances/flight/events/sched/sched_switch/enable
/bin/busybox sleep 1
echo "SAID before: $(/bin/busybox ls instances)"
/bin/trace-cmd extract -B flight -o /t.dat >/dev/null 2>&1
echo "SAID extract: status $?"
echo "SAID events in the file: $(/bin/trace-cmd report -i /t.dat 2>/dev/null | /bin/busybox grep -c sched_switch)"
echo "SAID after: $(/bin/busybox ls instances)"
INIT
still sh -c 'grep -q "^before: flight" seen && grep -q "extract: status 0" seen && grep -q "^after: *$" seen'
