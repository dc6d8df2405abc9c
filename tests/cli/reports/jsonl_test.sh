#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# JSON lines through a reader that keeps every number as a double, as most do:
# nothing is rounded. The machine is up for 200 days, so that CLOCK_MONOTONIC is
# beyond 2^53 ns. Usage: jsonl_test.sh BUILD
bin=$1/bin
make_dump=$1/tests/make-dump
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. tests/cli/checks.sh

cat >"$scratch/script" <<'END'
layout x86_64
cpus 1
entries 64
start 17279999000000001 1795329135027867110
0 17280000000000001 tid=10 getpid
0 17280000000000002 tid=10 getpid = 10
0 17280000000000003 tid=10 mmap args=0,0x1000,3,0x22,-1,0
0 17280000000000004 tid=10 mmap = 0x7fffffffffff
0 17280000000000005 tid=10 lseek args=3,0x4000000000000001,0
0 17280000000000006 tid=10 lseek = 4611686018427387905
END
"$make_dump" "$scratch/script" elf "$scratch/dump" || exit 1

# Prints what a reader with doubles has of each call, and of the header.
"$bin/kstrax-dump" -t --format=jsonl "$scratch/dump" | python3 -c '
import json, sys
for line in sys.stdin:
    row = json.loads(line, parse_int=float)
    if row.get("type") == "header":
        print(int(row["recording"]["start_realtime_ns"]))
    elif "type" not in row:
        print(int(row["start_ns"]), int(row["end_ns"]), int(row["duration_ns"]), int(row["ret"]))
' >"$scratch/read"
cat >"$scratch/true" <<'END'
1795329135027867110
17280000000000001 17280000000000002 1 10
17280000000000003 17280000000000004 1 140737488355327
17280000000000005 17280000000000006 1 4611686018427387905
END
same "numbers survive a reader that keeps doubles" "$scratch/true" "$scratch/read"

# What the reading shows stands behind the rows: nobody knows it before.
cat >"$scratch/script" <<'END'
layout x86_64
cpus 2
entries 64
0 1000 tid=10 getpid
0 2000 tid=10 getpid = 10
1 1500 tid=11 getpid
1 torn
1 1600 tid=11 getuid
END
"$make_dump" "$scratch/script" elf "$scratch/torn" || exit 1
for report in "" -t -r -c -i; do
	# shellcheck disable=SC2086
	"$bin/kstrax-dump" $report --format=jsonl "$scratch/torn" 2>"$scratch/err" | tail -n 1 | python3 -c '
import json, sys
trailer = json.loads(sys.stdin.read())
for finding in trailer.get("findings", []):
    print(finding["id"], finding["severity"], finding["count"], finding["text"] in trailer["damage"])
' >"$scratch/read"
	echo "entries_damaged incomplete 1 True" >"$scratch/true"
	same "the trailer has the findings (${report:-summary})" "$scratch/true" "$scratch/read"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
