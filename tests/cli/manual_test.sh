#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The man pages render without a warning and list every option, their examples run,
# and completion offers every option. Usage: manual_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
sample=$(pwd)/sample-dumps/x86_64-panic.elf
japanese=$(pwd)/docs/ja/kstrax.8
zsh_complete=$(pwd)/tests/cli/zsh_complete.zsh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0

holds() { # NAME COMMAND…
	name=$1
	shift
	if "$@" >said 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name"
		head -n 5 said
	fi
}
silent() { "$@" >said 2>&1 && [ ! -s said ]; }
# Of both outputs, the messages alone.
# shellcheck disable=SC2069
warnings() { man --warnings -E UTF-8 -l -Tutf8 "$1" 2>&1 >/dev/null; }
no_warnings() { [ -z "$(warnings "$1")" ] || { warnings "$1"; false; }; }
plain() { GROFF_NO_SGR=1 man -E UTF-8 -l -Tutf8 "$1" 2>/dev/null | col -b -x | tr '‐−' '--'; }
# Every option of a command, as "-x" or "--word", and its words.
words_of() {
	"$bin/$1" --list-options | awk -F '\t' '$1 == "=" { print $2; next }
		$1 != "" { print "-" $1 } $2 != "" { print "--" $2 }'
}
tab() { zsh -f "$zsh_complete" "$build/completion/zsh" "$1" | sort -u; }
lists() { # TEXT WORDS: each word stands in the text as a word of its own
	for word in $(cat "$2"); do
		grep -qE -- "(^|[ ,])$(printf %s "$word" | sed 's/[+]/\\+/g')([ ,]|\$)" "$1" || { echo "lacks $word"; return 1; }
	done
}

for page in "$build"/man/*; do
	name=$(basename "$page")
	holds "$name: man has no warning" no_warnings "$page"
	holds "$name: mandoc neither" silent mandoc -T lint "$page"
done
holds "Japanese: man has no warning" no_warnings "$japanese"

for path in "$bin"/*; do
	command=$(basename "$path")
	words_of "$command" >words
	holds "$command: it lists something" [ -s words ]
	# Values whole, as --help has them, and help texts that are no values.
	"$bin/$command" --list-options | awk -F '\t' 'NF != 6 || ($1 != "=" && $3 !~ /^[A-Z:]*$/)' >torn
	holds "$command: its table is whole" [ ! -s torn ]
	page=$(ls "$build"/man/"$command".[18])
	plain "$page" >page
	holds "$command: its page lists all options" lists page words
	# bash offers what it says: the options after "-", else the words.
	grep '^-' words | sort >dashes
	bash --norc -c 'source "$1"; COMP_WORDS=("$2" -); COMP_CWORD=1; "_${2//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' \
		- "$build/completion/bash/$command" "$command" | sort | grep . >offered
	holds "$command: bash offers every option" cmp dashes offered
	grep -v '^-' words | sort >plain_words
	if [ -s plain_words ]; then
		bash --norc -c 'source "$1"; COMP_WORDS=("$2" ""); COMP_CWORD=1; "_${2//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' \
			- "$build/completion/bash/$command" "$command" | sort >offered
		holds "$command: bash offers its words" cmp plain_words offered
	fi
	file=$build/completion/zsh/_$command
	holds "$command: zsh accepts its completion" zsh -f -n "$file"
	# The specifications as zsh itself reads them, without what is behind the name.
	zsh -f -c '_arguments() { print -rl -- "$@"; }; source "$1"' - "$file" | sed -n 's/^\*\(-[^=[]*\)=*\[.*/\1/p' | sort >offered
	holds "$command: zsh is told every option" cmp dashes offered
	# And as it offers them at a tab.
	tab "$command -" | grep "^-" | sed 's/=$//' | sort -u >offered
	holds "$command: zsh offers every option" cmp dashes offered
	[ ! -s plain_words ] || { tab "$command " | grep -Fx -f plain_words >offered; holds "$command: zsh offers its words" cmp plain_words offered; }
done
words_of kstrax >words
plain "$japanese" >page
holds "the Japanese page lists all options of kstrax" lists page words
# bash_offers WORD…: what bash offers for the last of a line's words
bash_offers() {
	bash --norc -c 'source "$1/$2"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' \
		- "$build/completion/bash" "$@"
}
offers() { # EXPECTED WORD…
	printf '%s\n' "$1" >expected
	shift
	bash_offers "$@" >offered
	cmp expected offered
}
holds "a value behind =" offers jsonl kstrax-dump --format = j
holds "right behind it" offers "text
jsonl
csv" kstrax-dump --format =
holds "names of calls" offers fchroot kstrax-dump -e fchr
holds "the last of several" offers read,fchroot kstrax-dump -e read,fchr
holds "what -c goes by" offers errno kstrax-dump --by er
holds "what -c is sorted by" offers p99.9 kstrax-dump --sort p99.
holds "errors" offers ENOENT kstrax-filter --error ENOEN
holds "layouts" offers x86_64 kstrax-dump --layout x8
holds "a place is no choice" offers '' kstrax-dump --ring 0
: >'a b.elf'
holds "files with blanks" offers 'a b.elf' kstrax-dump a
holds "files for a switch" offers 'a b.elf' kstrax-dump --live a
holds "files for values" offers 'a b.elf' kstrax-dump -o a
for line in 'kstrax-dump -e fchr:fchroot' 'kstrax-dump --by=er:errno' 'kstrax-dump -t a:a\\ b.elf' 'kstrax-filter --error=ENOEN:ENOENT' \
	'kstrax-dump --layout=x8:x86_64'; do
	tab "${line%%:*}" >offered
	holds "zsh: ${line%%:*}" grep -qx -- "${line#*:}" offered
done
rm 'a b.elf'
holds "choices are offered" bash --norc -c 'source "$1/kstrax-dump"; COMP_WORDS=(kstrax-dump --format j); COMP_CWORD=2
	_kstrax_dump; [ "${COMPREPLY[*]}" = jsonl ]' - "$build/completion/bash"
tab "kstrax-dump --time " >offered
printf '%s\n' delta monotonic relative wall >expected
holds "choices are offered by zsh" cmp expected offered

# Examples: those of a user run; those of root are checked for options that do not exist.
cp "$sample" vmcore
for name in trace now X; do "$bin/kstrax-dump" -b -o $name vmcore >/dev/null; done
PATH=$bin:$PATH
examples() { sed -n '/^\.EX/,/^\.EE/p' "$1" | sed -n "s/\\\\-/-/g; s/^$2 //p"; }
for page in "$build"/man/*; do
	examples "$page" '\$' >commands
	while read -r line; do
		holds "$(basename "$page"): $line" sh -c "$line"
	done <commands
	examples "$page" '#' >commands
	while read -r command arguments; do
		words_of "$command" >words
		for word in $arguments; do
			case $word in
			-*) holds "$(basename "$page"): $command $word" grep -qx -- "$word" words ;;
			esac
		done
	done <commands
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
