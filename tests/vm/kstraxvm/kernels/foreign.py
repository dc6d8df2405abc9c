# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernels and tools for machines of another architecture, below build/ARCHITECTURE/, with no change to the machine."""

import dataclasses
import functools

from .apt import Apt
from .kernel import Kernel
from ..paths import BUILD
from ..problem import GuestProblem


@dataclasses.dataclass(frozen=True)
class Choice:
    suite: str
    flavour: str                # of the package linux-image-FLAVOUR
    cpu_model: str = ""         # "": the machine's


class Foreign:
    def __init__(self, architecture, busybox, kernels):
        """architecture: as Debian names it; busybox: the suite that has it; kernels: {name: Choice}."""
        self.folder = BUILD / architecture
        self.kernels = kernels
        self._architecture = architecture
        self._busybox = busybox

    @functools.cache
    def packages(self, suite):
        folder = self.folder / "apt" / suite
        folder.mkdir(parents=True, exist_ok=True)
        return Apt(folder, architecture=self._architecture, release=suite)

    def release(self, name):
        """The newest of this kind; remembered, once chosen."""
        chosen = self.folder / f"newest-{name}"
        if not chosen.exists():
            prefix = "linux-image-"
            choice = self.kernels[name]
            found = [need for need in self.packages(choice.suite).needs(prefix + choice.flavour) if need.startswith(prefix)]
            if not found:
                raise GuestProblem(f"no {self._architecture} kernel {name} among the packages")
            chosen.write_text(found[0].removeprefix(prefix))
        return chosen.read_text()

    def kernel(self, name):
        return Kernel(self.release(name), self.packages(self.kernels[name].suite)).fetch()

    def busybox(self):
        """The guest's shell and tools."""
        root = self.folder / "busybox"
        if not root.exists():
            self.packages(self._busybox).unpack("busybox-static", root)
        return next(path for path in (root / "bin/busybox", root / "usr/bin/busybox") if path.exists())
