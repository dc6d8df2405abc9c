# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages to the file of a dump, by name: of any form, or of the forms that have the damaged part. Each takes the file's
bytes, its layout and a source of random numbers, and returns the damaged bytes."""
import struct

from forms import DESCRIPTOR, KDUMP_STATUS, OF_FILE, OF_MEMORY, Kdump, is_kdump

ANY = OF_MEMORY + OF_FILE
KDUMP = [form for form in ANY if is_kdump(form)]
DAMAGES = {}  # name: (forms, function)


def damage(name, forms):
    def enter(function):
        DAMAGES[name] = forms, function
        return function
    return enter


def flipped(file, bit):
    out = bytearray(file)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


# ---- any file


@damage('file-cut', ANY)
def cut(file, layout, random):
    return file[:random.randrange(len(file))]


@damage('file-cut-at-end', ANY)
def cut_at_end(file, layout, random):
    return file[:-random.randint(1, 5000)]


@damage('file-cut-in-headers', ANY)
def cut_in_headers(file, layout, random):
    return file[:random.randrange(min(len(file), 9000))]


@damage('file-bit', ANY)
def bit(file, layout, random):
    return flipped(file, random.randrange(len(file) * 8))


@damage('file-first-bits', ANY)
def first_bits(file, layout, random):
    return flipped(file, random.randrange(min(len(file), 512) * 8))


@damage('file-block-zeroed', ANY)
def zeroed(file, layout, random):
    at = 4096 * random.randrange(len(file) // 4096)
    return file[:at] + bytes(4096) + file[at + 4096:]


@damage('file-noise', ANY)
def noise(file, layout, random):
    at = 512 * random.randrange(len(file) // 512)
    return file[:at] + random.randbytes(512) + file[at + 512:]


@damage('file-blocks-exchanged', ANY)
def exchanged(file, layout, random):
    one, other = sorted(4096 * i for i in random.sample(range(len(file) // 4096), 2))
    return file[:one] + file[other:other + 4096] + file[one + 4096:other] + file[one:one + 4096] + file[other + 4096:]


@damage('file-byte-lost', ANY)
def byte_lost(file, layout, random):
    at = random.randrange(len(file))
    return file[:at] + file[at + 1:]


@damage('file-bytes-added', ANY)
def bytes_added(file, layout, random):
    at = random.randrange(len(file))
    return file[:at] + random.randbytes(random.randint(1, 64)) + file[at:]


@damage('file-tail-added', ANY)
def tail_added(file, layout, random):
    return file + random.randbytes(random.randint(1, 10_000))


# ---- kdump-compressed


def header_field(name, place, size):
    """One bit of a field; `place` takes the parts of the dump."""
    @damage(name, KDUMP)
    def flip(file, layout, random):
        return flipped(file, place(Kdump(file, layout)) * 8 + random.randrange(size * 8))


header_field('kdump-signature', lambda parts: 0, 8)
header_field('kdump-version', lambda parts: 8, 4)
header_field('kdump-status', lambda parts: KDUMP_STATUS, 4)
header_field('kdump-block-size', lambda parts: KDUMP_STATUS + 4, 4)
header_field('kdump-sub-header-size', lambda parts: KDUMP_STATUS + 8, 4)
header_field('kdump-bitmap-blocks', lambda parts: KDUMP_STATUS + 12, 4)
header_field('kdump-max-frames', lambda parts: KDUMP_STATUS + 16, 4)
header_field('kdump-sub-header', lambda parts: parts.block, 0x70)


def set_bit(file, at, frame):
    return flipped(file, at * 8 + frame)


@damage('kdump-bitmap-bit-cleared', KDUMP)
def cleared(file, layout, random):
    parts = Kdump(file, layout)
    return set_bit(file, parts.bitmap, random.choice(parts.frames))


@damage('kdump-bitmap-bit-set', KDUMP)
def more_set(file, layout, random):
    parts = Kdump(file, layout)
    return set_bit(file, parts.bitmap, random.choice(sorted(set(range(512)) - set(parts.frames))))


@damage('kdump-bitmap-bit-moved', KDUMP)
def moved(file, layout, random):
    """Their number stays right: pages come to lie at other addresses."""
    parts = Kdump(file, layout)
    file = set_bit(file, parts.bitmap, random.choice(parts.frames))
    return set_bit(file, parts.bitmap, random.choice(sorted(set(range(512)) - set(parts.frames))))


@damage('kdump-first-bitmap-bit', KDUMP)
def first_bitmap(file, layout, random):
    return set_bit(file, Kdump(file, layout).first_bitmap, random.randrange(512))


def page_field(name, at, size, bits=None):
    @damage(name, KDUMP)
    def flip(file, layout, random):
        parts = Kdump(file, layout)
        descriptor = parts.descriptor_of(random.randrange(len(parts.frames)))
        return flipped(file, (descriptor + at) * 8 + random.randrange(bits or size * 8))


page_field('kdump-page-offset', 0, 8)
page_field('kdump-page-offset-low', 0, 8, 20)
page_field('kdump-page-size', 8, 4)
page_field('kdump-page-size-low', 8, 4, 14)
page_field('kdump-page-flags', 12, 4)
page_field('kdump-page-method', 12, 4, 6)


@damage('kdump-page-descriptors-exchanged', KDUMP)
def exchanged_descriptors(file, layout, random):
    parts = Kdump(file, layout)
    out = bytearray(file)
    one, other = (parts.descriptor_of(i) for i in random.sample(range(len(parts.frames)), 2))
    out[one:one + 24], out[other:other + 24] = file[other:other + 24], file[one:one + 24]
    return bytes(out)


@damage('kdump-page-descriptor-lost', KDUMP)
def lost_descriptor(file, layout, random):
    """All pages behind it come to lie at others' addresses."""
    parts = Kdump(file, layout)
    at = parts.descriptor_of(random.randrange(len(parts.frames)))
    return file[:at] + file[at + 24:parts.data] + bytes(24) + file[parts.data:]


def page_data(name, change):
    @damage(name, KDUMP)
    def hurt(file, layout, random):
        parts = Kdump(file, layout)
        offset, size, _, _ = DESCRIPTOR.unpack_from(file, parts.descriptor_of(random.randrange(len(parts.frames))))
        return file[:offset] + change(file[offset:offset + size], random) + file[offset + size:]


page_data('kdump-page-bit', lambda data, random: flipped(data, random.randrange(len(data) * 8)))
page_data('kdump-page-first-bits', lambda data, random: flipped(data, random.randrange(min(len(data), 16) * 8)))
page_data('kdump-page-zeroed', lambda data, random: bytes(len(data)))
page_data('kdump-page-noise', lambda data, random: random.randbytes(len(data)))
page_data('kdump-page-end-zeroed', lambda data, random: data[:len(data) // 2] + bytes(len(data) - len(data) // 2))


# ---- ELF and LiME


def elf_field(name, at, size):
    """Of the file's header."""
    @damage(name, ['elf'])
    def flip(file, layout, random):
        return flipped(file, at * 8 + random.randrange(size * 8))


elf_field('elf-ident', 4, 3)
elf_field('elf-type-and-machine', 16, 4)
elf_field('elf-headers-offset', 32, 8)
elf_field('elf-header-size', 54, 2)
elf_field('elf-header-count', 56, 2)


def segment_field(name, at, size):
    @damage(name, ['elf'])
    def flip(file, layout, random):
        count, = struct.unpack_from('<H', file, 56)
        first, = struct.unpack_from('<Q', file, 32)
        return flipped(file, (first + 56 * random.randrange(count) + at) * 8 + random.randrange(size * 8))


segment_field('elf-segment-type', 0, 4)
segment_field('elf-segment-offset', 8, 8)
segment_field('elf-segment-address', 24, 8)
segment_field('elf-segment-file-size', 32, 8)
segment_field('elf-segment-memory-size', 40, 8)


def range_field(name, at, size):
    @damage(name, ['lime'])
    def flip(file, layout, random):
        ranges, place = [], 0
        while place < len(file):
            ranges.append(place)
            _, _, first, last, _ = struct.unpack_from('<IIQQQ', file, place)
            place += 32 + last + 1 - first
        return flipped(file, (random.choice(ranges) + at) * 8 + random.randrange(size * 8))


range_field('lime-magic', 0, 4)
range_field('lime-version', 4, 4)
range_field('lime-first', 8, 8)
range_field('lime-last', 16, 8)
