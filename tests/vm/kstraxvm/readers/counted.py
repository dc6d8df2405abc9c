# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold of the rings at any moment of `workload counted`.

That workload's calls say which thread made them and which of its calls each is, in what they
ask for, in what they get and in names: see tests/vm/guest/counted.c.
"""

import collections
import itertools
import re

LSEEK, OPENAT = 8, 257
PATH_SLOT = 48
NAME = re.compile(r"/none/0*(\d+)/0*(\d+)")


def slots(row):
    """How many of the ring a record takes, with its name."""
    return 1 if row["path"] is None else 2 + len(row["path"]) // PATH_SLOT


def whole_since(header):
    """From when on no CPU's records are overwritten."""
    return max((cpu["first_ns"] for cpu in header["cpus"] if cpu["overwritten"]), default=0)


class Moment:
    """The raw report of one dump, and what is wrong with it."""

    def __init__(self, header, rows):
        self.header = header
        self.wrong = []
        self.cpus = collections.defaultdict(list)
        for row in rows:
            self.cpus[row["cpu"]].append(row)
        for cpu in header["cpus"]:
            self._check_cpu(cpu, self.cpus[cpu["cpu"]])

    def torn(self):
        return sum(cpu["torn"] for cpu in self.header["cpus"])

    def records(self):
        return sum(map(len, self.cpus.values()))

    def _check_cpu(self, trust, rows):
        def say(text):
            self.wrong.append(f"CPU {trust['cpu']}: {text}")

        if trust["torn"] > 1 or trust["invalid"] or trust["unreadable"] or trust["gaps"]:
            say(f"more than one torn slot: {trust}")
        if trust["entries"] + trust["torn"] != min(trust["written"], trust["capacity"]):
            say(f"does not add up: {trust}")
        if not rows:
            return
        oldest = max(trust["written"] - trust["capacity"], 0) + 1
        if rows[0]["serial"] != oldest:
            say(f"begins with serial {rows[0]['serial']}, not {oldest}")
        for row, after in itertools.pairwise(rows):
            # The rest of a name whose record is overwritten is a row of its own.
            due = row["serial"] + (slots(row) - (row["kind"] == "path"))
            if after["serial"] != due:
                say(f"serial {after['serial']} where {due} is due, behind {row}")
            if after["time_ns"] < row["time_ns"]:
                say(f"time goes back at serial {after['serial']}")
        last, end = rows[-1], trust["written"] - trust["torn"]
        # It may have been stopped amid the slots of a name.
        if not last["serial"] <= end <= last["serial"] + slots(last) - 1:
            say(f"ends with {last}, but {end} records are there")

    def check_after(self, earlier):
        """What both dumps hold is the same in both; nothing is taken back."""
        for cpu, old in zip(self.header["cpus"], earlier.header["cpus"], strict=True):
            if cpu["written"] < old["written"]:
                self.wrong.append(f"CPU {cpu['cpu']}: {cpu['written']} records, where there were {old['written']}")
        for cpu, rows in earlier.cpus.items():
            now = {row["serial"]: row for row in self.cpus[cpu]}
            for row in rows[:-1]:  # the name of the last may have been on its way
                if row["serial"] in now and now[row["serial"]] != row:
                    self.wrong.append(f"CPU {cpu}: was {row}, is {now[row['serial']]}")


def counted_threads(rows):
    """Those whose calls say that they are of the workload."""
    return {row["pid"] for row in rows
            if row["nr"] == LSEEK and row["args"] and int(row["args"][1], 16) >> 32 == row["pid"]}


def check_pairs(header, rows):
    """What is wrong with the paired report; and how many calls were checked."""
    wrong, calls = [], 0
    since = whole_since(header)
    # From here on a slot that was being written might have held any thread's record.
    torn = min((cpu["last_ns"] for cpu in header["cpus"] if cpu["torn"]), default=float("inf"))
    threads = counted_threads(rows)
    by_thread = collections.defaultdict(list)
    for row in rows:
        if row["pid"] in threads:
            by_thread[row["pid"]].append(row)
    for pid, mine in by_thread.items():
        whole = [row for row in mine if row["start_ns"] is not None and row["start_ns"] >= since]
        whole.sort(key=lambda row: row["start_ns"])
        for row in mine:
            if row["state"] in ("complete", "uncertain"):
                wrong += wrong_call(pid, row)
        for row in whole:
            expected = states(row, torn)
            if row is whole[-1] and row["end_ns"] is None:
                expected = last_states(torn)
            if row["state"] not in expected:
                wrong.append(f"thread {pid}: {row['state']}, but {'' if row is whole[-1] else 'not '}its last: {row}")
        for row, after in itertools.pairwise(whole):
            if row["end_ns"] is not None and row["end_ns"] > after["start_ns"]:
                wrong.append(f"thread {pid}: in two calls at once: {row} {after}")
        numbers = [int(row["args"][1], 16) & 0xffffffff for row in whole if row["nr"] == LSEEK]
        if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            wrong.append(f"thread {pid}: calls are missing or doubled between {numbers[0]} and {numbers[-1]}")
        calls += len(whole)
    return wrong, calls


def states(row, torn):
    """What a call may be that has returned."""
    return ("complete", "uncertain") if (row["end_ns"] or 0) >= torn else ("complete",)


def last_states(torn):
    """What a thread's last call may be that has no exit.

    A torn slot may be that exit, if the thread's registers tell that the call has returned already: the slot was written
    at any time since its CPU's last record.
    """
    return ("in_flight",) if torn == float("inf") else ("in_flight", "exit_lost")


def wrong_call(pid, row):
    if row["nr"] == LSEEK:
        asked = int(row["args"][1], 16)
        if asked >> 32 != pid or row["ret"] != asked:
            return [f"a call that thread {pid} never made: {row}"]
    if row["nr"] == OPENAT and (row["path"] or "").startswith("/none/"):
        name = NAME.fullmatch(row["path"])
        if not name or int(name[1]) != pid or int(name[2]) % 8 or row["ret"] != -2:
            return [f"a name that thread {pid} never asked for: {row}"]
    return []
