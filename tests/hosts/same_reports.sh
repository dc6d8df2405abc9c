#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands of another machine print the same bytes as ours: each report of each sample dump in each form, messages and
# exit statuses. Usage: same_reports.sh BUILD OTHER RUN…: OTHER/bin has the commands, which RUN runs. DUMPS= names other dumps.
bin=$1/bin
other=$2/bin
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

# A note says how long a search took.
but_for_time() { # MESSAGES
	sed 's/ in [0-9]* ms$/ in some time/' "$1" >"$1.timeless"
}

# same COMMAND ARGUMENT…
same() {
	command=$1
	shift
	"$bin/$command" "$@" >"$scratch/ours" 2>"$scratch/ours.messages"
	echo "exit status $?" >>"$scratch/ours.messages"
	# shellcheck disable=SC2086
	$run "$other/$command" "$@" >"$scratch/theirs" 2>"$scratch/theirs.messages"
	echo "exit status $?" >>"$scratch/theirs.messages"
	but_for_time "$scratch/ours.messages"
	but_for_time "$scratch/theirs.messages"
	if cmp "$scratch/ours" "$scratch/theirs" && cmp "$scratch/ours.messages.timeless" "$scratch/theirs.messages.timeless"; then
		passed=$((passed + 1))
	else
		echo "FAIL $command $*"
		failed=$((failed + 1))
	fi
}

run=$*
for sample in ${DUMPS:-sample-dumps/*.elf}; do
	for report in "" --summary -t -r -c "-c --percentiles" "-c --by pid" -i "-i -y" "-r -y --local" --log --tasks --locks \
		"--stack all" "--open-files all" "--carve -t" "--find=scan -t"; do
		for form in text jsonl csv; do
			# shellcheck disable=SC2086
			same kstrax-dump $report --format=$form "$sample"
		done
	done
	for mode in ALL EXEC; do
		same kstrax-graph $mode --text "$sample"
	done
	"$bin/kstrax-dump" -t "$sample" >"$scratch/report" 2>/dev/null
	same kstrax-filter -x 'duration > 1us && error' "$scratch/report"
	same kstrax-filter -e FILE -r error "$scratch/report"
done
same kstrax-dump fields
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
