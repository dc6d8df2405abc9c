#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux: in a raw image of a machine that has crashed into its capture kernel, no page that begins with VMCOREINFO's text
# has CRASHTIME. The ELF note alone has it.
#
# Surprising: a kernel that panics goes on with a copy of VMCOREINFO that it has kept safe since the capture kernel was
# loaded, and appends CRASHTIME there. This copy lies in memory that is free for the capture kernel, and is overwritten
# soon after it starts. The page that the text was made in, which stays, ends without that line.
# Matters to a reader of raw images that searches memory for VMCOREINFO: it finds a page of the kernel that crashed and
# one of the capture kernel, both without CRASHTIME, and cannot tell by their texts which of them died. What lies at an offset
# of 24 in a page (behind the header of a note) or crashk_res tells.
# Seen with Linux 6.1.192 (linux-image-6.1.0-56-amd64 6.1.192-2 of Debian 12), in QEMU. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch_guest
fetch kexec-tools 1:2.0.25-3+deb12u3
mkdir -p guest/lib64 guest/lib/x86_64-linux-gnu guest/tmp
cp "$root"/sbin/kexec guest/bin/
libraries=$(ldd guest/bin/kexec | sed -n 's/.* \(\/[^ ]*\) (.*/\1/p')
for library in $libraries; do cp "$library" guest/lib/x86_64-linux-gnu/; done
cp /lib64/ld-linux-x86-64.so.2 guest/lib64/
cp "$root"/boot/vmlinuz-* guest/vmlinuz
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
if [ -e /proc/vmcore ]; then
	echo "the capture kernel runs"
	/bin/busybox poweroff -f
fi
cd /
printf '%s\n' init bin bin/busybox proc sys dev | /bin/busybox cpio -o -H newc >/tmp/ramdisk 2>/dev/null
kexec -s -p /vmlinuz --initrd=/tmp/ramdisk --append="console=ttyS0 nr_cpus=1 reset_devices panic=-1 no_timer_check"
echo c >/proc/sysrq-trigger
INIT
run_guest "loglevel=4 crashkernel=160M" -m 512 -machine memory-backend=ram \
	-object memory-backend-file,id=ram,size=512M,mem-path="$scratch/ram",share=on
grep -a -q "the capture kernel runs" log || { tail -n 5 log; exit 2; }
cat >look.py <<'PY'
import mmap, re
with open("ram", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
    for found in re.finditer(rb"OSRELEASE=", memory):
        text = memory[found.start():found.start() + 4096].split(b"\0")[0]
        if b"\nPAGESIZE=" in text:
            place = {0: "page", 24: "note"}.get(found.start() % 4096, "elsewhere")
            base = re.search(rb"NUMBER\(phys_base\)=(-?\d+)", text)[1].decode()
            print(f"{place}: of the kernel with phys_base {base}, {'with' if b'CRASHTIME=' in text else 'without'} CRASHTIME")
PY
python3 look.py >seen
cat seen
if grep -q "^page.*, with " seen || ! grep -q "^note.*, with " seen; then still false; fi
still [ "$(grep -c "^page.*, without " seen)" -eq 2 ]
