#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One panic in every format: the reports are the same, byte for byte, from each.

Usage: check_formats.py [--vmlinux FILE]   (after: make crash-dumps CRASH_DUMPS=formats)

Makes in BUILD/crash-dumps/formats what makedumpfile and its newer version of another Debian
make of the capture kernel's /proc/vmcore, compares -t, -r, -c and -i of all, and prints the
table of docs/tested.md. With the kernel's vmlinux, crash's start is measured beside it.
"""

import argparse
import dataclasses
import os
import pathlib
import resource
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from kstraxvm import BUILD  # noqa: E402
from kstraxvm.kernels import apt  # noqa: E402

DUMPS = BUILD / "crash-dumps"
FOLDER = DUMPS / "formats"
VMCORE = DUMPS / "formats.vmcore"
KSTRAX_DUMP = BUILD / "bin/kstrax-dump"
REPORTS = ("-t", "-r", "-c", "-i")
NEWER = "trixie"  # has a makedumpfile with zstd; none of Debian's has snappy


@dataclasses.dataclass
class Row:
    """A dump: what it is, who made it, and how it comes about from VMCORE if it is not there."""
    what: str
    maker: str
    names: list
    make: list = None    # makedumpfile's options
    newer: bool = False
    piped: bool = False  # to standard output: flattened
    status: int = 0      # kstrax-dump's
    same: bool = True    # its reports are those of the others


def rows():
    qemu, kernel, mdf, new = "QEMU 7.2", "capture kernel 6.1", "makedumpfile 1.7.2", f"makedumpfile of {NEWER}"
    return [
        Row("ELF core", f"{qemu}, dump-guest-memory", [DUMPS / "formats.elf"]),
        Row("kdump-compressed, zlib, flattened", f"{qemu}, dump-guest-memory -z", [DUMPS / "formats.kdump"]),
        Row("raw image", f"{qemu}, pmemsave", [DUMPS / "formats.raw"]),
        Row("raw image, the guest's memory file", f"{qemu}, memory-backend-file", [DUMPS / "formats.ram"]),
        Row("ELF core", f"{kernel}, cp /proc/vmcore", [VMCORE]),
        Row("LiME", "written from the ELF core by this test", [FOLDER / "lime"]),
        Row("ELF core", f"{mdf} -E", ["elf"], ["-E"]),
        Row("ELF core, filtered", f"{mdf} -E -d 31", ["elf-31"], ["-E", "-d31"]),
        Row("ELF core, flattened", f"{mdf} -F -E -d 31", ["elf-flat"], ["-F", "-E", "-d31"], piped=True),
        Row("kdump-compressed, plain", f"{mdf} -d 31", ["plain"], ["-d31"]),
        Row("kdump-compressed, zlib, unfiltered", f"{mdf} -c -d 0", ["zlib-0"], ["-c", "-d0"]),
        Row("kdump-compressed, zlib", f"{mdf} -c -d 31", ["zlib"], ["-c", "-d31"]),
        Row("kdump-compressed, lzo", f"{mdf} -l -d 31", ["lzo"], ["-l", "-d31"]),
        Row("kdump-compressed, zstd", f"{new} -z -d 31", ["zstd"], ["-z", "-d31"], newer=True),
        Row("kdump-compressed, zlib, flattened", f"{mdf} -F -c -d 31", ["zlib-flat"], ["-F", "-c", "-d31"], piped=True),
        Row("kdump-compressed, zlib, split in 3", f"{mdf} --split -c -d 31", ["split3", "split1", "split2"],
            ["--split", "--splitblock-size", "16", "-c", "-d31"]),
    ]


def newer_makedumpfile():
    return apt.run_from(apt.tree_of("makedumpfile", NEWER), "makedumpfile")


def make(row):
    """The paths of the row's files, made if need be."""
    paths = [FOLDER / name for name in row.names]  # those that are whole paths stay so
    if row.make and not all(path.exists() for path in paths):
        program = newer_makedumpfile() if row.newer else ["makedumpfile"]
        command = [*program, *row.make, str(VMCORE)]
        if row.piped:
            with paths[0].open("wb") as out:
                subprocess.run(command, check=True, stdout=out, stderr=subprocess.DEVNULL)
        else:
            subprocess.run([*command, *map(str, sorted(paths))], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        flags = {"zstd": 0x20, "lzo": 2, "zlib": 1}
        wanted = next((flag for word, flag in flags.items() if row.names[0] == word), None)
        if wanted is not None and wanted not in used_codecs(paths[0]):
            sys.exit(f"check_formats: {paths[0]} is not compressed in its way: this makedumpfile cannot")
    return paths


def used_codecs(path):
    """The flags of the first page descriptors (a makedumpfile without a codec writes plain pages and says nothing)."""
    with path.open("rb") as dump:
        dump.seek(428)
        block, sub_header, bitmap = struct.unpack("<III", dump.read(12))
        dump.seek((1 + sub_header + bitmap) * block)
        return {struct.unpack_from("<QII", dump.read(24))[2] for _ in range(1000)}


def write_lime(path):
    """The memory ranges of QEMU's ELF core, a header before each."""
    with (DUMPS / "formats.elf").open("rb") as elf, path.open("wb") as lime:
        header = elf.read(64)
        offset, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for i in range(count):
            elf.seek(offset + i * size)
            kind, _, at, _, phys, length = struct.unpack_from("<IIQQQQ", elf.read(size))
            if kind != 1:
                continue
            lime.write(struct.pack("<IIQQQ", 0x4C694D45, 1, phys, phys + length - 1, 0))
            elf.seek(at)
            while length > 0:
                data = elf.read(min(length, 1 << 20))
                lime.write(data)
                length -= len(data)


def run(option, paths):
    """(output, what it says, status, milliseconds of CPU)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([KSTRAX_DUMP, *([option] if option else []), *paths], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return done.stdout, done.stderr.decode(errors="replace"), done.returncode, spent * 1000


def located(paths):
    """What the summary says of the way."""
    for line in run(None, paths)[0].decode().splitlines():
        if line.startswith("found "):
            return line.rpartition(", by ")[2]
    return "?"


def peak_memory(paths):
    """MiB, what is mapped of the dump counted."""
    # By time(1): a child of ours would count what we ourselves have in memory.
    done = subprocess.run(["time", "-f", "%M", KSTRAX_DUMP, "-t", *paths], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    return int(done.stderr.split()[-1]) / 1024


def crash_start(vmlinux, dump):
    """Seconds of CPU from crash's start to its prompt."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["crash", "-s", vmlinux, dump], input=b"quit\n", capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--vmlinux")
    given = options.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not (FOLDER / "lime").exists():
        write_lime(FOLDER / "lime")
    expected = None
    failed = 0
    print("| format | made by | MB | -t: CPU ms | peak MiB | located by |\n|---|---|---|---|---|---|")
    for row in rows():
        paths = make(row)
        got = {report: run(report, paths) for report in REPORTS}  # the first reading warms the cache, too
        texts = {report: result[0] for report, result in got.items()}
        expected = expected or texts
        wrong = [report for report in REPORTS if texts[report] != expected[report] or not texts[report]]
        wrong += [f"status {result[2]}: {result[1].strip()}" for result in got.values() if result[2] != row.status]
        failed += bool(wrong)
        size = sum(os.path.getsize(path) for path in paths) / 1e6
        best = min(run("-t", paths)[3] for _ in range(3))
        print(f"| {row.what} | {row.maker} | {size:.0f} | {best:.0f} | {peak_memory(paths):.0f} | {located(paths)} |"
              + (f"   <-- DIFFERS: {wrong}" if wrong else ""), flush=True)
    hole = [DUMPS / "hole.ram", DUMPS / "hole.kdump"]
    if all(path.exists() for path in hole):
        one, other = ([run(report, [path])[0] for report in REPORTS] for path in hole)
        same = one == other and all(one)
        failed += not same
        print(f"memory above 4 GiB: the memory file and QEMU's dump {'agree' if same else 'DIFFER'}")
    if given.vmlinux:
        dump = DUMPS / "formats.elf"
        start = min(crash_start(given.vmlinux, dump) for _ in range(2))
        ours = min(run("-t", [dump])[3] for _ in range(3))
        print(f"crash's start on {dump.name}: {start:.1f} s of CPU; kstrax-dump -t: {ours:.0f} ms: {start * 1000 / ours:.0f} x")
    print("formats: all agree" if failed == 0 else f"formats: {failed} FAILED", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
