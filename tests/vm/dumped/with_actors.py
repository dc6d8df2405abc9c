# SPDX-License-Identifier: GPL-2.0-or-later
"""What a dump says of each actor, held against /proc of the moment before and against what the actor said of itself.

Only tasks that did not run in between are compared.
"""

import collections
import dataclasses
import re
import unittest

from kstraxvm import actors, live, paths, reports

from .test_files import PROCESS_FACTS, Facts

STATES = {"R": "RU", "S": "IN", "D": "UN", "T": "ST", "t": "TR", "Z": "ZO", "I": "ID"}
WHERE = {"in": "inside", "behind": "behind", "near": "inside or behind"}
X32 = 1 << 30  # of the number; kstrax says it in abi
NEVER_RAN = "ret_from_fork"  # and _asm: where every task begins. Such a one's /proc/PID/stack names the code before it
FOLDER_WAITS = ("mkdir-wait", "rename-wait", "unlink-wait", "rmdir-wait", "create-wait", "link-wait", "symlink-wait")
OWNERS = {"fpos-wait": "fpos-hold", "pipe-wait": "pipe-hold", "pipe-size-wait": "pipe-hold", "inode-wait": "inode-hold",
          "inode-2-wait": "inode-hold", "stream-wait": "stream-hold", "epoll-wait": "epoll-hold", "text-wait": "text-hold",
          "futex-pi": "pi-owner", "flock": "locks-a-file", "fcntl-lock": "locks-a-file", "ofd-lock": "locks-a-file",
          "lease-break": "lease", "deleted-file": "deleted-file", "memfd": "memfd", **dict.fromkeys(FOLDER_WAITS, "folder-hold")}
OWN_LOCKS = {"deleted-file", "memfd"}  # that wait for a flock that they have themselves, by another description
LEAST_ACTORS = 150  # of which this kernel may lack some


class Tally:
    """{what: [right, wrong, unknown]}; each that is wrong by name."""

    def __init__(self):
        self.right, self.unknown = collections.Counter(), collections.Counter()
        self.wrong = collections.defaultdict(list)

    def add(self, what, task, said, truth):
        """said None: the dump does not tell."""
        if said is None:
            self.unknown[what] += 1
        elif said == truth:
            self.right[what] += 1
        else:
            self.wrong[what].append(f"{task}: {said}, not {truth}")


def of_call(tally, name, row, proc):
    """Of tasks of user mode; what /proc says of the others' registers is nothing (they have none, or another's)."""
    if row["stack_end"] != "from user mode" or proc.call in ("running", "-"):
        return
    number, *words = proc.call.split(",")
    if int(number) == -1:
        tally.add("in no call, as /proc", name, row["in_call"], "no")
        return
    tally.add("call, as /proc", name, row["nr"], int(number) & ~X32)
    if row["args"]:
        tally.add("arguments, as /proc", name, row["args"], words[:len(row["args"])])


def of_meaning(tally, name, row, meant):
    """What the task itself has said."""
    if meant.where == "out":
        # Of what is dead, nothing is to be said.
        return tally.add("in no call, as meant", name, row["in_call"] if row["task_state"] != "ZO" else "no", "no")
    where = row["in_call"] if meant.where == "near" and row["in_call"] != "no" else WHERE[meant.where]
    tally.add("call, as meant", name, (row["in_call"], row["abi"] == "x32", row["nr"], row["name"]),
              (where, meant.nr & X32 != 0, meant.nr & ~X32, meant.name if meant.name != "-" else f"syscall_{meant.nr}"))
    if meant.words and row["args"] and row["in_call"] == "inside":
        width = len(row["args"])
        tally.add("arguments, as meant", name, [int(word, 16) for word in row["args"]], meant.words[:width])
    # A socket is shown by its ends, which are compared elsewhere.
    if meant.path and row["args"] and not meant.path.startswith("socket:"):
        number = int(row["args"][0], 16) & 0xffffffff
        said = re.search(rf"\({number}<([^>]*)>", row["text"])
        tally.add("file of the call, as meant", name, said[1] if said else None, meant.path)


def of_files(tally, names, dumped, witness, still):
    """still: the tasks that did not run."""
    for (pid, number), fact in witness.descriptors.items():
        if pid in still:
            tally.add("descriptors", f"{names[pid]}, {number}", dumped.descriptors.get((pid, number)), fact)
    for (kind, pid), fact in witness.processes.items():
        if pid not in still or kind not in PROCESS_FACTS[:4]:
            continue
        said = dumped.processes.get((kind, pid))
        tally.add("working folder, root, program, command line", f"{names[pid]}, {kind}",
                  None if said == "missing" else said or b"", fact)
    for inode, (state, local, peer) in witness.sockets.items():
        if inode in dumped.sockets:
            said = dumped.sockets[inode]
            tally.add("sockets", f"socket {inode}", said[:2 + (peer is not None)],
                      (state, local, peer)[:2 + (peer is not None)])


class WithActors(unittest.TestCase):
    """A guest of a kind, frozen with all of them; then it panics, and is dumped again."""
    machine = {}
    asks_files = True
    asks_itself = True  # the guest has a kstrax-dump
    forgotten = ()      # actors that are behind a call whose number the kernel has taken back
    unsaid = ""         # marks of frames that /proc leaves out

    @classmethod
    def before(cls, guest):
        """What the guest does before anybody acts."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        files = {}
        if cls.asks_itself:
            dumper = paths.command("kstrax-dump")
            files = {"/bin/kstrax-dump": dumper, **{path: path for path in live.libraries(dumper)}}
        with actors.guest_with_actors(files=files, **cls.machine) as guest:
            cls.before(guest)
            cls.skipped = actors.start(guest)
            cls.files = Facts(actors.files_of(guest, actors.witness(guest)) if cls.asks_files else ())
            guest.run(actors.ACT_LATE)
            cls.complaints = guest.run("cat /tmp/actors.err").stdout
            cls.meant = actors.meant(guest)
            cls.proc = actors.witness(guest)
            if cls.asks_itself:
                guest.run("kstrax-dump --tasks --format=jsonl /proc/kcore >/share/kcore", check=False)
                guest.get("kcore", cls.folder / "kcore.jsonl")
            guest.freeze()
            guest.dump(cls.folder / "frozen.elf", "elf")
            guest.dump(cls.folder / "frozen.kdump", "kdump-zlib")
            cls.release = guest.kernel.release
            guest.thaw()
            guest.panic()
            guest.dump(cls.folder / "panic.elf", "elf")
        cls.names = {tid: task.name for tid, task in cls.proc.items()}

    def rows(self, *options, dump="frozen.elf"):
        file = reports.report(self.folder / "report", *options, "--format=jsonl", self.folder / dump)
        return reports.read_jsonl(file)[1]

    def text(self, *options, dump="frozen.elf"):
        return reports.report(self.folder / "report", *options, self.folder / dump).read_text()

    def tasks(self, dump):
        """{tid: row} of --tasks, each with its line of text."""
        rows = {row["pid"]: row for row in self.rows("--tasks", dump=dump) if row["pid"] != 0}
        for line in self.text("--tasks", dump=dump).splitlines():
            found = re.match(r"[>* ] *(\d+) ", line)
            if found and int(found[1]) in rows:
                rows[int(found[1])]["text"] = line
        return rows

    def owner(self, name, said):
        """In a real-time kernel, the first that wants to write keeps the others off, and waits for readers that nobody keeps."""
        return said if "-rt-" in self.release and {name, said} <= set(FOLDER_WAITS) else OWNERS[name]

    def still(self, dump):
        """{tid: (how its stack ends, frames)} of all tasks that did not run between the witness and the dump."""
        stacks = actors.stacks(self.folder / dump)
        return {tid: stacks[tid][0][2:] for tid, proc in self.proc.items()
                if tid in stacks and stacks[tid][0][:2] == ("-", proc.ran)}

    def expect_whole_stacks_of_cpus(self):
        for name in ("frozen.elf", "panic.elf"):
            for tid, rows in actors.stacks(self.folder / name).items():
                for cpu, _, end, frames in rows:
                    if cpu != "-":
                        with self.subTest(dump=name, cpu=cpu, task=tid):
                            self.assertIn(end, ("user", "whole"), frames)

    def tally(self, dump):
        """Of those."""
        tally = Tally()
        rows, still = self.tasks(dump), self.still(dump)
        for tid, (end, frames) in still.items():
            proc = self.proc[tid]
            # A kernel thread that was woken since may wait for the CPU that the last actor does not leave.
            if rows[tid]["task_state"] != "RU" or rows[tid]["stack_end"] == "from user mode":
                tally.add("state", proc.name, rows[tid]["task_state"], STATES[proc.state])
            if proc.name in actors.LATE and proc.frames[0].startswith(("__switch_to_asm+", "cpu_switch_to+")):
                tally.add("stack", proc.name, frames[0].startswith(NEVER_RAN) and len(frames), 1)
            else:
                tally.add("stack", proc.name, actors.as_proc(frames, self.unsaid), proc.frames)
            # What has ended has no stack; in user mode, /proc shows none either.
            tally.add("end of the stack", proc.name, end in (("user", "whole") if proc.frames else ("none", "user")), True)
            of_call(tally, proc.name, rows[tid], proc)
            if tid in self.meant and proc.state != "Z" or proc.name == "zombie":
                meant = self.meant[tid]
                of_meaning(tally, proc.name, rows[tid],
                           dataclasses.replace(meant, where="out") if proc.name in self.forgotten else meant)
            if rows[tid]["waits_for"] == "percpu_rwsem":
                tally.add("name of the lock", proc.name, rows[tid]["lock_name"], "ext4 on ram0")
            if proc.name in OWNERS:
                tally.add("owner of the lock", proc.name, rows[tid]["owner_command"],
                          self.owner(proc.name, rows[tid]["owner_command"]))
        of_files(tally, self.names, Facts(actors.files(self.folder / dump)), self.files, still)
        return tally
