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
	rm cache/*.deb
	# shellcheck disable=SC2034
	bin=$root/usr/bin
	LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
	export LD_LIBRARY_PATH
	echo "version: $1 $2"
}

# fetch_alone SUITE ARCHITECTURE NAME VERSION: the same, of a package alone, out of that suite's own list. What is not
# for amd64 is unpacked into a folder of the architecture's name.
fetch_alone() {
	suite=$1 architecture=$2 name=$3 version=$4
	own=$scratch/apt/$suite-$architecture
	unpacked=$root
	[ "$architecture" = amd64 ] || unpacked=$scratch/$architecture
	case $suite in *-security) archive=debian-security ;; *) archive=debian ;; esac
	mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/$archive $suite main" >"$own/list"
	set -- -o APT::Sandbox::User=root -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" \
		-o Dir::State::Lists="$own/lists" -o Dir::Cache="$own/cache" -o Dir::Etc::sourcelist="$own/list" \
		-o Dir::Etc::sourceparts=- -o Acquire::Languages=none
	if ! apt-get "$@" update >fetch.log 2>&1 || ! (cd "$own" && apt-get "$@" download "$name=$version") >fetch.log 2>&1; then
		echo "cannot try it: Debian's $suite has no $name $version for $architecture (it is another by now?)"
		tail -n 2 fetch.log
		exit 2
	fi
	dpkg -x "$own"/*.deb "$unpacked" || exit 2
	rm "$own"/*.deb
	echo "version: $name $version"
}

fetch_from_sid() { fetch_alone sid amd64 "$1" "$2"; }

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

# The same of arm64; fetch_arm64_guest [KERNEL VERSION].
fetch_arm64_guest() {
	fetch qemu-system-arm 1:7.2+dfsg-7+deb12u18+b3
	fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
	fetch busybox-static 1:1.35.0-4+deb12u1+b1
	fetch_alone bookworm-security arm64 "${1:-linux-image-6.1.0-56-arm64}" "${2:-6.1.192-2}"
	fetch_alone bookworm arm64 busybox-static 1:1.35.0-4+deb12u1+b1
	export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"
	mkdir -p guest/bin guest/dev guest/proc guest/sys
	cp arm64/bin/busybox guest/bin/
}

# run_guest KERNEL_OPTIONS [QEMU_OPTION…]: what its console says is in log.
run_guest() {
	options=$1
	shift
	set -- -L "$root/usr/share/seabios" -L /usr/share/seabios -cpu qemu64 -kernel "$root"/boot/vmlinuz-* "$@"
	emulate qemu-system-x86_64 "console=ttyS0 no_timer_check $options" "$@"
}

run_arm64_guest() {
	options=$1
	shift
	emulate qemu-system-aarch64 "console=ttyAMA0 $options" -M virt -cpu cortex-a72 -kernel arm64/boot/vmlinuz-* "$@"
}

emulate() { # PROGRAM KERNEL_OPTIONS QEMU_OPTION…
	program=$1 options=$2
	shift 2
	chmod 755 guest/init
	(cd guest && find . | "$root/bin/busybox" cpio -o -H newc) >ramdisk 2>/dev/null || exit 2
	timeout 300 "$bin/$program" -L "$root/usr/share/qemu" -L /usr/share/qemu -accel tcg -m 256 -display none -nodefaults \
		-no-reboot -serial stdio -initrd ramdisk -append "panic=-1 $options" "$@" 2>&1 | tr -d '\r' >log
}

still() { # CONDITION…: the verdict
	if "$@"; then echo "still so"; exit 0; fi
	echo "changed: it no longer behaves like this"
	exit 1
}

# put_into_guest PROGRAM…: fetched ones, with the libraries that they need.
put_into_guest() {
	for program in "$@"; do
		cp "$program" guest/bin/
		ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
			mkdir -p "guest$(dirname "$library" | sed "s|^$root||")"
			cp -L "$library" "guest$(echo "$library" | sed "s|^$root||")"
		done
	done
}

# A guest with a fetched program, whose init mounts tracefs, does what standard input says in its folder, and ends. What it
# echoes behind SAID is in seen.
run_program_guest() { # KERNEL_OPTIONS PACKAGE VERSION PROGRAM
	cat >script
	fetch_guest
	fetch "$2" "$3"
	put_into_guest "$bin/$4"
	{
		echo '#!/bin/busybox sh'
		for fs in proc:/proc sysfs:/sys tracefs:/sys/kernel/tracing; do
			echo "/bin/busybox mount -t ${fs%:*} ${fs%:*} ${fs#*:}"
		done
		echo 'cd /sys/kernel/tracing'
		cat script
		echo '/bin/busybox poweroff -f'
	} >guest/init
	run_guest "$1"
	<log grep -ao 'SAID .*' | sed 's/^SAID //' >seen
	[ -s seen ] || { tail -n 5 log; exit 2; }
	cat seen
}
run_tracing_guest() { run_program_guest "$1" trace-cmd 3.1.6-1 trace-cmd; } # KERNEL_OPTIONS
run_perf_guest() { run_program_guest loglevel=4 linux-perf 6.1.192-3 perf; }

# A guest that keeps an instance's ring over its panic, one CPU: standard input has the functions first, in which it records,
# and second, which the boot after that calls; both in the instance's folder.
run_kept_ring_guest() { # KERNEL_OPTIONS
	{
		echo '#!/bin/busybox sh'
		for fs in proc:/proc sysfs:/sys tracefs:/sys/kernel/tracing; do
			echo "/bin/busybox mount -t ${fs%:*} ${fs%:*} ${fs#*:}"
		done
		echo 'cd /sys/kernel/tracing/instances/kept'
		cat
		echo "if /bin/busybox dmesg | /bin/busybox grep -q 'is from previous boot'; then second; /bin/busybox poweroff -f; fi"
		echo 'first; echo c >/proc/sysrq-trigger'
	} >guest/init
	run_guest "loglevel=1 reserve_mem=2M:4096:kept trace_instance=kept@kept $1" -m 512 -action reboot=reset
	<log grep -ao 'SAID .*' | sed 's/^SAID //' >>seen
}
