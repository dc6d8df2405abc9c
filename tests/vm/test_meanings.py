# SPDX-License-Identifier: GPL-2.0-or-later
"""kstrax-dump -y says what strace says of the same calls; --time=monotonic stands beside dmesg's stamps."""

import re
import shutil
import unittest

from kstraxvm import live, paths, reports, scenarios

# strace's own ways, which -y does not have: what it read through a pointer, and its comments.
STRUCTURE = re.compile(r'^["\[{]')
COMMENT = re.compile(r" /\*.*?\*/")
DECODED_VALUE = re.compile(r"^(0x[0-9a-f]+|\d+) \(.*\)$")  # 0x1 (flags FD_CLOEXEC)
POINTER = re.compile(r"^(0x[0-9a-f]+|\".*\"(\.\.\.)?)$")   # ours, of a structure or a name

# Seconds that printk's clock and CLOCK_MONOTONIC may drift apart while marks are made every 20 ms: parts of
# a million, but where a busy host falsified the frequency that the guest measured at boot.
DRIFT = 10e-3


def arguments_of(text):
    """Those at the outermost level, split at their commas."""
    parts, part, depth, quoted, skip = [], "", 0, False, False
    for char in text:
        if skip:
            skip = False
        elif quoted:
            skip, quoted = char == "\\", char != '"'
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(part.strip())
            part = ""
            continue
        part += char
    return [*parts, part.strip()] if part.strip() else parts


def call_of(text):
    """(name, [argument], result) of name(arguments) = result."""
    name, rest = text.split("(", 1)
    inside, result = re.match(r"(.*)\)\s+= (.*)$", rest).groups()
    return name, arguments_of(inside), result


def from_strace(text):
    return [call_of(line.split(maxsplit=1)[1]) for line in text.splitlines() if " +++ " not in line]


def from_kstrax(text, pid):
    lines = (line.split(maxsplit=3) for line in text.splitlines() if not line.startswith("#"))
    return [call_of(re.sub(r" <[a-z ]+>$", "", call)) for number, _, _, call in lines if int(number) == pid]


def agree(strace, kstrax):
    """Of one call; what strace read from memory is a pointer or a name with us."""
    name, expected, result = strace
    our_name, arguments, our_result = kstrax
    decoded = DECODED_VALUE.match(result)
    if decoded and not result.startswith("-1 "):
        result = decoded[1]
    if name != our_name or result != our_result or len(expected) != len(arguments):
        return False
    return all(POINTER.match(ours) if STRUCTURE.match(theirs) else COMMENT.sub("", theirs) == ours
               for theirs, ours in zip(expected, arguments))


class Meanings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        strace = shutil.which("strace")
        if strace is None:
            raise unittest.SkipTest("strace is not installed")
        folder = paths.scratch(cls.addClassCleanup)
        files = {path: path for path in live.libraries(strace)}
        files |= {"/bin/strace": strace, "/bin/meanings": paths.program("meanings")}
        with scenarios.guest_with_programs(files=files) as guest:
            guest.load_recorder(20000)
            guest.run("strace -f -o /tmp/strace meanings")
            cls.strace = guest.run("cat /tmp/strace").stdout
            cls.marking = int(guest.run("meanings marks").stdout)
            cls.log = guest.run("dmesg").stdout
            guest.panic()
            guest.dump(folder / "elf")
        cls.text = reports.report(folder / "names", "-t", "-y", folder / "elf").read_text()
        cls.times = reports.report(folder / "times", "-t", "-e", "write", "--time=monotonic", folder / "elf").read_text()

    def test_names_are_those_of_strace(self):
        pid = int(self.strace.split(maxsplit=1)[0])
        expected, ours = from_strace(self.strace), from_kstrax(self.text, pid)
        # strace begins with the execve that strace's child makes; what that child did before is ours alone.
        ours = ours[len(ours) - len(expected):]
        wrong = [f"{theirs}\n{own}" for theirs, own in zip(expected, ours) if not agree(theirs, own)]
        self.assertEqual(wrong, [])
        self.assertEqual(len(expected), len(ours))
        meaningful = [name for name, arguments, _ in ours if any(re.search("[A-Z]{2}|^0[0-7]+$", one) for one in arguments)]
        self.assertGreaterEqual(len(meaningful), 60)
        self.assertGreaterEqual(len(set(meaningful)), 30)
        print(f"{len(ours)} calls as strace has them, {len(meaningful)} of them with names")

    def test_monotonic_times_stand_beside_the_logs_stamps(self):
        """A line's stamp lies within the call that wrote it, but for one difference of the two clocks."""
        stamps = [float(line.split("]")[0].strip("[ ")) for line in self.log.splitlines() if "kstrax-mark" in line]
        calls = [line.split() for line in self.times.splitlines() if not line.startswith("#")]
        spans = [(float(start), float(end)) for pid, start, end, *call in calls
                 if int(pid) == self.marking and call[-1] == "0xf"]
        self.assertEqual((len(stamps), len(spans)), (8, 8))
        least = max(stamp - end for stamp, (_, end) in zip(stamps, spans))
        most = min(stamp - start for stamp, (start, _) in zip(stamps, spans))
        print(f"the log's stamps are later by {least * 1e6:.0f} to {most * 1e6:.0f} us")
        self.assertLess(least - most, DRIFT)
        self.assertLess(abs(most), 1)


if __name__ == "__main__":
    unittest.main()
