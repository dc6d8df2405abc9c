# SPDX-License-Identifier: GPL-2.0-or-later
"""inject.py BUILD LIBRARY [RUNS]: lets calls of kstrax's programs fail, one in each run, and judges what becomes of it.
LIBRARY is faults.c, preloaded. RUNS (KSTRAX_FAULTS, or 30) are made for each command, group of calls and effect, spread
evenly over the calls; 0 means that each call fails once.

A run is right if it ends with a status of its own (0, 1, 3) or by the signal that was sent; if it fails with one line; if
no file is left but the one that was asked for; and if that file is there only when the program says so: with status 0 it is
what it is without a fault, and with status 1 there is none."""
import concurrent.futures
import os
import signal
import subprocess
import sys
import tempfile

SAMPLE = os.path.abspath('sample-dumps/x86_64-panic.elf')
SIGNALS = {'term': signal.SIGTERM, 'int': signal.SIGINT}
EFFECTS = {
    'alloc': ('fail', 'all', 'term'),
    'read': ('fail', 'all', 'short', 'intr', 'term'),
    'map': ('fail', 'all', 'int'),
    'write': ('fail', 'all', 'short', 'intr', 'term', 'int'),
    'name': ('fail', 'all', 'term'),
}
# What can be told only after the output is there: a name for it is given last.
HARMLESS = ('short', 'intr')


def commands(build, inputs):
    """Each with the files that it makes, and what it says on standard output that no fault may change."""
    dump, filter_, kstrax = (os.path.join(build, 'bin', name) for name in ('kstrax-dump', 'kstrax-filter', 'kstrax'))
    return {
        'paired': [dump, '-t', '-y', '-o', 'out', SAMPLE],
        'in flight': [dump, '-i', '-o', 'out', SAMPLE],
        'JSONL': [dump, '-t', '--format=jsonl', '-o', 'out', SAMPLE],
        'overview': [dump, '-o', 'out', SAMPLE],
        'carved': [dump, '-t', '--find=carve', '-o', 'out', SAMPLE],
        'standard output': [dump, '-t', SAMPLE],
        'buffer files': [dump, '-b', '-o', 'out', SAMPLE],
        'excerpt': [dump, '--excerpt', 'out', SAMPLE],
        'statistics of buffer files': [kstrax, '-c', os.path.join(inputs, 'set'), '-o', 'out'],
        'filter': [filter_, '-x', 'duration>0us', os.path.join(inputs, 'text')],
    }


class Run:
    """One run of a command in a folder of its own."""

    def __init__(self, command, library, **environment):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                                  env={'PATH': os.environ['PATH'], 'LD_PRELOAD': library, **environment})
            self.status = done.returncode
            self.output = done.stdout
            self.messages = done.stderr.decode(errors='replace')
            self.files = {}
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), 'rb') as file:
                    self.files[name] = file.read()


def wrong(run, whole, effect):
    """What is wrong with a run; None if nothing is."""
    if run.status < 0 and -run.status != SIGNALS.get(effect):
        return f'ended by signal {-run.status}'
    strange = set(run.files) - set(whole.files)
    if strange:
        return f'left {sorted(strange)}'
    same = run.files == whole.files and run.output == whole.output
    if effect in HARMLESS:
        return None if run.status == whole.status and same else f'status {run.status}, output {"as" if same else "not as"} without a fault'
    if run.status < 0:
        partial = any(whole.files[name] != data for name, data in run.files.items())
        return 'left a part of its output' if partial else None
    if run.status == whole.status and same:
        return None
    if run.status == 0:
        return 'status 0, but its output is another'
    if run.status == 3:
        return None if run.messages.count('\n') > whole.messages.count('\n') else 'status 3 without a word'
    if run.status != 1:
        return f'status {run.status}'
    if run.files and run.files != whole.files:
        return f'status 1, but there is {sorted(run.files)}'
    lines = run.messages.splitlines()
    if not lines or 'error: ' not in lines[-1] or len(lines) > 1 + len(whole.messages.splitlines()):
        return f'status 1 with {len(lines)} lines'
    return None


def places(count, runs):
    if runs == 0 or count <= runs:
        return range(1, count + 1)
    return sorted({1 + i * (count - 1) // (runs - 1) for i in range(runs)})


def main(build, library, runs):
    failed = passed = 0
    with tempfile.TemporaryDirectory() as inputs, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        dump = os.path.join(build, 'bin', 'kstrax-dump')
        subprocess.run([dump, '-b', '-o', os.path.join(inputs, 'set'), SAMPLE], stdout=subprocess.DEVNULL, check=True)
        subprocess.run([dump, '-t', '-o', os.path.join(inputs, 'text'), SAMPLE], check=True)
        jobs = []
        for name, command in commands(build, inputs).items():
            counts = os.path.join(inputs, 'counts')
            whole = Run(command, library, FAULT_COUNTS=counts)
            if whole.status not in (0, 3):
                print(f'FAIL {name}: status {whole.status} without a fault: {whole.messages}')
                failed += 1
                continue
            with open(counts, encoding='ascii') as file:
                calls = {group: int(count) for group, count in (line.split() for line in file)}
            for group, effects in EFFECTS.items():
                for effect in effects:
                    for place in places(calls[group], runs):
                        fault = f'{group}:{effect}:{place}'
                        jobs.append((name, fault, effect, whole, pool.submit(Run, command, library, FAULT=fault)))
        for name, fault, effect, whole, job in jobs:
            try:
                run = job.result()
                why = wrong(run, whole, effect)
            except subprocess.TimeoutExpired:
                why = 'hangs'
            if why is None:
                passed += 1
                continue
            failed += 1
            print(f'FAIL {name}, {fault}: {why}')
            if why != 'hangs':
                print('     ' + '\n     '.join(run.messages.splitlines()[:4]))
    print(f'{passed} passed, {failed} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main(os.path.abspath(sys.argv[1]), sys.argv[2], int(os.environ.get('KSTRAX_FAULTS', '30'))))
