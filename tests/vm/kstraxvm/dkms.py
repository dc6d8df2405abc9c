# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's dkms, unpacked and kept to a folder of its own: nothing of the machine changes."""

import os

from .apt import Apt, run
from .paths import BUILD

FOLDER = BUILD / "dkms"


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
