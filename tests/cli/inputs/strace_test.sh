#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What strace itself prints here of a program of several processes and threads, read by us and, in another way, by awk.
# Usage: strace_test.sh BUILD
. "$(dirname "$0")/../checks.sh"
dump=$1/bin/kstrax-dump
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case $dump in /*) ;; *) dump=$PWD/$dump ;; esac
cd "$scratch" || exit 1

cat >program <<'END'
cat /etc/hostname | grep -c . ; ls /nonexistent 2>/dev/null
sleep 0.05 & sleep 0.02 & wait
python3 -c 'import threading, os
all = [threading.Thread(target=lambda: os.stat("/tmp")) for i in range(4)]
[one.start() for one in all]
[one.join() for one in all]'
kill -9 $$
END
strace -f -ttt -T -o text sh program >/dev/null 2>&1
# Some machines let nobody trace.
if ! grep -q execve text; then
	echo "strace can trace nothing here: left out" >&2
	echo "0 passed, 0 failed, 1 skipped"
	exit
fi

# PID START DURATION RESULT of each call that returned: those in two parts have their start on the first line.
awk '{
	line = $0
	if (line ~ /^[0-9]+ +[0-9.]+ (---|\+\+\+)/) next
	if (line ~ /<unfinished \.\.\.>$/ && line !~ /resumed>/) { start[$1] = $2; next }
	if (line !~ /<[0-9.]+>$/ || line !~ / = /) next
	begin = line ~ /resumed>/ ? start[$1] : $2
	duration = line; sub(/.* </, "", duration); sub(/>$/, "", duration)
	result = line; sub(/.*\) += /, "", result); sub(/ <[0-9.]+>$/, "", result)
	error = result ~ /^(-1|\?) E/ ? result : ""; sub(/^(-1|\?) /, "", error); sub(/ .*/, "", error)
	if (line ~ /rt_sigreturn/) error = ""  # it is that of the call which the signal came into
	print $1, begin, duration, error
}' text | sort >expected
"$dump" -t --format=jsonl text 2>said >rows
holds "it is read to its end" test $? -eq 0
python3 - rows >found <<'END'
import json, sys
for line in open(sys.argv[1]):
    row = json.loads(line)
    if row.get("end_ns") is not None and row.get("duration_ns") is not None:
        begin, taken = int(row["start_ns"]), int(row["duration_ns"])
        print(row["pid"], f"{begin // 10**9}.{begin // 1000 % 10**6:06}", f"{taken // 10**9}.{taken // 1000 % 10**6:06}", row["error"] or "")
END
sort found >ours
same "threads, times, durations and errors are strace's" expected ours
holds "there are many" test "$(wc -l <expected)" -gt 500
holds "what is not told is said" grep -q "tells no CPUs" said

"$dump" -t --format=csv -x 'name==openat && arguments~"*O_CLOEXEC*" && path~"/etc/*"' text >csv 2>said
holds "arguments and file names can be asked for" test "$(grep -c '/etc/' csv)" -eq "$(grep -c 'openat(.*"/etc/.*O_CLOEXEC' text)"
holds "a thread that was killed is in no call" test "$("$dump" -i --format=csv text 2>/dev/null | wc -l)" -eq 1
"$dump" --trace-dat=out.dat text >/dev/null 2>said
holds "no numbers are made up for trace.dat" test $? -ne 0 -a ! -e out.dat
"$dump" -b -o files text >/dev/null 2>said
holds "nor buffer files" test $? -ne 0

# What text shows is what is asked for.
"$dump" -t text >report 2>/dev/null
for expression in 'path~"/etc/*"' error==ENOENT 'ret>3 && name!=clone' state!=complete; do
	"$dump" -t -x "$expression" text 2>/dev/null | grep -v "^#" >asked
	"${dump%/*}/kstrax-filter" -x "$expression" report 2>said | grep -v "^#" >filtered
	same "kstrax-filter: $expression" asked filtered
done

# Bytes that are not for a terminal, as no strace prints them.
printf '1 1700000000.1 write(1, "a\tb\033[1m", 3) = 3 <0.1>\n' >bytes
"$dump" -t bytes >report 2>said
holds "such bytes are escaped" grep -q 'write(1, "a\\tb\\x1b\[1m", 3) = 0x3' report

# Cut off anywhere, it is read as far as it goes.
size=$(wc -c <text)
for part in 3 5 7; do
	head -c $((size * part / 9)) text >part_of_it
	"$dump" -c part_of_it >/dev/null 2>said
	status=$?
	holds "cut off after $part ninths" test $status -eq 0 -o $status -eq 3
done
strace -r -o relative true 2>/dev/null
"$dump" -t relative >/dev/null 2>said
holds "text without times is refused" test $? -eq 1
holds "with the way to mend it" grep -q "strace -f -ttt -T" said
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
