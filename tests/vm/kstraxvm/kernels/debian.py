# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's x86-64 kernels that the recorder is tried on, by the names that KERNELS= takes."""

import dataclasses

from . import headers
from .apt import Apt
from .kernel import Kernel, default_release
from ..paths import BUILD
from ..problem import GuestProblem


@dataclasses.dataclass
class Choice:
    flavour: str = "amd64"   # of the package linux-image-FLAVOUR
    suite: str = ""          # whose; "": the machine's
    qemu: str = ""           # whose QEMU runs it where the machine's own is older than 10 (qemu.py says why)


KERNELS = {
    "amd64": Choice(),
    "cloud-amd64": Choice("cloud-amd64"),
    "rt-amd64": Choice("rt-amd64"),
    "5.10": Choice(suite="bullseye", qemu="trixie"),
    "6.12": Choice(suite="trixie", qemu="trixie"),
    "7.3": Choice(suite="trixie-backports", qemu="trixie"),
    "sid": Choice(suite="sid", qemu="trixie"),  # the newest that Debian is to have: 7.2 at the end of 2026
}


def packages(name):
    suite = KERNELS[name].suite
    return Apt(BUILD / "apt" / suite, release=suite) if suite else Apt()


def release(name):
    """The newest of this kind; remembered, once chosen."""
    choice = KERNELS[name]
    if choice == Choice():
        return default_release()
    chosen = BUILD / "kernels" / f"newest-{name}"
    if not chosen.exists():
        prefix = "linux-image-"
        found = [need for need in packages(name).needs(prefix + choice.flavour) if need.startswith(prefix)]
        if not found:
            raise GuestProblem(f"no kernel {name} among the packages")
        chosen.parent.mkdir(parents=True, exist_ok=True)
        chosen.write_text(found[0].removeprefix(prefix))
    return chosen.read_text()


def prepare(name):
    """Image, headers, modules of the recorder, and that of tests/vm/trouble; returns the Kernel."""
    kernel = Kernel(release(name), packages(name)).fetch()
    folder = headers.installed(kernel.release) or headers.unpacked(kernel.release, packages(name))
    headers.build_recorder(kernel.release, folder, BUILD / "modules" / kernel.release / "trouble/trouble.ko")
    return kernel
