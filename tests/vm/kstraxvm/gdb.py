# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's stub for debuggers: what a test writes into a guest's memory, and each store to a place of it."""

import socket

from .problem import GuestProblem


class Gdb:
    """One connection to a frozen guest, which runs in go_on() only. Words are of 8 bytes, little-endian."""

    def __init__(self, path, timeout=120):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._pending = b""
        self._must("Qqemu.PhyMemMode:1")

    def close(self):
        self._socket.close()

    def read(self, physical):
        return int.from_bytes(bytes.fromhex(self._ask(f"m{physical:x},8")), "little")

    def write(self, physical, value):
        self._must(f"M{physical:x},8:{value.to_bytes(8, 'little').hex()}")

    def watch(self, virtual):
        """Stores there stop the guest."""
        self._must(f"Z2,{virtual:x},8")

    def go_on(self):
        """To the next stop."""
        answer = self._ask("c")
        if "watch:" not in answer:
            raise GuestProblem(f"QEMU's stub stopped with {answer}")

    def _must(self, packet):
        if (answer := self._ask(packet)) != "OK":
            raise GuestProblem(f"QEMU's stub answers {packet} with {answer or 'nothing'}")

    def _ask(self, packet):
        self._socket.sendall(f"${packet}#{sum(packet.encode()) & 0xff:02x}".encode())
        while b"#" not in self._pending or len(self._pending.partition(b"#")[2]) < 2:
            data = self._socket.recv(4096)
            if not data:
                raise GuestProblem("QEMU closed the debugger's connection")
            self._pending += data
        answer, _, rest = self._pending.partition(b"#")
        self._pending = rest[2:]
        self._socket.sendall(b"+")
        return answer.partition(b"$")[2].decode()
