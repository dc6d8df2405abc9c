#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The dumps of crash-check that `make vmcore` does not leave, in BUILD/crash-dumps:
kdump.vmcore and kdump.zlib (taken by a real capture kernel), wrapped.elf (320000
entries), without.elf (no recorder), formats.* (one panic in all forms that guest and
QEMU can save), hole.* (memory above 4 GiB). Names on the command line choose some."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from kstraxvm import BUILD, GuestProblem, scenarios  # noqa: E402

FOLDER = BUILD / "crash-dumps"
# The capture kernel needs the disk of neither; what it needs is found by the same init.
CAPTURE_CMDLINE = "console=ttyS0 loglevel=5 panic=0 nr_cpus=1 reset_devices"


@contextlib.contextmanager
def capture_kernel(entries, **options):
    """A guest that has panicked into a capture kernel, whose init is the harness's agent again."""
    with scenarios.guest_with_programs(memory=768, cmdline="crashkernel=192M",
                                       files={"/bin/kexec-load": BUILD / "vm/guest/kexec-load"}, **options) as guest:
        guest.load_recorder(entries)
        kernel = guest.put(guest.kernel.image, "vmlinuz")
        (guest.share / "initramfs").write_bytes(guest.ramdisk({}))
        guest.run(f"kexec-load {kernel} /share/initramfs '{CAPTURE_CMDLINE}'")
        if entries >= 100000:
            scenarios.storm(guest, 2, calls=entries)  # twice as many records: every ring is full
        scenarios.run_workload(guest)
        guest.run(scenarios.WAITING)
        guest.crash_into_capture_kernel()
        yield guest


def take_vmcore(guest, target):
    """What `cp /proc/vmcore` gives."""
    guest.run("cat /proc/vmcore > /share/vmcore", timeout=600)
    target.unlink(missing_ok=True)
    os.replace(guest.share / "vmcore", target) if same_device(guest.share, FOLDER) else \
        guest.get("vmcore", target)


def kdump():
    with capture_kernel(20000) as guest:
        target = FOLDER / "kdump.vmcore"
        take_vmcore(guest, target)
    zlib = FOLDER / "kdump.zlib"
    zlib.unlink(missing_ok=True)
    subprocess.run(["makedumpfile", "-c", "-d", "31", target, zlib], check=True,
                   stdout=subprocess.DEVNULL)


def formats():
    """One panic, saved by the capture kernel and, as that one sits there, by QEMU: nothing of
    the panicked kernel's memory changes any more. QEMU's memory is a file as well."""
    ram = FOLDER / "formats.ram"
    ram.unlink(missing_ok=True)
    backend = ["-object", f"memory-backend-file,id=ram,size=768M,mem-path={ram.absolute()},share=on",
               "-machine", "memory-backend=ram"]
    with capture_kernel(160000, qemu_options=backend) as guest:
        take_vmcore(guest, FOLDER / "formats.vmcore")
        guest.freeze()
        scenarios.dump_all(guest, FOLDER, "formats")


def hole():
    """More memory than fits below the PCI hole: QEMU's memory file has what lies above 4 GiB
    directly behind the rest, and its dump has it where it is."""
    ram = FOLDER / "hole.ram"
    ram.unlink(missing_ok=True)
    backend = ["-object", f"memory-backend-file,id=ram,size=4608M,mem-path={ram.absolute()},share=on",
               "-machine", "memory-backend=ram"]
    with scenarios.guest_with_programs(memory=4608, qemu_options=backend) as guest:
        guest.load_recorder(20000)
        scenarios.run_workload(guest)
        guest.panic()
        guest.dump(FOLDER / "hole.kdump", "kdump-zlib")


def same_device(one, other):
    return one.stat().st_dev == other.stat().st_dev


def wrapped():
    with scenarios.guest_with_programs(cpus=2) as guest:
        guest.load_recorder(160000)
        scenarios.storm(guest, 2, calls=160000)
        guest.panic()
        guest.dump(FOLDER / "wrapped.elf", "elf")


def without():
    with scenarios.guest_with_programs() as guest:
        guest.panic()
        guest.dump(FOLDER / "without.elf", "elf")


MAKERS = {"kdump": kdump, "wrapped": wrapped, "without": without, "formats": formats, "hole": hole}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        for name in sys.argv[1:] or [name for name in MAKERS if name not in ("formats", "hole")]:
            MAKERS[name]()
            print(f"crash-dumps: {name}", flush=True)
    except GuestProblem as problem:
        print(f"crash-dumps: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
