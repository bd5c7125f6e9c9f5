"""LICENCES.md: what is shipped, and under which licence."""

from pathlib import Path

from provision.layout import SERVICES, Layout
from supply.packages import Metadata, shipped

DOCUMENT = Path(__file__).resolve().parents[2] / "LICENCES.md"
_START, _END = "<!-- packages -->\n", "<!-- end of packages -->"
# What a package's metadata says nothing of, or not all: looked up in the files of its wheel.
_KNOWN = {
    "huey": "MIT",
    "opencv-python-headless": "Apache-2.0; its wheel holds FFmpeg (LGPL-2.1)",
    "pillow-heif": "BSD-3-Clause; its wheel holds x265 (GPL-2.0), libheif and libde265 (LGPL-3.0)",
    "pypandoc-binary": "MIT; its wheel holds the program pandoc (GPL-2.0-or-later)",
    "shapely": "BSD-3-Clause; its wheel holds GEOS (LGPL-2.1)",
}


def table(layout: Layout) -> str:
    """Return the table of all packages of both images; of what is not installed here it keeps what it said."""
    metadata, before = Metadata(layout), listed()
    head = f"| package | licence | {' | '.join(SERVICES)} |\n|---|---|{'---|' * len(SERVICES)}\n"
    rows = []
    for name, images in sorted(shipped(layout).items()):
        marks = " | ".join("x" if service in images else "" for service in SERVICES)
        rows.append(
            f"| {name} | {_KNOWN.get(name) or metadata.licence(name) or before.get(name) or 'not stated'} | {marks} |\n"
        )
    return head + "".join(rows)


def rewrite(layout: Layout) -> None:
    """Bring the table in LICENCES.md up to date; what is new in it has to be installed."""
    before, start, rest = DOCUMENT.read_text(encoding="utf-8").partition(_START)
    _, end, after = rest.partition(_END)
    DOCUMENT.write_text(before + start + table(layout) + end + after, encoding="utf-8")


def listed() -> dict[str, str]:
    """Return the licence of each package that LICENCES.md lists."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(_START)[2].partition(_END)[0]
    rows = [line.strip("|").split("|") for line in text.splitlines()[2:]]
    return {cells[0].strip(): cells[1].strip() for cells in rows}
