# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's machine protocol over a unix socket."""

import json
import socket
import time

from .problem import GuestProblem


class Qmp:
    """One connection. Commands wait for their answer; events are dropped."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 60
        while True:
            try:
                self._socket.connect(str(path))
                break
            except ConnectionRefusedError:  # QEMU has made the socket, and does not listen yet
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self._pending = b""
        self._receive(time.monotonic() + 120)
        self.command("qmp_capabilities")

    def close(self):
        self._socket.close()

    def command(self, name, timeout=300, **arguments):
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + timeout
        while True:
            answer = self._receive(deadline)
            if "error" in answer:
                raise GuestProblem(f"QEMU refuses {name}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def _receive(self, deadline):
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise GuestProblem("QEMU does not answer")
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            if not data:
                raise GuestProblem("QEMU closed its control connection")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return json.loads(line)
