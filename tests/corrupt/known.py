# SPDX-License-Identifier: GPL-2.0-or-later
"""What may be wrong with exit status 0. All else fails."""

NEWEST = 'the newest record of a CPU, torn as if the CPU had stopped while it wrote'
PARTNER = 'what a record is of, where the others of its thread may be overwritten'
# Nothing in a dump proves these. Name: (all fields of records, or of the header, that differ; the most inputs of a run of
# 5300). Times must ascend on each CPU, nothing may be recorded behind the end, and the CPU that panicked must be one.
UNKNOWABLE = {
    'a value of a call: an argument, a result, a byte of a name': ({'args', 'ret', 'error', 'path'}, 40),
    'a time that is still between those of its neighbours': ({'time_ns', 'first_ns', 'last_ns'}, 20),
    'when and where the machine panicked': ({'end_ns', 'panic_cpu', 'panic_pid'}, 30),
    'how many names were lost': ({'lost_names_fault', 'lost_names_busy', 'names_cut'}, 35),
    NEWEST: (set(), 5),
    PARTNER: ({'pid', 'tgid', 'nr', 'name', 'abi', 'args', 'ret', 'error', 'path'}, 60),
}

# Damages that the analyzer does not say yet, or by which it loses whole rings, each with the reason. Their inputs are
# counted and shown, and do not fail. (A crash, a hang and the like fail all the same.)
OPEN = {
    'record-time': 'a time is off by little, or of the newest record where nothing panicked',
    'record-thread': 'the first or the last record of a thread',
    'record-exchanged': 'times that are off by little',
    'head-bit': 'one too large looks like a record that was begun',
    'anchor-end': 'a panic up to a second before the newest record: other CPUs do go on so long',
    'anchor-facts': 'the damaged anchor says another size of rings or pages',
    'anchor-page-replaced': 'where a page of a ring is there twice, carving leaves out the whole ring',
    'kdump-page-first-bits': 'as record-time and record-thread',
}
