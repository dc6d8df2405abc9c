# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands inside a guest, where they are built but not installed, and what they leave."""

import array
import dataclasses
import functools
import re
import struct
import subprocess
import zlib

from . import scenarios
from .kernels import arm64, i386
from .kernels.kernel import default_release
from .paths import command, program, recorder_modules
from .problem import GuestProblem

# In the guest, laid out as below build/.
ROOT = "/kstrax"
BIN = f"{ROOT}/bin"


@dataclasses.dataclass(frozen=True)
class Architecture:
    """What the tests know of the guest's: its slots, and numbers of some calls by its own table."""
    slot: int
    native: int  # enum kstrax_abi
    getppid: int
    read: int
    openat: int
    ioctl: int
    most_entries: int  # of a ring, for each of 2 CPUs: KSTRAX_MOST_ENTRIES


AMD64 = Architecture(slot=72, native=0, getppid=110, read=0, openat=257, ioctl=16, most_entries=7516192768)
ARM64 = dataclasses.replace(AMD64, getppid=173, read=63, openat=56, ioctl=29,
                            most_entries=AMD64.most_entries << (8 if arm64.NAME == "16k" else 0))
I386 = Architecture(slot=40, native=1, getppid=64, read=3, openat=295, ioctl=54, most_entries=1250000)


def architecture(flavour):
    return {None: AMD64, "arm64": ARM64}.get(flavour, I386)


def libraries(path):
    """What a program loads, by the loader's own word: [absolute path]."""
    text = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "not found" in text:
        raise GuestProblem(f"{path} lacks libraries:\n{text}")
    return re.findall(r"(/\S+) \(0x", text)


def files(flavour=None):
    """{guest path: host path} of commands, their libraries and the modules. flavour: of an i386 kernel, or arm64."""
    found = {}
    for name in ("kstrax-rec", "kstrax-simple"):
        found[f"{BIN}/{name}"] = command(name)
    if flavour == "arm64":
        found.update(arm64.own_program("kstrax", f"{BIN}/kstrax"))
        release = arm64.release()
    elif flavour:
        found[f"{BIN}/kstrax"] = i386.kstrax()
        release = i386.release(flavour)
    else:
        found[f"{BIN}/kstrax"] = program("kstrax")
        for path in libraries(program("kstrax")):
            found[path] = path
        release = default_release()
    for path in recorder_modules(release):
        found[f"{ROOT}/modules/{release}/{path.name}"] = path
    return found


def guest(flavour=None, **options):
    given = options.pop("files", {})
    if flavour == "arm64":
        arm64.build_recorder(arm64.NAME)
        return arm64.guest(files={**files(flavour), **given}, **options)
    if flavour:
        i386.build_recorder(flavour)  # of which files() are
        return i386.guest(flavour, files={**files(flavour), **given}, **options)
    return scenarios.guest_with_programs(files={**files(), **given}, **options)


def kstrax(machine, arguments, check=True):
    return machine.run(f"{BIN}/kstrax {arguments}", check=check)


def rec(machine, arguments, check=True):
    return machine.run(f"{BIN}/kstrax-rec {arguments}", check=check)


def copying(options, files, output="/tmp/out"):
    """Shell: kstrax -b in the background as $reader; goes on when the last of its files is there.

    By then it has left itself out, is the one who takes records, and waits for signals.
    files: a pattern that matches the last one.
    """
    return (f"{BIN}/kstrax -b {options} >{output} 2>&1 & reader=$!; "
            f"until set -- {files}; [ -e $1 ]; do kill -0 $reader || {{ cat {output}; exit 1; }}; usleep 50000; done")


class BufferFile:
    """An independent reader of formats/kstrax_abi.h's buffer files, of x86-64 and IA-32."""

    ENTRIES = {72: struct.Struct("<IQIHHI6Q"), 40: struct.Struct("<IQHH6I")}
    CHUNK = struct.Struct("<IIQQQII")
    END = struct.Struct("<IIQQQ4QQIIII")

    def __init__(self, path):
        data = path.read_bytes()
        if data[:8] != b"KSTRAXB\n":
            raise ValueError(f"{path}: not a buffer file")
        self.start, self.cpu, crc = struct.unpack_from("<QII", data, 232)
        if crc != zlib.crc32(data[:244]):
            raise ValueError(f"{path}: header CRC")
        offset = struct.unpack_from("<I", data, 12)[0]
        self.entry = self.ENTRIES[struct.unpack_from("<H", data, 30)[0]]
        self.chunks, self._slots, self.overwritten, self.unreadable = 0, [], 0, 0
        self.ends = [self.start]  # the positions behind each chunk
        self.head = self.flags = None
        expected = self.start
        while offset < len(data):
            if data[offset:offset + 4] == b"ENDK":
                end = self.END.unpack_from(data, offset)
                if end[-1] != zlib.crc32(data[offset:offset + self.END.size - 4]):
                    raise ValueError(f"{path}: end CRC")
                _, self.flags, self.head, overwritten, unreadable = end[:5]
                self.lost = end[5:9]
                self.overwritten += overwritten
                self.unreadable += unreadable
                expected += overwritten + unreadable
                if expected != self.head:
                    raise ValueError(f"{path}: {self.head} written, {expected} accounted for")
                offset += self.END.size
                break
            if len(data) - offset < self.CHUNK.size:
                break
            magic, count, first, overwritten, unreadable, data_crc, crc = self.CHUNK.unpack_from(data, offset)
            if magic != 0x4b43454e or crc != zlib.crc32(data[offset:offset + self.CHUNK.size - 4]):
                raise ValueError(f"{path}: chunk at {offset}")
            offset += self.CHUNK.size
            slots = data[offset:offset + count * self.entry.size]
            if len(slots) < count * self.entry.size:
                break  # cut off
            if data_crc != zlib.crc32(slots):
                raise ValueError(f"{path}: slots at {offset}")
            if first != expected + overwritten + unreadable:
                raise ValueError(f"{path}: chunk begins at {first}, expected {expected}")
            serials = bytearray(4 * count)
            for byte in range(4):
                serials[byte::4] = slots[byte::self.entry.size]
            if serials != array.array("I", [(p + 1) & 0xffffffff for p in range(first, first + count)]).tobytes():
                raise ValueError(f"{path}: serials of the chunk at position {first}")
            self._slots.append(slots)
            self.chunks += 1
            self.overwritten += overwritten
            self.unreadable += unreadable
            expected = first + count
            self.ends.append(expected)
            offset += len(slots)
        self.size = offset
        if offset != len(data) and self.head is not None:
            raise ValueError(f"{path}: goes on behind its end")


    @functools.cached_property
    def entries(self):
        """(serial, time, thread, nr and kind, abi, process, 6 arguments) each; IA-32's tell no process."""
        found = [entry for slots in self._slots for entry in self.entry.iter_unpack(slots)]
        if self.entry.size == I386.slot:
            found = [(*entry[:4], I386.native, None, *entry[4:]) for entry in found]
        return found

    @property
    def count(self):
        return sum(map(len, self._slots)) // self.entry.size


def calls(files_of_cpus, kind=1):
    """[nr] of a kind of record, of all files."""
    return [entry[3] & 0xfff for each in files_of_cpus for entry in each.entries
            if entry[3] >> 12 == kind]


def fetch(machine, name, folder, cpus=2):
    """The files NAME_CPU that lie in the guest's /tmp, read."""
    machine.run(f"cp /tmp/{name}_* /share/")
    for cpu in range(cpus):
        machine.get(f"{name}_{cpu}", folder / f"{name}_{cpu}")
    return [BufferFile(folder / f"{name}_{cpu}") for cpu in range(cpus)]


def account(text):
    """{cpu: {written, before, copied, overwritten, not-written}} of what kstrax -b prints."""
    result = {}
    for cpu, rest in re.findall(r"(?m)^cpu (\d+): (.*)$", text):
        words = rest.split()
        result[int(cpu)] = dict(zip(words[::2], map(int, words[1::2])))
    return result
