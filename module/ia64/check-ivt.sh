#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check-ivt.sh CROSS IVT_O IVT_CHECK: that kstrax_stub will find the table of
# system calls in a kernel with this ivt.o. Linked by itself, it lacks much; the
# linker says so and goes on, since only three addresses matter.
set -eu

cross=$1
object=$2
check=$3
table=a000000100b81238
none=a0000001000f5e40
back=a00000010000a2e0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${cross}ld" --noinhibit-exec --unresolved-symbols=ignore-all -e 0 -Ttext=0xa000000100000000 \
	--defsym sys_call_table=0x$table --defsym sys_ni_syscall=0x$none \
	--defsym ia64_ret_from_syscall=0x$back -o "$work/ivt" "$object" 2>"$work/log" || true
"${cross}objcopy" -O binary -j .text "$work/ivt" "$work/code"
"$check" "$work/code" $table $none $back
