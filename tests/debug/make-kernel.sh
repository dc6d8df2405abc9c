#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-kernel.sh SOURCE CONFIG DIR: makes a kernel of Debian's source archive
# with exactly this configuration, laid out in DIR/kernel as tests/vm boots it.
# DIR/linux is what modules for it are built against. Half an hour; done once
# for each configuration.
set -eu

source=$1
config=$2
dir=$3
tree=$dir/linux
log=$dir/build.log
jobs=${JOBS:-$(nproc)}
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CC CXX KERNEL_RELEASE

# Judged by what it says: any checkout makes the file newer.
cmp -s "$config" "$dir/kernel/config" && exit 0

say() {
	echo "debug kernel: $*"
}

trap '[ $? -eq 0 ] || { tail -n 20 "$log"; say "failed: see $log"; } >&2' EXIT

mkdir -p "$dir"
: >"$log"
rm -rf "$dir/kernel"

if [ ! "$tree/.unpacked" -nt "$source" ]; then
	say "unpacking ${source##*/}"
	rm -rf "$tree"
	mkdir "$tree"
	tar xf "$source" -C "$tree" --strip-components=1
	touch "$tree/.unpacked"
fi

say "configuring"
KCONFIG_ALLCONFIG=$config make -C "$tree" allnoconfig >>"$log" 2>&1
# What another option rules out, kconfig drops without a word.
grep '^CONFIG_\|^# CONFIG_.* is not set$' "$config" >"$dir/wanted"
if grep -vxFf "$tree/.config" "$dir/wanted" >"$dir/dropped"; then
	say "this kernel's configuration refuses: $(cat "$dir/dropped")" | tee -a "$log" >&2
	exit 1
fi

say "compiling, log in $log"
nice -n 10 make -C "$tree" -j"$jobs" bzImage modules >>"$log" 2>&1

release=$(cat "$tree/include/config/kernel.release")
modules=$dir/kernel.new/lib/modules/$release
rm -rf "$dir/kernel.new"
mkdir -p "$dir/kernel.new/boot" "$modules"
cp "$tree/arch/x86/boot/bzImage" "$dir/kernel.new/boot/vmlinuz-$release"
cp "$tree/modules.builtin" "$modules/"
: >"$modules/modules.dep" # it has none
echo "$release" >"$dir/kernel.new/release"
cp "$config" "$dir/kernel.new/config"
# As a whole: nobody sees half a kernel.
mv "$dir/kernel.new" "$dir/kernel"
say "made $release"
