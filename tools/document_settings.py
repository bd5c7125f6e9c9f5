"""Writes the settings of both services into the README's tables and .env.example; tests hold the documents to them."""

import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from provision.layout import SERVICES

ROOT = Path(__file__).resolve().parent.parent
_DESCRIBE = """
import json
from servicekit import describe_settings
from common.settings import Settings
print(json.dumps([(item.name, item.default, item.description) for item in describe_settings(Settings)]))
"""
_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (?:`[^`]*`)? ?\| (.+) \|$", re.MULTILINE)

Setting = tuple[str, str, str]


def main() -> int:
    """Rewrite the three documents; returns the exit status."""
    for service in SERVICES:
        settings = settings_of(service)
        for name in ("README.md", "README_zh.md"):
            rewrite(ROOT / name, service, settings)
        rewrite_example(ROOT / ".env.example", service, settings)
    return 0


def settings_of(service: str) -> list[Setting]:
    """Return name, default and meaning of each setting of a service."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", _DESCRIBE], cwd=ROOT / service / "src", check=True, capture_output=True, text=True
    )
    return [(name, default, meaning) for name, default, meaning in json.loads(done.stdout)]


def rewrite(document: Path, service: str, settings: list[Setting]) -> None:
    """Replace a service's table; a meaning that stands in another language stays."""
    text = document.read_text(encoding="utf-8")
    before, start, rest = text.partition(f"<!-- settings of {service} -->\n")
    old, end, after = rest.partition("<!-- end of settings -->")
    heading = "\n".join(old.splitlines()[:2])
    kept = dict(_ROW.findall(old)) if document.stem.endswith("_zh") else {}
    rows = [_row(name, default, kept.get(name, meaning)) for name, default, meaning in settings]
    document.write_text(before + start + "\n".join([heading, *rows]) + "\n" + end + after, encoding="utf-8")


def _row(name: str, default: str, meaning: str) -> str:
    return f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |"


def rewrite_example(document: Path, service: str, settings: list[Setting]) -> None:
    """Replace a service's section of the example environment."""
    before, start, rest = document.read_text(encoding="utf-8").partition(f"# === {service} ===\n")
    other = rest.find("# === ")
    after = f"\n{rest[other:]}" if other >= 0 else ""
    entries = "\n\n".join(f"# {meaning}\n#{name}={default}" for name, default, meaning in settings)
    document.write_text(f"{before}{start}\n{entries}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
