#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for a command, from what its own --list-options names: letter, long name,
# value, what that is ("file"; "list": several with commas), its choices, help; "=" is the
# letter of a word of the command's own. Usage: complete.sh bash|zsh COMMAND
table=$("$2" --list-options) || exit 1
printf '%s\n' "$table" | awk -F '\t' -v shell="$1" -v name="$(basename "$2")" '
function quoted(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/\[/, "\\[", text)
	gsub(/\]/, "\\]", text)
	gsub(/:/, "\\:", text)
	gsub(/\047/, "\047\\\047\047", text)
	return text
}
function both(between,   i) {
	return short[count] (short[count] != "" && long[count] != "" ? between : "") long[count]
}
$1 == "=" { words = words (words == "" ? "" : " ") $2; next }
{
	count++
	short[count] = $1 == "" ? "" : "-" $1
	long[count] = $2 == "" ? "" : "--" $2
	value[count] = $3
	kind[count] = $4
	choices[count] = $5
	help[count] = $6
	all = all (all == "" ? "" : " ") both(" ")
	if ($3 != "" && ($4 == "file" || $5 != ""))
		known[++cases] = "\t" both("|") ")" ($4 == "" ? "" : " kind=" $4) ($5 == "" ? "" : " words=\"" $5 "\"") " ;;"
	else if ($3 != "") unknown = unknown (unknown == "" ? "" : "|") both("|")
}
function bash(   i) {
	print "# bash completion for " name "; made from its --list-options"
	print function_name "() {"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} kind= words= start="
	print "\tCOMPREPLY=()"
	print "\t# --option=value comes as three words."
	print "\tif [[ $word == \"=\" ]]; then word="
	print "\telif [[ $before == \"=\" ]]; then before=${COMP_WORDS[COMP_CWORD-2]}"
	print "\tfi"
	print "\tcase $before in"
	for (i = 1; i <= cases; i++) print known[i]
	if (unknown != "") print "\t" unknown ") return ;;"
	print "\t*)"
	print "\t\tif [[ $word == -* ]]; then words=\"" all "\""
	if (words != "") print "\t\telif [[ $COMP_CWORD -eq 1 ]]; then words=\"" words "\""
	print "\t\telse kind=file"
	print "\t\tfi ;;"
	print "\tesac"
	print "\t[[ $kind == list && $word == *,* ]] && start=${word%,*},"
	print "\tmapfile -t COMPREPLY < <(compgen -P \"$start\" -W \"$words\" -- \"${word#\"$start\"}\""
	print "\t\t[[ $kind != file ]] || compgen -f -- \"$word\")"
	print "\t# So that blanks in names are escaped; there is no completion to change where a test calls this."
	print "\t[[ $kind != file ]] || compopt -o filenames 2>/dev/null || true"
	print "}"
	print "complete -F " function_name " " name
}
function action(i) {
	if (kind[i] == "list") return " _values -s , " value[i] " " choices[i]
	if (kind[i] == "file" && choices[i] != "") return " _alternative \"words\\:word\\:(" choices[i] ")\" \"files\\:file\\:_files\""
	if (kind[i] == "file") return "_files"
	return choices[i] != "" ? "(" choices[i] ")" : " "
}
function zsh(   i, text) {
	print "#compdef " name
	print "# zsh completion; made from the --list-options of " name
	print "_arguments -s \\"
	for (i = 1; i <= count; i++) {
		text = "[" quoted(help[i]) "]" (value[i] == "" ? "" : ":" quoted(value[i]) ":" action(i))
		if (short[i] != "") print "\t\047*" short[i] text "\047 \\"
		if (long[i] != "") print "\t\047*" long[i] (value[i] == "" ? "" : "=") text "\047 \\"
	}
	if (words != "") print "\t\0471:word:(" words ")\047 \\"
	print "\t\047*:file:_files\047"
}
END {
	function_name = "_" name
	gsub(/-/, "_", function_name)
	if (shell == "bash") bash()
	else zsh()
}'
