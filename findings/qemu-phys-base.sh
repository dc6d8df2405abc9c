#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU: the phys_base in the header of its kdump-compressed dumps is not the kernel's. It is the kernel's decimal
# digits, read as hexadecimal ones.
#
# Surprising: the right number stands in the same file, in VMCOREINFO, from which QEMU has it: Linux prints it there by %ld.
# Where a kernel is not moved (nokaslr) both are 0, so the fault does not show.
# Matters to a reader of dumps: the header has a member for it (kdump_sub_header.phys_base), which makedumpfile fills
# rightly. Who takes the address of the page tables by it looks at some other page, or beyond all memory.
# Seen with QEMU 7.2.22 (qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3 of Debian 12); QEMU 11.1.3 of Debian sid does the same, in
# its raw form (kdump-raw-zlib), too. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3
fetch qemu-system-common 1:7.2+dfsg-7+deb12u18+b3
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"

# A kernel of a few instructions, which goes into long mode: QEMU looks for phys_base in such a machine alone.
python3 - <<'PY'
import struct
at, header = 0x100000, 32
tables = at + 0x1000
code = (b"\xb8" + struct.pack("<I", tables) + bytes.fromhex(
    "0f22d8"                      # cr3: the tables
    "0f20e0 83c820 0f22e0"        # cr4: PAE
    "b9800000c0 0f32 80cc01 0f30" # EFER: long mode
    "0f20c0 0d00000080 0f22c0"    # cr0: paging
    "f4 ebfd"))
start = struct.pack("<IIIIIIII", 0x1BADB002, 0x10000, -(0x1BADB002 + 0x10000) & 0xFFFFFFFF, at, at, 0, 0, at + header)
def table(entry):
    return struct.pack("<Q", entry).ljust(4096, b"\0")
open("kernel", "wb").write((start + code).ljust(4096, b"\0") + table(tables + 0x1003) + table(tables + 0x2003) + table(0x83))
PY

# The guest's memory is a file. What Linux's driver qemu_fw_cfg would do is done from here, by the monitor.
cat >dump.py <<'PY'
import json, os, socket, struct, time

def connect(path):
    for _ in range(600):
        try:
            line = socket.socket(socket.AF_UNIX)
            line.connect(path)
            return line, line.makefile()
        except OSError:
            time.sleep(0.1)
    raise SystemExit(2)

qmp, answers = connect("qmp")
def ask(command, **arguments):
    qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
    while not (line := answers.readline()).startswith(('{"return"', '{"error"')):
        assert line
    return json.loads(line)["return"]
def monitor(command):
    return ask("human-monitor-command", **{"command-line": command})
def byte():
    return int(monitor("i/b 0x511").split("=")[1], 16)
ask("qmp_capabilities")
while "EFER=0000000000000500" not in monitor("info registers"):
    time.sleep(0.2)

# VMCOREINFO, as Linux has it in its memory: a note of ELF. phys_base is printed there by %ld.
info = b"OSRELEASE=6.1.0\nNUMBER(phys_base)=%d\n" % 150994944
note = struct.pack("<III", 11, len(info), 0) + b"VMCOREINFO\0\0" + info.ljust(-(-len(info) // 4) * 4, b"\0")
where, told, access = 0x200000, 0x210000, 0x220000
memory = open("memory", "r+b", buffering=0)
def write(address, data):
    os.pwrite(memory.fileno(), data, address)
write(where, note)
# As Linux's driver qemu_fw_cfg does: looks for the file in the directory, and writes there where the note is.
monitor("o/h 0x510 0x19")
def read(size):
    return bytes(byte() for _ in range(size))
files = [struct.unpack(">IHH56s", read(64)) for _ in range(struct.unpack(">I", read(4))[0])]
number = next(select for _, select, _, name in files if name.rstrip(b"\0") == b"etc/vmcoreinfo")
write(told, struct.pack("<HHIQ", 0, 1, len(note), where))
write(access, struct.pack(">IIQ", number << 16 | 0x18, 16, told))
monitor(f"o/w 0x518 {int.from_bytes(access.to_bytes(4, 'little'), 'big'):#x}")

ask("dump-guest-memory", paging=False, protocol="file:" + os.path.abspath("dump"), format="kdump-zlib")
qmp.sendall(b'{"execute": "quit"}\n')

# Flattened: records of offset and size, big-endian, behind a page.
file, blocks = open("dump", "rb"), bytearray(1 << 16)
file.seek(4096)
while True:
    offset, size = struct.unpack(">qq", file.read(16))
    if offset < 0:
        break
    data = file.read(size)
    if offset < len(blocks):
        part = data[:len(blocks) - offset]
        blocks[offset:offset + len(part)] = part
in_header, = struct.unpack_from("<q", blocks, 4096)  # of struct kdump_sub_header
at, size = struct.unpack_from("<QQ", blocks, 4096 + 0x20)
digits = next(line for line in bytes(blocks[at:at + size]).decode().splitlines() if "phys_base" in line).partition("=")[2]
print(f"VMCOREINFO: {digits}, which is {int(digits):#x}; header: {in_header:#x}")
PY
timeout 300 "$bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" -L /usr/share/qemu \
	-L /usr/share/seabios -accel tcg -m 16 -display none -nodefaults -kernel kernel -device vmcoreinfo \
	-object memory-backend-file,id=memory,size=16M,mem-path=memory,share=on -machine pc,memory-backend=memory \
	-qmp unix:qmp,server=on,wait=off >log 2>&1 &
timeout 300 python3 dump.py >seen || { cat log; exit 2; }
wait
cat seen
still grep -q "^VMCOREINFO: 150994944, which is 0x9000000; header: 0x150994944$" seen
