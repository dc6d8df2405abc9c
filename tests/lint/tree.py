#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How the tree is kept: the order of folders, the sizes, who knows the recorder's format, and which types share a name.

Usage: tree.py {order|size|abi|names} FOLDER…, where the folders are those of the library and the programs, each behind
all that it may include from. tests/lint/exceptions has what is over a limit today.
"""

import collections
import pathlib
import re
import sys

MOST_LINES = 500
MOST_FILES = 20
SOURCES = {".c", ".h", ".cpp", ".hpp"}
CODE = SOURCES | {".py", ".sh", ".mk", ".zsh", ".awk"}
SCRIPTS = {"Makefile", "kstrax-rec", "kstrax-simple"}
# Besides the importers: its own folder, and whoever writes it.
KNOW_THE_ABI = ("formats", "module", "tests", "analyzer/importers")
EXCEPTIONS = pathlib.Path("tests/lint/exceptions")


def tree():
    """All files but those of a build or of git, as paths from the top."""
    todo = [pathlib.Path(".")]
    while todo:
        for path in sorted(todo.pop().iterdir()):
            if path.is_dir():
                if not re.match(r"build|\.git$|__pycache__", path.name):
                    todo.append(path)
            else:
                yield path


def is_code(path):
    return path.suffix in CODE or path.name in SCRIPTS


def includes(path):
    """(line number, included path) of what is included from this tree."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if found:
            yield number, found[1]


class Exceptions:
    """Rows KIND PATH MOST; a number above a limit is a fault only if it is above its row's, too."""

    def __init__(self):
        self.rows = {}
        if EXCEPTIONS.exists():
            for line in EXCEPTIONS.read_text().splitlines():
                if line and not line.startswith("#"):
                    kind, path, most = line.split()
                    self.rows[kind, path] = int(most)

    def check(self, kind, path, number, limit, what):
        most = self.rows.pop((kind, str(path)), None)
        if number > max(limit, most or 0):
            yield f"{path}: {number} {what}; the limit is {limit}" + (f", today's {most}" if most else "")
        elif most is not None and number < most:
            self.rows[kind, str(path)] = most
            shrunk = f"make it {number}" if number > limit else "delete it"
            print(f"note: {EXCEPTIONS}: the row \"{kind} {path} {most}\" is too large: {shrunk}")


def folder_of(path, folders):
    """The listed folder that the path is in: the deepest, if several."""
    for parent in pathlib.PurePath(path).parents:
        if str(parent) in folders:
            return str(parent)
    return None


def order(folders):
    for path in tree():
        own = folder_of(path, folders)
        if own is None or path.suffix not in SOURCES:
            continue
        for number, included in includes(path):
            if (path.parent / included).exists():  # a file beside it
                included = str(path.parent / included)
            other = folder_of(included, folders)
            if other is None:
                yield f"{path}:{number}: {included} is in none of the library's folders"
            elif folders.index(other) > folders.index(own):
                yield f"{path}:{number}: {included} is above {own} in the order of the folders (LIB_DIRS in Makefile)"


def size(_):
    exceptions = Exceptions()
    files = collections.Counter()
    holds_code = set()
    for path in tree():
        files[path.parent] += 1
        if is_code(path):
            holds_code.add(path.parent)
            lines = path.read_text().count("\n")
            yield from exceptions.check("lines", path, lines, MOST_LINES, "lines")
    for folder in sorted(holds_code - {pathlib.Path(".")}):
        yield from exceptions.check("files", folder, files[folder], MOST_FILES, "files")


def abi(_):
    exceptions = Exceptions()
    users = collections.defaultdict(list)
    for path in tree():
        if path.suffix in SOURCES and not folder_of(path, KNOW_THE_ABI):
            if any(included.endswith("kstrax_abi.h") for _, included in includes(path)):
                users[path.parent].append(path.name)
    for folder, names in sorted(users.items()):
        yield from exceptions.check("abi", folder, len(names), 0,
                                    f"files include kstrax_abi.h, which is for importers ({', '.join(names)})")


def types_in(path):
    """The types that a file defines for all, each with its namespaces: not those within a type, nor in an unnamed namespace."""
    spaces = []
    for line in path.read_text(encoding="utf-8").splitlines():
        space = re.match(r"(?:inline )?namespace ?(\S*) ?\{", line)
        kind = re.match(r"(?:struct|class|union|enum class|enum) (?:\[\[.*\]\] )?(\w+)(?! *::| *;|\w|<)", line)
        if space:
            spaces.append(space.group(1))
        elif re.match(r"\}.*namespace", line) and spaces:
            spaces.pop()
        elif kind and "" not in spaces:
            yield "::".join((*spaces, kind.group(1)))


def names(folders):
    """A program takes the functions of one of two types of one name for both: no compiler says so."""
    defined = collections.defaultdict(list)
    for path in tree():
        if path.suffix in {".cpp", ".hpp"} and str(path.parent) in folders:
            for name in types_in(path):
                defined[name].append(path)
    for name, paths in sorted(defined.items()):
        if len(paths) > 1:
            yield f"{paths[-1]}: {name} is also in {', '.join(map(str, paths[:-1]))}: give one of them another name"


def main():
    faults = list({"order": order, "size": size, "abi": abi, "names": names}[sys.argv[1]](sys.argv[2:]))
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
