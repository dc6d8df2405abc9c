# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages to buffer files, by name. Each takes the files of a set, by CPU, and a source of random numbers, and returns the
files as they are then, and the CPUs whose records it may have hurt."""
import struct

HEADER_SIZE = 248
CHUNK_SIZE = 40
END_SIZE = 88
DAMAGES = {}


def damage(name):
    def enter(function):
        DAMAGES[name] = function
        return function
    return enter


def first_chunk(file):
    return struct.unpack_from('<I', file, 12)[0]


def chunks(file):
    """(begin, end) of each chunk, without the end mark."""
    entry_size = struct.unpack_from('<H', file, 16 + 14)[0]
    at, found = first_chunk(file), []
    while file[at:at + 4] == b'NECK':
        size = CHUNK_SIZE + struct.unpack_from('<I', file, at + 4)[0] * entry_size
        found.append((at, at + size))
        at += size
    return found


def flip_within(name, place):
    """One bit of a part of one file; `place` gives the part's begin and end."""
    @damage(name)
    def flip(files, random):
        cpu = random.choice(sorted(files))
        begin, end = place(files[cpu], random)
        bit = random.randrange(begin * 8, end * 8)
        out = bytearray(files[cpu])
        out[bit // 8] ^= 1 << bit % 8
        return {**files, cpu: bytes(out)}, {cpu}


flip_within('set-header', lambda file, random: (0, HEADER_SIZE))
flip_within('set-magic', lambda file, random: (0, 16))
flip_within('set-facts', lambda file, random: (16, 232))
flip_within('set-filter-and-clock', lambda file, random: (HEADER_SIZE, first_chunk(file)))
flip_within('set-chunk-header', lambda file, random: (lambda at: (at, at + CHUNK_SIZE))(random.choice(chunks(file))[0]))
flip_within('set-record', lambda file, random: (lambda chunk: (chunk[0] + CHUNK_SIZE, chunk[1]))(random.choice(chunks(file))))
flip_within('set-end-mark', lambda file, random: (len(file) - END_SIZE, len(file)))
flip_within('set-bit', lambda file, random: (0, len(file)))


def one_file(name, change):
    @damage(name)
    def hurt(files, random):
        cpu = random.choice(sorted(files))
        return {**files, cpu: change(files[cpu], random)}, {cpu}


one_file('set-cut', lambda file, random: file[:random.randrange(len(file))])
one_file('set-cut-at-end', lambda file, random: file[:-random.randint(1, 300)])
one_file('set-end-mark-lost', lambda file, random: file[:-END_SIZE])
one_file('set-empty', lambda file, random: b'')
one_file('set-noise', lambda file, random: random.randbytes(len(file)))
one_file('set-zeroed', lambda file, random: bytes(len(file)))
one_file('set-tail-added', lambda file, random: file + random.randbytes(random.randint(1, 1000)))
one_file('set-byte-lost', lambda file, random: (lambda at: file[:at] + file[at + 1:])(random.randrange(len(file))))
one_file('set-header-zeroed', lambda file, random: bytes(HEADER_SIZE) + file[HEADER_SIZE:])


def sector_zeroed(file, random):
    at = 512 * random.randrange(len(file) // 512)
    return file[:at] + bytes(512) + file[at + 512:]


def chunk_lost(file, random):
    begin, end = random.choice(chunks(file))
    return file[:begin] + file[end:]


def chunk_doubled(file, random):
    begin, end = random.choice(chunks(file))
    return file[:end] + file[begin:end] + file[end:]


def chunks_exchanged(file, random):
    found = chunks(file)
    order = list(range(len(found)))
    one, other = random.sample(order, 2) if len(order) > 1 else (0, 0)
    order[one], order[other] = order[other], order[one]
    return file[:found[0][0]] + b''.join(file[begin:end] for begin, end in (found[i] for i in order)) + file[found[-1][1]:]


one_file('set-sector-zeroed', sector_zeroed)
one_file('set-chunk-lost', chunk_lost)
one_file('set-chunk-doubled', chunk_doubled)
one_file('set-chunks-exchanged', chunks_exchanged)


@damage('set-file-missing')
def missing(files, random):
    cpu = random.choice(sorted(files))
    return {other: file for other, file in files.items() if other != cpu}, {cpu}


@damage('set-files-exchanged')
def exchanged(files, random):
    one, other = random.sample(sorted(files), 2)
    return {**files, one: files[other], other: files[one]}, {one, other}


@damage('set-file-twice')
def twice(files, random):
    one, other = random.sample(sorted(files), 2)
    return {**files, one: files[other]}, {one}


@damage('set-file-of-another')
def another(files, random):
    """A chunk of another CPU's file behind this one's."""
    one, other = random.sample(sorted(files), 2)
    begin, end = random.choice(chunks(files[other]))
    at = chunks(files[one])[-1][1]
    return {**files, one: files[one][:at] + files[other][begin:end] + files[one][at:]}, {one}
