# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes from a dump what leads to its rings, and judges what is made of their pages."""

import collections
import mmap

from . import rings


def forget(dump, *magics):
    """Zeroes the pages that begin with a magic; returns how many."""
    pages = 0
    with open(dump, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        for magic in magics or (rings.ANCHOR_MAGIC, rings.FRAMES_MAGIC):
            for at in rings.find_all(memory, magic):
                memory[at:at + rings.PAGE] = bytes(rings.PAGE)
                pages += 1
    return pages


class Comparison:
    """Raw reports of one state: found by the anchor, and carved."""

    def __init__(self, header, sound, carved):
        # A slot that its CPU was about to write holds its old record, whole, until it is written.
        still_whole = {cpu["written"] - cpu["capacity"] for cpu in header["cpus"] if cpu["torn"]}
        home = {self._content(row): row["cpu"] for row in sound if row["kind"] != "path"}
        seen = collections.defaultdict(collections.Counter)
        self.made_up = []
        for row in carved:
            if row["kind"] == "path":  # the rest of a name: how much is left of it may differ
                continue
            cpu = home.get(self._content(row))
            if cpu is None and row["serial"] in still_whole:
                continue
            if cpu is None:
                self.made_up.append(row)
            else:
                seen[row["cpu"]][cpu] += 1
        self.there = len(home)
        # Carved rings have numbers of their own.
        self.numbers = {ring: cpus.most_common(1)[0][0] for ring, cpus in seen.items()}
        self.found = sum(cpus.most_common(1)[0][1] for cpus in seen.values())
        self.elsewhere = sum(map(sum, (cpus.values() for cpus in seen.values()))) - self.found

    @staticmethod
    def _content(row):
        return (row["serial"], row["time_ns"], row["pid"], row["tgid"], row["kind"], row["abi"], row["nr"],
                tuple(row["args"] or ()), row["ret"], row["path"])

    def wrong(self):
        problems = []
        if self.made_up:
            problems.append(f"{len(self.made_up)} carved records were never made: {self.made_up[0]}")
        if self.elsewhere:
            problems.append(f"{self.elsewhere} carved records are on another CPU")
        if len(set(self.numbers.values())) != len(self.numbers):
            problems.append(f"a CPU's ring was carved in pieces: {self.numbers}")
        if self.found < 0.99 * self.there:
            problems.append(f"{self.found} of {self.there} records were carved")
        return problems
