# SPDX-License-Identifier: GPL-2.0-or-later
"""A dump that makedumpfile has filtered, and the whole one of the same moment.

Of Linux 7.1 and newer, makedumpfile -d 31 leaves out the second page of every slab of two or more pages; of 6.10 and newer,
versions before 1.7.6 may take pages of slabs for a program's. What is shown of such a dump is what the whole one has; what is
missing is absent, and said.
"""

import json
import re
import shutil
import subprocess
import sys
import unittest

from kstraxvm import actors, paths, reports
from kstraxvm.paths import test_program

FOR_MAKEDUMPFILE = paths.ROOT / "tests/crash/for_makedumpfile.py"
RINGS = (["-t"], ["-r"], ["-c"], ["--log"])
TASKS = ["--tasks"]
# By what rows of two dumps are the same row.
KEYS = {"--tasks": ("pid", "tgid", "command"), "-i": ("pid", "cpu", "start_ns"), "--open-files": ("pid", "holds", "fd")}
ABSENT = (None, "", [], "?")
NO_STACK = "its stack is not in the dump"
SAID = "a makedumpfile that does not know this kernel"
SAID_BY_TYPES = "the program that filtered it has taken them for others"


def is_of(value, whole):
    """Whether a text that may say that its rest is not known is one of the whole dump."""
    if value.endswith(", ..."):
        return set(value.removesuffix(", ...").split(", ")) <= set((whole or "").split(", "))
    return value == whole or value.startswith("...") and (whole or "").endswith(value[3:])


def differences(row, whole):
    """Values that are neither those of the whole dump nor absent, and how many are absent."""
    wrong, absent = {}, 0
    broken = row.get("path_end") == "broken"
    if broken:
        row = {**row, "path_end": whole["path_end"], "kind": row["kind"] if row["kind"] != "?" else whole["kind"]}
    for name, value in row.items():
        if name in ("known_by", "guessed") or value == whole[name]:
            continue
        if value in ABSENT or (name, value) in (("stack_end", NO_STACK), ("kind", "?")):
            absent += 1
        elif (name, value) == ("source", "ring"):
            absent += 1  # its task does not bear it out
        elif name == "stack" and value.replace("?", "") == (whole[name] or "").replace("?", ""):
            continue  # which was searched for
        elif broken and name == "own_path":
            continue  # which is shown where it may be another than the one that is not known
        elif not isinstance(value, str) or not is_of(value, whole[name]):
            wrong[name] = (value, whole[name])
    return wrong, absent


class Filtered(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with actors.guest_with_actors(cpus=2) as guest:
            guest.load_recorder(20000)
            actors.start(guest)
            guest.run(actors.ACT_LATE)
            guest.panic()
            guest.dump(cls.folder / "whole", "elf")
        shutil.copy(cls.folder / "whole", cls.folder / "moved")
        subprocess.run([sys.executable, FOR_MAKEDUMPFILE, cls.folder / "moved"], check=True)
        for level, name in (("31", "filtered"), ("23", "kept")):
            subprocess.run(["makedumpfile", "-c", "-d", level, cls.folder / "moved", cls.folder / name], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (cls.folder / "moved").unlink()
        with open(cls.folder / "whole", "rb") as dump:
            head = dump.read(1 << 16)
        assert b"OFFSET(page." in head
        # Kernels that makedumpfile does not know: of one it leaves out pages for sure, of the other perhaps.
        cls.lacks_pages = b"OFFSET(page.compound_head)" not in head
        said = subprocess.run(["makedumpfile", "-v"], text=True, capture_output=True, check=True).stdout
        version = tuple(map(int, re.search(r"version (\d+)\.(\d+)\.(\d+)", said).groups()))
        cls.may_lack_pages = cls.lacks_pages or b"PAGE_SLAB_MAPCOUNT_VALUE" in head and version < (1, 7, 6)

    def report(self, name, options, expected):
        file = self.folder / "report"
        columns = ("--columns=manual",) if {"-t", "-c"} & set(options) else ()
        done = subprocess.run([reports.command("kstrax-dump"), *options, *columns, "-o", file, self.folder / name], text=True,
                              capture_output=True)
        self.assertIn(done.returncode, expected, f"{options}: {done.stderr}")
        return file, done.stderr

    def rows(self, name, options, expected=(0,)):
        file, said = self.report(name, [*options, "--format=jsonl"], expected)
        with open(file, encoding="utf-8") as lines:
            _, *rows, trailer = map(json.loads, lines)
        return rows, trailer, said

    def status(self):
        return (3,) if self.lacks_pages else (0, 3) if self.may_lack_pages else (0,)

    def test_rings_and_log_are_as_in_the_whole_dump(self):
        for options in RINGS:
            with self.subTest(options=options):
                whole = self.report("whole", options, (0,))[0].read_text()
                # Calls in flight are held against tasks, of which something may be missing.
                filtered = self.report("filtered", options, (0, *self.status()))[0].read_text()
                if self.lacks_tasks():
                    whole, filtered = reports.without_fates(whole), reports.without_fates(filtered)
                self.assertEqual(filtered, whole)

    def lacks_tasks(self):
        """Then nobody speaks against a call without an exit, whose task may have ended."""
        return len(self.rows("filtered", TASKS, self.status())[0]) < len(self.rows("whole", TASKS)[0])

    def compare(self, options):
        """Rows of the filtered dump, values of the whole one that are missing, and the number of pages that are."""
        keys = KEYS[options[0]]
        whole = {}
        for row in self.rows("whole", options)[0]:
            whole.setdefault(tuple(row[key] for key in keys), []).append(row)
        rows, trailer, said = self.rows("filtered", options, self.status())
        absent = 0
        for row in rows:
            # What tells rows apart may be absent, too.
            key = tuple(row[key] for key in keys)
            same = whole.get(key, []) or [one for known, ones in whole.items() for one in ones
                                          if known[0] == key[0] and None in key]
            if not same and row.get("source") == "ring" and self.lacks_tasks():
                continue
            self.assertTrue(same, f"{options}: not in the whole dump: {row}")
            found = min((differences(row, one) for one in same), key=lambda one: len(one[0]))
            self.assertEqual(found[0], {}, f"{options}: {row}")
            absent += found[1]
        pages = [one["count"] for one in trailer["findings"] if one["id"] == "kernel_pages_missing"]
        missing = sum(map(len, whole.values())) - len(rows)
        print(f"{' '.join(options)}: {len(rows)} rows, {missing} missing, {absent} values absent, {sum(pages)} kernel pages missing")
        self.assertIn(len(pages), (1,) if self.lacks_pages else (0, 1) if self.may_lack_pages else (0,), trailer["findings"])
        self.assertNotIn(0, pages)
        if pages:
            self.assertIn(SAID if self.lacks_pages else SAID_BY_TYPES, said)
        else:
            self.assertEqual((missing, absent), (0, 0))
        return rows, missing, absent

    def test_tasks(self):
        rows, missing, _ = self.compare(TASKS)
        if missing:
            _, trailer, _ = self.rows("filtered", TASKS, (3,))
            self.assertRegex(json.dumps(trailer["findings"]), rf" {missing} are missing")
        stacks = sum(bool(row["stack"]) for row in rows)
        print(f"{stacks} of {len(rows)} tasks have a stack, {sum('?' in (row['stack'] or '') for row in rows)} of them by a search")

    def test_in_flight(self):
        self.compare(["-i"])

    def test_files(self):
        self.compare(["--open-files", "all"])

    def test_other_reports_say_it(self):
        for options in ([], ["--locks"], ["--stack", "all"]):
            with self.subTest(options=options):
                _, said = self.report("filtered", options, self.status())
                self.assertEqual(SAID in said, self.lacks_pages, said)

    def test_level_23_keeps_them(self):
        for options in (TASKS, ["-i"], ["--locks"], ["--open-files", "all"], ["-t"], ["--stack", "all"]):
            with self.subTest(options=options):
                whole, kept = self.rows("whole", options), self.rows("kept", options)
                self.assertEqual(kept[0], whole[0])
                self.assertEqual(kept[1]["findings"], [])

    def test_stacks_that_are_searched_for_are_those_that_are(self):
        """As if the saved stack pointer of every task were missing."""
        def stacks(*options):
            done = subprocess.run([test_program("stacks"), *options, self.folder / "whole"], text=True, capture_output=True, check=True)
            return [line.replace("?", "").split(" =")[0].split() for line in done.stdout.splitlines()]
        found = wrong = of = 0
        for real, searched in zip(stacks(), stacks("--search"), strict=True):
            if real[3] not in ("user", "whole") or real[1] != "-":
                continue
            of += 1
            found += len(searched) > 4
            wrong += len(searched) > 4 and searched != real
        print(f"of {of} stacks, {found} are found by a search, {wrong} of them wrong")
        self.assertEqual(wrong, 0)
        self.assertGreater(found, of * 3 // 4)


if __name__ == "__main__":
    unittest.main()
