"""Writes what can be made into what into dataflowtools/CONVERSIONS.md; a test holds the document to it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "dataflowtools" / "CONVERSIONS.md"
_DESCRIBE = """
from drivenadapters.documents.guest.tasks import registry
from logics.conversions import Routes
from logics.documents import Format, Target
declared = registry().declarations()
routes = Routes(
    Format(one.kind, one.title, (), (), (), tuple(Target(to.target, to.engine, to.note) for to in one.conversions))
    for one in declared
)
ways = {one.kind: routes.from_kind(one.kind) for one in declared}
targets = sorted({target for found in ways.values() for target in found})
print("| from | " + " | ".join(targets) + " |")
print("|---|" + "---|" * len(targets))
for kind, found in ways.items():
    if found:
        steps = {target: str(len(route.steps)) for target, route in found.items()} | {kind: "="}
        print(f"| {kind} | " + " | ".join(steps.get(target, "") for target in targets) + " |")
print()
print("The numbers are those of the steps.")
"""
_PLACE = re.compile(r"(<!-- matrix -->\n).*?(<!-- end of matrix -->)", re.DOTALL)


def main() -> int:
    """Rewrite the document; returns the exit status."""
    DOCUMENT.write_text(documented(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def documented(text: str) -> str:
    """Return the text of the document with the matrix as it is declared."""
    command = [sys.executable, "-B", "-c", _DESCRIBE]
    done = subprocess.run(command, cwd=ROOT / "dataflowtools" / "src", check=True, capture_output=True, text=True)
    return _PLACE.sub(lambda found: f"{found[1]}{done.stdout}{found[2]}", text)


if __name__ == "__main__":
    sys.exit(main())
