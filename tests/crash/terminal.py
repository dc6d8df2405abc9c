#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crash(8) on a terminal: a pager that is left, Ctrl-C, pipes, contexts, foreach, unloading.

Usage: terminal.py EXTENSION VMLINUX DUMP [CRASH-OPTION…]. Prints what was judged, and
"N passed, N failed".
"""

import os
import pathlib
import pty
import re
import select
import signal
import sys
import tempfile
import time

PROMPT = "crash> "
PATIENCE = 300  # seconds for what takes one on an idle machine
STOPPED = "kstrax-dump: error: stopped before the end of the report"
END_OF_PAGE = "forward: <SPACE>"  # what crash has less say below each page


class Terminal:
    """A program on a terminal of its own, and what it has written since the last look."""

    def __init__(self, command):
        self.text = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", LESS="-d", LINES="24", COLUMNS="80")
            os.execvp(command[0], command)

    def type(self, keys):
        os.write(self._fd, keys.encode())

    def until(self, wanted):
        """Reads up to one of these texts; all that was read. Reads no more than it must."""
        deadline = time.monotonic() + PATIENCE
        while True:
            ends = [self.text.index(text) + len(text) for text in wanted if text in self.text]
            if ends:
                seen, self.text = self.text[:min(ends)], self.text[min(ends):]
                return seen
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                raise SystemExit(f"crash-terminal: no {wanted} after {PATIENCE} s; last: {self.text[-1000:]!r}\n"
                                 "0 passed, 1 failed")
            try:
                self.text += os.read(self._fd, 256).decode(errors="replace").replace("\r", "")
            except OSError:
                raise SystemExit(f"crash-terminal: crash has ended: {self.text[-1000:]!r}\n"
                                 "0 passed, 1 failed") from None

    def run(self, line):
        """A command with its output, without the echo of it."""
        self.type(line + "\n")
        self.until([line + "\n"])
        return self.until([PROMPT]).removesuffix(PROMPT)

    def piped(self, line):
        """The same for a pipe: crash looks for the new process for 10 ms, and gives up on a busy machine."""
        for _ in range(50):
            output = self.run(line)
            if "pipe operation failed" not in output:
                break
        return output

    def open_files(self):
        return sorted(os.readlink(f"/proc/{self.pid}/fd/{each}") for each in os.listdir(f"/proc/{self.pid}/fd"))

    def children(self):
        return pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()

    def memory(self):
        """KiB of it in RAM."""
        return int(re.search(r"VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())[1])


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, name, good, seen=""):
        if good:
            self.passed += 1
            print("ok  ", name, flush=True)
        else:
            self.failed += 1
            print("FAIL", name, repr(seen)[:1000], flush=True)


def pager(crash, check):
    """Pages of the raw report; `q` on the first."""
    crash.run("set scroll on")
    for _ in range(3):  # what the first time leaves allocated is no leak
        leave_pager(crash)
    before = crash.open_files(), crash.memory()
    outputs = [leave_pager(crash) for _ in range(10)]
    check("a pager that is left: no message", set(outputs) == {""}, outputs)
    check("a pager that is left: no open file is left", crash.open_files() == before[0], crash.open_files())
    check("a pager that is left: no process is left", crash.children() == [], crash.children())
    check("a pager that is left: no memory is left", crash.memory() - before[1] < 4096, crash.memory() - before[1])
    seen = leave_pager(crash, "\x03")
    check("Ctrl-C in the pager, then q: nothing but that it was stopped", seen in ("", STOPPED), seen)
    crash.run("set scroll off")


def leave_pager(crash, *keys):
    """What comes between the pager's last words and crash's prompt."""
    crash.type("kstrax-dump -r\n")
    for key in (*keys, "q"):
        crash.until([END_OF_PAGE])  # which less says anew after each key
        crash.until(["quit: q"])
        crash.type(key)
    return crash.until([PROMPT]).removesuffix(PROMPT).strip()


def interrupts(crash, check):
    """The terminal holds a few KB of the report: crash is in the midst of it when the key comes."""
    for report in ("-r", "-t --format=jsonl"):
        crash.type(f"kstrax-dump {report}\n")
        crash.until(["kstrax raw report", '"kstrax'])
        crash.type("\x03")
        seen = crash.until([PROMPT])
        check(f"Ctrl-C in {report}: a word of it", STOPPED in seen,
              seen[-500:])
    check("after Ctrl-C, the next report is whole", "# lost: " in crash.run("kstrax-dump -c"))


def pipes(crash, check, folder):
    first = crash.piped("kstrax-dump -r | head -n 1")
    check("a pipe that is closed early: its line, and no message",
          re.fullmatch(r"# kstrax raw report [^\n]*\n\s*", first), first)
    last = crash.piped("kstrax-dump -t | tail -n 1")
    check("a pipe that is read to its end", re.fullmatch(r"# lost: [^\n]*\n\s*", last), last)
    crash.run(f"kstrax-dump -c > {folder}/report")
    crash.run(f"kstrax-dump -c >> {folder}/report")
    text = (folder / "report").read_text()
    check("> and >> write a file", text.count("# kstrax statistics") == 2 and
          text[:len(text) // 2] == text[len(text) // 2:], text[:200])
    check("a file that cannot be written: crash's word",
          "unable to open" in crash.run(f"kstrax-dump -c > {folder}/none/report"))
    full = crash.run("kstrax-dump -r > /dev/full")
    check("a full disk: one line", full == "kstrax-dump: error: cannot write: No space left on device\n", full)


def contexts(crash, check):
    panicked = re.search(r"panic .*thread (\d+)", crash.run("kstrax-dump --summary"))[1]
    check("-p alone: the task that panicked", f"# only: PID {panicked}\n" in crash.run("kstrax-dump -c -p"))
    crash.run("set -c 0")
    zero = crash.run("kstrax-dump -c -p")
    current = re.search(r"PID: (\d+)", crash.run("set"))[1]
    check("-p alone after set -c 0: that CPU's task", f"# only: PID {current}\n" in zero, zero)
    crash.run("set -p")
    check("-p alone after set -p: the task that panicked",
          f"# only: PID {panicked}\n" in crash.run("kstrax-dump -c -p"))
    task = re.search(r"TASK: (\w+)", crash.run("set"))[1]
    check("-p with a task_struct", f"# only: PID {panicked}\n" in crash.run(f"kstrax-dump -c -p {task}"))
    refused = crash.run("foreach kstrax-dump -c")
    check("foreach: crash's word", "foreach" in refused and "# kstrax" not in refused, refused)


def loading(crash, check, extension):
    check("loading twice", "shared object already loaded" in crash.run(f"extend {extension}"))
    check("unloading", "shared object unloaded" in crash.run(f"extend -u {extension}"))
    check("once unloaded, it is gone", "command not found" in crash.run("kstrax-dump -c"))
    for _ in range(5):
        crash.run(f"extend {extension}")
        again = crash.run("kstrax-dump -t --format=jsonl")
        crash.run(f"extend -u {extension}")
    check("loaded and unloaded again and again, it works", '{"type":"trailer"' in again, again[-500:])


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    extension, vmlinux, dump, *options = sys.argv[1:]
    crash = Terminal(["crash", *options, "-s", vmlinux, dump])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    check = Checks()
    try:
        crash.until([PROMPT])
        crash.run("set scroll off")
        check("loading", "shared object loaded" in crash.run(f"extend {extension}"))
        pager(crash, check)
        interrupts(crash, check)
        with tempfile.TemporaryDirectory() as folder:
            pipes(crash, check, pathlib.Path(folder))
        contexts(crash, check)
        loading(crash, check, extension)
        crash.type("quit\n")
        check("crash ends well", os.waitpid(crash.pid, 0)[1] == 0)
    finally:
        try:
            os.kill(crash.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
