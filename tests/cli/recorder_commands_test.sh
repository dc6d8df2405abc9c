#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The recorder's commands, which run as root, use nothing that another user could have put there.
# Usage: recorder_commands_test.sh BUILD
bin=$(cd "$1" && pwd)/bin
. "$(dirname "$0")/checks.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# Root of a kernel that has no modules; what would load some says which.
mkdir stubs
stub() { # NAME TEXT
	printf '#!/bin/sh\n%s\n' "$2" >"stubs/$1"
	chmod +x "stubs/$1"
}
stub uname 'echo 9.9.9-none'
stub id 'echo 0'
# shellcheck disable=SC2016
stub insmod 'echo "insmod $*" >>'"$scratch/loaded"
# shellcheck disable=SC2016
stub modprobe 'echo "modprobe $*" >>'"$scratch/loaded"
as_root() { env PATH="$scratch/stubs:$PATH" "$@"; }

mkdir -p build/bin build/modules/9.9.9-none
cp "$bin/kstrax-rec" build/bin
modules=$(cd build/modules/9.9.9-none && pwd -P)
: >"$modules/ctr_mod.ko"
: >"$modules/kstrax_buf.ko"
loads() { # NAME EXPECTED…: what kstrax-rec start 40 loads
	name=$1
	shift
	printf '%s\n' "$@" >expected
	: >loaded
	as_root sh build/bin/kstrax-rec start 40
	same "$name" expected loaded
}
refuses() { # NAME: nothing is loaded
	: >loaded
	says "$1" 1 'other users can replace .*, so .*/ctr_mod.ko is not loaded; install it' as_root sh build/bin/kstrax-rec start
	holds "$1: nothing is loaded" [ ! -s loaded ]
}
loads "those of its build" "insmod $modules/ctr_mod.ko" "insmod $modules/kstrax_buf.ko entries=40"
for path in build/modules/9.9.9-none/ctr_mod.ko build/modules/9.9.9-none build/modules build; do
	for others in o g; do
		chmod $others+w $path
		refuses "$path, writable ($others)"
		chmod $others-w $path
	done
done
mv build/modules moved
chmod o+w moved
ln -s ../moved build/modules
refuses "a link to a folder of everybody's"
chmod o-w moved
loads "a link to one of its own" "insmod $scratch/moved/9.9.9-none/ctr_mod.ko" \
	"insmod $scratch/moved/9.9.9-none/kstrax_buf.ko entries=40"
chmod o+wt moved
loads "a folder like /tmp" "insmod $scratch/moved/9.9.9-none/ctr_mod.ko" \
	"insmod $scratch/moved/9.9.9-none/kstrax_buf.ko entries=40"
# shellcheck disable=SC2016
stub find 'echo "$1/$3"'
loads "what is installed comes first" "modprobe ctr_mod" "modprobe kstrax_buf entries=40"
rm stubs/find

# The log of kstrax-simple in a folder where others may have put a link of its name.
mkdir simple everybodys
sed "s|^pid_file=.*|pid_file=$scratch/pid|" "$bin/kstrax-simple" >simple/kstrax-simple
printf '#!/bin/sh\n:\n' >simple/kstrax-rec
# shellcheck disable=SC2016
printf '#!/bin/sh\n: >"$3_0"\necho "cpu 0: written 1"\n' >simple/kstrax
chmod +x simple/*
stub date 'echo 20260101000000'
set=20260101000000_9.9.9-none
echo precious >precious
cd everybodys || exit 1
own_log() { [ ! -L $set.log ] && grep -qx 'cpu 0: written 1' $set.log; }
for target in ../precious ../stubs; do
	ln -sfn $target $set.log
	as_root sh ../simple/kstrax-simple start >said
	holds "$target: nothing is written through the link" grep -qx precious ../precious
	holds "$target: nor beside it" [ -z "$(find ../stubs -name '*.log*')" ]
	holds "$target: the log is a file of its own" own_log
	rm -f "${set}_0"
done
holds "no other file stays" [ "$(find . -name '*.log*')" = "./$set.log" ]
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "kstrax: error: refused"\nexit 1\n' >../simple/kstrax
rm $set.log
says "what kstrax said is said" 1 'error: refused' as_root sh ../simple/kstrax-simple start
holds "and no log stays" [ -z "$(find . -name '*.log*')" ]
cd ..

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
