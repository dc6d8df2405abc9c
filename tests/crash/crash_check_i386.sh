#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The i386 extension in crash for the i386, on dumps of Debian's 32-bit kernels
# without PAE and with it: what it prints is what kstrax-dump prints.
# Usage: crash_check_i386.sh BUILD
# shellcheck disable=SC2034
build=$(cd "$1" && pwd)
extension=$build/i386/ext/lib/kstrax.so
kstrax_dump=$build/bin/kstrax-dump
here=$(cd "$(dirname "$0")" && pwd)
root=$build/i386/root
# Unpacked, not installed: it must be told where its libraries are.
crash="$root/lib/ld-linux.so.2 --library-path $root/lib/i386-linux-gnu:$root/usr/lib/i386-linux-gnu $root/usr/bin/crash"
# shellcheck source-path=SCRIPTDIR
. "$here/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

for flavour in 686 686-pae; do
	echo "-- $flavour"
	vmlinux=$build/i386/crash/$flavour.vmlinux
	dump=$build/i386/crash/$flavour.elf
	reports_agree "$flavour" "$dump"
	reports_agree "$flavour, crash --minimal" "$dump" --minimal
	panicked=$("$kstrax_dump" "$dump" 2>/dev/null | sed -n 's/^panic .*thread //p')
	crash_on "$dump" <<-EOF
		kstrax-dump --find module > by-module
		kstrax-dump --find scan > by-scan
		kstrax-dump -i > in-flight
		kstrax-dump -t -p -l 1 > current
		kstrax-dump -b -o rings
		extend -u $extension
	EOF
	has "$flavour: the module's memory leads to the rings" 'by memory of the module kstrax_buf' by-module
	has "$flavour: so does a page scan" 'by page scan' by-scan
	has "$flavour: the panicking task is marked and named" "^\* .* $panicked .* RU  sh  *write(0x1" in-flight
	has "$flavour: a blocked task is named" ' IN  init  *wait4(' in-flight
	has "$flavour: -p alone is the current context" "^ *$panicked .*write(0x1.*<in flight>" current
	"$build/bin/kstrax" -t rings -o from-files 2>/dev/null
	"$kstrax_dump" -t --columns=manual "$dump" >standalone
	same "$flavour: -b: the files give the same report" standalone from-files
	has "$flavour: unloading" 'shared object unloaded' out
	rm -f rings_* by-module by-scan in-flight current
done
summary_of_checks
