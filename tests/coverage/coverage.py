# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of formats/ and analyzer/ the tests run: coverage.py BUILD [--least=PERCENT].

Reads what g++'s --coverage left in BUILD/asan: of unit tests, inputs of the fuzz targets, command-line suites (sanitized.sh)
and virtual machines (kstraxvm/reports.py). Prints a line a folder. Lines that nothing ran go to BUILD/coverage.txt. Counts as a test that
fails below the least."""
import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

OURS = ("formats/", "analyzer/")


def lines_of(counts):
    """{file: {line: times run}} of one object, of our sources alone."""
    shown = subprocess.run(["gcov", "--json-format", "--stdout", "--relative-only", counts],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    found = collections.defaultdict(dict)
    for text in shown.stdout.decode().splitlines():
        for file in json.loads(text)["files"]:
            name = os.path.relpath(file["file"])
            if name.startswith(OURS):
                for line in file["lines"]:
                    number = line["line_number"]
                    found[name][number] = found[name].get(number, 0) + line["count"]
    return found


def all_lines(build):
    """As lines_of, of every object. What is in no object that ran counts as not run."""
    objects = [os.path.join(folder, name)
               for folder, _, names in os.walk(os.path.join(build, "asan/obj")) for name in names if name.endswith(".gcno")]
    total = collections.defaultdict(dict)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lines_of, objects):
            for name, lines in found.items():
                for number, count in lines.items():
                    total[name][number] = total[name].get(number, 0) + count
    return total


def ranges(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    parts = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--least", type=float, default=0)
    options = parser.parse_args()
    total = all_lines(options.build)
    folders = collections.defaultdict(lambda: [0, 0])
    with open(os.path.join(options.build, "coverage.txt"), "w", encoding="utf-8") as listing:
        for name in sorted(total):
            missed = [number for number, count in total[name].items() if not count]
            folder = folders[os.path.dirname(name)]
            folder[0] += len(total[name])
            folder[1] += len(missed)
            if missed:
                listing.write(f"{name}: {len(missed)} of {len(total[name])}: {ranges(missed)}\n")
    print("   lines  not run  run %  folder")
    for name, (lines, missed) in sorted(folders.items()):
        print(f"{lines:8} {missed:8} {100 * (lines - missed) / lines:6.1f}  {name}")
    lines, missed = (sum(folder[which] for folder in folders.values()) for which in (0, 1))
    percent = 100 * (lines - missed) / lines if lines else 0
    print(f"{lines:8} {missed:8} {percent:6.1f}  all; {options.build}/coverage.txt names the lines that are not run")
    good = percent >= options.least
    if not good:
        print(f"FAIL fewer than {options.least} % of the lines are run")
    print(f"{int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


sys.exit(main())
