# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder that host and guest share, /share there: two ways to the same end.

Mounted: 9p. Sent: for kernels without 9p, over a virtio port; what one side has changed goes to
the other before and after each command. guest/init has the other end of both.
"""

import io
import pathlib
import socket
import tarfile

from .problem import GuestProblem


class Mounted:
    boot_modules = ("virtio_pci", "9pnet_virtio", "9p")

    def __init__(self, folder, _):
        self._folder = folder

    def qemu_options(self):
        return ["-virtfs", f"local,path={self._folder},mount_tag=share,security_model=none"]

    def connect(self):
        pass

    def send(self):
        pass

    def receive(self, answer):
        """answer: the words behind a command's number in the agent's line."""

    def close(self):
        pass


class Sent:
    """Files only; one that is removed stays on the other side."""

    boot_modules = ("virtio_pci", "virtio_console")

    def __init__(self, folder, socket_path):
        self._folder = folder
        self._socket_path = socket_path
        self._socket = None
        self._known = {}  # the other side has them: {path: (time, size)}

    def qemu_options(self):
        return ["-chardev", f"socket,id=share,path={self._socket_path},server=on,wait=off",
                "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=share,name=kstrax.share"]

    def connect(self):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(120)
        self._socket.connect(str(self._socket_path))

    def send(self):
        """All that is new here; the guest takes it when it has a command's number."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path, state in self._states().items():
                if self._known.get(path) != state:
                    tar.add(path, path.relative_to(self._folder), filter=_as_the_hosts)
                    self._known[path] = state
        self._socket.sendall(b"%d\n" % len(archive.getvalue()) + archive.getvalue())

    def receive(self, answer):
        """answer: exit status, size."""
        data = bytearray()
        size = int(answer[1])
        while len(data) < size:
            part = self._socket.recv(min(1 << 20, size - len(data)))
            if not part:
                raise GuestProblem("the shared folder's line is closed")
            data += part
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            tar.extractall(self._folder)
            names = tar.getnames()
        states = self._states()
        self._known.update({self._folder / name: states[self._folder / name] for name in names})

    def close(self):
        if self._socket:
            self._socket.close()

    def _states(self):
        found = {}
        for path in pathlib.Path(self._folder).rglob("*"):
            if path.is_file():
                status = path.stat()
                found[path] = (status.st_mtime_ns, status.st_size)
        return found


def _as_the_hosts(entry):
    """The guest tells its own files from the host's by their time: those that it changes get another."""
    entry.mtime = 0
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def way_for(kernel, boot_modules):
    """boot_modules: those that will be loaded; None: whatever is needed."""
    if boot_modules is not None:
        return Sent if "virtio_console" in boot_modules else Mounted
    return Mounted if all(map(kernel.has, Mounted.boot_modules)) else Sent
