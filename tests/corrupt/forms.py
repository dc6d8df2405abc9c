# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms of a dump, made from damaged memory. What is not damaged stays as make-dump wrote it: pages of a
kdump-compressed dump keep their compressed bytes."""
import struct
import zlib

BLOCK_OF_LAYOUT = {'ia32': 4096, 'ia64': 16384, 'x86_64': 4096}
# In the header; counts of blocks and frames follow. make-dump writes as a machine of 64 bits does if it knows no kernel.
KDUMP_STATUS = 424
DESCRIPTOR = struct.Struct('<QIIQ')  # offset, size, flags, page flags
PLAIN, ZLIB = 0, 1


def runs(memory):
    """(first address, bytes) of pages that follow one another."""
    first, parts = None, []
    for frame in sorted(memory.pages):
        if parts and frame == first + len(parts):
            parts.append(memory.pages[frame])
            continue
        if parts:
            yield first * memory.page_size, b''.join(parts)
        first, parts = frame, [memory.pages[frame]]
    if parts:
        yield first * memory.page_size, b''.join(parts)


def elf(memory, original):
    """The original's header (and class and machine) with other program headers."""
    segments = list(runs(memory))
    header = bytearray(original[:64])
    struct.pack_into('<H', header, 56, len(segments))
    struct.pack_into('<Q', header, 32, 64)
    offset = 64 + 56 * len(segments)
    headers, data = b'', b''
    for address, part in segments:
        headers += struct.pack('<IIQQQQQQ', 1, 0, offset + len(data), 0, address, len(part), len(part), 0)
        data += part
    return bytes(header) + headers + data


def raw(memory, original):
    file = bytearray(original)
    for frame, page in memory.changed.items():
        file[frame * memory.page_size:(frame + 1) * memory.page_size] = page or bytes(memory.page_size)
    return bytes(file)


def lime(memory, original):
    return b''.join(struct.pack('<IIQQQ', 0x4c694d45, 1, at, at + len(part) - 1, 0) + part for at, part in runs(memory))


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
    return original[:parts.bitmap] + bitmap + descriptors + data


# Forms that damaged memory is put in. The others are damaged as files only.
OF_MEMORY = ['elf', 'raw', 'lime', 'plain', 'zlib', 'lzo', 'snappy', 'zstd']
OF_FILE = ['elf32', 'flattened', 'flattened-elf', 'lkcd-rle', 'lkcd-gzip']


def is_kdump(form):
    return form in ('plain', 'zlib', 'lzo', 'snappy', 'zstd')


def write(memory, form, original, layout):
    if is_kdump(form):
        return kdump(memory, original, layout)
    return {'elf': elf, 'raw': raw, 'lime': lime}[form](memory, original)
