#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The list of fields (kstrax-dump fields) is true: CSV and JSONL have those columns, filters
# take those fields and no others, man page and docs name them all. Usage: fields_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
root=$(pwd)
dump=$root/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

"$bin/kstrax-dump" fields >table 2>err || bad "kstrax-dump fields" err
"$bin/kstrax" fields >other 2>err || bad "kstrax fields" err
if cmp -s table other; then ok; else bad "both commands list the same" table other; fi
grep -v '^#' table >list
# Every field has a type and a meaning.
awk -F '\t' 'NF != 5 || $2 == "" || $5 == ""' list >empty
if [ -s list ] && [ ! -s empty ]; then ok; else bad "type and meaning" empty; fi

# The columns that a report's CSV has, sorted; the list's, too.
columns() { "$bin/kstrax-dump" "--$1" --format=csv $2 "$dump" 2>/dev/null | head -n 1 | tr ',' '\n'; }
listed() { awk -F '\t' -v report="$1" 'index(" " $3 " ", " " report " ") { print $1 }' list; }
columns_are() { # REPORT: of the columns in `have`
	listed "$1" | sort >expected
	sort -u have >sorted
	if [ -s sorted ] && cmp -s expected sorted; then ok; else bad "columns of $1" expected sorted; fi
}
columns raw >have
columns_are raw
# This sample is no text of strace, so one is not there.
columns paired >have
echo arguments >>have
columns_are paired
for by in call pid errno cpu; do columns statistics "--percentiles --by=$by"; done >have
columns_are statistics
# This sample has no tasks, so the last four are not there.
columns in-flight >have
printf '%s\n' command task_state nspid off_cpu_ns source >>have
columns_are in-flight

# Filters of a report take what the list says they take.
awk -F '\t' '{ print $1 }' list | while read -r field; do
	for report in paired raw; do
		"$bin/kstrax-dump" "--$report" -x "$field" "$dump" >/dev/null 2>&1
		taken=$([ $? -eq 2 ] && echo no || echo yes)
		awk -F '\t' -v field="$field" -v report="$report" '
			$1 == field { print index(" " $4 " ", " " report " ") ? "yes" : "no" }' list | grep -qx $taken ||
			echo "$report $field: taken $taken"
	done
done >wrong
if [ ! -s wrong ]; then ok; else bad "filters" wrong; fi

awk -F '\t' '{ print $1 }' list | while read -r field; do
	grep -qF "$field" "$root/docs/reports.md" "$root/docs/filter.md" || echo "docs: $field"
	awk -F '\t' -v field="$field" '$1 == field && $3 != ""' list | grep -q . || continue
	grep -q "^\.BR $field " "$build/man/kstrax.5" || echo "kstrax.5: $field"
done >missing
if [ ! -s missing ]; then ok; else bad "docs and man page" missing; fi

# The page on filters has each field that filters take in its table, and the man page of kstrax-filter
# those that a text answers: with seconds of the monotonic clock, which know most.
awk -F '\t' '$4 != "" { print $1 }' list | sort >asked
sed -n '/^| field | compared with/,/^$/p' "$root/docs/filter.md" | awk -F '|' 'NR > 2 { print $2 }' |
	grep -oE '[a-z_]+' | grep -Fx -f asked | sort -u >told
if cmp -s asked told; then ok; else bad "the table of docs/filter.md" asked told; fi
for report in paired raw; do
	for time in wall monotonic; do
		"$bin/kstrax-dump" --$report --time=$time "$dump" >text 2>/dev/null
		while read -r field; do
			"$bin/kstrax-filter" -x "$field" text >/dev/null 2>&1
			[ $? -eq 2 ] || echo "$field"
		done <asked
	done
done >answered
echo command >>answered # of a dump with tasks
sort -u -o answered answered
sed -n '/^Fields: /,/^Operators/p' "$root/docs/man/kstrax-filter.1" | grep -oE '[a-z_]+' | grep -Fx -f asked | sort -u >told
if cmp -s answered told; then ok; else bad "kstrax-filter.1" answered told; fi

# --sort takes every column of statistics, and completion offers all that it takes.
for by in call pid errno cpu; do
	columns statistics "--percentiles --by=$by" | sed 's/_ns$//' | while read -r column; do
		"$bin/kstrax-dump" -c --percentiles --by=$by --sort="$column" "$dump" >/dev/null 2>&1 || echo "$by: $column" >>refused
		echo "$column"
	done
done >sorted
# And of calls every field that is no list.
awk -F '\t' '$2 != "numbers" && (" " $3 " " $4 " ") ~ / (paired|in-flight) / { print $1 }' list | while read -r field; do
	for report in -t -i; do "$bin/kstrax-dump" $report --sort="$field" "$dump" >/dev/null 2>&1 || echo "$report: $field" >>refused; done
	echo "$field"
done >>sorted
sort -u -o sorted sorted
if [ ! -e refused ]; then ok; else bad "--sort" refused; fi
"$bin/kstrax-dump" --list-options | awk -F '\t' '$2 == "sort" { print $5 }' | tr ' ' '\n' | sort >offered
if [ -s offered ] && cmp -s sorted offered; then ok; else bad "choices of --sort" sorted offered; fi

# A file of that name is still within reach.
cp "$dump" fields
if "$bin/kstrax-dump" -r ./fields 2>/dev/null | grep -q '^# kstrax raw'; then ok; else bad "a file named fields" table; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
