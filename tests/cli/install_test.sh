#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `make && make install`: commands and modules, or a word on why there are no modules.
# Usage: install_test.sh BUILD
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/checks.sh"
# Those of a make that runs this test are not for these.
unset MAKEFLAGS MAKELEVEL KERNEL_RELEASE KERNEL_HEADERS

run() { # OUTPUT WORD…
	output=$scratch/$1
	shift
	make --no-print-directory BUILD="$build" "$@" >"$output" 2>&1
}

# On a machine without headers.
holds "make without headers" run bare KERNEL_RELEASE=9.9.9-none
holds "says what is not built" [ "$(grep -c 'modules are not built: no kernel headers for 9.9.9-none' "$scratch/bare")" -eq 1 ]
holds "make install without headers" run bare-install install KERNEL_RELEASE=9.9.9-none DESTDIR="$scratch/bare-root"
holds "says what is not installed" grep -q '^install: only the commands are installed' "$scratch/bare-install"
for command in kstrax kstrax-dump kstrax-filter kstrax-graph kstrax-rec kstrax-simple; do
	holds "$command" [ -x "$scratch/bare-root/usr/sbin/$command" ]
done
holds "no modules" [ ! -e "$scratch/bare-root/lib/modules" ]
holds "sources for DKMS" [ -e "$scratch/bare-root/usr/src/kstrax-$(sed -n 's/^VERSION := //p' Makefile)/module/ring.h" ]

# With headers, make builds the modules, too.
release=$(for each in /lib/modules/*/build; do [ -e "$each/Makefile" ] && basename "${each%/build}"; done | sort -V | tail -n 1)
if [ -n "$release" ]; then
	rm -f "$build/modules/$release/kstrax_buf.ko"
	holds "make" run full KERNEL_RELEASE="$release"
	holds "make builds the modules" [ -e "$build/modules/$release/kstrax_buf.ko" ]
	holds "make install" run full-install install KERNEL_RELEASE="$release" DESTDIR="$scratch/root"
	for module in ctr_mod kstrax_buf; do
		holds "$module" [ -e "$scratch/root/lib/modules/$release/kernel/drivers/kstrax/$module.ko" ]
	done
	holds "says nothing of modules" sh -c "! grep -q '^install: ' '$scratch/full-install'"
	holds "make uninstall" run gone uninstall KERNEL_RELEASE="$release" DESTDIR="$scratch/root"
	holds "takes all away" [ -z "$(find "$scratch/root" -type f)" ]
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
