# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs commands, one a line of standard input, and says how each ended and what it took. The most memory of a process counts
from its fork on, so this stays a small process.

A line in: [command, file for standard output, file for standard error, seconds]. A line out: [status, as of Popen, or null
after that many seconds; seconds of processor time; KiB]."""
import json
import os
import signal
import sys

for line in sys.stdin:
    command, out, err, limit = json.loads(line)
    child = os.fork()
    if child == 0:
        for number, name, flags in ((0, '/dev/null', os.O_RDONLY), (1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
                                    (2, err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
            os.dup2(os.open(name, flags, 0o600), number)
        # SIGALRM goes with the process through exec, and ends it.
        signal.alarm(limit)
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps([None if code == -signal.SIGALRM else code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]), flush=True)
