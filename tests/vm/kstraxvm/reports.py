# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the analyzer on what a guest has left."""

import json
import subprocess
import unittest

from .paths import BUILD


def command(name):
    path = BUILD / "bin" / name
    if not path.exists():
        raise unittest.SkipTest(f"build/bin/{name} is not built")
    return path


def report(output, *arguments, tool="kstrax-dump", status=0):
    """Writes a report into the file output; returns output. Paired reports and statistics have the manual's columns,
    which dumps and buffer files have alike, unless others are asked for."""
    if {"-t", "-c"} & set(arguments) and not any(str(word).startswith("--columns") for word in arguments):
        arguments += ("--columns=manual",)
    done = subprocess.run([command(tool), *arguments, "-o", output], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != status:
        words = " ".join(map(str, arguments))
        raise AssertionError(f"{tool} {words}: exit status {done.returncode}\n{done.stdout[-2000:]}")
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
