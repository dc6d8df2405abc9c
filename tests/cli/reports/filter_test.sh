#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kstrax-filter, and the same filters in kstrax-dump and kstrax, on the sample
# dumps: they select the same lines. Usage: filter_test.sh BUILD
bin=$(cd "$1" && pwd)/bin
samples=$(pwd)/sample-dumps
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
selected=0

# The same for what may rightly be empty: names of files.
alike() { # NAME EXPECTED ACTUAL
	if cmp -s "$2" "$3"; then ok; else bad "$1" "$2" "$3"; fi
}
# says NAME STATUS PATTERN COMMAND…: it ends so, and its messages match
says() {
	name=$1 status=$2 pattern=$3
	shift 3
	"$@" >out 2>err
	got=$?
	if [ "$got" -eq "$status" ] && grep -q -- "$pattern" err; then ok; else bad "$name (status $got)" err; fi
}

# both REPORT FILTERS…: of the source, and of the text report made without them
both() {
	report=$1
	shift
	"$bin/kstrax-dump" "$report" "$@" "$dump" >direct 2>/dev/null
	"$bin/kstrax" "$report" --columns=full "$@" files -o files-direct 2>/dev/null
	cp files-direct copy 2>/dev/null
	"$bin/kstrax-filter" "$@" <"all$report" >filtered 2>err || bad "status of $report $*" err
	alike "$name: $report $*: text and dump" direct filtered
	alike "$name: $report $*: dump and buffer files" direct copy
	selected=$((selected + $(wc -l <direct)))
}

for dump in "$samples"/*.elf; do
	name=$(basename "$dump" .elf)
	rm -f files*
	"$bin/kstrax-dump" -b -o files "$dump" >/dev/null
	"$bin/kstrax-dump" -t "$dump" >all-t
	"$bin/kstrax-dump" -r "$dump" >all-r
	middle=$(sed -n '/^ /p' all-t | awk '{t[NR] = $2} END {print t[int(NR / 2)]}')
	for report in -t -r; do
		both $report
		both $report -e openat,SIGNAL
		both $report --error ENOENT
		both $report --success
		both $report --error ENOENT,EINTR -e FILE
		both $report --at "${middle%.*}"
		both $report --from "$middle"
		both $report --until "${middle%???}"
		both $report -f
		both $report -f --success -e FILE
		both $report -x 'pid!=1 && !(call in (read, write)) && path~"/*[a-z]"'
		both $report -x 'error && error!=ENOENT || ret>4'
	done
	both $report -f --error error
	both -t -x 'duration>100us && state==complete || state==in_flight'
	both -t -x 'duration>=1ms' -e FILE --success
	both -t -x 'cpu==1 && error'
	"$bin/kstrax-dump" -t --columns=manual "$dump" >manual-t
	for filters in '-e openat' '--error ENOENT' '-x end&&duration>100us'; do
		# shellcheck disable=SC2086
		"$bin/kstrax-dump" -t --columns=manual $filters "$dump" >direct
		# shellcheck disable=SC2086
		"$bin/kstrax-filter" $filters manual-t >filtered
		same "$name: the manual's columns: $filters" direct filtered
	done
	both -r -x 'cpu==1 && kind==exit && serial<1000'

	# The manual's letters.
	for pair in '-r:--success' '-r ENOENT:--error ENOENT' '-rENOENT:--error ENOENT' '-r error:-x error' "-t $middle -A:--from $middle" \
		"-B -t $middle:--until $middle" "-t ${middle%:*}:--at ${middle%:*}" '-p 1:-x pid==1'; do
		# shellcheck disable=SC2086
		"$bin/kstrax-filter" ${pair%%:-*} all-t 2>/dev/null | grep -v '^# only' >short
		# shellcheck disable=SC2086
		"$bin/kstrax-dump" -t -${pair#*:-} "$dump" 2>/dev/null | grep -v '^# only' >long
		same "$name: kstrax-filter ${pair%%:-*}" long short
	done
	cut=$("$bin/kstrax-filter" -e openat all-t | "$bin/kstrax-filter" --success | grep -vc '^#')
	at_once=$("$bin/kstrax-filter" -e openat -r all-t | grep -vc '^#')
	holds "$name: one filter behind another" [ "$cut" -eq "$at_once" ] && holds "is not empty" [ "$cut" -gt 0 ]
done

# -r error is all that failed; -f the names of what was opened, with -r error of what was not.
for outcome in 'opened:ret && !error:' 'failed:error:-r error'; do
	expression=${outcome#*:}
	# shellcheck disable=SC2086
	"$bin/kstrax-filter" -f ${expression#*:} all-t 2>/dev/null >short
	"$bin/kstrax-dump" -t -x "path && ${expression%:*}" "$dump" | sed -n '/^ /s/[^"]*"\(\([^"\\]\|\\.\)*\)"\(\.*\).*/\1\3/p' >long
	same "-f: ${outcome%%:*} files" long short
done
"$bin/kstrax-dump" -i -f "$dump" >direct 2>/dev/null
holds "in flight, -f is what has a name" grep -q '"' direct
says "-f of a raw report cannot know all" 0 'a paired report (-t) knows' "$bin/kstrax-filter" -f all-r
says "nor kstrax-dump's" 0 'a paired report (-t) knows' "$bin/kstrax-dump" -r -f "$dump"
# The xx's: any beginning of a time.
tens=${middle%%:*}:$(echo "$middle" | cut -c 4)
"$bin/kstrax-filter" -t "$tens" all-t | grep -v '^#' >short
awk -v tens="$tens" '/^ / && index($2, tens) == 1' all-t >long
same "-t $tens is the thirties, or the like" long short
says "what begins no time" 2 'as 03:21:29.5 or 03:2' "$bin/kstrax-filter" -t 06:7 all-t
# The last line counts calls as well as records.
head -c $(($(stat -c %s "$dump") - 8192)) "$dump" >cut.elf
for report in -t -r -c; do
	"$bin/kstrax-dump" $report cut.elf 2>/dev/null | tail -n 1 >last
	holds "$report ends with the count of calls" grep -qE '^# lost: [1-9][0-9]* records? of about [1-9][0-9]* calls? ' last
done

holds "the filters select something" [ "$selected" -gt 5000 ]
says "a mistake has its column" 2 'column 17: no system call or class .opennat.; did you mean .openat.' \
	"$bin/kstrax-filter" -x 'pid==1 && call==opennat' all-t
holds "and a caret" sh -c 'tail -n 1 err | grep -q "^                  ^$"'
says "in kstrax-dump, too" 2 'column 9: expected &&' "$bin/kstrax-dump" -t -x 'pid==1  call' "$dump"
says "in kstrax, too" 2 'column 1: no field .pdi.' "$bin/kstrax" -t -x 'pdi==1' files -o -
says "an unknown error" 2 'error: .*ENOETN.*ENOENT' "$bin/kstrax-filter" -r ENOETN all-t
says "an unknown call" 2 "'opne'; did you mean 'open'" "$bin/kstrax-filter" -e opne all-t
says "a time that is none" 2 "not '3 pm'" "$bin/kstrax-filter" -t '3 pm' all-t
says "-A alone" 2 '-A goes with -t' "$bin/kstrax-filter" -A all-t
says "-A and -B" 2 'are everything' "$bin/kstrax-filter" -t 03:00 -A -B all-t
says "what the report does not show" 2 "does not show 'cpu'" "$bin/kstrax-filter" -x cpu==1 manual-t
says "what no report of this kind has" 2 "no field 'serial'" "$bin/kstrax-dump" -t -x serial==1 "$dump"
says "an empty selection" 0 'no line matches: PID 7777' "$bin/kstrax-filter" -p 7777 all-t
says "an empty selection of a dump" 0 'nothing in the recording matches: PID 7777' "$bin/kstrax-dump" -t -p 7777 "$dump"
says "no such file" 1 'nothing-here: cannot open' "$bin/kstrax-filter" nothing-here
says "another report" 1 'a statistics report; only' sh -c '"$0"/kstrax-dump -c "$1" | "$0"/kstrax-filter' "$bin" "$dump"
says "a dump" 1 'no line is one of' "$bin/kstrax-filter" "$dump"
says "a cut report" 3 'left out, .*: 1; the first is line' sh -c 'head -c 5000 all-t | "$0"/kstrax-filter' "$bin"
says "a filter without a report" 2 'no buffer files named' "$bin/kstrax" --error ENOENT
says "a filter beside what to record" 2 'goes with a report' "$bin/kstrax" -S --error ENOENT
says "a filter with buffer files to write" 2 'of the whole recording' "$bin/kstrax-dump" -b -x pid==1 "$dump"

# Every clock, names and colours: what is read back selects the same.
escape=$(printf '\033')
TZ=XST-5:45
export TZ
for look in --local '--time=monotonic' '--time=relative -y' '--color=always -y' '--time=monotonic --precision 6'; do
	for filters in '--error ENOENT' '-x time_ns>=0' '-p 1 -e FILE'; do
		case $look$filters in
		*-local*time_ns* | *color*time_ns*) continue ;; # text of the wall clock has no other
		esac
		# shellcheck disable=SC2086
		"$bin/kstrax-dump" -t $look $filters "$dump" >direct 2>/dev/null
		# shellcheck disable=SC2086
		"$bin/kstrax-dump" -t $look "$dump" | "$bin/kstrax-filter" $filters >filtered
		same "-t $look $filters" direct filtered
	done
done
"$bin/kstrax-dump" -t --local "$dump" >local-t
hour=$(sed -n '/^ /p' local-t | awk '$2 != "-" {print substr($2, 1, 5); exit}')
"$bin/kstrax-dump" -t --local --at "$hour" "$dump" >direct
"$bin/kstrax-filter" -t "$hour" local-t >filtered
same "local times of filters" direct filtered
unset TZ
says "a clock that is none" 2 'choose one of wall, monotonic, relative, delta' "$bin/kstrax-dump" -t --time=tai "$dump"
says "no digits" 2 'expected 1 to 9 digits' "$bin/kstrax-dump" -t --precision 0 "$dump"
says "two zones" 2 'not both' "$bin/kstrax" -t --utc --local files -o -
says "differences without a line before" 2 'only paired and raw' "$bin/kstrax-dump" -i --time=delta "$dump"
says "differences are not filtered" 1 'differences between lines' sh -c '"$0"/kstrax-dump -t --time=delta "$1" | "$0"/kstrax-filter -p 1' "$bin" "$dump"
says "a duration of cut times" 2 "does not show 'duration' (its times have 6 digits)" \
	sh -c '"$0"/kstrax-dump -t --precision 6 "$1" | "$0"/kstrax-filter -x "duration>1ms"' "$bin" "$dump"
says "no such colour mode" 2 'choose one of auto, always, never' "$bin/kstrax-filter" --color=red all-t

# Colours: on a terminal only, and what they are taken from is the same text.
"$bin/kstrax-dump" -t --color=always "$dump" >colored
holds "there are colours" grep -q "$escape\\[31m-1 E" colored
sed "s/$escape\\[[0-9]*m//g" colored >plain
"$bin/kstrax-dump" -t "$dump" >expected
same "without them it is the same" expected plain
"$bin/kstrax-dump" -t "$dump" | "$bin/kstrax-filter" --color=always >colored
sed "s/$escape\\[[0-9]*m//g" colored >plain
same "colours of kstrax-filter, too" expected plain
"$bin/kstrax-dump" -t --color=always "$dump" >direct
same "and they are the same colours" direct colored
holds "a warning has one" grep -q "^$escape\\[33m# lost: [1-9].*$escape\\[0m\$" direct
holds "none in a pipe" sh -c '! "$0" -t "$1" | grep -q "$2"' "$bin/kstrax-dump" "$dump" "$escape"
"$bin/kstrax-dump" -t --color=always "$dump" -o colored
same "none in a file" expected colored
"$bin/kstrax-dump" -t --format=csv --color=always "$dump" >colored 2>/dev/null
holds "none in CSV" sh -c '! grep -q "$1" colored' - "$escape"
on_terminal() { # VARIABLE=VALUE: does the report have colours there?
	env TERM=xterm "$1" script -qec "'$bin/kstrax-dump' -t -x error '$dump'" /dev/null </dev/null | grep -q "$escape\\[31m"
}
holds "a terminal has them" on_terminal NO_COLOR=
holds "not with NO_COLOR" eval '! on_terminal NO_COLOR=1'
holds "not a dumb one" eval '! on_terminal TERM=dumb'

"$bin/kstrax-dump" -c --histogram openat "$dump" >histogram 2>/dev/null
calls=$("$bin/kstrax-dump" -t -e openat -x 'state==complete' "$dump" | grep -vc '^#')
holds "a histogram has all complete calls" [ "$(awk '!/^#/ {n += $3} END {print n}' histogram)" -eq "$calls" ]
for by in pid errno cpu; do
	"$bin/kstrax-dump" -c --by $by --format=csv "$dump" 2>/dev/null | awk -F, 'NR > 1 {n += $2} END {print n}' >"by-$by"
	"$bin/kstrax-dump" -c --format=csv "$dump" 2>/dev/null | awk -F, 'NR > 1 {n += $4} END {print n}' >by-call
	same "--by $by counts what -c counts" by-call "by-$by"
done
says "--by something else" 2 'choose one of call, pid, errno, cpu, event, span' "$bin/kstrax-dump" -c --by host "$dump"
says "--sort by no column" 2 'no such column; there are' "$bin/kstrax-dump" -c --sort host "$dump"
says "--sort of records" 2 'goes with -t, -i and -c' "$bin/kstrax-dump" -r --sort time "$dump"
says "--sort of calls by a list" 2 'cannot be sorted by it, but by pid' "$bin/kstrax-dump" -t --sort args "$dump"
says "--sort of calls by no field" 2 "no such field; did you mean 'duration'" "$bin/kstrax-dump" -t --sort duratio "$dump"
says "--sort of files by no field" 2 'no such field' "$bin/kstrax" -i --sort total files -o -
says "columns that are none" 2 'choose one of manual, full' "$bin/kstrax-dump" -t --columns=all "$dump"

# The slowest: those that CSV has as the longest, in every form.
"$bin/kstrax-dump" -t --format=csv "$dump" 2>/dev/null | sed 1d | LC_ALL=C sort -t, -k6,6nr -s >longest
"$bin/kstrax-dump" -t --sort duration --format=csv "$dump" 2>/dev/null | sed 1d >sorted
grep -v ',,native' sorted >with-duration
grep -v ',,native' longest >expected
same "--sort duration: all calls" expected with-duration
head -n 7 longest >expected
"$bin/kstrax-dump" -t --sort duration -l 7 --format=csv "$dump" 2>/dev/null | sed 1d >sorted
same "--sort duration -l 7: the slowest 7" expected sorted
"$bin/kstrax" -t --sort duration_ns -l 7 --format=csv files -o - 2>/dev/null | sed 1d >sorted
same "of buffer files, too" expected sorted
"$bin/kstrax-dump" -t --sort duration -l 7 "$dump" >sorted
holds "text says so" grep -qx '# sorted by duration, the first 7' sorted
holds "and has 7 lines of calls" [ "$(grep -vc '^#' sorted)" -eq 7 ]
holds "--sort and -l keep filters" [ "$("$bin/kstrax-dump" -t --sort start -l 3 -e openat "$dump" | grep -c ' openat(')" -eq 3 ]
"$bin/kstrax-dump" -i --sort start_ns --format=csv "$dump" 2>/dev/null | sed 1d | cut -d, -f4 >started
sort -n started >expected
same "-i --sort start_ns" expected started

# Statistics for people: sorted, with shares that are whole together, and a total.
"$bin/kstrax-dump" -c "$dump" >full
"$bin/kstrax-dump" -c --columns=manual "$dump" | awk '!/^#/ { n += $3; e += $8 } END { print n, e }' >expected
awk '$1 == "total" { print $2, $(NF - 2) }' full >total
same "-c: the total row has all calls and errors" expected total
awk '!/^#/ && $1 != "total" { print $2 }' full | head -n 1 >first
"$bin/kstrax-dump" -c --format=csv "$dump" 2>/dev/null | sed 1d | sort -t, -k8,8nr | head -n 1 | cut -d, -f3 >expected
same "-c: what took longest stands first" expected first
"$bin/kstrax-dump" -c --format=csv "$dump" 2>/dev/null | awk -F, 'NR > 1 { n += $13 } END { print int(n + 0.5) }' >shares
echo 100 >expected
same "-c: shares are whole together" expected shares
says "--histogram of no call" 2 "did you mean 'openat'" "$bin/kstrax-dump" -c --histogram opnat "$dump"

# A report, and a line, that would not fit in the memory that there is.
{
	echo "# kstrax paired report of x, recorded from 2023-11-14 22:13:20 UTC; times are UTC"
	yes "     42  22:13:20.000000007  22:13:20.000000014  openat(0x3, \"/tmp/a\") = 0x3
     43  22:13:20.000000007  22:13:20.000000014  openat(0x3, \"/tmp/a\") = 0x3" | head -n 1000000
	head -c 100000000 /dev/zero | tr '\0' '7'
	echo
} | (ulimit -v 65536 && "$bin/kstrax-filter" -p 42 -x 'duration==7ns' >shown 2>err)
holds "a long report and a long line: status" [ $? -eq 3 ]
holds "lines of a long report" [ "$(grep -vc '^#' shown)" -eq 500000 ]
holds "a long line is counted" grep -q 'report: 1; the first is line 1000002' err

# A reader that goes away is no mistake.
"$bin/kstrax-filter" -x pid all-t 2>err | head -n 1 >/dev/null
holds "quiet when the reader goes away" [ ! -s err ]
(trap '' PIPE && "$bin/kstrax-filter" all-t 2>err && "$bin/kstrax-filter" all-t 2>>err) | true
holds "also where SIGPIPE is ignored" [ ! -s err ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
