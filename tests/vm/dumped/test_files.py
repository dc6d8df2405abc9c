# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that a dump's tasks hold are those that the guest's own /proc had just before."""

import shutil
import socket
import struct
import subprocess
import sys
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.paths import test_program

HOLDERS = 15
PROCESS_FACTS = ("cwd", "root", "exe", "cmdline", "cgroup")
STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
          "LAST_ACK", "LISTEN", "CLOSING")
FOR_MAKEDUMPFILE = paths.ROOT / "tests/crash/for_makedumpfile.py"


def text(word):
    return b"" if word == "-" else bytes.fromhex(word)


def internet_end(end):
    """0100007F:1F90, as /proc/net/tcp has it: words of the machine's byte order."""
    address, port = end.split(":")
    words = [struct.pack("<I", int(address[at:at + 8], 16)) for at in range(0, len(address), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    name = socket.inet_ntop(family, b"".join(words))
    return f"{name if len(words) == 1 else f'[{name}]'}:{int(port, 16)}".encode()


def sockets_of(table, line):
    """{inode: (state, local, peer)} of a line of /proc/net/TABLE; peer None: it does not tell."""
    words = line.split()
    if table == "unix" and words[0] != "Num":
        state = "LISTEN" if words[3] == "00010000" else {"01": "CLOSE", "02": "ESTABLISHED", "03": "ESTABLISHED"}.get(words[5])
        return {int(words[6]): (state, " ".join(words[7:]).encode(), None)}
    if table == "netlink" and words[0] != "sk":
        return {int(words[-1]): ("-", words[2].encode(), None)}
    if table == "packet" and words[0] != "sk":
        return {int(words[-1]): ("-", b"", None)}
    if words[0].endswith(":"):
        peer = b"" if set(words[2]) <= set("0:") else internet_end(words[2])
        return {int(words[9]): (STATES[int(words[3], 16)], internet_end(words[1]), peer)}
    return {}


class Facts:
    """Of the dump's and of the witness's lines alike."""

    def __init__(self, lines):
        self.descriptors, self.processes, self.sockets, self.calls, self.seen = {}, {}, {}, {}, {}
        for line in lines:
            kind, *words = line.split(" ")
            if kind == "fd":
                self.descriptors[int(words[0]), int(words[1])] = (int(words[2]), int(words[3], 8), text(words[4]))
            elif kind in PROCESS_FACTS:
                self.processes[kind, int(words[0])] = words[1] if words[1] == "missing" else text(words[1])
            elif kind == "socket":
                self.sockets[int(words[0])] = (words[3], text(words[4]), text(words[5]), int(words[6]))
            elif kind == "net":
                self.sockets.update(sockets_of(words[0], " ".join(words[1:])))
            elif kind == "name":
                self.calls[int(words[0])] = words[1] if words[1] == "unknown" else text(words[1])
            elif kind == "used":
                self.calls[int(words[0])] = words[2]
            elif kind == "seen":
                self.seen[int(words[0]), int(words[1])] = (words[2], text(words[3]))


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with scenarios.guest_with_programs(memory=384) as guest:
            guest.run("mkdir -p /dev/pts; mount -t devpts pts /dev/pts; mount -t cgroup2 groups /sys/fs/cgroup")
            guest.run("workload files >/tmp/holders 2>/tmp/complaints </dev/null &")
            cls.holders = cls.settle(guest)
            guest.run(f"workload witness {' '.join(map(str, cls.holders.values()))} >/share/witness")
            cls.witness = Facts((guest.share / "witness").read_text(errors="replace").splitlines())
            guest.panic()
            guest.dump(cls.folder / "elf", "elf")
            guest.dump(cls.folder / "kdump", "kdump-zlib")
        shutil.copy(cls.folder / "elf", cls.folder / "moved")
        subprocess.run([sys.executable, FOR_MAKEDUMPFILE, cls.folder / "moved"], check=True)
        done = subprocess.run(["makedumpfile", "-c", "-d", "31", cls.folder / "moved", cls.folder / "filtered"],
                              check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # Of a kernel that it does not know, makedumpfile leaves out pages of the kernel's own.
        cls.filtered = () if "not supported" in done.stdout else ("filtered",)

    @staticmethod
    def settle(guest):
        """The processes by name, once all wait."""
        for _ in range(200):
            guest.run("usleep 200000")
            pids = guest.run("cat /tmp/holders").stdout.split()
            states = guest.run(f"cat {' '.join(f'/proc/{pid}/stat' for pid in pids)} /dev/null").stdout.splitlines()
            named = {state[state.index("(") + 1:state.rindex(")")]: int(state.split()[0]) for state in states}
            if len(named) == HOLDERS and "workload" not in named and all(") S " in state for state in states):
                guest.run("sleep 1")
                return named
        raise AssertionError(guest.run("cat /tmp/complaints; ps").stdout)

    def dumped(self, name="elf"):
        done = subprocess.run([test_program("files"), self.folder / name], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Facts(done.stdout.splitlines())

    def test_descriptors(self):
        """Number, position, flags and what they lead to, in every form of dump."""
        for name in ("elf", "kdump", *self.filtered):
            with self.subTest(dump=name):
                dumped = {key: fact for key, fact in self.dumped(name).descriptors.items()
                          if key[0] in self.holders.values()}
                self.assertEqual(dumped.keys(), self.witness.descriptors.keys())
                compared = 0
                for key, fact in self.witness.descriptors.items():
                    if fact[2] == b"":  # longer than /proc can say
                        self.assertEqual(dumped[key][:2], fact[:2])
                        self.assertTrue(dumped[key][2].endswith(b"/at the bottom"))
                        continue
                    self.assertEqual(dumped[key], fact, key)
                    compared += 1
                self.assertGreater(compared, 200)

    def test_kinds(self):
        """All that the holders have are there, where the kernel has them."""
        texts = [fact[2] for fact in self.dumped().descriptors.values()]
        for start in (b"pipe:[", b"socket:[", b"anon_inode:[eventfd]", b"anon_inode:[eventpoll]", b"anon_inode:[timerfd]",
                      b"anon_inode:[signalfd]", b"anon_inode:[io_uring]", b"anon_inode:inotify", b"/memfd:a memory (deleted)",
                      b"/dev/null", b"/proc/meminfo", b"/a queue", b"net:[", b"/tmp/files/a fifo"):
            self.assertTrue([text for text in texts if text.startswith(start)], start)

    def test_places_and_command_lines(self):
        for name in ("elf", "kdump", *self.filtered):
            with self.subTest(dump=name):
                dumped = self.dumped(name).processes
                for (kind, pid), fact in self.witness.processes.items():
                    if kind == "cgroup":
                        fact = next(line[3:] for line in fact.split(b"\n") if line.startswith(b"0::"))
                    if kind == "cmdline" and name == "filtered":
                        fact = "missing"  # no page of a task's own is in there
                    self.assertEqual(dumped[kind, pid], fact, (kind, pid))

    def test_sockets(self):
        dumped = self.dumped().sockets
        compared = 0
        for inode, (state, local, peer) in self.witness.sockets.items():
            if inode == 0 or inode not in dumped:
                continue  # not accepted yet, or the kernel's own
            self.assertEqual(dumped[inode][:2], (state, local), inode)
            if peer is not None:
                self.assertEqual(dumped[inode][2], peer, inode)
            compared += 1
        self.assertGreater(compared, 25)
        # The two ends of a unix connection know each other.
        pairs = [inode for inode, socket in dumped.items() if socket[3] in dumped and dumped[socket[3]][3] == inode]
        self.assertGreaterEqual(len(pairs), 6)

    def test_the_report(self):
        """kstrax-dump --open-files says what the witness did, and prints nothing of the dump raw."""
        text = reports.report(self.folder / "report", "--open-files", "all", self.folder / "elf").read_bytes()
        self.assertEqual([byte for byte in text if byte not in b"\n" and not 0x20 <= byte < 0x7f], [])
        pid = self.holders["pipes"]
        _, rows, _ = reports.read_jsonl(
            reports.report(self.folder / "rows", "--open-files", str(pid), "--format=jsonl", self.folder / "elf"))
        found = {row["fd"]: (row["position"], row["open_flags"], row["file_path"].encode())
                 for row in rows if row["holds"] == "fd"}
        self.assertEqual(found, {fd: fact for (of, fd), fact in self.witness.descriptors.items() if of == pid})
        self.assertEqual([(row["readers"], row["writers"]) for row in rows if row["kind"] == "pipe"], [(1, 1)] * 4)

    def test_a_task_with_another_root_sees_another_path(self):
        seen = self.dumped().seen
        found = {fact for (pid, _), fact in seen.items() if pid == self.holders["chroot"]}
        self.assertIn(("inside", b"/within/the jail"), found)
        self.assertIn(("outside", b"/tmp/files/outside the jail"), found)
        found = {fact for (pid, _), fact in seen.items() if pid == self.holders["namespace"]}
        self.assertIn(("outside", b"/deep/detached"), found)

    def test_calls_find_their_name_and_file_on_the_stack(self):
        """The name also where the caller's memory is not in the dump; the file not where it is another by now."""
        for name in ("elf", *self.filtered):
            with self.subTest(dump=name):
                calls = self.dumped(name).calls
                self.assertEqual(calls[self.holders["open call"]], b"/tmp/files/no writer ever")
                self.assertEqual(calls[self.holders["read call"]], "yes")
                others = [fact for tid, fact in calls.items() if tid not in self.holders.values()]
                self.assertIn("unknown", others)


if __name__ == "__main__":
    unittest.main()
