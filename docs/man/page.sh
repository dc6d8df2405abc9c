#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A man page from its source: the line ".\" OPTIONS" becomes the options that the
# command's own --list-options names, ".\" WORDS" its words, and ".\" FIELDS REPORT" the fields
# that its word "fields" lists for that report. Usage: page.sh SOURCE VERSION [COMMAND]
folder=$(dirname "$0")
source=$1 version=$2 command=$3
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
if [ -n "$command" ]; then
	"$command" --list-options >"$lists/all" || exit 1
	grep '^=' "$lists/all" | awk -f "$folder/roff.awk" >"$lists/words"
	grep -v '^=' "$lists/all" | awk -f "$folder/roff.awk" >"$lists/options"
	for report in $(sed -n 's/^\.\\" FIELDS //p' "$source"); do
		"$command" fields | awk -F '\t' -v report="$report" '
			index(" " $3 " ", " " report " ") {
				gsub(/-/, "\\-", $5)
				printf ".TP\n.BR %s \" (%s)\"\n%s\n", $1, $2, $5
			}' >"$lists/$report"
	done
fi
sed -e "s/@VERSION@/$version/g" -e "/^\.\\\\\" OPTIONS\$/{
r $lists/options
d
}" -e "/^\.\\\\\" WORDS\$/{
r $lists/words
d
}" "$source" | awk -v folder="$lists" '
	/^\.\\" FIELDS / { while ((getline line < (folder "/" $3)) > 0) print line; next }
	{ print }'
