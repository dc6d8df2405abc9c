# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads kstrax's rings from raw memory: written apart from the analyzer, to judge it and the module.

It knows the x86_64 layout only, and takes nothing on trust: whatever does not
hold raises ValueError.
"""

import dataclasses
import mmap
import struct
import zlib

PAGE = 4096
KINDS = {1: "entry", 2: "exit", 3: "path"}
ABIS = {0: "native", 1: "compat", 2: "x32"}
NR_NONE, NR_TOO_BIG = 0xfff, 0xffe
NAME_PART = 48  # bytes of a name in one slot

# As formats/kstrax_abi.h has them, but put together here.
ANCHOR_MAGIC = b"KSTRAX\x89ANCHOR\r\n\x1a"
FRAMES_MAGIC = b"KSTRAX\x89FRAMES\r\n\x1a"

_HEAD = struct.Struct("<16s4I3Q")
_FACTS = struct.Struct("<3I2H2BHI2Q2q16s72s72s")
_FRAMES = struct.Struct("<16s3Q4IQ")
_SLOT = struct.Struct("<IQIHHI6Q")
_CRC_OFFSET = 276


@dataclasses.dataclass
class Record:
    serial: int
    cpu: int
    pid: int
    tgid: int
    time_ns: int
    kind: str
    abi: str
    nr: int
    args: tuple
    path: bytes = None  # of an entry or an exit that a name follows
    cut: bool = False   # the name has no end


@dataclasses.dataclass
class Ring:
    cpu: int
    head: int
    lost: tuple
    torn: int
    virt: int      # where the kernel has it
    pages: list    # numbers of its page frames
    records: list  # names joined to the record they follow; stray ones stand for themselves


@dataclasses.dataclass
class Recording:
    facts: tuple
    end: tuple  # time_ns, cpu, pid
    virt: int   # the anchor's address
    phys: int
    entries: int
    rings: list


def require(holds, what):
    if not holds:
        raise ValueError(what)


def whole_since(recording):
    """The time from which on no ring has been overwritten; None: none ever was."""
    wrapped = [ring for ring in recording.rings if ring.head > recording.entries]
    return max((ring.records[0].time_ns for ring in wrapped), default=None)


def alter(path, record):
    """Changes one bit of this record's first argument, in an uncompressed image."""
    nr_kind = record.nr | {kind: number for number, kind in KINDS.items()}[record.kind] << 12
    abi = {name: number for number, name in ABIS.items()}[record.abi]
    start = struct.pack("<IQIHHI", record.serial, record.time_ns, record.pid, nr_kind, abi, record.tgid)
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        found = find_all(memory, start)
        require(len(found) == 1, f"{len(found)} such slots")
        memory[found[0] + len(start)] ^= 1


def middle(thread, nr, kind, process):
    """The bytes of a native record between its time and its arguments."""
    return struct.pack("<IHHI", thread, nr | kind << 12, 0, process)


def find_all(memory, magic):
    found, at = [], memory.find(magic)
    while at >= 0:
        found.append(at)
        at = memory.find(magic, at + 1)
    return found


def _find_anchor(memory):
    # A program that has looked at the anchor leaves copies of it, which lie elsewhere than they say.
    anchors = [at for at in find_all(memory, ANCHOR_MAGIC)
               if at + _HEAD.size <= len(memory) and _HEAD.unpack_from(memory, at)[-1] == at]
    require(len(anchors) == 1, f"{len(anchors)} anchors")
    return anchors[0]


def read(path):
    """The one recording in this image of physical memory."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        return _read_recording(memory, _find_anchor(memory))


def first_head(path):
    """Where the head of CPU 0 lies, by any layout: (virtual, physical)."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        at = _find_anchor(memory)
        _, _, cpu_offset, _, _, _, virtual, _ = _HEAD.unpack_from(memory, at)
    return virtual + cpu_offset, at + cpu_offset


def _read_recording(memory, at):
    _, size, cpu_offset, cpu_size, frames_size, block_size, virt, phys = _HEAD.unpack_from(memory, at)
    facts = _FACTS.unpack_from(memory, at + _HEAD.size)
    crc, = struct.unpack_from("<I", memory, at + _CRC_OFFSET)
    require(at % PAGE == 0 and phys == at, "anchor is not where it says")
    require(crc == zlib.crc32(memory[at:at + _CRC_OFFSET]), "anchor's CRC")
    _, mark, _, layout, entry_size, word_size, page_shift, _, cpus, entries, instance = facts[:11]
    require((mark, layout, entry_size, word_size) == (0x01020304, 3, 72, 8) and page_shift in (12, 14, 16), "facts")
    require((size, cpu_size, frames_size) == (2888, 256, 64), "sizes")
    require(cpu_offset % 128 == 0 and block_size >= cpu_offset + cpus * cpu_size, "descriptors")
    end = struct.unpack_from("<Q2I", memory, at + 280)
    rings = [_read_ring(memory, at + cpu_offset + cpu * cpu_size, cpu, entries, instance, 1 << page_shift)
             for cpu in range(cpus)
             if not _without_ring(memory, at + cpu_offset + cpu * cpu_size, cpu)]
    return Recording(facts, end, virt, phys, entries, rings)


def _without_ring(memory, at, cpu):
    """A CPU that never ran, or that there was no memory for."""
    _, virt, frames, number = struct.unpack_from("<3QI", memory, at + 128)
    return virt == 0 and frames == 0 and number == cpu


def _read_ring(memory, at, cpu, entries, instance, page_size):
    head, *lost = struct.unpack_from("<5Q", memory, at)
    _, virt, frames, number = struct.unpack_from("<3QI", memory, at + 128)
    require(number == cpu, "descriptor's CPU")
    pages = _read_frames(memory, frames, cpu, instance)
    require(len(pages) == -(-entries * _SLOT.size // page_size), "number of page frames")
    slots = b"".join(memory[page * page_size:(page + 1) * page_size] for page in pages)
    ring = Ring(cpu, head, tuple(lost), 0, virt, pages, [])
    for position in range(max(0, head - entries), head):
        offset = position % entries * _SLOT.size
        serial, time, pid, nr_kind, abi, tgid, *args = _SLOT.unpack_from(slots, offset)
        if serial != (position + 1) & 0xffffffff:
            ring.torn += 1
            continue
        record = Record(serial, cpu, pid, tgid, time, KINDS[nr_kind >> 12], ABIS[abi],
                        nr_kind & 0xfff, tuple(args))
        _append(ring.records, record, slots[offset + 24:offset + 72])
    return ring


def _append(records, record, bytes_of_args):
    last = records[-1] if records else None
    if record.kind != "path":
        records.append(record)
    elif not last or (last.pid, last.time_ns, last.nr) != (record.pid, record.time_ns, record.nr):
        record.path = bytes_of_args
        records.append(record)
    else:
        last.path = (b"" if last.path is None else last.path) + bytes_of_args
        last.cut = b"\0" not in bytes_of_args


def _read_frames(memory, at, cpu, instance):
    pages, index = [], 0
    while at:
        magic, whose, phys, following, number, place, count, crc, _ = _FRAMES.unpack_from(memory, at)
        whole = bytearray(memory[at:at + _FRAMES.size + 8 * count])
        whole[52:56] = bytes(4)
        require(magic == FRAMES_MAGIC and whose == instance and phys == at, "frame list")
        require(number == cpu and place == index and crc == zlib.crc32(whole), "frame list")
        pages += struct.unpack_from(f"<{count}Q", memory, at + _FRAMES.size)
        at, index = following, index + 1
    return pages


def name_of(record):
    """The file name with its padding taken off; None: no name was recorded."""
    if record.path is None:
        return None
    return record.path if record.cut else record.path.split(b"\0", 1)[0]
