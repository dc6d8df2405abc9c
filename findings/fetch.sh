# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the scripts beside it: fetch NAME VERSION unpacks a Debian package, and those that
# it needs and this machine lacks, into $root, for $bin/PROGRAM to be run from there.
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root
cd "$scratch" || exit 2

fetch() {
	mkdir -p cache/partial
	if ! apt-get install --yes --reinstall --download-only --no-install-recommends \
		-o Dir::Cache::archives="$scratch/cache" -o Debug::NoLocking=1 "$1=$2" >fetch.log 2>&1; then
		echo "cannot try it: apt has no $1 $2 (try apt-get update; another version may behave otherwise)"
		tail -n 2 fetch.log
		exit 2
	fi
	for package in cache/*.deb; do dpkg -x "$package" "$root" || exit 2; done
	# shellcheck disable=SC2034
	bin=$root/usr/bin
	LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
	export LD_LIBRARY_PATH
	echo "version: $1 $2"
}

# fetch_from_sid NAME VERSION: the same, of a package alone, out of Debian sid's own list.
fetch_from_sid() {
	mkdir -p sid/lists/partial sid/cache/archives/partial
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main" >sid/list
	set -- "$1" "$2" -o APT::Sandbox::User=root -o Dir::State::Lists="$scratch/sid/lists" -o Dir::Cache="$scratch/sid/cache" \
		-o Dir::Etc::sourcelist="$scratch/sid/list" -o Dir::Etc::sourceparts=- -o Acquire::Languages=none
	name=$1 version=$2
	shift 2
	if ! apt-get "$@" update >fetch.log 2>&1 || ! (cd sid && apt-get "$@" download "$name=$version") >fetch.log 2>&1; then
		echo "cannot try it: Debian sid has no $name $version (it is another by now?)"
		tail -n 2 fetch.log
		exit 2
	fi
	dpkg -x sid/*.deb "$root" || exit 2
	rm sid/*.deb
	echo "version: $name $version"
}

# A guest of Debian 12's kernel: fills guest/ but for its init.
fetch_guest() {
	fetch linux-image-6.1.0-56-amd64 6.1.192-2
	fetch qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3
	fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
	fetch busybox-static 1:1.35.0-4+deb12u1+b1
	export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"
	mkdir -p guest/bin guest/dev guest/proc guest/sys
	cp "$root/bin/busybox" guest/bin/
}

# run_guest KERNEL_OPTIONS [QEMU_OPTION…]: what its console says is in log.
run_guest() {
	options=$1
	shift
	chmod 755 guest/init
	(cd guest && find . | "$root/bin/busybox" cpio -o -H newc) >ramdisk 2>/dev/null || exit 2
	timeout 300 "$bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L /usr/share/qemu \
		-L /usr/share/seabios -accel tcg -cpu qemu64 -m 256 -display none -nodefaults -no-reboot -serial stdio \
		-kernel "$root"/boot/vmlinuz-* -initrd ramdisk -append "console=ttyS0 panic=-1 no_timer_check $options" "$@" 2>&1 |
		tr -d '\r' >log
}

still() { # CONDITION…: the verdict
	if "$@"; then echo "still so"; exit 0; fi
	echo "changed: it no longer behaves like this"
	exit 1
}
