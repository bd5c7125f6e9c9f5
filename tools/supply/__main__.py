"""Command line of `make licences`, `make sbom` and `make audit`."""

import argparse
import subprocess
import sys
from pathlib import Path

_TOOLS = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(_TOOLS), str(_TOOLS.parent / "coderunner" / "src")]

from provision.layout import SERVICES, Layout  # noqa: E402
from supply.packages import locks_of, read_lock  # noqa: E402

VERSION = "0.1.0"


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="supply", description=(__doc__ or "").strip())
    parser.add_argument("command", choices=("licences", "sbom", "audit"))
    parser.add_argument("more", nargs="*", help="options of pip-audit")
    options, more = parser.parse_known_args(arguments)
    layout = Layout.of_checkout()
    match options.command:
        case "licences":
            from supply.licences import DOCUMENT, rewrite

            rewrite(layout)
            print(DOCUMENT)
        case "sbom":
            from supply.bill import write_all

            print(*write_all(layout, layout.root / ".state" / "sbom", VERSION), sep="\n")
        case _:
            return audit(layout, [*options.more, *more])
    return 0


def audit(layout: Layout, options: list[str]) -> int:
    """Ask pip-audit for known holes in what the images hold; needs its database to be reachable."""
    packages = {package for service in SERVICES for lock in locks_of(layout, service) for package in read_lock(lock)}
    requirements = layout.root / ".state" / "audited.txt"
    requirements.parent.mkdir(exist_ok=True)
    # One version of each package in one file is what pip-audit takes; where the images differ, the rest comes in turns.
    turns: list[dict[str, str]] = []
    for package in sorted(packages):
        turn = next((known for known in turns if package.name not in known), None)
        if turn is None:
            turns.append(turn := {})
        turn[package.name] = package.version
    found = 0
    for turn in turns:
        requirements.write_text("".join(f"{name}=={version}\n" for name, version in turn.items()), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "-r", str(requirements), *options]
        found = max(found, subprocess.run(command, check=False).returncode)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
