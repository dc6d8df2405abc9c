# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the analyzer on what a guest has left."""

import json
import os
import pathlib
import subprocess
import unittest

from .paths import BUILD


# Of watched programs: what is left at the end of one goes with it.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def command(name):
    path = BUILD / "bin" / name
    if not path.exists():
        raise unittest.SkipTest(f"build/bin/{name} is not built")
    return path


def watched(name):
    """The same, watched by sanitizers and counting its lines, where `make check` gives such ones; else as command()."""
    folder = os.environ.get("KSTRAX_SANITIZED")
    return pathlib.Path(folder) / name if folder else command(name)


def _run(program, arguments, output, status, option="-o"):
    done = subprocess.run([program, *arguments, option, output], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=ENVIRONMENT, text=True, errors="replace", check=False)
    if done.returncode != status:
        words = " ".join(map(str, arguments))
        raise AssertionError(f"{program} {words}: exit status {done.returncode}\n{done.stdout[-2000:]}")


def _written(output, delete=False):
    """What is in the file, or in those of a set."""
    found = {}
    for path in (output, *sorted(output.parent.glob(output.name + "_*"))):
        if path.is_file():
            found[path.name.removeprefix(output.name)] = path.read_bytes()
            if delete:
                path.unlink()
    return found


def report(output, *arguments, tool="kstrax-dump", status=0, option="-o"):
    """Writes a report, or what else option names, into the file output; returns output. Paired reports and statistics have
    the manual's columns, which dumps and buffer files have alike, unless others are asked for. The watched program says
    the same."""
    if {"-t", "-c"} & set(arguments) and not any(str(word).startswith("--columns") for word in arguments):
        arguments += ("--columns=manual",)
    _run(command(tool), arguments, output, status, option)
    if watched(tool) != command(tool):
        second = pathlib.Path(output).with_name("watched")
        _run(watched(tool), arguments, second, status, option)
        written = _written(pathlib.Path(output))
        if not written or written != _written(second, delete=True):
            raise AssertionError(f"{watched(tool)} {' '.join(map(str, arguments))}: another report than the real program's")
    return output


def read_jsonl(path):
    """Header, rows, trailer."""
    with open(path, encoding="utf-8") as lines:
        header, *rows, trailer = map(json.loads, lines)
    return header, rows, trailer


def without_fates(text):
    """The lines of a report, and its calls without exit, whose state a dump's tasks know better than the rings."""
    lines = text.splitlines()
    open_calls = sorted(line.split(" = ? <")[0] for line in lines if " = ? <" in line)
    return [line for line in lines if " = ? <" not in line], open_calls
