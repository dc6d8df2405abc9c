# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms of a dump, made from damaged memory. What is not damaged stays as make-dump wrote it: pages of a
kdump-compressed dump keep their compressed bytes."""
import struct
import zlib

BLOCK_OF_LAYOUT = {'ia32': 4096, 'ia64': 16384, 'x86_64': 4096}
# In the header; counts of blocks and frames follow. make-dump writes as a machine of 64 bits does if it knows no kernel.
KDUMP_STATUS = 424
KDUMP_VMCOREINFO = 0x20  # in the sub-header: offset and size of the text, which stands at the end of the file
SEGMENT = struct.Struct('<IIQQQQQQ')
DESCRIPTOR = struct.Struct('<QIIQ')  # offset, size, flags, page flags
PLAIN, ZLIB = 0, 1


def runs(memory, frames):
    """(first address, bytes) of those pages that follow one another."""
    first, parts = None, []
    for frame in sorted(memory.pages.keys() & set(frames)):
        if parts and frame == first + len(parts):
            parts.append(memory.pages[frame])
            continue
        if parts:
            yield first * memory.page_size, b''.join(parts)
        first, parts = frame, [memory.pages[frame]]
    if parts:
        yield first * memory.page_size, b''.join(parts)


def elf(memory, original):
    """The original's segments, in parts where pages were dropped; its notes stay."""
    first, = struct.unpack_from('<Q', original, 32)
    count, = struct.unpack_from('<H', original, 56)
    segments = []
    for i in range(count):
        kind, flags, offset, virtual, address, size, _, align = SEGMENT.unpack_from(original, first + SEGMENT.size * i)
        if kind != 1:
            segments.append((kind, flags, virtual, address, align, original[offset:offset + size]))
            continue
        frames = range(address // memory.page_size, (address + size) // memory.page_size)
        for at, part in runs(memory, frames):
            segments.append((kind, flags, virtual + at - address, at, align, part))
    header = bytearray(original[:64])
    struct.pack_into('<Q', header, 32, 64)
    struct.pack_into('<H', header, 56, len(segments))
    headers, data = b'', b''
    for kind, flags, virtual, address, align, part in segments:
        offset = 64 + SEGMENT.size * len(segments) + len(data)
        headers += SEGMENT.pack(kind, flags, offset, virtual, address, len(part), len(part), align)
        data += part
    return bytes(header) + headers + data


def raw(memory, original):
    file = bytearray(original)
    for frame, page in memory.changed.items():
        file[frame * memory.page_size:(frame + 1) * memory.page_size] = page or bytes(memory.page_size)
    return bytes(file)


def lime(memory, original):
    return b''.join(struct.pack('<IIQQQ', 0x4c694d45, 1, at, at + len(part) - 1, 0) + part for at, part in runs(memory, memory.pages))


class Kdump:
    """Where the parts of a kdump-compressed dump lie."""

    def __init__(self, file, layout):
        self.block = BLOCK_OF_LAYOUT[layout]
        bitmaps, = struct.unpack_from('<I', file, KDUMP_STATUS + 12)
        self.first_bitmap = 2 * self.block
        self.bitmap = (2 + bitmaps // 2) * self.block
        self.descriptors = (2 + bitmaps) * self.block
        dumped = int.from_bytes(file[self.bitmap:self.descriptors], 'little')
        self.frames = [i for i in range(dumped.bit_length()) if dumped >> i & 1]
        self.data = self.descriptors + DESCRIPTOR.size * len(self.frames)

    def descriptor_of(self, index):
        return self.descriptors + DESCRIPTOR.size * index


def kdump(memory, original, layout):
    parts = Kdump(original, layout)
    stored = {}
    for index, frame in enumerate(parts.frames):
        offset, size, flags, _ = DESCRIPTOR.unpack_from(original, parts.descriptor_of(index))
        stored[frame] = flags, original[offset:offset + size]
    for frame, page in memory.changed.items():
        if page is None:
            stored.pop(frame, None)
            continue
        flags = stored.get(frame, (PLAIN, b''))[0]
        stored[frame] = (ZLIB, zlib.compress(page)) if flags == ZLIB else (PLAIN, page)
    bitmap = sum(1 << frame for frame in stored).to_bytes(parts.descriptors - parts.bitmap, 'little')
    offset = parts.descriptors + DESCRIPTOR.size * len(stored)
    descriptors, data = b'', b''
    for frame, (flags, part) in sorted(stored.items()):
        descriptors += DESCRIPTOR.pack(offset + len(data), len(part), flags, 0)
        data += part
    head = bytearray(original[:parts.bitmap])
    at, size = struct.unpack_from('<QI', original, parts.block + KDUMP_VMCOREINFO)
    if size:
        struct.pack_into('<Q', head, parts.block + KDUMP_VMCOREINFO, offset + len(data))
        data += original[at:at + size]
    return bytes(head) + bitmap + descriptors + data


# Forms that damaged memory is put in. The others are damaged as files only.
OF_MEMORY = ['elf', 'raw', 'lime', 'plain', 'zlib', 'lzo', 'snappy', 'zstd']
OF_FILE = ['elf32', 'flattened', 'flattened-elf', 'lkcd-rle', 'lkcd-gzip']


def is_kdump(form):
    return form in ('plain', 'zlib', 'lzo', 'snappy', 'zstd')


def write(memory, form, original, layout):
    if is_kdump(form):
        return kdump(memory, original, layout)
    return {'elf': elf, 'raw': raw, 'lime': lime}[form](memory, original)
