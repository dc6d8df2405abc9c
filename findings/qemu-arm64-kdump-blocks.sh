#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU: the compressed dump of an arm64 machine is in blocks of 64 KiB though its kernel has pages of 4 KiB; libkdumpfile
# says of every address that it is out of bounds. The ELF core of the same machine is read throughout.
#
# Surprising: in makedumpfile's dumps, and in QEMU's of x86-64, the block is the kernel's page, and frame numbers count
# those. Here QEMU takes the largest page that arm64 has: frame numbers, bitmaps and the highest frame count blocks of that
# size. VMCOREINFO in the same file says PAGESIZE=4096; libkdumpfile believes it, and its frames, which are 16 times as
# many, are all beyond the header's highest. For the machine, the header has "Unknown".
# Matters to a reader of dumps: the file is whole, opens without an error, and no page of it is found. The block has to be
# taken from the header, the page from VMCOREINFO, and pages be cut out of blocks.
# Seen with QEMU 7.2.22 (qemu-system-arm 1:7.2+dfsg-7+deb12u18+b3), libkdumpfile10 0.5.1-1, and Linux 6.1.192 as a guest,
# all of Debian 12. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch libkdumpfile10 0.5.1-1
fetch makedumpfile 1:1.7.2-1
fetch_arm64_guest

# The guest hands VMCOREINFO to QEMU and powers off; QEMU stays for the dumps.
find arm64/lib/modules -name qemu_fw_cfg.ko -exec cp {} guest/ ';'
cat >guest/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox insmod /qemu_fw_cfg.ko
/bin/busybox poweroff -f
INIT
cat >dump.py <<'PY'
import json, os, socket, time
monitor = socket.socket(socket.AF_UNIX)
while True:
    try:
        monitor.connect("monitor")
        break
    except OSError:
        time.sleep(0.2)
lines = monitor.makefile("rw")
def wait_for(word):
    while word not in (line := lines.readline()):
        if not line:
            raise SystemExit(f"no {word}")
def tell(command, **arguments):
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    wait_for("return")
tell("qmp_capabilities")
wait_for("SHUTDOWN")
for name, form in ("elf", "elf"), ("flattened", "kdump-zlib"):
    tell("dump-guest-memory", paging=False, protocol=f"file:{os.getcwd()}/{name}", format=form)
tell("quit")
PY
timeout 300 python3 dump.py >dump.log 2>&1 &
run_arm64_guest "loglevel=4" -device vmcoreinfo -no-shutdown -qmp unix:monitor,server=on,wait=off
wait
[ -s elf ] && [ -s flattened ] || { tail -n 5 log dump.log; exit 2; }
"$bin/makedumpfile" -R kdump <flattened >log 2>&1 || { cat log; exit 2; }

cat >read.py <<'PY'
import collections, ctypes, os, re, struct
elf, header = open("elf", "rb").read(), open("kdump", "rb").read(8192)
loads = [struct.unpack_from("<IIQQQQ", elf, struct.unpack_from("<Q", elf, 32)[0] + 56 * index) for index in range(struct.unpack_from("<H", elf, 56)[0])]
_, _, offset, _, begin, size = next(load for load in loads if load[0] == 1)
block, _, _, frames = struct.unpack_from("<iiiI", header, 428)  # of struct disk_dump_header
print(f"header: blocks of {block}, highest frame {frames:#x}, machine", header[12 + 4 * 65:12 + 5 * 65].split(b"\0")[0].decode())
print("VMCOREINFO:", re.search(rb"\nPAGESIZE=[0-9]+", elf)[0].decode().strip() + f"; memory begins at {begin:#x}")
library = ctypes.CDLL("libkdumpfile.so.10")
library.kdump_new.restype = ctypes.c_void_p
library.kdump_get_err.restype = ctypes.c_char_p
library.kdump_get_err.argtypes = [ctypes.c_void_p]
for name in "elf", "kdump":
    context = ctypes.c_void_p(library.kdump_new())
    status = library.kdump_open_fdset(context, ctypes.c_uint(1), (ctypes.c_int * 1)(os.open(name, os.O_RDONLY)))
    found = collections.Counter()
    for at in range(0, size, 256 * 1024):
        page, length = ctypes.create_string_buffer(4096), ctypes.c_size_t(4096)
        failed = library.kdump_read(context, 1, ctypes.c_uint64(begin + at), page, ctypes.byref(length))
        right = not failed and page.raw == elf[offset + at:offset + at + 4096]
        found["right" if right else library.kdump_get_err(context).decode() if failed else "wrong"] += 1
    print(f"{name}: open gives {status}; pages: {dict(found)}")
PY
python3 read.py >seen || exit 2
cat seen
still sh -c 'grep -q "^header: blocks of 65536, .* Unknown$" seen && grep -q "PAGESIZE=4096;" seen && grep -q "^elf: .*: {.right.: 1024}$" seen &&
	grep -q "^kdump: open gives 0; pages: {.Out-of-bounds PFN.: 1024}$" seen'
