"""Writes the settings of both services into the README's tables, .env.example and the chart's schema.

Tests hold all of them to the settings.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from chart.settings import rewrite_schema
from provision.layout import SERVICES
from service_settings import Setting, settings_of

ROOT = Path(__file__).resolve().parent.parent
_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (?:`[^`]*`)? ?\| (.+) \|$", re.MULTILINE)


def main() -> int:
    """Rewrite the documents; returns the exit status."""
    for service in SERVICES:
        settings = settings_of(service)
        for name in ("README.md", "README_zh.md"):
            rewrite(ROOT / name, service, settings)
        rewrite_example(ROOT / ".env.example", service, settings)
    rewrite_schema()
    return 0


def rewrite(document: Path, service: str, settings: list[Setting]) -> None:
    """Replace a service's table; a meaning that stands in another language stays."""
    text = document.read_text(encoding="utf-8")
    before, start, rest = text.partition(f"<!-- settings of {service} -->\n")
    old, end, after = rest.partition("<!-- end of settings -->")
    heading = "\n".join(old.splitlines()[:2])
    kept = dict(_ROW.findall(old)) if document.stem.endswith("_zh") else {}
    rows = [_row(name, default, kept.get(name, meaning)) for name, default, meaning, _ in settings]
    document.write_text(before + start + "\n".join([heading, *rows]) + "\n" + end + after, encoding="utf-8")


def _row(name: str, default: str, meaning: str) -> str:
    return f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |"


def rewrite_example(document: Path, service: str, settings: list[Setting]) -> None:
    """Replace a service's section of the example environment."""
    before, start, rest = document.read_text(encoding="utf-8").partition(f"# === {service} ===\n")
    other = rest.find("# === ")
    after = f"\n{rest[other:]}" if other >= 0 else ""
    entries = "\n\n".join(f"# {meaning}\n#{name}={default}" for name, default, meaning, _ in settings)
    document.write_text(f"{before}{start}\n{entries}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
