# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own record of system calls: raw_syscalls in an ftrace instance."""

import dataclasses
import gzip
import re

INSTANCE = "/sys/kernel/tracing/instances/kstrax_gt"
LINE = re.compile(r"^ *(?P<comm>.+)-(?P<tid>\d+) +\[(?P<cpu>\d+)\] \S+ +(?P<seconds>\d+)\.(?P<us>\d{6}): "
                  r"sys_(?P<kind>enter|exit): NR (?P<nr>-?\d+) (?:\((?P<args>[^)]*)\)|= (?P<ret>-?\d+))$")


@dataclasses.dataclass
class Event:
    tid: int
    cpu: int
    time_ns: int  # CLOCK_MONOTONIC, rounded to 1000
    kind: str     # entry, exit
    nr: int       # as the kernel has it: -1, or with x32's bit
    args: tuple   # of an entry: six registers
    ret: int      # of an exit


def parse(text):
    """The events of a `trace` file, in its order; any other line is an error."""
    events = []
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        found = LINE.match(line)
        if not found:
            raise ValueError(f"not a line of ftrace's raw_syscalls: {line!r}")
        args = found["args"]
        events.append(Event(
            tid=int(found["tid"]), cpu=int(found["cpu"]),
            time_ns=int(found["seconds"]) * 10**9 + int(found["us"]) * 1000,
            kind="entry" if found["kind"] == "enter" else "exit", nr=int(found["nr"]),
            args=tuple(int(arg, 16) for arg in args.split(", ")) if args is not None else (),
            ret=int(found["ret"]) if found["ret"] is not None else None))
    return events


class Recording:
    """A window in which ftrace records; its events are there when it has ended."""

    def __init__(self, guest, buffer_kb=16384, keep=False):
        """keep: the rings stay in the kernel's memory, switched off."""
        self._guest = guest
        self._buffer_kb = buffer_kb
        self._keep = keep
        self.events = None

    def __enter__(self):
        self._guest.run(f"""
            mkdir {INSTANCE} && cd {INSTANCE} || exit
            echo mono > trace_clock && echo {self._buffer_kb} > buffer_size_kb || exit
            echo 1 > events/raw_syscalls/enable""")
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            return
        # With few calls of its own, which take room in small rings; the text in one piece, a small one.
        end = "" if self._keep else f"echo 0 > events/enable; cd /; rmdir {INSTANCE}"
        stats = self._guest.run(f"""
            cd {INSTANCE} && echo 0 > tracing_on && cat per_cpu/cpu*/stats || exit
            cat trace > /tmp/trace && gzip -1 /tmp/trace && mv /tmp/trace.gz /share/ || exit
            {end}""").stdout
        if re.search(r"^(overrun|commit overrun|dropped events): [1-9]", stats, re.MULTILINE):
            self._guest.fail(f"ftrace lost events:\n{stats}")
        self.events = parse(gzip.decompress((self._guest.share / "trace.gz").read_bytes()).decode())
