# Options as --list-options names them, as roff.
BEGIN { FS = "\t" }
function safe(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/…/, "...", text); return text }
# In lines of less than 80 bytes, none of which begins like a request.
function put_lines(text,   n, i, words, line) {
	n = split(text, words, " ")
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line " " words[i]) > 76) { put_line(line); line = "" }
		line = line (line == "" ? "" : " ") words[i]
	}
	if (line != "") put_line(line)
}
function put_line(line) { print (line ~ /^[.\047]/ ? "\\&" : "") line }
{
	print ".TP"
	if ($1 == "=") print ".B " safe($2)
	else {
		head = $1 == "" ? "" : "\\fB\\-" $1 "\\fR"
		if ($2 != "") head = head (head == "" ? "" : ", ") "\\fB\\-\\-" safe($2) "\\fR"
		print head ($3 == "" ? "" : " \\fI" safe($3) "\\fR")
	}
	put_lines(safe($6))
}
