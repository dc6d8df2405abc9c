#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kexec-tools on Debian 12 for arm64: kexec -p says that it cannot find the kernel's text, loads the capture kernel all the
# same, ends with status 0, and leaves it a header whose segment of the kernel's image lies nowhere in memory.
#
# Surprising: this kernel's /proc/kallsyms names functions only, and has no _text; with the physical memory that /proc/iomem
# gives, the load might have been refused, or have used _stext, which is there. Instead the address is taken for -1, the
# segment's physical address is beyond every machine's, and direct addresses are counted from 0.
# Matters to a reader of dumps: the machine is said to be ready for a crash (kexec_crash_loaded is 1), and the dump that comes
# of it is none: seen here, the capture kernel oopsed as soon as /proc/vmcore was read there. Program headers of such files
# are to be held against memory's own size before they are followed.
# Seen with kexec-tools 1:2.0.25-3+deb12u3 and Linux 6.1.192 (linux-image-6.1.0-56-arm64 6.1.192-2) of Debian 12, in QEMU, with
# KASLR. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest
fetch_alone bookworm arm64 kexec-tools 1:2.0.25-3+deb12u3
fetch_alone bookworm arm64 libc6 2.36-9+deb12u14
fetch_alone bookworm arm64 zlib1g 1:1.2.13.dfsg-1
for library in misc4.17 call1 toollog1 devicemodel1 evtchn1 foreignmemory1 gnttab1 toolcore1; do
	fetch_alone bookworm arm64 "libxen$library" 4.17.5+72-g01140da4e8-1
done
mkdir -p guest/lib/aarch64-linux-gnu
cp arm64/sbin/kexec guest/bin/
cp arm64/boot/vmlinuz-* guest/kernel
cp arm64/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1 guest/lib/
cp arm64/lib/aarch64-linux-gnu/lib[cz].so.* arm64/usr/lib/aarch64-linux-gnu/libxen*.so.* guest/lib/aarch64-linux-gnu/
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/kexec -d -p /kernel --append=none >/said 2>&1
echo "status $?, loaded $(/bin/busybox cat /sys/kernel/kexec_crash_loaded)"
echo "symbols _text: $(/bin/busybox grep -c ' _text$' /proc/kallsyms), _stext: $(/bin/busybox grep -c ' _stext$' /proc/kallsyms)"
/bin/busybox grep -E 'Cannot get kernel _text|Kernel text Elf header' /said
/bin/busybox poweroff -f
INIT
run_arm64_guest "loglevel=4 crashkernel=128M kptr_restrict=0" -m 1024
grep -E '^(status|symbols|Cannot|Kernel text)' log | sort -u >seen
[ "$(wc -l <seen)" = 4 ] || { cat seen; tail -n 5 log; exit 2; }
cat seen
still sh -c 'grep -q "^status 0, loaded 1" seen && grep -q "^symbols _text: 0, _stext: 1" seen && grep -q "p_vaddr = 0xffffffffffffffff" seen'
