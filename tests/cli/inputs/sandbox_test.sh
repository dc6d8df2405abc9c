#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a program could still do if its input took it over: tests/tools/exploit.c tries it in the middle of the work. Without
# the sandbox each attempt succeeds, so that what refuses it is the sandbox. Usage: sandbox_test.sh BUILD
build=$(cd "$1" && pwd)
bin=$build/bin
exploit=$build/tests/exploit.so
make_dump=$build/tests/make-dump
script=$(pwd)/tests/golden/x86_64.script
sample=$(pwd)/sample-dumps/x86_64-panic.elf
trust=$(pwd)/docs/trust.md
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset DISPLAY WAYLAND_DISPLAY
skipped=0

holding=$("$bin/kstrax-dump" -v -t "$sample" 2>&1 >/dev/null | sed -n 's/^kstrax-dump: note: sandbox *//p')
# A kernel that lacks a part refuses less: what it lacks is said.
has() { case $holding in *"no $1"*) false ;; *) true ;; esac; }
holds "-v says what holds" [ -n "$holding" ]
"$bin/kstrax-dump" -v -t --no-sandbox "$sample" 2>&1 >/dev/null | grep -q 'sandbox  *none: --no-sandbox'
holds "-v says that nothing does" [ $? -eq 0 ]

mkdir outputs elsewhere
"$make_dump" "$script" plain dump
# A format that libkdumpfile alone reads: as a kdump, but for its name.
{ printf DISKDUMP && tail -c +9 dump; } >diskdump
"$bin/kstrax-dump" -t "$sample" >report 2>/dev/null

# attempt WHAT COMMAND…: what became of it, in words
attempt() {
	what=$1
	shift
	truncate -s 4096 log
	rm -f elsewhere/*
	case $what in make-file | run-program) aim=elsewhere/free ;; *) echo content >elsewhere/there && aim=elsewhere/there ;; esac
	EXPLOIT_TRY=$what EXPLOIT_LOG=$scratch/log EXPLOIT_AIM=$scratch/$aim LD_PRELOAD=$exploit "$@" >out 2>err <report
	tr -d '\0' <log | tr '\n' ' '
	: >log
}
# refused NAME WHAT COMMAND…
refused() {
	name=$1 what=$2
	shift 2
	free=$(attempt "$what" "$@" --no-sandbox)
	confined=$(attempt "$what" "$@")
	# Where the kernel has no such numbers, the attempt ends the process without the sandbox, too.
	case "$what $free" in "other-numbers begun ")
		skipped=$((skipped + 1))
		return
		;;
	esac
	# At "begun" alone, the process was ended.
	case "$free: $confined" in
	"begun done : begun EPERM " | "begun done : begun EACCES " | "begun done : begun ") ok ;;
	*) bad "$name: $what: without the sandbox '$free', within '$confined'" err ;;
	esac
}
if has seccomp; then
	all="read-file write-file make-file rename-file remove-file run-program connect listen trace read-parent signal-parent
		make-code data-to-code type-command new-namespace"
	for what in $all new-process other-numbers; do
		refused "kstrax-dump" "$what" "$bin/kstrax-dump" -t "$sample"
		refused "kstrax-filter" "$what" "$bin/kstrax-filter" -e read
		refused "kstrax-graph" "$what" "$bin/kstrax-graph" ALL "$sample" --text
	done
	# It starts processes that call libkdumpfile, and may go on doing so.
	for what in $all; do
		refused "kstrax-dump, of another format" "$what" "$bin/kstrax-dump" -t diskdump
	done
	for what in $all new-process; do
		refused "libkdumpfile's process" "$what" env EXPLOIT_AT=child "$bin/kstrax-dump" -t diskdump
	done
	refused "kstrax" read-file "$bin/kstrax" -t "$sample" -o -
	# A report goes on beside it: what is refused is no reason to stop.
	attempt read-file "$bin/kstrax-dump" -t "$sample" >/dev/null
	holds "the report is whole all the same" cmp -s out report
	attempt connect "$bin/kstrax-dump" -t diskdump >/dev/null
	truncate -s 4096 log
	holds "who connects is ended by SIGSYS" [ "$(sh -c 'EXPLOIT_TRY=connect EXPLOIT_LOG=$0 LD_PRELOAD=$1 "$2" -t "$3" >/dev/null 2>&1
		echo $?' "$scratch/log" "$exploit" "$bin/kstrax-dump" "$sample" 2>/dev/null)" = 159 ]
else
	skipped=$((skipped + 1))
fi
# Who makes files may make, rename and remove them in one folder.
if has seccomp && has Landlock; then
	for what in read-file write-file make-file rename-file remove-file; do
		refused "kstrax-dump -b" "$what" "$bin/kstrax-dump" -b -o outputs/files "$sample"
		rm -f outputs/*
	done
else
	skipped=$((skipped + 1))
fi

# Outputs, wherever they are.
for option in "-t -o" --excerpt "-b -o" "--log --format=csv -o"; do
	rm -f outputs/*
	# shellcheck disable=SC2086
	"$bin/kstrax-dump" "$sample" $option outputs/file >/dev/null 2>&1
	case $option in --log*) continue ;; esac
	holds "$option: a file in another folder" sh -c 'ls outputs/file* >/dev/null 2>&1'
done
"$bin/kstrax-dump" -t "$sample" -o here 2>/dev/null
same "-o without a folder" report here
echo old >here
"$bin/kstrax-dump" -t "$sample" -o here 2>/dev/null
same "-o over a file" report here

# gnuplot gets its script and places to draw to and to complain to. Beside it: what we have from our caller, and the script
# that stands for gnuplot.
mkdir path
cat >path/gnuplot <<'EOF'
#!/bin/sh
ls -l /proc/$$/fd 2>/dev/null
true >"$EXPLOIT_AIM"
exit 0
EOF
chmod +x path/gnuplot
EXPLOIT_AIM=$scratch/elsewhere/free PATH=$scratch/path:$PATH "$bin/kstrax-graph" ALL "$sample" -o descriptors.png 2>err
holds "gnuplot: what it has open is a script, a drawing and complaints" [ "$(grep -c 'memfd:kstrax-graph' descriptors.png)" -eq 3 ]
holds "gnuplot: not the input" [ "$(grep -c x86_64-panic descriptors.png)" -eq 0 ]
# shellcheck disable=SC2012
ls -l /proc/$$/fd 2>/dev/null | sed 's/.* -> //' >ours
holds "gnuplot: and nothing else" [ "$(sed -n 's/.* -> //p' descriptors.png | grep -vE 'memfd:kstrax-graph|path/gnuplot$' |
	grep -cvxFf ours)" -eq 0 ]
if has Landlock; then
	holds "gnuplot: it writes no file" [ ! -e elsewhere/free ]
else
	skipped=$((skipped + 1))
fi

# Nothing that is needed is refused, but the newer of two calls for a thread.
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	for option in -t -c -i --log --tasks --summary "-b -o outputs/files" "--excerpt outputs/excerpt"; do
		# shellcheck disable=SC2086
		strace -f -o trace "$bin/kstrax-dump" "$sample" $option >out 2>err
		sed -n '/ seccomp(/,$p' trace | grep -E 'EPERM|EACCES|ENOSYS|SIGSYS' | grep -v ' clone3(' >denied
		holds "$option: nothing is refused" [ ! -s denied ]
	done
	holds "there was something to refuse" grep -q ' seccomp(' trace
	# As docs/trust.md has them; some C libraries and kernels need fewer.
	strace -f -o trace "$bin/kstrax-dump" -t "$sample" >out 2>err
	sed '1,/ seccomp(/d' trace | sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' | sort -u >called
	sed -n '/^`strace -f kstrax-dump/,/^$/p' "$trust" | tr '\n' ' ' | sed 's/.*no other: //; s/\. .*//' |
		tr ',' '\n' | sed -E 's/^ *([a-z_0-9]+).*/\1/' | sort -u >listed
	holds "the page lists some" [ "$(grep -c . listed)" -gt 15 ]
	holds "no call that docs/trust.md does not list" [ -z "$(comm -23 called listed)" ]
else
	skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
