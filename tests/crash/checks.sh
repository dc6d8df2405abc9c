# SPDX-License-Identifier: GPL-2.0-or-later
# For the scripts beside it: what is checked, and how crash is run. To be set
# before: crash (the command), extension, kstrax_dump and vmlinux.
# shellcheck shell=sh disable=SC2154
passed=0
failed=0

ok() {
	passed=$((passed + 1))
	echo "ok   $1"
}
bad() { # NAME FILE…
	failed=$((failed + 1))
	echo "FAIL $1"
	shift
	for file in "$@"; do sed 's/^/     /' "$file" | head -n 10; done
}
same() { # NAME EXPECTED ACTUAL
	if [ -s "$2" ] && cmp -s "$2" "$3"; then
		ok "$1"
	else
		bad "$1"
		diff "$2" "$3" | head -n 6
	fi
}
has() { # NAME PATTERN FILE
	if grep -q -- "$2" "$3"; then ok "$1"; else bad "$1" "$3"; fi
}
# crash_on DUMP OPTIONS…: runs the commands of standard input with the extension loaded, up to a last prompt
crash_on() {
	dump=$1
	shift
	{
		echo "extend $extension"
		cat
		echo "!echo the prompt is back"
		echo quit
	} >session
	# shellcheck disable=SC2086
	$crash "$@" -s -i session "$vmlinux" "$dump" </dev/null >out 2>err
}
reports="-t -t,--columns=manual -t,--sort,duration,-l,20 -r -c -i -i,--format=jsonl -i,--format=csv,-C,0 -t,--format=jsonl -r,--format=csv -t,-C,1,-l,20 -c,-e,FILE,-s,0.1 -r,-p,1,-l,5"

# reports_agree NAME DUMP OPTIONS…: in crash and standalone, byte for byte
reports_agree() {
	name=$1 dump=$2
	shift 2
	for report in $reports; do echo "kstrax-dump $(echo "$report" | tr , ' ') > crash$report"; done >commands
	echo "kstrax-dump --summary > crash-summary" >>commands
	for report in overview locks; do echo "kstrax-dump --$report > crash-$report" >>commands; done
	crash_on "$dump" "$@" <commands
	has "$name: the prompt comes back" 'the prompt is back' out
	for report in $reports; do
		# shellcheck disable=SC2046
		"$kstrax_dump" $(echo "$report" | tr , ' ') "$dump" >standalone 2>/dev/null
		# Its header names the format that was read, and how the rings were found.
		case $report in *jsonl)
			for file in standalone "crash$report"; do
				sed -i -e 's/"source_format":"[^"]*"//' -e 's/, by [^"]*"/"/' "$file"
			done ;;
		esac
		same "$name: $(echo "$report" | tr , ' ')" standalone "crash$report"
	done
	for file in standalone crash-summary; do
		[ "$file" = standalone ] && "$kstrax_dump" --summary "$dump" >standalone 2>/dev/null
		sed -i 's/^\(found .*\), by .*/\1/' "$file"
	done
	same "$name: summary, but for how the rings were found" standalone crash-summary
	for report in overview locks; do
		"$kstrax_dump" --$report "$dump" >standalone 2>/dev/null
		same "$name: $report" standalone crash-$report
	done
}
summary_of_checks() { # fails if anything did
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
