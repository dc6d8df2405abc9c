#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check-exports.sh NM LINUX MODULE...: that the kernel's source exports what the
# modules take from it. Where the kernel was never built nothing else can say:
# there is no Module.symvers, and modpost takes every symbol for missing.
set -eu

nm=$1
linux=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$nm" -u "$@" | awk 'NF == 2 { print $2 }' | sort -u >"$work/taken"
"$nm" "$@" | sed -n 's/.* __ksymtab_//p' | sort -u >"$work/given"
comm -23 "$work/taken" "$work/given" >"$work/wanted"

cd "$linux"
{
	grep -rhoE 'EXPORT_[A-Z_]*SYMBOL[A-Z_]*\([A-Za-z0-9_]+' --include='*.[cSh]' \
		arch/ia64 block crypto fs init kernel lib mm security drivers/base drivers/char | sed 's/.*(//'
	# Two families that a macro or a makefile names.
	sed -n 's/^STANDARD_PARAM_DEF(\([a-z]*\),.*/param_ops_\1/p' kernel/params.c
	grep -ohE '\b__u?(div|mod)[ds]i3\b' arch/ia64/lib/Makefile
} | sort -u >"$work/exported"

missing=$(comm -23 "$work/wanted" "$work/exported")
if [ -n "$missing" ]; then
	echo "check-exports: this kernel does not export:" "$missing" >&2
	exit 1
fi
echo "$(wc -l <"$work/wanted") symbols are taken from the kernel, and it exports them all"
