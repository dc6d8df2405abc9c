#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the data of a kstrax-graph script against CSV reports of the same recording.

    graph_data.py bars SCRIPT STATISTICS.csv TOP COLUMN…   the first column ranks
    graph_data.py dots SCRIPT PAIRED.csv [STATISTICS.csv]  only the 20 most frequent of these
"""
import csv
import math
import re
import shlex
import sys

TOP = 20


def rows(path):
    with open(path, encoding="ascii") as file:
        return list(csv.DictReader(file))


def name(row):
    """As in pictures, where rows of one name are told apart by their number."""
    text = row["name"] if row["abi"] == "native" else f"{row['abi']}:{row['name']}"
    return text + {"-1": " (none)", "": " (too big)"}.get(row["nr"], "")


def blocks(script, pattern):
    return re.findall(rf"^\$({pattern}) << end_of_block\n(.*?)^end_of_block$", script, re.M | re.S)


def ranked(path, column, top):
    # Stable: equal ones stay in the order of the report.
    return sorted(rows(path), key=lambda row: -int(row[column] or 0))[:top]


def check_bars(script, statistics, top, *columns):
    expected = ranked(statistics, columns[0], int(top))
    drawn = [shlex.split(line) for line in blocks(script, "bars")[0][1].splitlines()]
    colours = {}
    assert [name(row) for row in expected] == [bar[0] for bar in drawn], "other calls, or another order"
    for row, bar in zip(expected, drawn):
        assert len(bar) == 2 + 3 * len(columns), f"{bar[0]}: {len(bar)} words for {columns}"
        assert colours.setdefault(bar[0], bar[1]) == bar[1], f"{bar[0]} has two colours"
        for i, column in enumerate(columns):
            number, label = bar[2 + 3 * i], bar[4 + 3 * i]
            if row[column] in ("", "0"):  # nothing to draw
                assert label in ("-", "0", "0 ns") and number in ("NaN", "0"), (bar, column)
                continue
            value = float(number)
            assert math.isclose(value, int(row[column]), rel_tol=1e-8), (bar, column)
            number, _, unit = label.partition(" ")
            scale = {"": 1, "ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]
            assert math.isclose(float(number) * scale, value, rel_tol=0.006, abs_tol=0.5), (bar, column)


def check_dots(script, paired, statistics=None):
    calls = [row for row in rows(paired) if row["start_ns"] and row["duration_ns"]]
    first = min(int(row["start_ns"]) for row in calls)
    if statistics:
        top = {name(row) for row in ranked(statistics, "calls", TOP)}
        everything = len(calls)
        calls = [row for row in calls if name(row) in top]
        assert len(calls) < everything, "the most frequent calls are all calls: this shows nothing"
        legend = [line.rpartition(" (")[0] for line in blocks(script, "legend")[0][1].splitlines()]
        assert set(legend[:TOP]) == top, "the legend names others"
    width = float(re.search(r"set xrange \[0:(.*)\]", script)[1])
    low, high = (math.log10(float(end)) for end in re.search(r"set yrange \[(.*):(.*)\]", script).groups())
    # A dot is the middle of a cell of its calls; one in flight is where it is.
    columns, rows_ = map(int, re.search(r"^# Dots are cells of (\d+) columns and (\d+) rows", script, re.M).groups())

    def place(x, y):
        return x / width * columns, (math.log10(y) - low) / (high - low) * rows_

    lines = [line.split() for _, block in blocks(script, r"dots_\d_\d+_\d|flights") for line in block.splitlines()]
    dots = [place(float(x), float(y)) for x, y, _ in lines]
    alone = blocks(script, r"dots_\d_\d+_\d")
    counted = sum(int(line.split()[2]) for _, block in alone for line in block.splitlines())
    assert counted <= len(calls), f"{counted} calls are in dots, there are {len(calls)}"
    points = [place((int(row["start_ns"]) - first) / 1e9, max(1, int(row["duration_ns"]))) for row in calls]

    def grid(places):
        found = {}
        for x, y in places:
            found.setdefault((int(x), int(y)), []).append((x, y))
        return found

    def near(point, places):
        """Half a cell, and what is lost by rounding in the script."""
        return any(abs(point[0] - x) <= 0.51 and abs(point[1] - y) <= 0.55
                   for column in range(int(point[0]) - 1, int(point[0]) + 2)
                   for row in range(int(point[1]) - 1, int(point[1]) + 2)
                   for x, y in places.get((column, row), ()))

    assert len(dots) > 10
    of_calls, of_dots = grid(points), grid(dots)
    for dot in dots:
        assert near(dot, of_calls), f"a dot at {dot} without a call"
    for row, point in zip(calls, points):
        assert near(point, of_dots), f"no dot for {row}"


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        script = file.read()
    try:
        {"bars": check_bars, "dots": check_dots}[sys.argv[1]](script, *sys.argv[3:])
    except AssertionError as problem:
        print(f"{sys.argv[2]}: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
