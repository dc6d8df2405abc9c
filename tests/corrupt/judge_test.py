#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of each kind, in made-up reports: the judge must find them. And measure.py must say how a command ended."""
import json
import pathlib
import subprocess
import sys
import tempfile

import judge

WARNING = b'kstrax-dump: warning: something\n'
ERROR = b'kstrax-dump: error: something\n'


def record(cpu, serial, **changed):
    row = {'serial': serial, 'cpu': cpu, 'pid': 10 + cpu, 'time_ns': 100 * serial + cpu, 'args': ['0x1'], 'path': None}
    return {**row, **changed}


def call(cpu, state='complete', **changed):
    return {'pid': 10 + cpu, 'cpu': cpu, 'start_ns': 100, 'state': state, **changed}


ROWS = {'-r': [record(cpu, serial) for serial in (1, 2, 3) for cpu in (0, 1)], '-t': [call(0), call(1)]}


def run(rows, status=0, err=b'', torn=0, **facts):
    header = {'type': 'header', 'recording': {'end_ns': 1000, 'panic_cpu': 0, **facts},
              'cpus': [{'cpu': cpu, 'written': 3, 'torn': torn, 'last_ns': 300 + cpu} for cpu in (0, 1)]}
    lines = [header, *rows, {'type': 'trailer', 'rows': len(rows)}]
    return judge.Run(status, ''.join(json.dumps(line) + '\n' for line in lines).encode(), err, 0.01, 10_000)


def runs(raw=None, calls=None, **how):
    return {'-r': run(ROWS['-r'] if raw is None else raw, **how), '-t': run(ROWS['-t'] if calls is None else calls, **how)}


def both(**changed):
    return {kind: one._replace(**changed) for kind, one in runs(status=changed.get('status', 0)).items()}


def changed(at, **fields):
    return [{**row, **fields} if i == at else row for i, row in enumerate(ROWS['-r'])]


REFUSED = {'status': 1, 'out': b'', 'err': ERROR}
CASES = [  # what it is, the runs, the verdict
    ('nothing differs', runs(), judge.SAME),
    ('a warning, and nothing differs', runs(status=3, err=WARNING), judge.SAID),
    ('a record is missing', runs(ROWS['-r'][1:]), judge.SILENT),
    ('a record is new', runs(ROWS['-r'] + [record(1, 4)]), judge.SILENT),
    ('a record is missing, and it is said', runs(ROWS['-r'][1:], status=3, err=WARNING), judge.SAID),
    ('a record of another ring is missing, and it is said', runs(ROWS['-r'][:-1], status=3, err=WARNING), judge.SPREAD),
    ('a thread differs', runs(changed(0, pid=7)), judge.SILENT),
    ('an argument differs', runs(changed(0, args=['0x2'])), judge.UNKNOWN),
    ('an argument and a thread differ', runs(changed(0, args=['0x2'], pid=7)), judge.SILENT),
    ('a time differs, within its neighbours', runs(changed(2, time_ns=201)), judge.UNKNOWN),
    ('a time differs, and goes back', runs(changed(2, time_ns=50)), judge.SILENT),
    ('the newest record is torn', runs(ROWS['-r'][:4] + ROWS['-r'][5:], torn=1), judge.UNKNOWN),
    ('an older record is torn', runs(ROWS['-r'][1:], torn=1), judge.SILENT),
    ('records stand in another order', runs(ROWS['-r'][::-1]), judge.SILENT),
    ('a call is missing', runs(calls=[call(0)]), judge.SILENT),
    ('a call is new, and marked', runs(calls=ROWS['-t'] + [call(1, 'exit_lost')]), judge.SAME),
    ('a call is new, and not marked', runs(calls=ROWS['-t'] + [call(1, start_ns=5)]), judge.SILENT),
    ('the end differs', runs(end_ns=2000), judge.UNKNOWN),
    ('the end lies before the newest record', runs(end_ns=200), judge.SILENT),
    ('the kernel differs', runs(kernel='other'), judge.SILENT),
    ('refused', both(**REFUSED), judge.SPREAD),
    ('refused in two lines', both(**{**REFUSED, 'err': 2 * ERROR}), judge.UNTIDY),
    ('refused behind rows', both(**{**REFUSED, 'out': b'{}\n'}), judge.UNTIDY),
    ('one report is refused', {**runs(), '-t': both(**REFUSED)['-t']}, judge.UNTIDY),
    ('status 3 without a warning', runs(status=3), judge.UNTIDY),
    ('a usage error', both(status=2), judge.UNTIDY),
    ('no trailer', both(out=b'{"type":"header"}\n'), judge.UNTIDY),
    ('control characters', runs(status=3, err=WARNING + b'\x1b[2J\n'), judge.UNTIDY),
    ('much memory', both(kib=50_000), judge.FAT),
    ('much time', both(seconds=0.3), judge.SLOW),
    ('no end', both(status=None), judge.HUNG),
    ('a signal', both(status=-11), judge.DIED),
]


def measured(script, limit):
    with tempfile.TemporaryDirectory() as folder:
        line = json.dumps([['/bin/sh', '-c', script], f'{folder}/out', f'{folder}/err', limit]) + '\n'
        runner = pathlib.Path(__file__).with_name('measure.py')
        return json.loads(subprocess.run([sys.executable, '-I', '-S', '-B', runner], input=line, text=True, check=True,
                                         stdout=subprocess.PIPE).stdout)


def main():
    found = [(name, judge.judge(runs(), made, {0}, False).verdict, wanted) for name, made, wanted in CASES]
    found += [('refused, where any ring may be hurt', judge.judge(runs(), both(**REFUSED), None, False).verdict, judge.REFUSED),
              ('forged', judge.judge(runs(), runs(ROWS['-r'][1:]), None, True).verdict, judge.FORGED),
              ('measured: a status', measured('exit 3', 5)[0], 3),
              ('measured: a signal', measured('kill -SEGV $$', 5)[0], -11),
              ('measured: no end', measured('exec sleep 9', 1)[0], None),
              ('measured: time', measured('while :; do :; done', 1)[1] > 0.3, True)]
    failed = [one for one in found if one[1] != one[2]]
    for name, got, wanted in failed:
        print(f'FAIL {name}: {got}, expected {wanted}')
    print(f'{len(found) - len(failed)} passed, {len(failed)} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
