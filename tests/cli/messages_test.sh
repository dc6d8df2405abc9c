#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Messages name what is amiss and what helps. Usage: messages_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
sample=$(pwd)/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

dump=$bin/kstrax-dump

for command in kstrax kstrax-dump kstrax-filter kstrax-graph; do
	for option in -h -v --list-options; do
		says "$command $option to a full disk" 1 'No space left' sh -c '"$0" "$1" >/dev/full' "$bin/$command" $option
	done
	says "$command: nearest option" 2 "did you mean '--success'" "$bin/$command" --sucess
done
says "an option cut too short" 2 "ambiguous" "$dump" --s
"$dump" -t --prec 3 "$sample" >short 2>&1
"$dump" -t --precision 3 "$sample" >long
same "an option may be cut where it stays the only one" long short
says "-C of no CPU" 2 'there is no such CPU; the recording has 0 to 1' "$dump" -t -C 9 "$sample"
says "a pattern without signs" 0 'a pattern is of the whole text: "/etc\*"' "$dump" -t -x 'path~"/etc"' "$sample"
"$dump" -t -x 'path~"/etc"' "$sample" >none 2>/dev/null
"$dump" -t "$sample" >all
says "in a text, too" 0 'a pattern is of the whole text' "$bin/kstrax-filter" -x 'path~"/etc"' all

# Reports of the kernel itself have fields of their own.
says "a field of calls" 2 "no field 'duration'; fields are panicked, pid, tgid, " "$dump" --tasks -x 'duration>1s' "$sample"
says "the nearest field" 2 "no field 'stat'; did you mean 'state'" "$dump" --stack all -x 'stat==UN' "$sample"
says "a value without a unit" 2 'off_cpu is compared with' "$dump" --tasks -x 'off_cpu>1' "$sample"
says "a log has no calls" 2 '--log: --call has nothing to choose by there; -x has: seq, ' "$dump" --log -e read "$sample"
says "tasks are not counted from the end" 2 '--tasks: --last has nothing to choose by' "$dump" --tasks -l 3 "$sample"
says "nor do they fail" 2 '--open-files: --error has nothing to choose by' "$dump" --open-files all --error ENOENT "$sample"
says "an unknown call of tasks" 2 "no system call or class 'opne'; did you mean 'open'" "$dump" --tasks -e opne "$sample"

# Moments: with a date, from the end, and in units.
"$dump" -t -s 0.01 "$sample" | grep -v '^#' >seconds
"$dump" -t -s 10ms "$sample" | grep -v '^#' >milliseconds
same "-s 10ms" seconds milliseconds
"$dump" -t -x 'time_ns>=0' "$sample" | grep -v '^#' >begun
"$dump" -t --from -1000s "$sample" | grep -v '^#' >from
same "--from long before the end" begun from
end=$("$dump" -t --format=jsonl "$sample" | sed -n '1s/.*"end_ns":\([0-9]*\),.*/\1/p')
"$dump" -t -x "time_ns>=$((end - 50000000))" "$sample" | grep -v '^#' >by-number
"$dump" -t --from -50ms "$sample" | grep -v '^#' >from
same "--from -50ms" by-number from
"$dump" -t -x "time_ns<=$((end - 50000000))" "$sample" | grep -v '^#' >by-number
"$dump" -t --until -50ms "$sample" | grep -v '^#' >until
same "--until -50ms" by-number until
day=$(sed -n '1s/.*recorded from \([0-9-]*\) .*/\1/p' all)
minute=$(awk '/^ / && $2 != "-" { print substr($2, 1, 5); exit }' all)
"$dump" -t --at "$minute" "$sample" | grep -v '^#' >by-time
"$dump" -t --at "$day $minute" "$sample" | grep -v '^#' >by-date
same "--at with a date" by-time by-date
"$dump" -t --from "${day}T$minute" --until "$day" "$sample" | grep -v '^#' >by-date
"$dump" -t --from "$minute" "$sample" | grep -v '^#' >by-time
same "--from and --until with a date" by-time by-date
says "another day has nothing" 0 'nothing in the recording matches: at 2001-01-01' "$dump" -t --at 2001-01-01 "$sample"
says "a text knows no date" 2 'neither dates nor' "$bin/kstrax-filter" --from "$day" all
says "nor its end" 2 'neither dates nor' "$bin/kstrax-filter" --from -5s all
says "at so long before the end" 2 'a --from or an --until' "$dump" -t --at -5s "$sample"

# One is no plural.
printf 'layout x86_64\ncpus 1\nentries 8\n0 100 tid=10 read args=1,2,3\n0 200 tid=10 read = 3\n' >script
"$build/tests/make-dump" script elf one
"$dump" one 2>/dev/null >summary
holds "1 CPU" grep -q 'rings  *1 CPU, 8 entries' summary

# The recorder's commands; not root, and a kernel that has no modules.
mkdir stubs
printf '#!/bin/sh\necho 9.9.9-none\n' >stubs/uname
printf '#!/bin/sh\necho modprobe was asked >&2\nexit 1\n' >stubs/modprobe
printf '#!/bin/sh\necho 1000\n' >stubs/id
chmod +x stubs/*
cp "$bin/kstrax-rec" "$bin/kstrax-simple" .
for arguments in 'kstrax-rec start' 'kstrax-rec stop' 'kstrax-simple stop'; do
	# shellcheck disable=SC2086
	says "$arguments: not root" 1 'only root can' env PATH="$scratch/stubs:$PATH" sh ./$arguments
done
printf '#!/bin/sh\necho 0\n' >stubs/id
says "no module for the running kernel" 1 \
	'there is no ctr_mod for the running kernel, 9.9.9-none.*linux-headers-9.9.9-none.*make modules && make install.*dkms' \
	env PATH="$scratch/stubs:$PATH" sh ./kstrax-rec start
holds "and nothing else is said" [ "$(wc -l <err)" -eq 1 ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
