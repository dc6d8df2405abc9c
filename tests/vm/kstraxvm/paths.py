# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are in the source tree and in build/."""

import os
import pathlib
import re
import tempfile

from .problem import GuestProblem

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / os.environ.get("BUILD", "build")


def made(path, target):
    if not path.exists():
        raise GuestProblem(f"{path.relative_to(ROOT)} is missing: run 'make {target}'")
    return path


def version():
    """Of what is built."""
    return re.search(r"^VERSION := (\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]


def program(name):
    """A program for the guest, made from tests/vm/guest/."""
    return made(BUILD / "vm/guest" / name, "vm-programs")


def command(name):
    """One of the commands."""
    return made(BUILD / "bin" / name, "all")


def test_program(name):
    """A program that tests use on the host."""
    return made(BUILD / "tests" / name, f"build/tests/{name}")


def recorder_modules(release):
    """The recorder's two modules, in the order of loading."""
    folder = BUILD / "modules" / release
    return [made(folder / name, f"modules KERNEL_RELEASE={release}")
            for name in ("ctr_mod.ko", "kstrax_buf.ko")]


def trouble_module(release):
    """That of tests/vm/trouble."""
    return made(BUILD / "modules" / release / "trouble/trouble.ko", f"vm-modules KERNEL_RELEASE={release}")


def screens():
    """What test_gallery leaves for docs/gallery.md."""
    return BUILD / "gallery"


def scratch(add_cleanup):
    """A folder that goes with a test, or with a class of them: whose cleanup is given."""
    folder = tempfile.TemporaryDirectory(prefix="kstraxvm-")
    add_cleanup(folder.cleanup)
    return pathlib.Path(folder.name)
