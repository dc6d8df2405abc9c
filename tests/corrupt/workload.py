# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings to be damaged, as scripts for make-dump: some threads on three CPUs. The ring of the first CPU has wrapped,
that of the last is not full. Nothing is wrong with them: each report of them ends with status 0."""
import random

# layout: its call that opens a file, and where pointers of its programs lie
LAYOUTS = {
    'ia32': ('open', 0xbfff0000),
    'ia64': ('open', 0x60000fffffff0000),
    'x86_64': ('openat', 0x7ffd00000000),
}
# sample: its layout, slots of a ring (some pages of them), calls on each CPU as shares of that, and lines of settings.
# One has a kernel around the rings. That with a chain of frame lists has slots of the most bytes, and list headers.
SAMPLES = {
    'ia32': ('ia32', 256, [0.9, 0.42, 0.15], []),
    'ia64': ('ia64', 512, [0.9, 0.42, 0.15], []),
    'x86_64': ('x86_64', 256, [0.9, 0.42, 0.15], []),
    'kernel': ('x86_64', 256, [0.9, 0.42, 0.15], ['tables "4 levels"', 'kaslr 0x23200000']),
    'chain': ('x86_64', 4200, [0.6], ['entry_size 256', 'sizes 1328 1408 256 2048']),
}
START = 1_000_000_000
CALLS = [('read', 3), ('write', 3), ('close', 1), ('getpid', 0), ('lseek', 3), ('dup', 1)]


class Writer:
    """The lines of one script, in the order of time."""

    def __init__(self, layout, seed):
        self.random = random.Random(seed)
        self.open, self.pointers = LAYOUTS[layout]
        self.with_processes = layout == 'x86_64'
        self.time = START
        self.lines = []

    def record(self, cpu, thread, text):
        self.time += self.random.randrange(200, 20_000)
        process = f'/{thread}' if self.with_processes else ''
        self.lines.append(f'{cpu} {self.time} tid={thread}{process} {text}')

    def call(self, cpu, thread):
        if self.random.random() < 0.2:
            name = '/'.join(self.random.choice(['srv', 'data', 'a-long-part-of-a-name', 'log']) for _ in range(3))
            args = [f'{self.pointers + self.random.randrange(0, 4096, 8):#x}', '0', '0']
            if self.open == 'openat':
                args.insert(0, '-100')
            self.record(cpu, thread, f'{self.open} args={",".join(args)} path="/{name}/{self.random.randrange(1000)}"')
            self.record(cpu, thread, f'{self.open} = {self.random.randrange(3, 200)}')
            return
        name, count = self.random.choice(CALLS)
        args = [f'{self.pointers + self.random.randrange(0, 65536, 8):#x}' if i == 1 else
                str(self.random.randrange(3, 200)) for i in range(count)]
        self.record(cpu, thread, name + (f' args={",".join(args)}' if args else ''))
        self.record(cpu, thread, f'{name} = {self.random.randrange(0, 4096)}')


def script(sample):
    """A CPU's threads stay on it. The last call on each CPU is in flight when the machine panics."""
    layout, entries, shares, settings = SAMPLES[sample]
    writer = Writer(layout, sample)
    turns = [cpu for cpu, share in enumerate(shares) for _ in range(int(entries * share))]
    writer.random.shuffle(turns)
    for cpu in turns:
        writer.call(cpu, 100 * (cpu + 1) + writer.random.randrange(3))
    for cpu in range(len(shares)):
        writer.record(cpu, 100 * (cpu + 1), 'read args=3,4096,10')
    head = [f'layout {layout}', f'cpus {len(shares)}', f'entries {entries}', *settings, 'host "sample"',
            f'start {START} 1700000000000000000', f'panic {writer.time + 5000} 0 100']
    return '\n'.join(head + writer.lines) + '\n'
