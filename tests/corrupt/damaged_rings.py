# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages to what the recorder left in memory, by name. Each takes the memory, its rings and a source of random numbers,
and returns the CPUs whose rings it may have hurt (None: any)."""
from memory import ANCHOR, DESCRIPTOR, FACTS, LIST

DAMAGES = {}
NEEDED = {}  # the field of a slot that a damage is to; not all layouts have all
# Damages with checksums made right again are no accident, and nothing can prove them.
FORGED = set()
NO_CPU = ()


def damage(name, forged=False):
    def enter(function):
        DAMAGES[name] = function
        if forged:
            FORGED.add(name)
        return function
    return enter


def some_record(rings, random):
    cpu = random.choice(rings.cpus)
    return cpu, random.choice(rings.positions(cpu))


def field_bits(name, field, bits=None):
    """One bit of a field of one record."""
    @damage(name)
    def flip(memory, rings, random):
        cpu, position = some_record(rings, random)
        rings.flip_field(memory, cpu, position, field, random.choice(bits or range(rings.slot_fields[field][1] * 8)))
        return {cpu.number}
    NEEDED[name] = field


field_bits('record-serial', 'serial')
field_bits('record-time', 'time')
field_bits('record-thread', 'pid')
field_bits('record-process', 'tgid')
field_bits('record-number', 'nr_kind', range(12))
field_bits('record-kind', 'nr_kind', range(12, 16))
field_bits('record-abi', 'abi')
field_bits('record-args', 'args')


@damage('record-torn')
def torn(memory, rings, random):
    """The CPU stopped while it wrote: the rest of the slot is what stood there before, or nothing."""
    cpu, position = some_record(rings, random)
    rings.write_slot(memory, cpu, position, bytes(rings.entry_size))
    return {cpu.number}


@damage('record-half-written')
def half_written(memory, rings, random):
    """The serial is that of the record a lap before; other fields are new."""
    cpu, position = some_record(rings, random)
    rings.write_slot(memory, cpu, position, ((position + 1 - rings.entries) % (1 << 32)).to_bytes(4, 'little'))
    return {cpu.number}


@damage('record-exchanged')
def exchanged(memory, rings, random):
    """Two slots of a ring, but for their serials: nothing of a slot is missing, but time goes back."""
    cpu = random.choice(rings.cpus)
    two = random.sample(rings.positions(cpu), 2)
    kept = [bytes(memory.read(rings.place(cpu, p, i), 1)[0] for i in range(4, rings.entry_size)) for p in two]
    for position, data in zip(two, reversed(kept)):
        rings.write_slot(memory, cpu, position, data, 4)
    return {cpu.number}


@damage('record-noise')
def noise(memory, rings, random):
    """All fields of a record but its serial."""
    cpu, position = some_record(rings, random)
    rings.write_slot(memory, cpu, position, random.randbytes(rings.entry_size - 4), 4)
    return {cpu.number}


def head_by(name, change):
    @damage(name)
    def move(memory, rings, random):
        cpu = random.choice(rings.cpus)
        memory.put_number(cpu.descriptor + DESCRIPTOR['head'][0], 8, change(cpu, rings, random))
        return {cpu.number}


head_by('head-too-small', lambda cpu, rings, random: random.randrange(cpu.head))
head_by('head-a-little-too-small', lambda cpu, rings, random: cpu.head - random.randint(1, 5))
head_by('head-zero', lambda cpu, rings, random: 0)
head_by('head-too-large', lambda cpu, rings, random: cpu.head + random.randint(1, rings.entries - 1))
head_by('head-laps-too-large', lambda cpu, rings, random: cpu.head + rings.entries * random.randint(1, 1 << 20))
head_by('head-huge', lambda cpu, rings, random: random.randrange(1 << 63, 1 << 64))
head_by('head-bit', lambda cpu, rings, random: cpu.head ^ 1 << random.randrange(64))


def descriptor_bits(field):
    @damage(f'descriptor-{field}')
    def flip(memory, rings, random):
        cpu = random.choice(rings.cpus)
        at, size = DESCRIPTOR[field]
        memory.flip(cpu.descriptor + at, random.randrange(size * 8))
        return {cpu.number}


for descriptor_field in ('lost', 'cursor', 'ring_virt', 'frames_phys', 'cpu'):
    descriptor_bits(descriptor_field)


@damage('descriptor-zeroed')
def no_descriptor(memory, rings, random):
    cpu = random.choice(rings.cpus)
    memory.write(cpu.descriptor, bytes(256))
    return {cpu.number}


@damage('descriptor-noise')
def noisy_descriptor(memory, rings, random):
    cpu = random.choice(rings.cpus)
    memory.write(cpu.descriptor, random.randbytes(256))
    return {cpu.number}


@damage('descriptor-exchanged')
def exchanged_descriptors(memory, rings, random):
    cpus = random.sample(rings.cpus, min(2, len(rings.cpus)))
    kept = [memory.read(cpu.descriptor, 256) for cpu in cpus]
    for cpu, data in zip(cpus, reversed(kept)):
        memory.write(cpu.descriptor, data)
    return {cpu.number for cpu in cpus}


def anchor_bits(name, fields, forged=False):
    @damage(name, forged)
    def flip(memory, rings, random):
        at, size = random.choice(fields)
        memory.flip(rings.anchor + at, random.randrange(size * 8))
        if forged:
            rings.seal_anchor(memory)
        return None if forged else NO_CPU


for anchor_field in ANCHOR:
    anchor_bits(f'anchor-{anchor_field}', [ANCHOR[anchor_field]])
anchor_bits('anchor-forged', [ANCHOR[name] for name in ANCHOR if name not in ('magic', 'crc')] + 3 * list(FACTS.values()), True)


def some_list(rings, random):
    cpu = random.choice(rings.cpus)
    return cpu, random.choice(cpu.lists)


def list_entry(name, forged):
    @damage(name, forged)
    def flip(memory, rings, random):
        """One bit of a page frame's number, of those that address memory or of all."""
        cpu, at = some_list(rings, random)
        entry = random.randrange(memory.number(at + LIST['count'][0], 4))
        memory.flip(at + rings.frames_size + 8 * entry, random.randrange(random.choice([9, 64])))
        if forged:
            rings.seal_list(memory, at)
        return None if forged else {cpu.number}


list_entry('list-entry', False)
list_entry('list-entry-forged', True)


def list_bits(name, fields, forged=False):
    @damage(name, forged)
    def flip(memory, rings, random):
        cpu, at = some_list(rings, random)
        field, size = LIST[random.choice(fields)]
        memory.flip(at + field, random.randrange(size * 8))
        if forged:
            rings.seal_list(memory, at)
        return None if forged else {cpu.number}


for list_field in LIST:
    list_bits(f'list-{list_field}', [list_field])
list_bits('list-forged', [name for name in LIST if name != 'crc'], True)


@damage('list-entries-exchanged')
def exchanged_entries(memory, rings, random):
    cpu, at = some_list(rings, random)
    count = memory.number(at + LIST['count'][0], 4)
    one, other = (at + rings.frames_size + 8 * i for i in random.sample(range(count), 2))
    kept = memory.read(one, 8), memory.read(other, 8)
    memory.write(one, kept[1])
    memory.write(other, kept[0])
    return {cpu.number}


def frames_of(kind, memory, rings, random):
    """(page frame, its CPU) of a kind of page."""
    if kind == 'anchor':
        return rings.anchor // rings.page_size, None
    if kind == 'kernel':
        own = {rings.anchor // rings.page_size}.union(*(cpu.frames for cpu in rings.cpus))
        own |= {at // rings.page_size for cpu in rings.cpus for at in cpu.lists}
        return random.choice(sorted(memory.pages.keys() - own)), None
    cpu = random.choice(rings.cpus)
    return random.choice(cpu.frames) if kind == 'ring' else random.choice(cpu.lists) // rings.page_size, cpu.number


def page_damage(kind, name, change):
    @damage(f'{kind}-page-{name}')
    def hurt(memory, rings, random):
        frame, cpu = frames_of(kind, memory, rings, random)
        memory.set_page(frame, change(memory.pages[frame], memory, rings, random))
        return NO_CPU if cpu is None else {cpu}


def flipped(page, bit):
    out = bytearray(page)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def ring_page(memory, rings, random):
    return memory.pages[random.choice(random.choice(rings.cpus).frames)]


for page_kind in ('ring', 'list', 'anchor', 'kernel'):
    page_damage(page_kind, 'zeroed', lambda page, memory, rings, random: bytes(len(page)))
    page_damage(page_kind, 'ones', lambda page, memory, rings, random: b'\xff' * len(page))
    page_damage(page_kind, 'dropped', lambda page, memory, rings, random: None)
    page_damage(page_kind, 'noise', lambda page, memory, rings, random: random.randbytes(len(page)))
    page_damage(page_kind, 'bit', lambda page, memory, rings, random: flipped(page, random.randrange(len(page) * 8)))
    page_damage(page_kind, 'replaced', lambda page, memory, rings, random: ring_page(memory, rings, random))


@damage('ring-pages-exchanged')
def exchanged_pages(memory, rings, random):
    """Two pages of one ring, or of two rings."""
    cpus = random.choices(rings.cpus, k=2)
    one, other = (random.choice(cpu.frames) for cpu in cpus)
    kept = memory.pages[one], memory.pages[other]
    memory.set_page(one, kept[1])
    memory.set_page(other, kept[0])
    return {cpu.number for cpu in cpus}


@damage('ring-page-part-zeroed')
def zeroed_part(memory, rings, random):
    """A sector, as a disk loses it."""
    cpu = random.choice(rings.cpus)
    frame = random.choice(cpu.frames)
    memory.write(frame * rings.page_size + 512 * random.randrange(rings.page_size // 512), bytes(512))
    return {cpu.number}


@damage('ring-page-older')
def older_page(memory, rings, random):
    """A page as it was a lap before: all serials are lower by a lap."""
    cpu = random.choice(rings.cpus)
    page = random.randrange(len(cpu.frames))
    for slot in range(rings.entries):
        place = slot * rings.entry_size
        if place // rings.page_size == page and (place + 3) // rings.page_size == page:
            at = cpu.frames[page] * rings.page_size + place % rings.page_size
            serial = memory.number(at, 4)
            if serial:
                memory.put_number(at, 4, max(0, serial - rings.entries))
    return {cpu.number}
