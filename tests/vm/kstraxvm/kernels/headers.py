# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel headers that are not installed: unpacked below build/, and made to serve there.

They name places where they would be installed, expect the compiler that built their kernel,
and bring tools for the libraries of their own release. What of that does not fit this machine
is found out by trying, and mended.
"""

import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from .apt import run
from ..paths import BUILD, ROOT
from ..problem import GuestProblem

# Of a release's tools: what they load. In each release one of the names exists.
LIBRARIES = (("libc6",), ("libelf1t64", "libelf1"), ("zlib1g",), ("libzstd1",),
             ("libssl3t64", "libssl3", "libssl1.1"))
LOADER = "ld-linux-x86-64.so.2"

# Settings of include/config/auto.conf that a compiler may not know, and the option each stands for.
COMPILER_OPTIONS = {"CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT": "-fmin-function-alignment=16"}

# Not of our sources: what kbuild says when the kernel was built elsewhere, and gcc before 15 of newer headers.
EXPECTED = ("warning: the compiler differs from the one used to build the kernel",
            "warning: pahole version differs from the one used to build the kernel",
            "  The kernel was built by: *", "  You are using: *",
            "*/include/linux/*: warning: *counted_by* attribute directive ignored*")


def installed(release):
    """Where the machine has the headers itself; None: it has not."""
    folder = pathlib.Path(f"/lib/modules/{release}/build")
    return folder if folder.exists() else None


def unpacked(release, packages, kbuild=None, tools=None):
    """The folder that kbuild takes.

    packages: the Apt that has them; kbuild: tools to use in place of theirs; tools: the Apt that has tools for
    this machine, where packages are another's.
    """
    root = BUILD / "headers" / release
    folder = root / f"usr/src/linux-headers-{release}"
    if folder.exists():
        return folder
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent) as scratch:
        scratch = pathlib.Path(scratch) / "root"
        names = [name for name in packages.needs(f"linux-headers-{release}")
                 if fnmatch.fnmatch(name, "linux-headers-*-common*") or name.startswith("linux-kbuild-")]
        for name in (f"linux-headers-{release}", *names):
            is_tools = name.startswith("linux-kbuild-")
            if not (kbuild and is_tools):
                (tools if tools and is_tools else packages).unpack(name, scratch)
        # The links beside the headers lead to their tools by a relative path; the one-line Makefiles do not.
        if kbuild:
            (scratch / "usr/lib").mkdir(parents=True)
            (scratch / "usr/lib" / kbuild.name).symlink_to(kbuild)
        else:
            _mend_tools(scratch, root, tools or packages)
        for makefile in scratch.glob("usr/src/linux-headers-*/Makefile"):
            if makefile.stat().st_size < 200:
                makefile.write_text(makefile.read_text().replace("/usr/src/", f"{root}/usr/src/"))
        shutil.rmtree(root, ignore_errors=True)
        # Renamed as a whole: nobody sees half of it.
        scratch.rename(root)
    return folder


def _mend_tools(scratch, root, packages):
    """Tools that lack libraries here are started with those of their own release."""
    tools = [path for path in scratch.glob("usr/lib/linux-kbuild*/**/*")
             if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"]
    if not any(_lacks_libraries(path) for path in tools):
        return
    libraries = root / "libraries"
    for names in LIBRARIES:
        known = [name for name in names if packages.search(f"^{re.escape(name)}$")]
        packages.unpack(known[0], scratch / "libraries")
    folders = ":".join(f"{libraries}/{name}" for name in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"))
    loader = next(path.relative_to(scratch) for path in (scratch / "libraries").rglob(LOADER)
                  if path.parent.name == "x86_64-linux-gnu")
    for path in filter(_lacks_libraries, tools):
        real = path.with_name(path.name + ".elf")
        path.rename(real)
        path.write_text(f'#!/bin/sh\nexec {root / loader} --library-path {folders} '
                        f'{root / real.relative_to(scratch)} "$@"\n')
        path.chmod(0o755)


def _lacks_libraries(path):
    done = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "not found" in done.stdout


def _settings(folder, cross):
    """What of the kernel's configuration is to be given to make, so that this compiler can follow it."""
    gcc = f"{cross}gcc"
    compiler = re.search(r"gcc-\d+", (folder / ".kernelvariables").read_text())
    if compiler and not shutil.which(cross + compiler[0]):
        yield f"CC={gcc}"
    text = (folder / "include/config/auto.conf").read_text()
    for setting, option in COMPILER_OPTIONS.items():
        if f"\n{setting}=" in text and subprocess.run(
                [gcc, option, "-fsyntax-only", "-x", "c", "/dev/null"], stderr=subprocess.DEVNULL,
                check=False).returncode != 0:
            yield f"{setting}="
            # By other options, gcc does not align functions that are seldom called. arm64's ftrace needs all aligned,
            # and stops the kernel at a module with one that is not: then none of its functions are to be traced.
            if "\nCONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS=y" in text:
                yield "CC_FLAGS_FTRACE="
    if "\nCONFIG_DEBUG_INFO_BTF_MODULES=y" in text:
        # Types for the modules are made from a vmlinux that headers do not have.
        yield "CONFIG_DEBUG_INFO_BTF_MODULES="


def build_recorder(release, folder, *more, cross=""):
    """`make modules` with these headers; whatever the compiler says is a failure.

    more: modules of tests/vm, by their paths; cross: what names of a cross compiler's programs begin with.
    """
    said = run(["make", "--no-print-directory", "modules", *more, f"BUILD={BUILD}", f"KERNEL_RELEASE={release}",
                f"KERNEL_HEADERS={folder}", *_settings(folder, cross)], cwd=ROOT,
               env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")})
    own = [line for line in said.splitlines() if not any(fnmatch.fnmatch(line, each) for each in EXPECTED)]
    if any("warning" in line.lower() for line in own):
        shutil.rmtree(BUILD / "modules" / release)  # or the next run would take them for good ones
        raise GuestProblem(f"modules for {release}:\n" + "\n".join(own))
