#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kstrax-graph against the manual's promises (G1-G6): what gnuplot is given is held
# against the reports of the same dump, and the pictures are of the right type and
# size. Usage: graph_test.sh BUILD
bin=$(cd "$1" && pwd)/bin
make_dump=$(cd "$1" && pwd)/tests/make-dump
check=$(pwd)/tests/cli/reports/graph_data.py
sample=$(pwd)/sample-dumps/x86_64-panic.elf
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset DISPLAY WAYLAND_DISPLAY

# expect NAME STATUS WORDS COMMAND…: that status, and one line on stderr with these words
expect() {
	name=$1 status=$2 words=$3
	shift 3
	"$@" >out 2>err
	actual=$?
	if [ "$actual" -eq "$status" ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$words" err; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name: status $actual, expected $status and one line with '$words':"
		cat err
	fi
}
same() { # NAME EXPECTED ACTUAL
	if [ -s "$2" ] && cmp -s "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1"
		diff "$2" "$3" | head -n 10
	fi
}
# The lines of a script's datablock.
block() { awk -v name="\$$2 << end_of_block" '$0 == name { on = 1; next } $0 == "end_of_block" { on = 0 } on' "$1"; }
number() { od -An -tu1 -j"$2" -N4 "$1" | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'; }

graph=$bin/kstrax-graph
"$bin/kstrax-dump" -c --format=csv "$sample" >stat.csv 2>/dev/null
"$bin/kstrax-dump" -t --format=csv "$sample" >paired.csv 2>/dev/null
kinds=$(tail -n +2 stat.csv | wc -l)

# bars MODE TOP COLUMNS…: the mode draws these of the statistics, ranked by the first, or all by calls
bars() {
	mode=$1
	shift
	"$graph" "$mode" "$sample" -o "$mode.gp" 2>/dev/null
	holds "$mode: the first $*" python3 -B "$check" bars "$mode.gp" stat.csv "$@"
}
# G1: "ALL: count, average time, total time of every call."
bars ALL "$kinds" calls avg_ns total_ns
# G2: "CNT, CNT+ (with average), CNT++ (all three): the 20 most frequent calls."
bars CNT 20 calls
bars CNT+ 20 calls avg_ns
bars CNT++ 20 calls avg_ns total_ns
# G3: "AVE, AVE+ (with count), AVE++: the 20 slowest on average."
bars AVE 20 avg_ns
bars AVE+ 20 avg_ns calls
bars AVE++ 20 avg_ns calls total_ns
# G4: "TOTAL, TOTAL+ (with count), TOTAL++: the 20 with the most total time."
bars TOTAL 20 total_ns
bars TOTAL+ 20 total_ns calls
bars TOTAL++ 20 total_ns calls avg_ns
holds "there are more kinds of calls than 20" [ "$kinds" -gt 20 ]
# A bar's length is an amount: sums are drawn from 0, and only averages by a logarithm, as marks.
for mode in CNT TOTAL TOTAL+; do
	holds "$mode: bars from 0" sh -c 'grep -q "with boxxyerror" "$0" && ! grep -q -e "^set logscale" -e "log scale" "$0"' $mode.gp
done
holds "AVE: marks on a log scale" sh -c 'grep -q "^set logscale x" AVE.gp && ! grep -q boxxyerror AVE.gp'
holds "numbers that stand for none are told apart" [ "$(block ALL.gp bars | grep -c -e '^"unknown (none)"' -e '^"unknown (too big)"')" -eq 2 ]
# A call has its colour by its name: the same of whatever else is in the picture, and on the time line.
"$graph" TOTAL "$sample" -o few.gp -e read 2>/dev/null
colour() { block "$1" bars | awk -v name="\"$2\"" '$1 == name { print $2 }'; }
holds "one colour in every picture" [ "$(colour few.gp read)" = "$(colour CNT++.gp read)" -a -n "$(colour few.gp read)" ]

# G5: "EXEC: every call on a time line: x = when it was issued, y = how long it took.
# EXEC-C: the 20 most frequent calls only." Each call that has a duration lies in the
# cell of a dot, and each dot stands for a call.
for mode in EXEC EXEC-C; do "$graph" $mode "$sample" -o $mode.gp 2>/dev/null; done
holds "EXEC: a dot for every call" python3 -B "$check" dots EXEC.gp paired.csv
holds "EXEC-C: a dot for every call of the 20" python3 -B "$check" dots EXEC-C.gp paired.csv stat.csv

# G6: "The data file is named as for -t": buffer files, by the name without the CPU number.
"$bin/kstrax-dump" -b -o X "$sample" >/dev/null
for mode in ALL CNT++ EXEC; do
	"$graph" $mode X -o files.gp 2>/dev/null
	"$graph" $mode "$sample" -o dump.gp 2>/dev/null
	# The source's own name stands below the title.
	sed "s|, [^,]*panic.elf,|, X,|" dump.gp >dump.named
	same "$mode of buffer files and of the dump" dump.named files.gp
done
"$graph" EXEC X -o EXEC.files.gp 2>/dev/null
# The name of one of them means all.
"$graph" ALL X_0 -o one.gp 2>/dev/null
"$graph" ALL X -o all.gp 2>/dev/null
sed "s|, X_0,|, X,|" one.gp >one.named
same "ALL of the name of one file" all.gp one.named
expect "neither" 1 "there are no buffer files" "$graph" ALL nothing-here

# Pictures. Without -o and without a display they get a name by the source and the mode.
expect "default name" 0 "wrote X_CNT+.png" "$graph" CNT+ X
holds "which is a PNG" [ "$(od -An -tx1 -N8 X_CNT+.png | tr -d ' ')" = 89504e470d0a1a0a ]
for mode in ALL EXEC; do
	for suffix in png svg pdf; do
		"$graph" "$mode" X -o "p.$suffix" 2>err
		holds "$mode as $suffix: status 0" [ $? -eq 0 ]
		holds "$mode as $suffix: below 2 MB, above 4 kB" sh -c 's=$(stat -c %s "$0"); [ "$s" -lt 2000000 ] && [ "$s" -gt 4000 ]' "p.$suffix"
		holds "$mode as $suffix: private" [ "$(stat -c %a "p.$suffix")" = 600 ]
	done
	holds "$mode: a PNG at least 600 wide and 400 high" [ "$(number p.png 16)" -ge 600 -a "$(number p.png 20)" -ge 400 ]
	holds "$mode: an SVG" grep -q '^<svg' p.svg
	holds "$mode: SVG is XML" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' p.svg
	holds "$mode: SVG has titles of its own" sh -c '! grep -q "<title>gnuplot" p.svg && grep -q "^\s*<\(use\|polygon\) .*<title>recvfrom[,:]" p.svg'
	holds "$mode: a PDF" [ "$(head -c 5 p.pdf)" = "%PDF-" ]
done

# Plain characters need no gnuplot.
PATH=/nonexistent "$graph" CNT++ X --text >bars.txt 2>err
holds "--text: bars without gnuplot" [ $? -eq 0 ]
holds "--text: 20 calls, ASCII" [ "$(grep -cv '^#' bars.txt)" -eq 20 ] 
holds "--text: bars as ASCII" sh -c '! LC_ALL=C grep -q "[^ -~]" bars.txt'
"$graph" EXEC X --text -o line.txt 2>err
holds "--text: time line to a file" grep -q 'read (' line.txt
holds "--text: who is in flight" grep -q '^  panicked: 148 write(0x1' line.txt
holds "--text: time line as ASCII" sh -c '! LC_ALL=C grep -q "[^ -~]" line.txt'

# Times in the reader's zone, arguments by name, a call's colour, and the legend within an eighth.
TZ=Asia/Tokyo "$graph" EXEC X -o local.gp --local -y 2>/dev/null
holds "--local: the axis and the heading" sh -c 'grep -q "time of issue (local, UTC+09:00)" local.gp && grep -q "15:32:15.* local, UTC+09:00" local.gp'
holds "--local: marks of the axis" grep -q "set xtics ('15:32:1" local.gp
holds "-y: arguments by name" grep -q '^142 openat(AT_FDCWD' local.gp
TZ=Asia/Tokyo "$graph" EXEC X -o utc.gp --utc 2>/dev/null
"$graph" EXEC X -o titles.svg -y 2>/dev/null
holds "SVG: what is in flight, by its mark" grep -q "<title>142 openat(AT_FDCWD, .*, in flight since 06:32:17.106441840, for 276 ms</title>" titles.svg
holds "--utc, which is so without it" cmp -s utc.gp EXEC.files.gp
expect "--utc and --local" 2 "not both" "$graph" EXEC X --utc --local -o a.png
holds "the colour of the bars" grep -q "keyentry .* '#$(printf %06x "$(colour CNT++.gp read)")' " utc.gp
"$graph" EXEC X -s 0.5 -o window.gp 2>/dev/null
holds "-s 0.5: half a second" grep -q '^set xrange \[0:0.5\]' window.gp
holds "the panic" grep -q "06:32:17.382647090: panic, CPU 1, pid 148" window.gp

# What goes wrong.
expect "gnuplot is missing" 1 "apt-get install gnuplot-nox" env PATH=/nonexistent "$graph" ALL X -o a.png
expect "no picture's name" 2 ".png, .svg, .pdf, .gp" "$graph" ALL X -o a.jpeg
expect "no such mode" 2 "no mode 'ALLES'; choose one of ALL" "$graph" ALLES X
expect "no mode" 2 "expected a mode and a source" "$graph" X
expect "a filter that nothing passes" 1 "no call passes the filter" "$graph" ALL X -p 99999999
cp "$sample" input.png
expect "output over the input" 2 "is the input" "$graph" ALL input.png -o input.png
holds "which is unharmed" cmp -s input.png "$sample"
expect "output in no folder" 1 "cannot write" "$graph" ALL X -o nowhere/x.png
# A display, but no window to be had: a file, and a sentence that says why. Where this gnuplot
# has windows, the display is still none.
rm -f X_ALL.png
expect "a display, but gnuplot has no window" 0 "wrote X_ALL.png, in no window: " env DISPLAY=:99 LC_ALL=C "$graph" ALL X
holds "which is a PNG" [ "$(od -An -tx1 -N8 X_ALL.png | tr -d ' ')" = 89504e470d0a1a0a ]
expect "neither gnuplot nor a name" 0 "gnuplot is not installed" env PATH=/nonexistent DISPLAY=:99 "$graph" CNT X
holds "characters instead" grep -q '^read ' out
holds "and no file" [ ! -e X_CNT.png ]
mkdir blind
printf '#!/bin/sh\ngrep -q "set terminal @window" /dev/stdin || exec "%s" "$@"\necho "gnuplot: unable to open display" >&2\n' "$(command -v gnuplot)" >blind/gnuplot
chmod +x blind/gnuplot
expect "a gnuplot that cannot reach the display" 0 "in no window: gnuplot failed: gnuplot: unable to open display" env PATH="$PWD/blind:$PATH" DISPLAY=:99 "$graph" ALL X
mkdir bad
printf '#!/bin/sh\necho "\\"/dev/stdin\\" line 2: warning: of no matter" >&2; echo >&2; echo "plot oops" >&2; echo "     ^" >&2; echo "\\"/dev/stdin\\" line 7: undefined variable: oops" >&2; exit 1\n' >bad/gnuplot
chmod +x bad/gnuplot
expect "gnuplot complains" 1 "gnuplot failed: undefined variable: oops" env PATH="$PWD/bad:$PATH" "$graph" ALL X -o a.png
holds "and leaves no picture" [ ! -e a.png ]

# Hostile names of the host and of the file stay text.
evil="it's \`touch pwned\` \"@x\" \$(touch pwned);system('touch pwned');%s.elf"
cat >script <<'S'
host "';system('touch pwned')#`touch pwned`\n!touch pwned"
0 1000 tid=1 read
0 1900 tid=1 read = 1
0 2000 tid=1 syscall_4001
0 5000 tid=1 syscall_4001 = 1
S
"$make_dump" script elf "$evil"
for mode in ALL EXEC; do
	"$graph" $mode "$evil" -o evil.svg 2>err
	holds "hostile names: $mode is drawn" [ $? -eq 0 ]
	holds "hostile names: $mode shows them" grep -q "touch pwned" evil.svg
done
"$graph" ALL "$evil" --text >evil.txt 2>err
holds "hostile names as text" sh -c '! LC_ALL=C grep -q "[^ -~]" evil.txt && grep -q "touch pwned" evil.txt'
holds "nothing was executed" [ ! -e pwned ]

# 400 different calls: each has its row, and a picture high enough to read it.
awk 'BEGIN { print "entries 2048"; for (i = 0; i < 400; i++) { t = 1000 + i * 100000
	printf "0 %d tid=%d syscall_%d\n0 %d tid=%d syscall_%d = 0\n", t, 10 + i % 7, 500 + i, t + (i * 7919) % 90000 + 40, 10 + i % 7, 500 + i } }' >script
"$make_dump" script elf many.elf
"$graph" ALL many.elf -o many.gp 2>err
holds "400 calls: 400 bars" [ "$(block many.gp bars | wc -l)" -eq 400 ]
"$graph" ALL many.elf -o many.png 2>err
holds "400 calls: 16 pixels each" [ "$(number many.png 20)" -ge 6400 ]
"$graph" EXEC many.elf -o many.gp 2>err
holds "400 calls: a legend of 12 and the others" [ "$(block many.gp legend | grep -c -e syscall_ -e '388 others (388)')" -eq 13 ]
holds "legend: 23 letters" [ "$(block many.gp legend | awk 'length > 23' | wc -l)" -eq 0 ]
holds "nothing temporary is left" [ -z "$(find . -name '*.??????')" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
