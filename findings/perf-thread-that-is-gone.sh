#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# perf: the last sched_switch of a thread that ends is of thread -1 in perf.data, while the event in the sample has its number.
#
# Surprising: a thread that nobody waits for loses its number before it is switched off for the last time. So a sample's own
# fields (PERF_SAMPLE_TID) say -1, and perf script prints -1, too. The event's fields (common_pid, prev_pid) still have the
# number. A process that becomes a zombie (prev_state=Z) keeps its number in both.
# Matters to a reader of perf.data: whoever sorts samples by their thread loses the end of each thread, and puts all of
# these into one thread that never was. The event has to be asked.
# Seen with linux-perf 6.1.192-3 of Debian 12 on Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2), in QEMU. December 2026.
. "$(dirname "$0")/fetch.sh"
run_perf_guest <<'INIT'
/bin/busybox mkdir /tmp
/bin/perf record -q -a -e sched:sched_switch -o /p.data -- /bin/perf bench sched messaging -t -g 1 -l 1 >/dev/null 2>&1
/bin/perf script -F pid,tid,event,trace -i /p.data 2>/dev/null | /bin/busybox grep 'prev_state=X' | /bin/busybox head -n 3 |
	/bin/busybox sed 's/^ */SAID /'
INIT
still grep -q -- '/-1 .*prev_pid=[1-9]' seen
