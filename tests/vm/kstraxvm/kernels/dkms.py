# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's dkms, unpacked and kept to a folder of its own: nothing of the machine changes."""

import os
import subprocess

from .apt import Apt, run
from ..paths import BUILD

FOLDER = BUILD / "dkms"
NOT_FOR_THIS_KERNEL = 77  # its exit status


class Dkms:
    def __init__(self, root):
        """root: where `make install DESTDIR=` has been; sources, modules and its own notes are below it."""
        self._program = FOLDER / "usr/sbin/dkms"
        if not self._program.exists():
            Apt().unpack("dkms", FOLDER)
        self.notes = root / "var/lib/dkms"
        self.notes.mkdir(parents=True, exist_ok=True)
        self._places = ("--dkmstree", self.notes, "--sourcetree", root / "usr/src",
                        "--installtree", root / "lib/modules", "--no-depmod")
        # As everywhere it signs what it builds, but not with the machine's key.
        self._environment = {**{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
                             "mok_signing_key": str(self.notes / "mok.key"),
                             "mok_certificate": str(self.notes / "mok.pub")}

    def run(self, *words):
        return run(["bash", self._program, *words, *self._places], env=self._environment)

    def passes_over(self, module, release, folder, architecture="x86_64"):
        """Whether it says that the module is not for this kernel, whose headers lie in the folder, and builds nothing."""
        done = subprocess.run(["bash", self._program, "build", module, "-k", release, "-a", architecture,
                               "--kernelsourcedir", folder, *self._places], env=self._environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode == NOT_FOR_THIS_KERNEL and "BUILD_EXCLUSIVE" in done.stdout
