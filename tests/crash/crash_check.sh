#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The extension in real crash(8) on real dumps: BUILD/vmcore (make vmcore), and
# those that BUILD/crash-dumps holds besides (make crash-dumps).
# Usage: crash_check.sh BUILD
build=$(cd "$1" && pwd)
extension=$build/lib/kstrax.so
kstrax_dump=$build/bin/kstrax-dump
here=$(cd "$(dirname "$0")" && pwd)
vmlinux=$build/vmcore/vmlinux
# shellcheck disable=SC2034
crash=crash

for needed in "$extension" "$vmlinux" "$build/vmcore/panic.elf" "$build/vmcore/panic.kdump"; do
	[ -e "$needed" ] || {
		echo "crash-check: $needed is missing: make all vmcore"
		exit 1
	}
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# shellcheck source-path=SCRIPTDIR
. "$here/checks.sh"

echo "-- one panic in several forms"
elf=$build/vmcore/panic.elf
cp "$elf" for-makedumpfile.elf
python3 -B "$here/for_makedumpfile.py" for-makedumpfile.elf
makedumpfile -c -d 31 -x "$vmlinux" for-makedumpfile.elf zlib.dump >makedumpfile.log 2>&1 || bad makedumpfile makedumpfile.log
makedumpfile -l -d 31 -x "$vmlinux" for-makedumpfile.elf lzo.dump >makedumpfile.log 2>&1 || bad makedumpfile makedumpfile.log
rm -f for-makedumpfile.elf
reports_agree "QEMU's ELF" "$elf"
reports_agree "QEMU's kdump, flattened" "$build/vmcore/panic.kdump"
reports_agree "makedumpfile -c -d 31" zlib.dump
reports_agree "makedumpfile -l -d 31" lzo.dump
reports_agree "crash --minimal" "$elf" --minimal
has "crash --minimal finds the rings by page scan" 'found .* virtual' crash-summary
for dump in "$build"/crash-dumps/kdump.*; do
	[ -e "$dump" ] && reports_agree "a real kdump: ${dump##*/}" "$dump"
done

echo "-- a session"
"$kstrax_dump" -t "$elf" >standalone
panicked=$("$kstrax_dump" --summary "$elf" 2>/dev/null | sed -n 's/^panic .*thread //p')
crash_on "$elf" <<EOF
extend $extension
help kstrax-dump > help
kstrax-dump --find module > by-module
kstrax-dump --find scan > by-scan
kstrax-dump -i > in-flight
kstrax-dump -t -p -l 1 > current
kstrax-dump -t -o written
kstrax-dump -t -y -x "duration>100us && path~'/[a-z]*' || error!=EINTR && error" --time=monotonic > expression
kstrax-dump -t -o $elf
kstrax-dump --no-such-option
kstrax-dump -b -o rings
mod -s kstrax_buf $build/no-such-file
set 1
kstrax-dump -t -e read,nonsense
extend -u $extension
kstrax-dump -t
extend $extension
kstrax-dump -c > again
EOF
has "loading twice is harmless" 'shared object already loaded' out
has "help has the options and examples" 'kstrax-dump -t -p -l 5' help
has "the module's memory leads to the rings" 'by memory of the module kstrax_buf' by-module
has "so does a page scan" 'by page scan' by-scan
has "the panicking task is marked and named" "^\* .* $panicked .* RU  sh  *write(0x1" in-flight
has "a blocked task is named" ' IN  init  *wait4(' in-flight
has "-p alone is the current context" "^ *$panicked .*write(0x1.*<in flight>" current
same "-o FILE" standalone written
"$kstrax_dump" -t -y -x "duration>100us && path~'/[a-z]*' || error!=EINTR && error" --time=monotonic "$elf" >expected
same "an expression in double quotes, names, another clock" expected expression
has "a file name chosen by a pattern in single quotes" '"/.*O_RDONLY' expression
has "the dump is never overwritten" 'is the input' err
has "usage on bad arguments" '^Usage:' out
has "an unknown call" "no system call or class 'nonsense'" err
has "-b: buffer files" '^rings_1$' out
"$build/bin/kstrax" -t rings -o from-files 2>/dev/null
"$kstrax_dump" -t --columns=manual "$elf" >standalone
same "-b: they give the same report" standalone from-files
has "unloading" 'shared object unloaded' out
has "once unloaded, it is gone" 'command not found: kstrax-dump' out
has "loaded again, it works" '^# kstrax statistics' again
has "the prompt comes back" 'the prompt is back' out

echo "-- bad dumps"
for way in no-magic bad-crc; do
	cp "$elf" damaged.elf
	python3 -B "$here/damage.py" $way damaged.elf "$kstrax_dump"
	"$kstrax_dump" -t damaged.elf >standalone 2>/dev/null
	echo "kstrax-dump -t > report" | crash_on damaged.elf
	case $way in
	no-magic) has "no anchor: a clear message" 'no kstrax ring found.*was kstrax_buf loaded' err ;;
	bad-crc)
		has "an anchor that fails its CRC: a warning" 'fails its CRC' err
		same "an anchor that fails its CRC: the same report" standalone report
		;;
	esac
	has "$way: the prompt comes back" 'the prompt is back' out
done
rm -f damaged.elf
cp zlib.dump damaged.dump
python3 -B "$here/damage.py" bad-page damaged.dump "$kstrax_dump"
"$kstrax_dump" -t damaged.dump >standalone 2>/dev/null
echo "kstrax-dump -t > report" | crash_on damaged.dump
has "a ring page that is lost: counted" '^# lost: [0-9]* records* of about [0-9]* calls* ([0-9]* unreadable)' report
has "a ring page that is lost: a warning" 'entries [0-9]* are unreadable' err
same "a ring page that is lost: the same report" standalone report
has "a ring page that is lost: the prompt comes back" 'the prompt is back' out
if [ -e "$build/crash-dumps/without.elf" ]; then
	echo "kstrax-dump" | crash_on "$build/crash-dumps/without.elf"
	has "a machine without kstrax: the overview says so" 'none: kstrax was not loaded' out
	has "a machine without kstrax: the prompt comes back" 'the prompt is back' out
fi

echo "-- time"
# In ms of CPU time, so that it is true on a busy machine. crash is the parent of its "!" shell.
cat >cpu_time <<'EOF'
awk '{print ($14 + $15) * 10}' "/proc/$1/stat"
EOF
large=$build/crash-dumps/wrapped.elf
[ -e "$large" ] || large=$elf
for options in "" --minimal; do
	{
		# shellcheck disable=SC2016
		echo '!sh cpu_time $PPID > begin'
		echo "extend $extension"
		echo "kstrax-dump -t > report"
		# shellcheck disable=SC2016
		echo '!sh cpu_time $PPID > end'
		echo quit
	} >session
	# shellcheck disable=SC2086
	crash $options -s -i session "$vmlinux" "$large" </dev/null >out 2>err
	(
		"$kstrax_dump" -t "$large" >standalone 2>/dev/null
		times
	) >cpu-times # its second line is of children: 0m0.12s 0m0.03s
	alone=$(tail -n 1 cpu-times | awk -F '[ms ]' '{print int(($1 + $4) * 60000 + ($2 + $5) * 1000) + 1}')
	part=$(($(cat end) - $(cat begin)))
	whole=$(cat end)
	echo "     $(grep -vc '^#' report) calls of ${large##*/}, CPU time: crash $options $whole ms, of these extend and -t $part ms;" \
		"kstrax-dump -t $alone ms, 1/$((whole / alone)) of it"
	same "the large report is the same" standalone report
	if [ "$part" -le 1000 ]; then ok "extension's part at most 1 s"; else bad "extension's part takes $part ms"; fi
done

summary_of_checks
