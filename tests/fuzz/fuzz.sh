#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Lets each target run for a while from its seeds and its corpus, and packs what reaches new code into
# tests/fuzz/corpus. Usage: fuzz.sh BUILD SECONDS [TARGET…]
build=$1
seconds=$2
shift 2
here=$(dirname "$0")
fuzz=$build/fuzz/tests/fuzz
replay=$build/fuzz/tests/fuzz-replay
export ASAN_OPTIONS=allocator_may_return_null=1
failed=0
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $("$replay" --names | cut -d ' ' -f 1)

for target; do
	most=$("$replay" --names | sed -n "s/^$target //p")
	folder=$build/fuzz/$target
	rm -rf "$folder/seeds" "$folder/kept" "$folder/least"
	mkdir -p "$folder/found" "$folder/least" "$folder/wrong" "$here/corpus"
	"$replay" --seeds "$target" "$folder/seeds" || exit 1
	"$replay" --unpack "$here/corpus/$target.pack" "$folder/kept" || exit 1
	echo "== $target"
	if KSTRAX_FUZZ=$target "$fuzz" -max_total_time="$seconds" -max_len="$most" -timeout=10 -rss_limit_mb=2048 \
		-dict="$here/kstrax.dict" -print_final_stats=1 -artifact_prefix="$folder/wrong/" \
		"$folder/found" "$folder/kept" "$folder/seeds" >"$folder/log" 2>&1; then
		grep -E '^#.*DONE|^stat::number_of_executed' "$folder/log"
	else
		failed=$((failed + 1))
		echo "FAIL $target: see $folder/log; what it ran is in $folder/wrong"
	fi
	KSTRAX_FUZZ=$target "$fuzz" -merge=1 -max_len="$most" "$folder/least" "$folder/kept" "$folder/found" \
		"$folder/seeds" >"$folder/merge-log" 2>&1 || continue
	"$replay" --pack "$folder/least" "$here/corpus/$target.pack"
done
[ "$failed" -eq 0 ]
