# SPDX-License-Identifier: GPL-2.0-or-later
"""The memory of a sample, and where the parts of its rings lie in it (formats/kstrax_abi.h)."""
import struct
import zlib

ANCHOR_MAGIC = b'KSTRAX\x89ANCHOR\r\n\x1a'
# Offsets of fields, with their sizes.
ANCHOR = {'magic': (0, 16), 'anchor_size': (16, 4), 'cpu_offset': (20, 4), 'cpu_size': (24, 4), 'frames_size': (28, 4),
          'block_size': (32, 8), 'virt_addr': (40, 8), 'phys_addr': (48, 8), 'facts': (56, 216), 'crc': (276, 4),
          'end': (280, 16), 'filter': (296, 1032)}
FACTS = {'layout': (68, 2), 'entry_size': (70, 2), 'word_size': (72, 1), 'page_shift': (73, 1), 'possible_cpus': (76, 4),
         'entries_per_cpu': (80, 8), 'instance_id': (88, 8)}
DESCRIPTOR = {'head': (0, 8), 'lost': (8, 32), 'cursor': (128, 8), 'ring_virt': (136, 8), 'frames_phys': (144, 8),
              'cpu': (152, 4)}
LIST = {'magic': (0, 16), 'instance_id': (16, 8), 'phys_addr': (24, 8), 'next_phys': (32, 8), 'cpu': (40, 4), 'index': (44, 4),
        'count': (48, 4), 'crc': (52, 4)}
SLOT = {  # by layout
    'ia32': {'serial': (0, 4), 'time': (4, 8), 'pid': (12, 2), 'nr_kind': (14, 2), 'args': (16, 24)},
    'ia64': {'serial': (0, 4), 'time': (4, 8), 'pid': (12, 4), 'nr_kind': (16, 2), 'args': (18, 56)},
    'x86_64': {'serial': (0, 4), 'time': (4, 8), 'pid': (12, 4), 'nr_kind': (16, 2), 'abi': (18, 2), 'tgid': (20, 4),
               'args': (24, 48)},
}


class Memory:
    """Pages by frame number; `changed` has those that were written or dropped (None) since it was made."""

    def __init__(self, page_size, pages):
        self.page_size = page_size
        self.pages = pages
        self.changed = {}

    @staticmethod
    def of_lime(file, page_size):
        pages, at = {}, 0
        while at < len(file):
            _, _, first, last, _ = struct.unpack_from('<IIQQQ', file, at)
            at += 32
            for address in range(first, last + 1, page_size):
                pages[address // page_size] = file[at:at + page_size]
                at += page_size
        return Memory(page_size, pages)

    def copy(self):
        return Memory(self.page_size, dict(self.pages))

    def read(self, at, size):
        out = b''
        while len(out) < size:
            frame, offset = divmod(at + len(out), self.page_size)
            out += self.pages.get(frame, bytes(self.page_size))[offset:offset + size - len(out)]
        return out

    def write(self, at, data):
        while data:
            frame, offset = divmod(at, self.page_size)
            page = self.pages[frame]
            part = min(len(data), self.page_size - offset)
            self.set_page(frame, page[:offset] + data[:part] + page[offset + part:])
            at, data = at + part, data[part:]

    def set_page(self, frame, page):
        if page is None:
            self.pages.pop(frame, None)
        else:
            self.pages[frame] = page
        self.changed[frame] = page

    def number(self, at, size):
        return int.from_bytes(self.read(at, size), 'little')

    def put_number(self, at, size, value):
        self.write(at, (value % (1 << 8 * size)).to_bytes(size, 'little'))

    def flip(self, at, bit):
        """Bit 0 is the lowest of the byte at `at`, bit 8 that of the next byte."""
        at += bit // 8
        self.write(at, bytes([self.read(at, 1)[0] ^ 1 << bit % 8]))


class Cpu:
    def __init__(self, memory, number, descriptor, frames_size):
        field = lambda name: memory.number(descriptor + DESCRIPTOR[name][0], DESCRIPTOR[name][1])
        self.number, self.descriptor, self.head = number, descriptor, field('head')
        self.lists, self.frames = [], []
        at = field('frames_phys')
        while at:
            self.lists.append(at)
            self.frames += struct.unpack(f'<{memory.number(at + 48, 4)}Q',
                                         memory.read(at + frames_size, 8 * memory.number(at + 48, 4)))
            at = memory.number(at + LIST['next_phys'][0], 8)


class Rings:
    """Where the parts lie, read from the undamaged memory."""

    def __init__(self, memory, layout):
        found = next(frame for frame, page in sorted(memory.pages.items()) if page.startswith(ANCHOR_MAGIC))
        self.anchor = found * memory.page_size
        fact = lambda name: memory.number(self.anchor + FACTS[name][0], FACTS[name][1])
        anchor = lambda name: memory.number(self.anchor + ANCHOR[name][0], ANCHOR[name][1])
        self.page_size = memory.page_size
        self.slot_fields = SLOT[layout]
        self.entry_size, self.entries = fact('entry_size'), fact('entries_per_cpu')
        self.frames_size = anchor('frames_size')
        self.cpus = [Cpu(memory, i, self.anchor + anchor('cpu_offset') + i * anchor('cpu_size'), self.frames_size)
                     for i in range(fact('possible_cpus'))]

    def place(self, cpu, position, byte=0):
        """The physical address of a byte of the slot of a position. Slots straddle pages: write byte by byte."""
        offset = position % self.entries * self.entry_size + byte
        return cpu.frames[offset // self.page_size] * self.page_size + offset % self.page_size

    def write_slot(self, memory, cpu, position, data, at=0):
        for i, byte in enumerate(data):
            memory.write(self.place(cpu, position, at + i), bytes([byte]))

    def flip_field(self, memory, cpu, position, field, bit):
        at = self.slot_fields[field][0]
        memory.flip(self.place(cpu, position, at + bit // 8), bit % 8)

    def positions(self, cpu):
        """Those whose records the ring holds."""
        return range(max(0, cpu.head - self.entries), cpu.head)

    def seal_anchor(self, memory):
        memory.put_number(self.anchor + ANCHOR['crc'][0], 4, zlib.crc32(memory.read(self.anchor, ANCHOR['crc'][0])))

    def seal_list(self, memory, at):
        count = memory.number(at + LIST['count'][0], 4)
        size = self.frames_size + count * 8
        if size <= self.page_size:
            memory.put_number(at + LIST['crc'][0], 4, 0)
            memory.put_number(at + LIST['crc'][0], 4, zlib.crc32(memory.read(at, size)))
