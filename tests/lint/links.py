#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says which links between the pages of documentation lead nowhere: to no file, or to no heading of one."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tree  # pylint: disable=wrong-import-position


def anchors(page):
    """The names that GitHub gives to headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")


def faults():
    for page in tree.tree():
        if page.suffix != ".md":
            continue
        for number, line in enumerate(page.read_text().splitlines(), 1):
            for link in re.findall(r"\]\(([^)\s]+)\)", line):
                target, _, heading = link.partition("#")
                path = page.parent / target if target else page
                if re.match(r"[a-z]+:", link):
                    continue
                if not path.exists():
                    yield f"{page}:{number}: there is no {target}"
                elif heading and heading not in anchors(path):
                    yield f"{page}:{number}: {target or page} has no heading #{heading}"


if __name__ == "__main__":
    wrong = list(faults())
    print("\n".join(wrong), end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)
