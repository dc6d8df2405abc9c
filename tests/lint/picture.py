#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws docs/architecture.svg: the folders of the code, and which includes from which.

Usage: picture.py {write|check} FOLDER…, the folders in the order that tests/lint/tree.py takes them in.
"check" says what is wrong if the committed picture is not the one that this makes, or if the table of
docs/architecture.md has no row for a folder.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tree  # pylint: disable=wrong-import-position

PICTURE = pathlib.Path("docs/architecture.svg")
PAGE = pathlib.Path("docs/architecture.md")
# Not in the library's order: the recorder is a program of the kernel's.
PROGRAMS = ["module"]
BOX_HEIGHT, ROW_HEIGHT, GAP, MARGIN = 38, 92, 22, 12


def group_of(folder):
    """One box a part: analyzer/memory/elf belongs to analyzer/memory."""
    return "/".join(folder.split("/")[:2])


def dependencies(folders):
    """For each box, the boxes that its files include from."""
    boxes = {group_of(folder): set() for folder in folders + PROGRAMS}
    for path in tree.tree():
        if path.suffix not in tree.SOURCES:
            continue
        own = tree.folder_of(path, folders + PROGRAMS)
        for _, included in tree.includes(path) if own else ():
            other = None if (path.parent / included).exists() else tree.folder_of(included, folders)
            if other and group_of(other) != group_of(own):
                boxes[group_of(own)].add(group_of(other))
    return boxes


def behind(boxes, box, path=()):
    """All boxes that this one reaches."""
    if box in path:
        sys.exit("folders include one another in a circle: " + " → ".join(path[path.index(box):] + (box,)))
    return set().union(boxes[box], *(behind(boxes, other, path + (box,)) for other in boxes[box]))


def reduced(boxes):
    """Without the arrows that other arrows imply."""
    reach = {box: behind(boxes, box) for box in boxes}
    return {box: sorted(other for other in others if not any(other in reach[by] for by in others))
            for box, others in boxes.items()}


def in_rows(arrows):
    """Rows of boxes, the lowest first; an arrow that crosses a row has a point (box, other, row) there."""
    depths = {}

    def depth(box):
        if box not in depths:
            depths[box] = 1 + max((depth(other) for other in arrows[box]), default=-1)
        return depths[box]

    rows = [[] for _ in range(1 + max(map(depth, sorted(arrows))))]
    for box in sorted(arrows):
        rows[depth(box)].append(box)
    lines = []
    for box in sorted(arrows):
        for other in arrows[box]:
            points = [(box, other, row) for row in range(depth(box) - 1, depth(other), -1)]
            for point in points:
                rows[point[2]].append(point)
            lines.append([box, *points, other])
    return rows, lines


def ordered(rows, lines):
    """Each row's nodes in the order of the neighbours' middle, swept up and down until lines cross little."""
    near = {node: ([], []) for row in rows for node in row}
    for line in lines:
        for upper, lower in zip(line, line[1:]):
            near[upper][0].append(lower)
            near[lower][1].append(upper)
    for sweep in range(24):
        down = sweep % 2
        place = {node: (index + 0.5) / len(row) for row in rows for index, node in enumerate(row)}
        for row in reversed(rows) if down else rows:
            middle = {}
            for node in row:
                others = near[node][down] or near[node][1 - down]
                middle[node] = sum(place[other] for other in others) / len(others) if others else place[node]
            row.sort(key=lambda node: (middle[node], str(node)))
            place.update({node: (index + 0.5) / len(row) for index, node in enumerate(row)})
    return rows


def texts_of(box, folders):
    """A box's name, and the folders in it."""
    inner = [folder[len(box) + 1:] for folder in folders if folder.startswith(box + "/")]
    return [box.removeprefix("analyzer/") + "/"] + ([" ".join(inner)] if inner else [])


def width_of(node, folders):
    if not isinstance(node, str):
        return 6
    name, *inner = texts_of(node, folders)
    return max([60, 9 * len(name) + 20] + [6 * len(text) + 16 for text in inner])


def draw(folders):
    rows, lines = in_rows(reduced(dependencies(folders)))
    rows = ordered(rows, lines)
    spans = [sum(width_of(node, folders) + GAP for node in row) - GAP for row in rows]
    width = max(spans) + 2 * MARGIN
    height = ROW_HEIGHT * len(rows) - (ROW_HEIGHT - BOX_HEIGHT) + 2 * MARGIN
    at = {}  # the middle of each node's upper edge
    for number, row in enumerate(rows):
        # Rows are as wide as the widest, so that the boxes of short ones stand apart.
        room = (width - 2 * MARGIN - spans[number]) / (len(row) + 1)
        x = MARGIN + room
        for node in row:
            at[node] = (x + width_of(node, folders) / 2, MARGIN + ROW_HEIGHT * (len(rows) - 1 - number))
            x += width_of(node, folders) + GAP + room * (len(row) > 1)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
           f'height="{height:.0f}" font-family="sans-serif" text-anchor="middle">')
    yield "<title>Folders of the code; an arrow goes from a folder to one that it includes from</title>"
    yield ('<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
           '<path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>')
    yield f'<rect width="{width:.0f}" height="{height:.0f}" fill="white"/>'
    for line in lines:
        points = [(at[line[0]][0], at[line[0]][1] + BOX_HEIGHT)]
        for node in line[1:-1]:
            points += [at[node], (at[node][0], at[node][1] + BOX_HEIGHT)]
        points.append(at[line[-1]])
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="#667" marker-end="url(#a)"/>'
    for box in sorted(node for node in at if isinstance(node, str)):
        (x, y), wide = at[box], width_of(box, folders)
        name, *inner = texts_of(box, folders)
        yield (f'<rect x="{x - wide / 2:.0f}" y="{y:.0f}" width="{wide}" height="{BOX_HEIGHT}" rx="5" '
               f'fill="#eef2fa" stroke="#447"/>')
        yield f'<text x="{x:.0f}" y="{y + (16 if inner else 24):.0f}" font-size="15">{name}</text>'
        for text in inner:
            yield f'<text x="{x:.0f}" y="{y + 31:.0f}" font-size="11" fill="#556">{text}</text>'
    yield "</svg>"


def faults(folders, picture):
    if not PICTURE.exists() or PICTURE.read_text() != picture:
        yield f"{PICTURE} is not what the folders are: make picture"
    rows = set(re.findall(r"^\| `([^`]+)/` \|", PAGE.read_text(), re.M))
    boxes = {group_of(folder) for folder in folders + PROGRAMS}
    for box in sorted(boxes - rows):
        yield f"{PAGE}: the table of folders has no row `{box}/`"
    for row in sorted(rows - boxes):
        yield f"{PAGE}: the table of folders has a row `{row}/`, which is no folder of the code"


def main():
    mode, *folders = sys.argv[1:]
    picture = "\n".join(draw(folders)) + "\n"
    if mode == "write":
        PICTURE.write_text(picture)
        return 0
    wrong = list(faults(folders, picture))
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
