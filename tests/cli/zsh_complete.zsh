# SPDX-License-Identifier: GPL-2.0-or-later
# What zsh itself offers at a tab, on a terminal of its own: a line a match.
# Usage: zsh -f zsh_complete.zsh FOLDER LINE, where FOLDER has the completions and LINE is what was typed.
zmodload zsh/zpty zsh/datetime || exit 1
folder=$1 line=$2
scratch=$(mktemp -d)  # no trap takes it away: the fork that holds the terminal would inherit it
cat >"$scratch/rc" <<'END'
PROMPT= RPROMPT= LISTMAX=100000
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit
compinit -u -D
# Those that only fill an array, for zsh's own functions, are none that are offered.
compadd() {
	if (( ! ${@[(I)-[OAD]]} )); then
		local -a hits
		builtin compadd -A hits "$@"
		print -rl -- $hits >>"$SCRATCH/hits"
	fi
	builtin compadd "$@"
}
tab() { zle complete-word; : >"$SCRATCH/done" }
zle -N tab
bindkey '^I' tab
# Before the line editor is there, the terminal would take what is typed for itself.
zle-line-init() { : >"$SCRATCH/ready" }
zle -N zle-line-init
END
export COMPLETIONS=$folder SCRATCH=$scratch TERM=vt100
zpty -b terminal zsh -f -i
zpty -w terminal "source $scratch/rc"

# A minute only ends what hangs. What zsh shows must be taken, or it waits.
wait_for() {
	local until=$((EPOCHSECONDS + 60)) shown
	while [[ ! -e $scratch/$1 ]]; do
		(( EPOCHSECONDS < until )) || { print -u 2 "zsh has not come to $1"; rm -rf "$scratch"; exit 1 }
		zpty -rt terminal shown || sleep 0.05
	done
}
wait_for ready
zpty -w -n terminal "$line"$'\t'
wait_for done
zpty -d terminal
[[ ! -e $scratch/hits ]] || print -rl -- ${(f)"$(<$scratch/hits)"}
rm -rf "$scratch"
