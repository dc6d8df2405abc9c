#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for a command, from what its own -h lists.
# Usage: complete.sh bash|zsh COMMAND
# A choice of values is what stands in a help text behind its last colon, where that
# is a list of single words; FILE, NAME and SOURCE are files.
folder=$(dirname "$0")
"$2" -h >/dev/null || exit 1
"$2" -h | awk -f "$folder/options.awk" | awk -F '\t' -v shell="$1" -v name="$(basename "$2")" '
function choice(help,   n, parts, i, words) {
	n = split(help, parts, ": ")
	if (n < 2) return ""
	n = split(parts[n], words, ", ")
	if (n < 2) return ""
	for (i = 1; i <= n; i++) if (words[i] !~ /^[A-Za-z_]+$/) return ""
	parts[1] = ""
	for (i = 1; i <= n; i++) parts[1] = parts[1] (i > 1 ? " " : "") words[i]
	return parts[1]
}
function quoted(text) {
	sub(/ +$/, "", text)
	gsub(/\\/, "\\\\", text)
	gsub(/\[/, "\\[", text)
	gsub(/\]/, "\\]", text)
	gsub(/:/, "\\:", text)
	gsub(/\047/, "\047\\\047\047", text)
	return text
}
$1 == "=" { words = words (words == "" ? "" : " ") $2; next }
{
	count++
	short[count] = $1 == "" ? "" : "-" $1
	long[count] = $2 == "" ? "" : "--" $2
	argument[count] = $3
	help[count] = $4
}
END {
	function_name = "_" name
	gsub(/-/, "_", function_name)
	if (shell == "bash") {
		all = ""
		print "# bash completion for " name "; made from its -h"
		print function_name "() {"
		print "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
		print "\tCOMPREPLY=()"
		print "\tcase $before in"
		for (i = 1; i <= count; i++) {
			both = short[i] (short[i] != "" && long[i] != "" ? "|" : "") long[i]
			all = all (all == "" ? "" : " ") short[i] (short[i] != "" && long[i] != "" ? " " : "") long[i]
			if (argument[i] == "") continue
			list = choice(help[i])
			if (list != "") print "\t" both ") COMPREPLY=($(compgen -W \"" list "\" -- \"$word\")); return ;;"
			else if (argument[i] == "FILE" || argument[i] == "NAME")
				print "\t" both ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;"
			else print "\t" both ") return ;;"
		}
		print "\tesac"
		print "\tif [[ $word == -* ]]; then"
		print "\t\tCOMPREPLY=($(compgen -W \"" all "\" -- \"$word\"))"
		if (words != "") {
			print "\telif [ \"$COMP_CWORD\" -eq 1 ]; then"
			print "\t\tCOMPREPLY=($(compgen -W \"" words "\" -- \"$word\"))"
		}
		print "\telse"
		print "\t\tCOMPREPLY=($(compgen -f -- \"$word\"))"
		print "\tfi"
		print "}"
		print "complete -o filenames -F " function_name " " name
		exit
	}
	print "#compdef " name
	print "# zsh completion; made from the -h of " name
	print "_arguments -s \\"
	for (i = 1; i <= count; i++) {
		value = ""
		if (argument[i] != "") {
			list = choice(help[i])
			if (list != "") value = ":" argument[i] ":(" list ")"
			else if (argument[i] == "FILE" || argument[i] == "NAME") value = ":" argument[i] ":_files"
			else value = ":" argument[i] ": "
		}
		text = "[" quoted(help[i]) "]" value
		if (short[i] != "") print "\t\047*" short[i] text "\047 \\"
		if (long[i] != "") print "\t\047*" long[i] text "\047 \\"
	}
	if (words != "") print "\t\0471:word:(" words ")\047 \\"
	print "\t\047*:file:_files\047"
}'
