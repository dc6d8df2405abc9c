# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what ftrace saw with what kstrax recorded, call for call."""

import collections
import dataclasses

from . import rings
from ..reports import read_jsonl

X32_BIT = 0x40000000
NONE, TOO_BIG = "none", "too big"


@dataclasses.dataclass
class Seen:
    """One event in the terms that both sides share."""
    kind: str
    nr: object
    values: tuple  # an entry's registers, an exit's return value
    time_ns: int

    def key(self):
        return (self.kind, self.nr, self.values)


@dataclasses.dataclass
class Comparison:
    threads: int = 0
    events: int = 0
    differences: list = dataclasses.field(default_factory=list)
    time_differences: list = dataclasses.field(default_factory=list)  # kstrax − ftrace, of entries


def _stored_nr(nr):
    """The kernel's number as 12 bits can hold it."""
    if nr == -1:
        return NONE
    if nr > 0 and nr & X32_BIT:
        nr &= ~X32_BIT
    return nr if 0 <= nr < rings.NR_TOO_BIG else TOO_BIG


def from_ftrace(events, tids):
    """{tid: [Seen]} in the order of the calls."""
    threads = collections.defaultdict(list)
    for event in events:
        if event.tid in tids:
            values = event.args if event.kind == "entry" else (event.ret,)
            threads[event.tid].append(Seen(event.kind, _stored_nr(event.nr), values, event.time_ns))
    return threads


def from_rings(recording, tids):
    """The same of a recording that rings.read() has read."""
    found = [record for ring in recording.rings for record in ring.records]
    special = {rings.NR_NONE: NONE, rings.NR_TOO_BIG: TOO_BIG}
    return _by_thread((record.pid, record.time_ns, record.kind, special.get(record.nr, record.nr),
                       record.args if record.kind == "entry" else (_signed(record.args[0]),))
                      for record in found if record.kind != "path" and record.pid in tids)


def from_jsonl(path, tids):
    """The same of `kstrax-dump -r --format=jsonl`."""
    def number(value):
        return int(value, 0) if isinstance(value, str) else value

    special = {-1: NONE, None: TOO_BIG}
    rows = []
    for record in read_jsonl(path)[1]:
        if record["kind"] == "path" or record["pid"] not in tids:
            continue
        if record["kind"] == "entry":
            values = tuple(map(number, record["args"]))
        else:
            values = (_signed(number(record["ret"])),)
        rows.append((record["pid"], record["time_ns"], record["kind"],
                     special.get(record["nr"], record["nr"]), values))
    return _by_thread(rows)


def _by_thread(rows):
    threads = collections.defaultdict(list)
    for pid, time_ns, kind, nr, values in rows:
        threads[pid].append(Seen(kind, nr, values, time_ns))
    for seen in threads.values():
        # One thread's records come from several rings; its own times never tie across a call.
        seen.sort(key=lambda each: each.time_ns)
    return threads


def _signed(value):
    return value - (1 << 64) if value >> 63 == 1 else value


# More than the two can be apart in seeing one call: emulated CPUs pause.
MARGIN_NS = 50_000_000


def compare(ftrace, kstrax, since=None):
    """Both as {tid: [Seen]}, of threads that ended while both recorded.

    since: the time from which on kstrax has everything (its rings have wrapped); None: from
    before these threads began.
    """
    result = Comparison(threads=len(ftrace))
    for tid in sorted(ftrace.keys() | kstrax.keys()):
        theirs, ours = ftrace.get(tid, []), kstrax.get(tid, [])
        if since is not None:
            ours = [seen for seen in ours if seen.time_ns >= since]
            # Counted from the end, which both have; what is surely later than since must be there.
            needed = sum(seen.time_ns >= since + MARGIN_NS for seen in theirs)
            theirs = theirs[len(theirs) - max(needed, min(len(ours), len(theirs))):]
        result.events += len(theirs)
        for number, (their, our) in enumerate(zip(theirs, ours)):
            if their.key() != our.key():
                result.differences.append(
                    f"thread {tid}, event {number}: ftrace {their.key()}, kstrax {our.key()}")
                break
            if their.kind == "entry":
                result.time_differences.append(our.time_ns - their.time_ns)
        else:
            if len(theirs) != len(ours):
                result.differences.append(
                    f"thread {tid}: {len(theirs)} events by ftrace, {len(ours)} by kstrax")
    return result
