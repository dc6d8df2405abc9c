# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's kernel log as its first serial line shows it."""

import re

# Everything by which a kernel says that it is not well.
TROUBLE = re.compile(
    r"Kernel panic|BUG:|BUG at|Oops|WARNING:|general protection|unable to handle|Call Trace|"
    r"INFO: (?:task|rcu)|detected stall|soft lockup|scheduling while atomic|"
    r"possible (?:circular|recursive) locking|inconsistent lock state|suspicious RCU|"
    r"UBSAN:|KASAN:|KCSAN:|kmemleak: \d+ new|Out of memory|init: cannot")
PANIC_END = "end Kernel panic"
TAIL_LINES = 60


class Console:
    def __init__(self, path):
        self._path = path
        self._seen = self._forgotten = 0

    def text(self):
        try:
            return self._path.read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def tail(self):
        return "\n".join(self.text().splitlines()[-TAIL_LINES:])

    def trouble(self):
        """The first line of trouble since the last call or forget(); None: all is well."""
        text = self.text()
        # A line is judged once it is whole.
        end = text.rfind("\n") + 1
        new, self._seen = text[self._seen:end], max(end, self._seen)
        for line in new.splitlines():
            if TROUBLE.search(line):
                return line.strip()
        return None

    def panicked(self):
        """Nothing answers any more, unless that was to be."""
        return PANIC_END in self.text()[self._forgotten:]

    def forget(self):
        """What has been said up to now was expected."""
        self._seen = self._forgotten = len(self.text())
