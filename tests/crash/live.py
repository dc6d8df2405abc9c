#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crash(8) with the extension on a running guest's /proc/kcore. Prints what was judged, and
"N passed, N failed". Usage: live.py [-v] [--minimal | another option of crash]"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from kstraxvm import BUILD, GuestProblem, scenarios  # noqa: E402

CRASH = pathlib.Path("/usr/bin/crash")
EXTENSION = BUILD / "lib/kstrax.so"
STRINGS = pathlib.Path("/usr/bin/strings").resolve()  # crash asks it for the kernel's banner
SESSION = """extend /lib/kstrax.so
kstrax-dump --summary > /share/summary
kstrax-dump -i > /share/in-flight
kstrax-dump -t -l 5 > /share/last
!echo the prompt is back
quit
"""
# crash makes millions of calls, which overwrite what began before: these begin anew all the time.
WAITERS = "\n".join(["(while :; do sleep 2; done) </dev/null >/dev/null 2>&1 &", "sleep 1"] * 2)


def libraries(*programs):
    """{guest path: host path} of what the dynamic loader will look for."""
    files = {}
    for program in programs:
        for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
            found = re.search(r"(?:=> )?(/\S+) \(", line)
            if found:
                files[found[1]] = found[1]
    return files


def main():
    options = [word for word in sys.argv[1:] if word != "-v"]
    files = {"/bin/crash": CRASH, "/usr/bin/strings": STRINGS, "/lib/kstrax.so": EXTENSION,
             **libraries(CRASH, STRINGS, EXTENSION)}
    try:
        with scenarios.guest_with_programs(memory=2048, files=files, timeout=1500) as guest:
            guest.load_recorder(400000)
            vmlinux = guest.put((BUILD / "vmcore/vmlinux").resolve(), "vmlinux")
            (guest.share / "session").write_text(SESSION)
            guest.run(WAITERS)
            result = guest.run(f"crash {' '.join(options)} -s -i /share/session {vmlinux} /proc/kcore "
                               "</dev/null", timeout=1200, check=False)
            texts = {name: (guest.share / name).read_text(errors="replace") if (guest.share / name).exists() else ""
                     for name in ("summary", "in-flight", "last")}
    except GuestProblem as problem:
        print(problem)
        print("0 passed, 1 failed")
        return 1
    checks = {
        "the prompt comes back": "the prompt is back" in result.stdout,
        "the rings are found": "anchor at physical" in texts["summary"],
        "the summary has no panic": "\npanic " not in texts["summary"],
        "crash itself is in flight": re.search(r"^[ >] .*", texts["in-flight"], re.M) is not None,
        "a waiting task is in flight": "clock_nanosleep(" in texts["in-flight"],
        "the last calls are there": "# only: the last 5" in texts["last"],
    }
    if "--minimal" not in options:
        checks["tasks are named"] = re.search(r"IN  sleep +clock_nanosleep", texts["in-flight"]) is not None
    failed = [name for name, good in checks.items() if not good]
    for name, good in checks.items():
        print("ok  " if good else "FAIL", name)
    if failed or "-v" in sys.argv:
        print(result.stdout[-3000:])
        for name, text in texts.items():
            print(f"--- {name}\n{text[:3000]}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
