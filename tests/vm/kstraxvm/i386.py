# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's 32-bit kernels: images and headers, below build/, with no change to the machine.

apt is given a configuration of its own, in which i386 is the only architecture. The
modules build with the machine's compiler and amd64's kbuild tools.
"""

import os
import pathlib
import re
import shutil
import tempfile

from .guest import Guest
from .kernel import Kernel, run
from .paths import BUILD, ROOT, program
from .problem import GuestProblem

FLAVOURS = ("686", "686-pae")  # without PAE and with it
FOLDER = BUILD / "i386"
KBUILD = pathlib.Path("/usr/lib/linux-kbuild-6.1")
WORKLOAD = FOLDER / "workload"


def _apt(command, *words, cwd=None):
    folder = FOLDER / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = {"APT::Architecture": "i386", "APT::Architectures": "i386",
               "Dir::State::Lists": folder / "lists", "Dir::Cache": folder / "cache",
               "APT::Sandbox::User": "root", "Acquire::Languages": "none"}
    return run([command, "-q", *(f"-o{name}={value}" for name, value in options.items()), *words], cwd=cwd)


def _update():
    # A source that has no i386 makes apt complain; what is missing then shows by itself.
    try:
        _apt("apt-get", "update")
    except GuestProblem as problem:
        if not list((FOLDER / "apt/lists").glob("*Packages*")):
            raise problem


def _unpack(package, folder):
    with tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
        _apt("apt-get", "download", package, cwd=scratch)
        run(["dpkg", "-x", next(pathlib.Path(scratch).glob("*.deb")), folder])


def release(flavour):
    """The newest kernel of which both image and headers can be had; remembered, once chosen."""
    chosen = FOLDER / f"release-{flavour}"
    if not chosen.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _update()
        names = _apt("apt-cache", "search", f"^linux-(image|headers)-6.1.0-.*-{flavour}$")
        found = {kind: {int(number) for number in
                        re.findall(rf"^linux-{kind}-6\.1\.0-(\d+)-{flavour} ", names, re.MULTILINE)}
                 for kind in ("image", "headers")}
        both = found["image"] & found["headers"]
        if not both:
            raise GuestProblem(f"no i386 kernel {flavour} with headers among the packages")
        chosen.write_text(f"6.1.0-{max(both)}-{flavour}")
    return chosen.read_text()


class I386Kernel(Kernel):
    def __init__(self, flavour):
        super().__init__(release(flavour))

    def fetch(self):
        if self.image.exists():
            return self
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as scratch:
            unpacked = pathlib.Path(scratch) / "unpacked"
            _unpack(f"linux-image-{self.release}", unpacked)
            run(["/sbin/depmod", "-b", unpacked, self.release])
            shutil.rmtree(self.folder, ignore_errors=True)
            unpacked.rename(self.folder)
        return self

    def headers(self):
        """The folder that kbuild takes; its one-line Makefile and its links name where it lies now."""
        sources = FOLDER / "headers/usr/src"
        folder = sources / f"linux-headers-{self.release}"
        common = sources / f"linux-headers-{re.sub('-686.*', '', self.release)}-common"
        if not (folder / "ready").exists():
            for each in (folder, common):
                _unpack(each.name, FOLDER / "headers")
                for name in ("scripts", "tools"):
                    (each / name).unlink(missing_ok=True)
                    (each / name).symlink_to(KBUILD / name)
            (folder / "Makefile").write_text(f"include {common}/Makefile\n")
            (folder / "ready").touch()
        return folder

    def build_recorder(self):
        """`make modules` for this kernel; whatever the compiler says is a failure."""
        said = run(["make", "--no-print-directory", "modules", f"BUILD={BUILD}",
                    f"KERNEL_RELEASE={self.release}", f"KERNEL_HEADERS={self.headers()}"], cwd=ROOT,
                   env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")})
        if "warning:" in said:
            raise GuestProblem(f"modules for {self.release}: {said}")


def workload():
    """The workload as a 32-bit program."""
    sources = [path for path in sorted((ROOT / "tests/vm/guest").glob("*.c")) if path.name != "ia32.c"]
    newest = max(path.stat().st_mtime for path in sources)
    if not WORKLOAD.exists() or WORKLOAD.stat().st_mtime < newest:
        FOLDER.mkdir(parents=True, exist_ok=True)
        run(["gcc", "-m32", "-O2", f"-I{ROOT}", "-static", "-pthread", "-o", WORKLOAD, *sources])
    return WORKLOAD


def busybox():
    """The guest's shell and tools, of its own word size."""
    path = FOLDER / "busybox/bin/busybox"
    if not path.exists():
        _unpack("busybox-static", FOLDER / "busybox")
    return path


def guest(flavour, **options):
    """A 32-bit guest with the workload, for scenarios' functions."""
    kernel = I386Kernel(flavour).fetch()
    kernel.build_recorder()
    files = {"/bin/busybox": busybox(), "/bin/workload": workload(), "/bin/ia32": program("ia32")}
    # QEMU's own models are AMD's, of which a 32-bit kernel complains when there are two.
    return Guest(kernel=kernel, qemu="qemu-system-i386", files=files, **{"cpu_model": "coreduo", **options})
