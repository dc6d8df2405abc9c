#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What depends on an architecture stands in analyzer/arch and formats/ alone: no other
# file of the analyzer, nor the extension for crash, names one in its code.
names='x86_64|x86-64|ia32|ia64|i386|aarch64|arm64|EM_[A-Z0-9]*(86|64|ARM|X86_64)|AUDIT_ARCH_'
found=$(grep -rnE "$names" analyzer crash-ext --include='*.cpp' --include='*.hpp' |
	grep -vE '^analyzer/arch/|^[^:]*:[0-9]+: *//' |
	sed -E 's,[[:space:]]//.*,,' | grep -E "$names")
if [ -n "$found" ]; then
	echo "an architecture is named outside analyzer/arch:"
	echo "$found"
	exit 1
fi
