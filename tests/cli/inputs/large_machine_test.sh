#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A kdump-compressed dump of a machine of 64 TiB costs memory by what was dumped, not by
# the highest page frame, and its reports are those of the same pages in a small machine.
# Usage: large_machine_test.sh BUILD
dump=$1/bin/kstrax-dump
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tool="python3 -B $(dirname "$0")/large_machine.py"

"$1/tests/make-dump" tests/golden/x86_64.script zlib "$scratch/small"
# Two bitmaps of 2 GiB, nearly all of which are holes.
$tool grow "$scratch/small" "$scratch/large" 0x400000000
for option in -t -r -c -i; do
	"$dump" $option "$scratch/small" >"$scratch/expected" 2>/dev/null
	$tool peak "$dump" $option "$scratch/large" >"$scratch/out" 2>"$scratch/err"
	same "$option is that of the same pages in a small machine" "$scratch/expected" "$scratch/out"
	most=$(tail -n 1 "$scratch/err")
	holds "$option takes at most 200 MB (${most% *} KiB)" [ "${most% *}" -le 200000 ]
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
