# SPDX-License-Identifier: GPL-2.0-or-later
"""The one way in which the harness fails."""


class GuestProblem(Exception):
    """What went wrong in or around a guest, with the end of its console."""

    def __init__(self, message, console_tail=""):
        super().__init__(message)
        self.message = message
        self.console_tail = console_tail

    def __str__(self):
        if not self.console_tail:
            return self.message
        lines = "\n".join("  | " + line for line in self.console_tail.splitlines())
        return f"{self.message}\nend of the guest's console:\n{lines}"
