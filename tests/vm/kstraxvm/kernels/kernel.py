# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian kernels: fetched as packages, unpacked below build/, never installed."""

import lzma
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from .apt import Apt, run
from ..paths import BUILD
from ..problem import GuestProblem


def default_release():
    """KERNEL_RELEASE, or the newest kernel whose headers are installed, as make modules takes it."""
    given = os.environ.get("KERNEL_RELEASE")
    if given:
        return given
    found = [build.parent.name for build in pathlib.Path("/lib/modules").glob("*/build")]
    if os.uname().release in found:
        return os.uname().release
    if not found:
        raise GuestProblem("no kernel headers are installed: install linux-headers-amd64")
    return max(found, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


class Kernel:
    """An unpacked kernel image with its modules: build/kernels/RELEASE/."""

    def __init__(self, release=None, packages=None):
        """packages: the Apt that has it, by default the machine's."""
        self._packages = packages or Apt()
        self.release = release or default_release()
        self.folder = BUILD / "kernels" / self.release
        self.image = self.folder / "boot" / f"vmlinuz-{self.release}"
        self.module_folder = self.folder / "lib/modules" / self.release

    def fetch(self):
        """Makes sure that it is there."""
        if self.image.exists():
            return self
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as scratch:
            unpacked = pathlib.Path(scratch) / "unpacked"
            image = f"linux-image-{self.release}"
            self._packages.unpack(image, unpacked)
            for part in self._packages.needs(image):
                if part != image and part.endswith(f"-{self.release}"):  # Debian 14 has image and modules in packages of their own
                    self._packages.unpack(part, unpacked)
            if not (unpacked / "lib").exists():
                (unpacked / "lib").symlink_to("usr/lib")  # where it is on Debian 13
            self._where_it_was(unpacked)
            run(["/sbin/depmod", "-b", unpacked, self.release])
            # Renamed as a whole: nobody sees half a kernel.
            shutil.rmtree(self.folder, ignore_errors=True)
            unpacked.rename(self.folder)
        return self

    def _where_it_was(self, unpacked):
        """Debian 14 has the image beside its modules; those for some machines are not compressed, and say so."""
        for place in (pathlib.Path("lib/modules") / self.release / "vmlinuz", pathlib.Path("boot") / f"vmlinux-{self.release}"):
            if (unpacked / place).exists():
                (unpacked / "boot").mkdir(exist_ok=True)
                (unpacked / "boot" / self.image.name).symlink_to(pathlib.Path("..") / place)

    def vmlinux(self):
        """The kernel with its debug information, from its -dbg package."""
        path = self.folder / "vmlinux"
        if path.exists():
            return path
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as scratch:
            package = self._packages.download(f"linux-image-{self.release}-dbg", scratch)
            inside = f"./usr/lib/debug/boot/vmlinux-{self.release}"
            # The rest of it would be 5 GB; tar hangs up once it has its file, and dpkg-deb complains.
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as archive:
                run(["tar", "-x", "-C", scratch, "--occurrence=1", inside], stdin=archive.stdout)
            (pathlib.Path(scratch) / inside).rename(path)
        return path

    def has(self, name):
        """Whether there is such a module, or it is built in."""
        return name in self._builtin() or name in self._needs()

    def _needs(self):
        """{name: (path, [paths of what it needs])}"""
        needs = {}
        for line in (self.module_folder / "modules.dep").read_text().splitlines():
            path, _, rest = line.partition(":")
            needs[module_name(path)] = (path, rest.split())
        return needs

    def _builtin(self):
        return {module_name(line) for line in
                (self.module_folder / "modules.builtin").read_text().splitlines()}

    def modules(self, names):
        """[(name, bytes)] of these modules and what they need, in the order of loading."""
        needs = self._needs()
        builtin = self._builtin()
        order = []
        for name in names:
            if name in builtin:
                continue
            if name not in needs:
                raise GuestProblem(f"kernel {self.release} has no module {name}")
            path, dependencies = needs[name]
            # modules.dep lists what must be there first last.
            for each in [*reversed(dependencies), path]:
                if each not in order:
                    order.append(each)
        return [(module_name(path), self._read(path)) for path in order]

    def _read(self, path):
        data = (self.module_folder / path).read_bytes()
        return lzma.decompress(data) if path.endswith(".xz") else data


def module_name(path):
    return pathlib.PurePath(path).name.split(".")[0].replace("-", "_")
