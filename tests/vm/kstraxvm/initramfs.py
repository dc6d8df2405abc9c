# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root: busybox, modules, programs and the init script, as a cpio archive."""

import pathlib
import stat

BUSYBOX = pathlib.Path("/bin/busybox")
INIT = pathlib.Path(__file__).resolve().parent.parent / "guest/init"


class Archive:
    """A cpio archive of the form that the kernel unpacks ("newc")."""

    def __init__(self):
        self._bytes = bytearray()
        self._folders = {""}
        self._count = 0

    def file(self, path, data, mode=0o755):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            self._folder("/".join(parts[:depth]))
        self._add(path, stat.S_IFREG | mode, data)

    def bytes(self):
        self._add("TRAILER!!!", 0, b"")
        return bytes(self._bytes)

    def _folder(self, path):
        if path not in self._folders:
            self._folders.add(path)
            self._add(path, stat.S_IFDIR | 0o755, b"")

    def _add(self, path, mode, data):
        self._count += 1
        name = path.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device ×4, length of the name, check
        fields = (self._count, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        self._bytes += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._pad()
        self._bytes += data
        self._pad()

    def _pad(self):
        self._bytes += bytes(-len(self._bytes) % 4)


def build(kernel_modules, files):
    """kernel_modules: [(name, bytes)] loaded at boot in this order; files: {guest path: host path}."""
    archive = Archive()
    archive.file("init", INIT.read_bytes())
    archive.file("bin/busybox", BUSYBOX.read_bytes())
    for number, (name, data) in enumerate(kernel_modules):
        archive.file(f"boot-modules/{number:02}-{name}.ko", data, 0o644)
    for guest_path, host_path in files.items():
        archive.file(guest_path.lstrip("/"), pathlib.Path(host_path).read_bytes())
    return archive.bytes()
