# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's list of processes in an ELF dump, for a test to damage: found by its shape alone."""

import collections
import pathlib
import struct
import subprocess

from .paths import command, test_program

WINDOW = 8192  # bytes of a task_struct in which the list may lie
IMAGE = 0xffffffff80000000


class TaskList:
    """nodes: addresses of the list_heads, init_task's first, in the list's order."""

    def __init__(self, dump):
        self.path = pathlib.Path(dump)
        self.data = bytearray(self.path.read_bytes())
        self._segments = list(self._loads())
        init = self._symbol("init_task")
        self._image, self._direct = init - self._phys([init])[init], 0
        members = range(init, init + WINDOW, 8)
        leads = {word for word in map(self._word, members) if word and 0xff << 56 <= word < IMAGE}
        # Of what init_task leads to, most lies in the direct mapping.
        apart = collections.Counter(lead - phys for lead, phys in self._phys(leads).items())
        self._direct = apart.most_common(1)[0][0]
        # Of its rings, the longest is that of all processes.
        self.nodes = max((self._ring(member) for member in members), key=len)

    def _loads(self):
        offset, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        for i in range(count):
            kind, _, at, _, phys, stored = struct.unpack_from("<IIQQQQ", self.data, offset + i * size)
            if kind == 1:
                yield phys, stored, at

    def _symbol(self, name):
        lines = subprocess.run([test_program("kallsyms"), self.path], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=True).stdout
        return next(int(line.split()[0], 16) for line in lines.splitlines() if line.split()[2] == name)

    def _phys(self, addresses):
        """{address: its physical one} of those that are mapped."""
        done = subprocess.run([command("kstrax-dump"), "--vtop", ",".join(map(hex, addresses)), self.path], text=True,
                              stdout=subprocess.PIPE, check=False)
        lines = map(str.split, done.stdout.splitlines())
        return {int(line[0], 16): int(line[1], 16) for line in lines if line[1] != "unmapped"}

    def _place(self, address):
        """In the file; None: not there."""
        image = address >= IMAGE
        phys = address - (self._image if image else self._direct)
        return next((at + phys - begin for begin, size, at in self._segments if begin <= phys < begin + size - 8), None)

    def _word(self, address):
        place = self._place(address)
        return None if place is None else struct.unpack_from("<Q", self.data, place)[0]

    def _ring(self, head):
        nodes = [head]
        while len(nodes) < 1 << 10:
            following = self._word(nodes[-1])
            if following is None or self._word(following + 8) != nodes[-1]:
                return []
            if following == head:
                return nodes
            nodes.append(following)
        return []

    def point(self, node, next_=None, prev=None):
        """Overwrites pointers of a node."""
        for value, at in ((next_, node), (prev, node + 8)):
            if value is not None:
                struct.pack_into("<Q", self.data, self._place(at), value)

    def write(self, path):
        pathlib.Path(path).write_bytes(self.data)
        return path
