#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump and names that attack a terminal, shown in a real one (tmux): its title, its modes and its text stay what they are.
# Usage: terminal_test.sh BUILD
build=$(cd "$1" && pwd)
sample=$(pwd)/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/checks.sh"
if ! command -v tmux >/dev/null; then
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
scratch=$(mktemp -d)
export TMUX_TMPDIR="$scratch" LC_ALL=C.UTF-8
trap 'tmux -L t kill-server 2>/dev/null; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# Another title, other modes (mouse, pasting, no cursor, second screen), a cleared screen, text over text, a bell, an override
# of the direction, C1.
attack=$(printf '\033]2;stolen\007\033[?1003h\033[?2004h\033[?25l\033[?1049h\033[2J\033[1;1Hover\r\b\007\342\200\256\302\2332J')
# The pane's title and modes, behind what a command left.
state() { tmux -L t display-message -p -t "$1" '#{pane_title} #{alternate_on} #{mouse_any_flag} #{cursor_flag}'; }
# in_terminal NAME COMMAND: what a terminal of 400 columns has when the command is done.
in_terminal() {
	rm -f finished
	tmux -L t -f /dev/null new-session -d -s "$1" -x 400 -y 300 "printf '\033]2;mine\007'; $2; touch finished; sleep 100"
	for _ in $(seq 300); do
		if [ -e finished ]; then break; fi
		sleep 0.1
	done
	# The terminal may be behind.
	: >"$1.before"
	for _ in $(seq 50); do
		tmux -L t capture-pane -p -t "$1" >"$1.screen"
		if cmp -s "$1.before" "$1.screen"; then break; fi
		cp "$1.screen" "$1.before"
		sleep 0.2
	done
	state "$1" >"$1.state"
	tmux -L t kill-session -t "$1"
}
# harmless NAME COMMAND: the screen has what the command writes to a file, line by line, and nothing else has changed.
harmless() {
	in_terminal "$1" "$2 --color=always"
	echo "mine 0 0 1" >expected
	same "$1: title and modes" expected "$1.state"
	sh -c "$2 --color=never" 2>&1 | sed -E 's/ +[0-9.]+ ms/ N ms/' | cut -c 1-400 >expected
	head -n "$(wc -l <expected)" "$1.screen" | sed -E 's/ +[0-9.]+ ms/ N ms/' >shown
	same "$1: text" expected shown
}

printf '%s' "$attack" >attack
in_terminal control "cat attack"
if grep -q '^stolen 1 1 0$' control.state; then ok; else bad "the attack works where nothing stops it" control.state; fi

cp "$sample" dump
chmod u+w dump
ATTACK=$attack perl -0777 -pi -e 'for my $old ("/no/such/file", "/tmp/workload/created", "kstrax-vm", "/dev/null") {
	my $new = substr(substr($ENV{ATTACK}, 0, length $old) . $old, 0, length $old); s/\Q$old\E/$new/g }' dump
ln -s dump "$attack" 2>/dev/null || ln -s dump "$(printf '%s' "$attack" | tr -d /)"
name=$(find . -type l)
printf '%s' "$name" >name

harmless calls "'$build/bin/kstrax-dump' -t -l 40 dump"
harmless records "'$build/bin/kstrax-dump' -r -l 40 dump"
harmless summary "'$build/bin/kstrax-dump' --summary dump"
harmless statistics "'$build/bin/kstrax-dump' -c dump"
harmless in-flight "'$build/bin/kstrax-dump' -i dump"
harmless verbose "'$build/bin/kstrax-dump' -v --summary \"\$(cat name)\""
harmless missing "'$build/bin/kstrax-dump' --summary \"\$(cat name)/none\""
harmless expression "'$build/bin/kstrax-dump' -t -x \"path==\$(cat attack)\" dump"
harmless filter "'$build/bin/kstrax-dump' -t dump 2>&1 | '$build/bin/kstrax-filter' -x 'path~\"*\\\\x1b*\"'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
