#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Times kstrax and its peers in one run, on this machine: events per second of
# processor time, the best of three runs each. Usage: run.sh BUILD
# Peers need a kernel with tracing and root; without, only kstrax is timed.
build=$1
bin=$build/bin
entries=1000000
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# seconds COMMAND…: user and system time of the best of three runs
seconds() {
	for _ in 1 2 3; do
		/usr/bin/time -f '%U %S' -o "$scratch/time" "$@" >/dev/null 2>&1
		tail -n 1 "$scratch/time"
	done | awk '{t = $1 + $2; if (NR == 1 || t < best) best = t} END {print best < 0.001 ? 0.001 : best}'
}

# row NAME EVENTS SECONDS [PEER'S RATE]
row() {
	awk -v name="$1" -v events="$2" -v seconds="$3" -v peer="$4" 'BEGIN {
		rate = events / seconds / 1e6
		printf "%-36s %8.2f M events/s", name, rate
		if (peer != "" && peer > 0) printf "   %.1f x", rate / peer
		print ""
	}'
}
rate() { awk -v events="$1" -v seconds="$2" 'BEGIN {print events / seconds / 1e6}'; }

echo "reports from buffer files of 2 CPUs, $((2 * entries)) entries"
"$build/tests/bench" generate "$scratch/files" 2 $entries || exit 1
profile_rate='' report_rate='' script_rate='' trace_rate=''

# trace-cmd's file by way of the kernel's raw pages: its own record command wants
# the function tracer, which not every kernel has.
record_trace() {
	tracing=/sys/kernel/tracing
	[ -e $tracing/instances ] || mount -t tracefs tracefs $tracing 2>/dev/null
	instance=$tracing/instances/kstrax-bench
	mkdir $instance || return 1
	echo 65536 >$instance/buffer_size_kb
	echo 1 >$instance/events/raw_syscalls/enable
	dd if=/dev/zero of=/dev/null bs=1 count=500000 2>/dev/null
	echo 0 >$instance/tracing_on
	rings=
	for ring in $instance/per_cpu/cpu*; do
		dd if=$ring/trace_pipe_raw of="$scratch/${ring##*/}" bs=4096 iflag=nonblock 2>/dev/null
		rings="$rings $scratch/${ring##*/}"
	done
	echo 0 >$instance/events/enable
	rmdir $instance
	trace-cmd restore -c -o "$scratch/head.dat" >/dev/null &&
		trace-cmd restore -i "$scratch/head.dat" -o "$scratch/trace.dat" $rings >/dev/null
}

if record_trace 2>"$scratch/log"; then
	events=$(trace-cmd report "$scratch/trace.dat" 2>/dev/null | grep -c sys_)
	t=$(seconds trace-cmd report --profile "$scratch/trace.dat")
	profile_rate=$(rate "$events" "$t")
	row "trace-cmd report --profile" "$events" "$t"
	t=$(seconds trace-cmd report "$scratch/trace.dat")
	report_rate=$(rate "$events" "$t")
	row "trace-cmd report" "$events" "$t"
else
	echo "ftrace cannot record here: $(tail -n 1 "$scratch/log")"
fi
if perf record -q -m 16M -e raw_syscalls:sys_enter,raw_syscalls:sys_exit -o "$scratch/perf.data" \
	dd if=/dev/zero of=/dev/null bs=1 count=100000 >"$scratch/log" 2>&1; then
	events=$(perf script -i "$scratch/perf.data" 2>/dev/null | grep -c sys_)
	t=$(seconds perf script -i "$scratch/perf.data")
	script_rate=$(rate "$events" "$t")
	row "perf script" "$events" "$t"
	t=$(seconds perf trace -i "$scratch/perf.data")
	trace_rate=$(rate "$events" "$t")
	row "perf trace -i" "$events" "$t"
else
	echo "perf cannot record here: $(tail -n 1 "$scratch/log")"
fi

all=$((2 * entries))
row "kstrax -c, against --profile" $all "$(seconds "$bin/kstrax" -c "$scratch/files" -o -)" "$profile_rate"
paired=$(seconds "$bin/kstrax" -t "$scratch/files" -o -)
row "kstrax -t, against perf trace" $all "$paired" "$trace_rate"
raw=$(seconds "$bin/kstrax" -r "$scratch/files" -o -)
row "kstrax -r, against trace-cmd report" $all "$raw" "$report_rate"
row "kstrax -r, against perf script" $all "$raw" "$script_rate"

for dump in "$build"/vmcore/panic.elf "$build"/vmcore/panic.kdump; do
	[ -e "$dump" ] || continue
	echo
	echo "${dump##*/}, whole command: $(seconds "$bin/kstrax-dump" -t "$dump") s of processor time"
	"$build/tests/bench" scan "$dump"
done
