#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing that somebody else wrote reaches a terminal as it is: names of files, words, VMCOREINFO, names in a dump, text
# for kstrax-filter. Usage: escapes_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
tree=$(pwd)
sample=$tree/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export LC_ALL=C

dump=$bin/kstrax-dump
# A window's title, an escape as C1 in UTF-8 and in Latin-1, an override of the direction, an isolate, DEL.
hostile=$(printf '\033]0\302\2331\233m\342\200\256x\342\201\246\177\r')
# Without the colours of kstrax itself, of which a test of their own tells.
uncolored() { "$@" 2>&1 | perl -pe 's/\e\[(?:1|31|33|0)m//g'; }
# What is no UTF-8, moves a terminal, or turns the direction of text.
harmless() { # FILE
	perl -ne 'exit 1 if !utf8::decode($_) || m/[^\n\x20-\x7e\xa0-\x{10ffff}]/ ||
		m/[\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]/' "$1"
}
# clean NAME COMMAND…: what it says on both streams, and in a file out, is harmless, and the hostile bytes are in it.
clean() {
	case=$1
	shift
	rm -f out out.*
	"$@" >stdout 2>stderr </dev/null
	cat stdout stderr >all
	for written in out out.*; do [ ! -f $written ] || cat $written >>all; done
	if [ -s all ] && harmless all; then ok; else bad "$case" all; fi
	# In one form or another: the test has come to where they are written.
	if grep -aqE '\\x(1b|9b|c2)|\\(33|033|302|233)|\\u(001b|009b|fffd)' all; then ok; else bad "$case: not seen" all; fi
}
# The hostile bytes in place of a text of the dump, as far as they fit.
plant() { # FILE TEXT…
	file=$1
	shift
	for old in "$@"; do
		OLD=$old NEW=$hostile perl -0777 -pi -e '
			my ($old, $new) = @ENV{qw(OLD NEW)};
			$new = substr(substr($new, 0, length $old) . $old, 0, length $old) . substr($old, length $new);
			s/\Q$old\E/substr($new, 0, length $old)/ge' "$file"
	done
}

cp "$sample" dump
chmod u+w dump
plant dump 6.1.0-56-amd64 eb4fbcd037e7253717950bf2b93bd5566f47c56f /no/such/file /tmp/workload/created /dev/null
cp dump host
plant host kstrax-vm 2.0.0
cp dump "$hostile"
"$dump" -b -o files dump >paths 2>&1
cp files_0 "${hostile}_0"

# What a dump says.
for source in dump host; do
	clean "$source: -v and VMCOREINFO" "$dump" -v $source
	for format in text jsonl csv 'csv --csv=plain' 'csv --csv=excel' 'text --color=always' 'text --columns=manual -y'; do
		# shellcheck disable=SC2086
		for report in -t -r; do clean "$source: $report $format" uncolored "$dump" $report --format=$format $source; done
	done
	clean "$source: names alone" "$dump" -t -f $source
	clean "$source: sorted, to a file" "$dump" -t --sort name -o out $source
	clean "$source: EXEC as text" "$bin/kstrax-graph" EXEC $source --text -x "path~\"*$hostile*\""
done
clean "host: EXEC as a script" "$bin/kstrax-graph" EXEC host -o out.gp
clean "host: summary" "$dump" --summary host
clean "host: summary, JSONL" "$dump" --summary --format=jsonl host
clean "host: statistics" "$dump" -c host
clean "host: in flight" "$dump" -i host
clean "kstrax" "$bin/kstrax" -t files -o out

# Names and words that somebody gave.
clean "a source" "$dump" -t "$hostile"
clean "a source, -v" "$dump" -v --summary "$hostile"
clean "a source that is not there" "$dump" -t "none$hostile"
clean "a source, JSONL" "$dump" -t --format=jsonl "$hostile"
clean "an output" "$dump" --excerpt "$hostile.out" dump
clean "buffer files" "$dump" -b -o "$hostile.set" dump
clean "an output that cannot be" "$dump" -t -o "none/$hostile" dump
clean "an output that is the input" "$dump" -t -o "$hostile" "$hostile"
clean "an option" "$dump" "--$hostile" dump
clean "a value" "$dump" -t --time "$hostile" dump
clean "a call" "$dump" -t -e "$hostile" dump
clean "an expression" "$dump" -t -x "path==\"$hostile\" &&" dump
clean "a filter, in a report" "$dump" -t -x "path~\"*$hostile*\"" dump
clean "a filter, nothing left" "$dump" -t -x "path==\"a$hostile\"" dump
clean "a field" "$dump" -t -x "$hostile==1" dump
clean "a file of symbols" "$dump" --symbols "$hostile.symbols" --ring "0=$hostile,10" dump
clean "a layout" "$dump" --layout "$hostile.layout" --ring 0:0x1000:10 dump
clean "an address" "$dump" --vtop "$hostile" dump
clean "a socket" "$dump" --qmp "$hostile.socket"
clean "kstrax: buffer files" "$bin/kstrax" -t "$hostile" -o out
clean "kstrax: none" "$bin/kstrax" -t "none$hostile"
clean "kstrax-graph: a mode" "$bin/kstrax-graph" "$hostile" dump
clean "kstrax-graph: a source" "$bin/kstrax-graph" CNT "none$hostile" --text
clean "kstrax-filter: a file" "$bin/kstrax-filter" "none$hostile"

# What a text says that kstrax-filter reads.
"$dump" -t "$sample" >text
{
	head -n 1 text
	echo "# lost: $hostile"
	echo "# anything $hostile"
	grep -m 1 /dev/null text | HOSTILE=$hostile perl -pe 's{/dev/null}{$ENV{HOSTILE}}'
	grep -m 1 /dev/null text | HOSTILE=$hostile perl -pe 's{openat}{$ENV{HOSTILE}}'
} >hostile_text
for color in never always; do
	clean "kstrax-filter, --color=$color" uncolored "$bin/kstrax-filter" --color=$color hostile_text
done
clean "kstrax-filter, names alone" "$bin/kstrax-filter" -f -x "path~\"*$hostile*\"" hostile_text
"$dump" -t --color=always "$sample" >colored
"$bin/kstrax-filter" colored >kept
same "kstrax's own colours stay" colored kept

# One function writes messages. Elsewhere, a signal's and a child's are texts of our own.
(cd "$tree" && grep -rlE 'std::cerr|std::clog|\bstderr\b|perror\(|STDERR_FILENO' analyzer | sort) >writers
cat >expected <<'END'
analyzer/command/support/exit_status.cpp
analyzer/command/support/program.cpp
analyzer/graph/gnuplot/gnuplot.cpp
analyzer/memory/qmp/guest_pause.cpp
END
same "who writes to standard error" expected writers

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
