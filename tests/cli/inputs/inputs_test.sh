#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command takes every input, and says the same of it: each sample dump, and buffer files made of it;
# and one option for each way to find the rings. Usage: inputs_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
root=$(pwd)
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

for dump in "$root"/sample-dumps/*.elf; do
	set=$(basename "$dump" .elf)
	"$bin/kstrax-dump" -b -o "$set" "$dump" >/dev/null 2>&1
	for report in '' -t -r -c -i; do
		# shellcheck disable=SC2086
		"$bin/kstrax-dump" $report "$dump" >expected 2>/dev/null
		# shellcheck disable=SC2086
		"$bin/kstrax" $report "$dump" -o - >got 2>/dev/null
		same "$set: kstrax $report" expected got
		# shellcheck disable=SC2086
		"$bin/kstrax-dump" $report "$set" >of-files 2>/dev/null
		holds "$set: kstrax-dump $report of buffer files" test -s of-files
		# shellcheck disable=SC2086
		"$bin/kstrax" $report "$set" -o - >got 2>/dev/null
		same "$set: kstrax $report of buffer files" of-files got
	done
	"$bin/kstrax-dump" "$set" >summary 2>/dev/null
	holds "$set: buffer files have a table of trust" grep -q 'trust$' summary
	"$bin/kstrax-graph" CNT --text "$dump" 2>/dev/null | sed "s#$dump#SOURCE#" >expected
	"$bin/kstrax-graph" CNT --text "$set" 2>/dev/null | sed "s#$set#SOURCE#" >got
	holds "$set: a picture" test -s expected
	same "$set: a picture of buffer files" expected got
	"$bin/kstrax-dump" -t "$dump" >paired 2>/dev/null
	for report in paired "$dump" "$set"; do
		"$bin/kstrax-filter" -e read "$report" >"by-$(basename "$report")" 2>err
		status=$?
		[ "$report" = paired ] && holds "$set: kstrax-filter of a report" test "$status" -eq 0
		[ "$report" = paired ] || holds "$set: kstrax-filter says what $report is not" test "$status" -ne 0 -a -s err
	done
done

# One option for each way; the old options are names for it.
sample=$root/sample-dumps/x86_64-panic.elf
"$bin/kstrax-dump" -t "$sample" >expected
for way in module scan tables; do
	"$bin/kstrax-dump" -t --find="$way" "$sample" >"$way" 2>err
	if [ "$way" = module ] && grep -q 'no kstrax ring found' err; then continue; fi
	same "--find=$way" expected "$way"
	"$bin/kstrax" -t --find="$way" "$sample" -o - >got 2>/dev/null
	same "--find=$way of kstrax" expected got
done
for names in scan:search tables:no-frame-lists carve:carve; do
	"$bin/kstrax-dump" -v -t --find="${names%:*}" "$sample" 2>err >new
	"$bin/kstrax-dump" -v -t "--${names#*:}" "$sample" 2>old-err >old
	same "--${names#*:}" old new
	sed 's/ *[0-9.]* ms//' err >new
	sed 's/ *[0-9.]* ms//' old-err >old
	same "--${names#*:} goes the same way" old new
done
says "a symbol needs crash" 2 'only crash knows' "$bin/kstrax-dump" --find=symbol "$sample"
says "no such way" 2 "no way 'luck'.*symbol, module, scan, tables, carve, given" "$bin/kstrax-dump" --find=luck "$sample"
says "two ways" 2 'one way to find the rings at a time' "$bin/kstrax-dump" --find=scan --carve "$sample"
says "given, but not where" 2 'by --ring or --ring-table' "$bin/kstrax-graph" CNT --find=given "$sample"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
