#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make gallery`: puts the screens that test_gallery left in build/gallery/ into docs/gallery.md.

There, `<!-- screen NAME -->` stands before the block that NAME.txt becomes.
"""

import re
import sys

from kstraxvm import paths

PAGE = paths.ROOT / "docs/gallery.md"


def main():
    screens = {path.stem: path.read_text() for path in paths.screens().glob("*.txt")}
    page = PAGE.read_text()
    places = re.findall(r"<!-- screen (\w+) -->", page)
    if set(places) != screens.keys():
        sys.exit(f"gallery: {sorted(screens)} were shown, the page has places for {sorted(places)}")
    PAGE.write_text(re.sub(r"(<!-- screen (\w+) -->\n)(?:```text\n.*?```\n)?",
                           lambda found: f"{found[1]}```text\n{screens[found[2]]}```\n", page, flags=re.DOTALL))


if __name__ == "__main__":
    main()
