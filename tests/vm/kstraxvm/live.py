# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands inside a guest, where they are built but not installed, and what they leave."""

import array
import functools
import re
import struct
import subprocess
import zlib

from . import scenarios
from .kernel import default_release
from .paths import command, program, recorder_modules
from .problem import GuestProblem

# In the guest, laid out as below build/.
ROOT = "/kstrax"
BIN = f"{ROOT}/bin"


def libraries(path):
    """What a program loads, by the loader's own word: [absolute path]."""
    text = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "not found" in text:
        raise GuestProblem(f"{path} lacks libraries:\n{text}")
    return re.findall(r"(/\S+) \(0x", text)


def files():
    """{guest path: host path} of commands, their libraries and the modules."""
    found = {}
    for name in ("kstrax-rec", "kstrax-simple"):
        found[f"{BIN}/{name}"] = command(name)
    found[f"{BIN}/kstrax"] = program("kstrax")
    for path in libraries(program("kstrax")):
        found[path] = path
    release = default_release()
    for path in recorder_modules(release):
        found[f"{ROOT}/modules/{release}/{path.name}"] = path
    return found


def guest(**options):
    given = options.pop("files", {})
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
    """An independent reader of formats/kstrax_abi.h's buffer files; x86-64 only."""

    ENTRY = struct.Struct("<IQIHHI6Q")
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
            slots = data[offset:offset + count * self.ENTRY.size]
            if len(slots) < count * self.ENTRY.size:
                break  # cut off
            if data_crc != zlib.crc32(slots):
                raise ValueError(f"{path}: slots at {offset}")
            if first != expected + overwritten + unreadable:
                raise ValueError(f"{path}: chunk begins at {first}, expected {expected}")
            serials = bytearray(4 * count)
            for byte in range(4):
                serials[byte::4] = slots[byte::self.ENTRY.size]
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
        """(serial, time, thread, nr and kind, abi, process, 6 arguments) each."""
        return [entry for slots in self._slots for entry in self.ENTRY.iter_unpack(slots)]

    @property
    def count(self):
        return sum(map(len, self._slots)) // self.ENTRY.size


def calls(files_of_cpus, kind=1):
    """[(tgid, nr)] of a kind of record, of all files."""
    return [(entry[5], entry[3] & 0xfff) for each in files_of_cpus for entry in each.entries
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
