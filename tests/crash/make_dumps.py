#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The dumps of crash-check that `make vmcore` does not leave, in BUILD/crash-dumps:
kdump.vmcore and kdump.zlib (taken by a real capture kernel), wrapped.elf (320000
entries), without.elf (no recorder). Names on the command line choose some."""

import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from kstraxvm import BUILD, GuestProblem, initramfs, scenarios  # noqa: E402
from kstraxvm.guest import BOOT_MODULES  # noqa: E402

FOLDER = BUILD / "crash-dumps"
# The capture kernel needs the disk of neither; what it needs is found by the same init.
CAPTURE_CMDLINE = "console=ttyS0 loglevel=5 panic=0 nr_cpus=1 reset_devices"


def kdump():
    """Panics into a capture kernel, whose init is the harness's agent again."""
    with scenarios.guest_with_programs(memory=768, cmdline="crashkernel=192M",
                                       files={"/bin/kexec-load": BUILD / "vm/guest/kexec-load"}) as guest:
        guest.load_recorder(20000)
        kernel = guest.put(guest.kernel.image, "vmlinuz")
        (guest.share / "initramfs").write_bytes(
            initramfs.build(guest.kernel.modules(BOOT_MODULES), {}))
        guest.run(f"kexec-load {kernel} /share/initramfs '{CAPTURE_CMDLINE}'")
        scenarios.run_workload(guest)
        guest.run(scenarios.WAITING)
        guest.crash_into_capture_kernel()
        guest.run("cat /proc/vmcore > /share/vmcore", timeout=300)
        target = FOLDER / "kdump.vmcore"
        target.unlink(missing_ok=True)
        os.replace(guest.share / "vmcore", target) if same_device(guest.share, FOLDER) else \
            guest.get("vmcore", target)
    zlib = FOLDER / "kdump.zlib"
    zlib.unlink(missing_ok=True)
    subprocess.run(["makedumpfile", "-c", "-d", "31", target, zlib], check=True,
                   stdout=subprocess.DEVNULL)


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


MAKERS = {"kdump": kdump, "wrapped": wrapped, "without": without}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        for name in sys.argv[1:] or MAKERS:
            MAKERS[name]()
            print(f"crash-dumps: {name}", flush=True)
    except GuestProblem as problem:
        print(f"crash-dumps: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
