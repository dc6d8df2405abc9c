# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages: fetched and unpacked, never installed.

The machine's own sources by default. For another architecture or another suite apt is
given a configuration of its own in a folder, and nothing of the machine changes.
"""

import pathlib
import re
import shutil
import subprocess
import tempfile

from ..paths import BUILD
from ..problem import GuestProblem

BACKPORTS = "-backports"
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def run(command, **options):
    """A host command that must succeed; says what it wrote if it does not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **options)
    if done.returncode != 0:
        words = " ".join(str(word) for word in command)
        raise GuestProblem(f"{words}: exit status {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def mirrors():
    """(of Debian, of its security updates): those that the machine gets its packages from."""
    found = run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Identifier: Packages"])
    by_label = {label: uri for origin, label, uri in
                (line.split("|") for line in found.splitlines()) if origin == "Debian"}
    return (by_label.get("Debian", "http://deb.debian.org/debian/"),
            by_label.get("Debian-Security", "http://deb.debian.org/debian-security/"))


class Apt:
    def __init__(self, folder=None, architecture=None, release=None):
        """folder: of the configuration; architecture and release (as bullseye): if not the machine's."""
        self._folder = folder
        self._release = release
        self._options = {"APT::Sandbox::User": "root"}  # apt's own user cannot write here
        if folder:
            self._options.update({"Dir::State::Lists": folder / "lists", "Dir::Cache": folder / "cache",
                                  "Acquire::Languages": "none"})
        if architecture:
            self._options.update({"APT::Architecture": architecture, "APT::Architectures": architecture})
        if release:
            # What the machine has installed is of another release.
            self._options.update({"Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "-",
                                  "Dir::State::status": "/dev/null"})
            if release.endswith(BACKPORTS):  # else they come last
                self._options["APT::Default-Release"] = release
        self._updated = False

    def search(self, pattern):
        """The names of packages that match this pattern."""
        words = ("apt-cache", "search", "--names-only", pattern)
        found = self._run(*words)
        if not found:
            self.update()
            found = self._run(*words)
        return [line.split(" ")[0] for line in found.splitlines()]

    def needs(self, package):
        """The names of the packages that it depends on, alternatives included."""
        shown = self._run_or_update("apt-cache", "show", "--no-all-versions", package)
        depends = re.search(r"^Depends: (.*)$", shown, re.MULTILINE)
        return re.findall(r"(?:^|[,|] )([^ ,|(]+)", depends[1]) if depends else []

    def unpack(self, package, folder):
        """The files of a package."""
        with tempfile.TemporaryDirectory() as scratch:
            run(["dpkg", "-x", self.download(package, scratch), folder])

    def tree(self, packages, folder):
        """These packages and all that they depend on, unpacked: what runs on a machine of its own."""
        with tempfile.TemporaryDirectory() as scratch:
            (pathlib.Path(scratch) / "partial").mkdir()
            # Where nothing is installed yet, every dependency is fetched.
            self._run_or_update("apt-get", "install", "--download-only", "-y", "--no-install-recommends",
                                "-oDebug::NoLocking=1", "-oDir::State::status=/dev/null",
                                f"-oDir::Cache::archives={scratch}", *packages)
            for package in pathlib.Path(scratch).glob("*.deb"):
                run(["dpkg", "-x", package, folder])

    def download(self, package, folder):
        """The .deb of a package."""
        self._run_or_update("apt-get", "download", package, cwd=folder)
        return next(pathlib.Path(folder).glob(f"{package}_*.deb"))

    def update(self):
        """Once is enough."""
        if self._updated:
            return
        if self._folder:
            for name in ("lists/partial", "cache/archives/partial"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
        if self._release:
            of_debian, of_security = mirrors()
            of = self._release.removesuffix(BACKPORTS)  # which complete a release
            suites = [(of_debian, name) for name in sorted({of, self._release})]
            if of != "sid":  # which is never released
                suites.append((of_security, f"{of}-security"))
            sources = [f"deb [signed-by={KEYRING}] {source} {name} main\n" for source, name in suites]
            (self._folder / "sources.list").write_text("".join(sources))
        try:
            self._run("apt-get", "update")
        except GuestProblem as problem:
            # A source without this architecture makes apt complain; what is missing then shows by itself.
            if not self._folder or not list((self._folder / "lists").glob("*Packages*")):
                raise problem
        self._updated = True

    def _run_or_update(self, *words, **options):
        try:
            return self._run(*words, **options)
        except GuestProblem:
            # A fresh machine has no package lists, an old one has stale ones.
            self.update()
            return self._run(*words, **options)

    def _run(self, command, *words, cwd=None):
        return run([command, "-q", *(f"-o{name}={value}" for name, value in self._options.items()), *words], cwd=cwd)


def tree_of(package, release):
    """The folder of this package as another release of Debian has it, and of all that it needs; fetched once."""
    root = (BUILD / "vm" / f"{package}-{release}").absolute()
    if not (root / "done").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        Apt(root / "apt", release=release).tree([package], root)
        (root / "done").touch()
    return root


def run_from(root, program):
    """The words that run a program of such a folder: by its own loader and libraries, since the machine's may be too old."""
    libraries = ":".join(str(root / path) for path in ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"))
    found = next(path for path in (root / "usr/bin" / program, root / "usr/sbin" / program) if path.exists())
    return [str(next(root.glob("usr/lib64/ld-linux-x86-64.so.2"))), "--library-path", libraries, str(found)]
