#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile of Debian 13 does not take arm64 kernels that Debian builds since 6.12: "VA Bits 52 not supported".
#
# Surprising: the machine of this script has addresses of 48 bits, which makedumpfile knows. It goes by what the kernel was
# built for (VMCOREINFO's NUMBER(VA_BITS)), of which its table has 36 to 48 bits, and gives up before it looks at memory.
# sid's makedumpfile 1.7.8 says the same in a capture kernel of Linux 6.12 and 7.2.
# Matters to a reader of dumps: on such a machine, kdump's filter ends with an error, and what is left is a copy of
# /proc/vmcore: dumps of arm64 come whole, as ELF cores of all memory, or not at all.
# Seen with makedumpfile 1:1.7.6-1+b1 of Debian 13 on Linux 6.12.117 (linux-image-6.12.117+deb12-arm64
# 6.12.117-1~deb12u1 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_arm64_guest linux-image-6.12.117+deb12-arm64 6.12.117-1~deb12u1
for package in makedumpfile=1:1.7.6-1+b1 libdw1t64=0.192-4 libelf1t64=0.192-4 liblzo2-2=2.10-3+b1 libbz2-1.0=1.0.8-6 libc6=2.41-12+deb13u5; do
	fetch_alone trixie arm64 "${package%%=*}" "${package#*=}"
done
for package in libzstd1=1.5.7+dfsg-1+deb13u1 zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1 liblzma5=5.8.1-1+deb13u2; do
	fetch_alone trixie-security arm64 "${package%%=*}" "${package#*=}"
done
mkdir -p guest/lib/aarch64-linux-gnu guest/tmp
cp arm64/usr/bin/makedumpfile guest/bin/
cp arm64/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1 guest/lib/
for library in c dw elf lzo2 bz2 zstd z lzma; do cp arm64/usr/lib/aarch64-linux-gnu/lib$library.so.* guest/lib/aarch64-linux-gnu/; done
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/makedumpfile --mem-usage /proc/kcore
echo "exit status: $?"
/bin/busybox poweroff -f
INIT
run_arm64_guest "loglevel=4 crashkernel=64M"
grep -E "not supported|exit status|PAGES" log >seen
[ -s seen ] || { tail -n 8 log; exit 2; }
cat seen
still sh -c 'grep -q "PAGE SIZE 0x1000 and VA Bits 52 not supported" seen && grep -q "exit status: 1" seen'
