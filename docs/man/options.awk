# From what a command prints with -h to its options, one a line, fields separated by
# tabs: short letter, long name, argument, help. Words of a fixed choice that stand
# before the options ("  ALL  number, …", "  start  load …") come as lines "=", word, "", help.
function put() {
	if (long != "" || short != "") print short "\t" long "\t" argument "\t" help
	short = long = argument = help = ""
}
/^Options:$/ { put(); in_options = 1; next }
!in_options && /^  [A-Za-z][A-Za-z+-]*  / { put(); short = "="; long = $1; sub(/^  [^ ]+ +/, ""); help = $0; next }
!in_options && !/^         / { put(); next }
/^  -/ {
	put()
	line = substr($0, 3)
	if (match(line, /^-[A-Za-z] \[ --[a-z-]+ \]/)) {
		short = substr(line, 2, 1)
		long = substr(line, 8, RLENGTH - 9)
	} else if (match(line, /^--[a-z-]+/)) {
		long = substr(line, 3, RLENGTH - 2)
	} else {
		match(line, /^-[A-Za-z]/)
		short = substr(line, 2, 1)
	}
	line = substr(line, RLENGTH + 1)
	if (match(line, /^ [A-Z]+/)) { argument = substr(line, 2, RLENGTH - 1); line = substr(line, RLENGTH + 1) }
	sub(/^ +/, "", line)
	help = line
	next
}
{ sub(/^ +/, ""); if ($0 != "") { sub(/ +$/, "", help); help = help == "" ? $0 : help " " $0 } }
END { put() }
