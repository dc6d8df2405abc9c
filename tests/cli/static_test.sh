#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The static kstrax-dump needs no other file, and its reports are those of the dynamic one.
# Usage: static_test.sh BUILD
dynamic=$1/bin/kstrax-dump
static=$1/static/kstrax-dump
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/checks.sh"

# Where nothing else is: a folder that is made the root, if we may.
chroot=$(PATH=$PATH:/usr/sbin command -v chroot)
alone() {
	if [ "$(id -u)" -eq 0 ]; then
		env -i "$chroot" "$root" /kstrax-dump "$@"
	else
		(cd "$root" && env -i ./kstrax-dump "$@")
	fi
}

holds "no loader, no shared library" sh -c "readelf -lW '$static' | grep -q LOAD && ! readelf -lW '$static' | grep -q INTERP && ! readelf -dW '$static' | grep -q NEEDED"
# An initramfs is memory that the capture kernel does not have.
holds "small: at most 7 MB" [ "$(wc -c <"$static")" -le 7000000 ]

root=$scratch/root
mkdir "$root"
cp "$static" "$root/"
for dump in sample-dumps/*.elf; do
	cp "$dump" "$root/dump.elf"
	for option in -t -r -c -i; do
		"$dynamic" $option "$dump" >"$scratch/expected" 2>/dev/null
		alone $option dump.elf >"$scratch/report" 2>/dev/null
		same "$dump: $option" "$scratch/expected" "$scratch/report"
	done
	alone --excerpt excerpt.elf dump.elf >/dev/null
	same "$dump: an excerpt" "$dump" "$root/excerpt.elf"
	rm -f "$root/excerpt.elf"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
