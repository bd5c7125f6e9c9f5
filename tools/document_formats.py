"""Writes the matrix of file formats into the READMEs, from what dataflowtools declares; a test holds them to it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from provision.layout import Layout

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- formats -->\n", "<!-- end of formats -->"
_PARTS = ("text", "markdown", "tables", "images", "metadata")
_DESCRIBE = """
import json
from drivenadapters.documents.guest.registry import discover
print(json.dumps([declaration.describe() for declaration in discover().declarations()]))
"""


def main() -> int:
    """Rewrite both documents; returns the exit status."""
    rows = [row_of(declared) for declared in formats() if declared["extracts"] or declared["conversions"]]
    for name in ("README.md", "README_zh.md"):
        rewrite(ROOT / name, rows)
    return 0


def formats() -> list[dict[str, Any]]:
    """Return what the handlers declare; they import the libraries of the workers."""
    packages = str(Layout.of_checkout().store / "dataflow")
    command = [sys.executable, "-B", "-c", f"import sys; sys.path.append({packages!r})\n{_DESCRIBE}"]
    done = subprocess.run(command, cwd=ROOT / "dataflowtools" / "src", check=True, capture_output=True, text=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def row_of(declared: dict[str, Any]) -> str:
    """Return the row of a format."""
    marks = " | ".join("✓" if part in declared["extracts"] else "" for part in _PARTS)
    named = dict.fromkeys(conversion["target"] for conversion in declared["conversions"])
    targets = " ".join(f"`{target}`" for target in named)
    return f"| {declared['title']} | `{declared['kind']}` | {marks} | {targets} |".replace("  ", " ")


def rewrite(document: Path, rows: list[str]) -> None:
    """Replace the rows of the matrix; its heading stays."""
    before, start, rest = document.read_text(encoding="utf-8").partition(START)
    old, end, after = rest.partition(END)
    heading = old.splitlines()[:2]
    document.write_text(before + start + "\n".join([*heading, *rows]) + "\n" + end + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
