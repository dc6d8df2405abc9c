#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages dumps and buffer files in ways that have names, and holds the reports against those of the undamaged inputs.

Usage: corrupt.py BUILD [--files=N] [--only=WORDS] [--keep=FOLDER] [--families]

--files: so many damaged inputs, as many of each damage as of any other. The same N gives the same inputs.
--only: those alone whose name (DAMAGE/SAMPLE/FORM/NUMBER) contains the words.
--keep: leaves the inputs of faults, and of open kinds, in a folder.
--families: a shorter table, as docs/trust.md has it: the first words of damages' names.

Each damage is a test: it fails if one of its inputs shows a fault that known.py does not name.
"""
import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import damaged_files
import damaged_rings
import damaged_sets
import forms
import judge
import known
import workload
from memory import SLOT, Memory, Rings

LIMIT = 20  # seconds, of any clock
SET = 'set'
HERE = pathlib.Path(__file__).resolve().parent
Case = collections.namedtuple('Case', 'damage sample form number')


def name_of(case):
    return '/'.join(map(str, case))


class Sample:
    """An undamaged recording: its memory, and its files in all forms."""

    def __init__(self, build, folder, name):
        self.layout = workload.SAMPLES[name][0]
        self.files = {}
        script = folder / 'script'
        script.write_text(workload.script(name))
        for form in forms.OF_MEMORY + forms.OF_FILE:
            if form == 'elf32' and self.layout != 'ia32':
                continue
            subprocess.run([build / 'tests/make-dump', script, form, folder / 'dump'], check=True)
            self.files[form] = (folder / 'dump').read_bytes()
        self.memory = Memory.of_lime(self.files['lime'], forms.BLOCK_OF_LAYOUT[self.layout])
        self.rings = Rings(self.memory, self.layout)
        subprocess.run([build / 'bin/kstrax-dump', '-b', '-o', folder / 'set', folder / 'dump'], check=True,
                       stdout=subprocess.DEVNULL)
        self.files[SET] = {cpu.number: (folder / f'set_{cpu.number}').read_bytes() for cpu in self.rings.cpus}


def forms_of(damage, sample):
    """Those of a sample that a damage is done to."""
    layout = workload.SAMPLES[sample][0]
    if damage in damaged_rings.DAMAGES:
        if damaged_rings.NEEDED.get(damage, 'time') not in SLOT[layout]:
            return []
        if sample == 'chain':
            return ['elf', 'zlib'] if damage.startswith(('list-', 'descriptor-', 'head-')) else []
        if sample == 'kernel':
            return ['elf', 'zlib', 'lime']
        return forms.OF_MEMORY if not damage.startswith('kernel-') else []
    if sample in ('chain', 'kernel'):
        return []
    if damage in damaged_sets.DAMAGES:
        return [SET]
    return [form for form in damaged_files.DAMAGES[damage][0] if form != 'elf32' or layout == 'ia32']


def all_cases(files):
    """In rounds, in each one of each damage."""
    order = {}
    for damage in [*damaged_rings.DAMAGES, *damaged_files.DAMAGES, *damaged_sets.DAMAGES]:
        order[damage] = [(sample, form) for sample in workload.SAMPLES for form in forms_of(damage, sample)]
        random.Random(damage).shuffle(order[damage])
    count = 0
    while True:
        for damage, of in order.items():
            if count == files:
                return
            number, at = divmod(count // len(order), len(of))
            yield Case(damage, *of[at], number)
            count += 1


class Worker:
    """Makes inputs in a folder of its own, and runs the commands on them."""

    def __init__(self, build, folder, samples, keep):
        self.build, self.samples, self.keep_in = build, samples, keep
        self.folder = folder / f'worker-{os.getpid()}'
        self.folder.mkdir()
        self.bases = {}
        self.runner = subprocess.Popen([sys.executable, '-I', '-S', '-B', HERE / 'measure.py'],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, form, kind):
        out, err, source = (str(self.folder / name) for name in ('out', 'err', 'set' if form == SET else 'dump'))
        command = [str(self.build / 'bin' / ('kstrax' if form == SET else 'kstrax-dump')), kind, '--format=jsonl']
        command += ['-o', '-', source] if form == SET else [source]
        self.runner.stdin.write(json.dumps([command, out, err, LIMIT]) + '\n')
        self.runner.stdin.flush()
        status, seconds, kib = json.loads(self.runner.stdout.readline())
        return judge.Run(status, pathlib.Path(out).read_bytes(), pathlib.Path(err).read_bytes(), seconds, kib)

    def reports(self, form, content):
        """`content`: the bytes of the dump, or the files of a set."""
        for left in self.folder.glob('set_*'):
            left.unlink()
        if form == SET:
            for cpu, file in content.items():
                (self.folder / f'set_{cpu}').write_bytes(file)
        else:
            (self.folder / 'dump').write_bytes(content)
        return {kind: self.run(form, kind) for kind in judge.REPORTS}

    def base(self, sample, form):
        """Its writer here must give what make-dump gives, or it is this test that damages."""
        if (sample, form) not in self.bases:
            own = self.samples[sample]
            content = own.files[form]
            runs = self.reports(form, content)
            if form in forms.OF_MEMORY:
                again = self.reports(form, forms.write(own.memory, form, content, own.layout))
                assert all(runs[kind].out == again[kind].out for kind in runs), (sample, form)
            assert all(run.status == 0 for run in runs.values()), (sample, form, runs)
            self.bases[sample, form] = runs
        return self.bases[sample, form]

    def damaged(self, case):
        """The damaged input, and the CPUs whose rings are hurt (None: any)."""
        own, source = self.samples[case.sample], random.Random(name_of(case))
        if case.damage in damaged_rings.DAMAGES:
            memory = own.memory.copy()
            hurt = damaged_rings.DAMAGES[case.damage](memory, own.rings, source)
            return forms.write(memory, case.form, own.files[case.form], own.layout), hurt
        if case.damage in damaged_sets.DAMAGES:
            return damaged_sets.DAMAGES[case.damage](own.files[SET], source)
        return damaged_files.DAMAGES[case.damage][1](own.files[case.form], own.layout, source), None

    def judged(self, case):
        base = self.base(case.sample, case.form)
        content, hurt = self.damaged(case)
        forged = case.damage in damaged_rings.FORGED
        found = judge.judge(base, self.reports(case.form, content), hurt, forged)
        if found.verdict == judge.SLOW:  # A busy machine's moment?
            found = judge.judge(base, self.reports(case.form, content), hurt, forged)
        return found

    def keep(self, case):
        name = name_of(case).replace('/', '-')
        for file in self.folder.glob('set_*' if case.form == SET else 'dump'):
            shutil.copy(file, self.keep_in / (name + file.name.removeprefix('set' if case.form == SET else 'dump')))


worker = None  # this process's


def begin(*given):
    global worker
    worker = Worker(*given)


def work(case):
    judged = worker.judged(case)
    if worker.keep_in and is_fault(judged):
        worker.keep(case)
    return case, judged


def is_fault(judged):
    return judge.VERDICTS.index(judged.verdict) >= judge.VERDICTS.index(judge.SPREAD)


def table(found, families):
    """A line for each damage: how many of its inputs ended in each way; records lost and records new in those that say so."""
    lines = collections.defaultdict(collections.Counter)
    for case, judged in found:
        for name in (case.damage.split('-')[0] if families else case.damage, 'all'):
            lines[name].update({judged.verdict: 1, 'lost': judged.lost, 'new': judged.new})
    lines['all'] = lines.pop('all')
    shown = [verdict for verdict in judge.VERDICTS if lines['all'][verdict]] + ['lost', 'new']
    if families:
        print(f'| damage | {" | ".join(shown)} |\n|---{"|---:" * len(shown)}|')
        for name, line in lines.items():
            print(f'| {name} | {" | ".join(str(line[verdict]) for verdict in shown)} |')
        return
    print(f'{"damage":34}' + ''.join(f'{verdict:>11}' for verdict in shown))
    for name, line in lines.items():
        print(f'{name:34}' + ''.join(f'{line[verdict] or "-":>11}' for verdict in shown))


def tell(found):
    """Prints what is open and what is wrong; returns the names of what fails."""
    failed, still = set(), collections.Counter()
    for case, judged in found:
        if case.damage in known.OPEN and judged.verdict in (judge.SILENT, judge.SPREAD):
            still[case.damage] += 1
        elif is_fault(judged):
            failed.add(case.damage)
            print(f'FAIL {name_of(case)}: {judged.verdict}: {judged.why}')
    for damage, why in known.OPEN.items():
        tried = sum(case.damage == damage for case, _ in found)
        if tried:
            print(f'open {damage}: {still[damage]} of {tried} inputs: {why}')
    counts = collections.Counter(judged.why for _, judged in found if judged.verdict == judge.UNKNOWN)
    for name, (_, most) in known.UNKNOWABLE.items():
        print(f'not knowable: {name}: {counts[name]} inputs (at most {most})')
        if counts[name] > most:
            failed.add(name)
            print(f'FAIL {name}: {counts[name]} inputs, at most {most} are expected')
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=lambda name: pathlib.Path(name).resolve())
    parser.add_argument('--files', type=int, default=500)
    parser.add_argument('--only', default='')
    parser.add_argument('--keep', type=pathlib.Path)
    parser.add_argument('--families', action='store_true')
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    cases = [case for case in all_cases(given.files) if given.only in name_of(case)]
    with tempfile.TemporaryDirectory(prefix='kstrax-corrupt-') as name:
        folder = pathlib.Path(name)
        samples = {name: Sample(given.build, folder, name) for name in workload.SAMPLES}
        # Forked: samples are not copied.
        shared = given.build, folder, samples, given.keep
        with multiprocessing.get_context('fork').Pool(initializer=begin, initargs=shared) as pool:
            results = pool.map(work, cases, chunksize=8)
    table(results, given.families)
    print(f'{len(results)} inputs; the most that one took: {max(j.seconds for _, j in results):.2f} s, '
          f'{max(j.kib for _, j in results) // 1024} MiB')
    failed = tell(results)
    tests = {case.damage for case in cases} | failed
    print(f'{len(tests - failed)} passed, {len(failed)} failed')
    return 1 if failed or not tests else 0


if __name__ == '__main__':
    sys.exit(main())
