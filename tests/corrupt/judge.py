# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the reports of a damaged input with those of the undamaged one."""
import collections
import json

from known import NEWEST, PARTNER, UNKNOWABLE

REPORTS = ('-r', '-t')
# Against the undamaged input: so many times as much, and so much more.
MOST_TIMES = 4
MORE_SECONDS = 0.1
MORE_KIB = 4 * 1024
# States of calls that say themselves that something is missing.
DOUBTS = {'uncertain', 'may_have_ended', 'exit_lost', 'entry_overwritten', 'entry_lost'}
PRINTABLE = frozenset(range(0x20, 0x7f)) | {0x0a}

# Verdicts, the worst last.
SAME, SAID, REFUSED, UNKNOWN, FORGED, SPREAD, SILENT, UNTIDY, FAT, SLOW, HUNG, DIED = VERDICTS = (
    'same', 'said', 'refused', 'unknowable', 'forged', 'spread', 'SILENT', 'UNTIDY', 'FAT', 'SLOW', 'HUNG', 'DIED')

Run = collections.namedtuple('Run', 'status out err seconds kib')
# `lost`, `new`: records that the damaged input's report lacks, and has alone, where that says so with status 3.
Judged = collections.namedtuple('Judged', 'verdict why lost new seconds kib')


class Report:
    """One report of a run that ended with status 0 or 3. ValueError: it is not one."""

    def __init__(self, run):
        lines = run.out.decode('ascii').splitlines()
        if len(lines) < 2:
            raise ValueError('no header and trailer')
        self.header, trailer = json.loads(lines[0]), json.loads(lines[-1])
        self.rows = lines[1:-1]
        if self.header.get('type') != 'header' or trailer.get('type') != 'trailer' or trailer['rows'] != len(self.rows):
            raise ValueError('header or trailer is wrong')

    def without(self, left_out):
        left_out = set(map(json.dumps, left_out))
        return [row for row in self.rows if json.dumps(json.loads(row)) not in left_out]

    def facts(self):
        """What the header says: of the recording, and of each CPU."""
        facts = {**self.header['recording'], 'recorded_only': self.header.get('recorded_only')}
        for cpu in self.header['cpus']:
            facts.update({(cpu['cpu'], name): value for name, value in cpu.items()})
        return facts

    def contents(self, chosen=lambda row: True):
        """The chosen records, without their CPUs and numbers: what was put together from pages may have lost these."""
        return [json.dumps({name: value for name, value in row.items() if name not in ('cpu', 'serial')})
                for row in map(json.loads, self.rows) if chosen(row)]


def difference(rows, others):
    """Rows that are in the first only."""
    left = collections.Counter(rows)
    left.subtract(others)
    return [json.loads(row) for row, count in left.items() for _ in range(count)]


def changed_fields(was, now):
    """Fields that differ in records of the same place; None if places differ."""
    place = lambda row: (row['cpu'], row['serial'])
    was, now = ({place(row): row for row in rows} for rows in (was, now))
    if was.keys() != now.keys():
        return None
    return {field for at, row in was.items() for field in row if row[field] != now[at][field]}


def times_ascend(report):
    """On each CPU, in the order of its records."""
    last = {}
    for row in sorted(map(json.loads, report.rows), key=lambda row: (row['cpu'], row['serial'])):
        if int(row['time_ns']) < last.get(row['cpu'], 0):
            return False
        last[row['cpu']] = int(row['time_ns'])
    return True


def end_is_plausible(report):
    """Nothing was recorded behind the end, and a CPU that there is panicked."""
    recording, cpus = report.header['recording'], report.header['cpus']
    newest = max(int(cpu['last_ns']) for cpu in cpus if cpu['last_ns'] is not None)
    return int(recording['end_ns'] or newest) >= newest and recording['panic_cpu'] in [None] + [cpu['cpu'] for cpu in cpus]


def changed_facts(was, now):
    """Names of those of the header; of CPUs, those that differ for any."""
    was, now = was.facts(), now.facts()
    return {name[1] if isinstance(name, tuple) else name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}


def newest_are_torn(now, lost, new):
    """The report lacks newest records of CPUs only, and counts them as torn: a CPU that stops may be writing one."""
    cpus = {cpu['cpu']: cpu for cpu in now.header['cpus']}
    return not new and all(row['serial'] == cpus[row['cpu']]['written'] and cpus[row['cpu']]['torn'] == 1 for row in lost)


def unknowable(now, lost, new, facts):
    """The name of what makes these differences, if nothing could tell that they are."""
    if lost and newest_are_torn(now, lost, new):
        return NEWEST
    records = changed_fields(lost, new)
    if records is None or not records | facts or not times_ascend(now) or not end_is_plausible(now):
        return None
    return next((name for name, (fields, _) in UNKNOWABLE.items() if name != PARTNER and records | facts <= fields), None)


def partner_unknowable(was, now):
    """Records changed so that calls fall apart, and each part says that records of that time are overwritten."""
    lost, new = (difference(one['-r'].rows, other['-r'].rows) for one, other in ((was, now), (now, was)))
    records = changed_fields(lost, new)
    if not records or not records <= UNKNOWABLE[PARTNER][0] or changed_facts(was['-r'], now['-r']):
        return False
    since = max((int(cpu['first_ns']) for cpu in now['-r'].header['cpus'] if cpu.get('overwritten')), default=0)
    parts = difference(now['-t'].rows, was['-t'].rows)
    return parts and all(row['state'] in DOUBTS or row['state'] == 'in_flight' and int(row['start_ns']) < since for row in parts)


def silent(was, now):
    """What differs between reports of status 0: None, or (verdict, why)."""
    lost, new = (difference(one['-r'].rows, other['-r'].rows) for one, other in ((was, now), (now, was)))
    facts = changed_facts(was['-r'], now['-r'])
    name = unknowable(now['-r'], lost, new, facts)
    if name:
        return UNKNOWN, name
    if partner_unknowable(was, now):
        return UNKNOWN, PARTNER
    if lost or new:
        fields = changed_fields(lost, new)
        return SILENT, f'records: {len(lost)} lost, {len(new)} new' + (f', {", ".join(sorted(fields))} differ' if fields else '')
    if facts:
        return SILENT, 'header: ' + ', '.join(sorted(facts))
    lost, new = (difference(one['-t'].rows, other['-t'].rows) for one, other in ((was, now), (now, was)))
    unmarked = [row for row in new if row['state'] not in DOUBTS]
    if lost or unmarked:
        return SILENT, f'calls: {len(lost)} lost, {len(unmarked)} new and not marked'
    if any(was[kind].rows != now[kind].without(new) for kind in REPORTS):
        return SILENT, 'order of rows'
    return None


def spread(was, now, hurt):
    """Records of rings that were not hurt and are missing all the same."""
    left = collections.Counter(was.contents(lambda row: row['cpu'] not in hurt))
    left.subtract(now.contents())
    return sum(count for count in left.values() if count > 0)


def tidy(run):
    """None, or what is wrong with how a run ended."""
    if not PRINTABLE.issuperset(run.out) or not PRINTABLE.issuperset(run.err):
        return 'control characters'
    lines = run.err.decode('ascii').splitlines()
    if run.status == 1 and (run.out or sum(': error: ' in line for line in lines) != 1):
        return 'no single line of error'
    if run.status == 3 and not any(': warning: ' in line for line in lines):
        return 'no warning'
    if run.status not in (0, 1, 3):
        return f'status {run.status}'
    return None


def judge(base, runs, hurt, forged):
    """`base` and `runs`: a Run for each of REPORTS. `hurt`: the CPUs whose rings were damaged, None if any may be."""
    seconds = max(run.seconds for run in runs.values())
    kib = max(run.kib for run in runs.values())
    verdict, why, *rows = verdict_of(base, runs, hurt, forged)
    return Judged(verdict, why, *(rows or (0, 0)), seconds, kib)


def verdict_of(base, runs, hurt, forged):
    for kind, run in runs.items():
        if run.status is None:
            return HUNG, kind
        if run.status < 0:
            return DIED, f'{kind}: signal {-run.status}'
        if run.seconds > MOST_TIMES * base[kind].seconds + MORE_SECONDS:
            return SLOW, f'{kind}: {run.seconds:.2f} s'
        if run.kib > MOST_TIMES * base[kind].kib + MORE_KIB:
            return FAT, f'{kind}: {run.kib} KiB'
        if tidy(run):
            return UNTIDY, f'{kind}: {tidy(run)}'
    statuses = {run.status for run in runs.values()}
    if 1 in statuses:
        if statuses != {1}:
            return UNTIDY, 'one report is refused'
        return (REFUSED, '') if hurt is None else (SPREAD, 'refused')
    try:
        was, now = ({kind: Report(run) for kind, run in of.items()} for of in (base, runs))
    except ValueError as error:
        return UNTIDY, f'output: {error}'
    if statuses == {3}:
        others = 0 if hurt is None else spread(was['-r'], now['-r'], hurt)
        if others:
            return SPREAD, f'{others} records of other rings'
        lost, new = (collections.Counter(one['-r'].contents()) for one in (was, now))
        return SAID, '', (lost - new).total(), (new - lost).total()
    found = silent(was, now)
    if found is None:
        return (SAID if 3 in statuses else SAME), ''
    return (FORGED, '') if forged and found[0] == SILENT else found
