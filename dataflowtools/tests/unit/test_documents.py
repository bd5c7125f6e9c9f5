"""What the documents say of the settings is what the settings are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from servicekit import describe_settings

from common.settings import Settings
from drivenadapters.documents.guest.base import What
from drivenadapters.documents.guest.registry import discover

_ROOT = Path(__file__).resolve().parents[3]
_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", re.MULTILINE)


def _table(document: str) -> list[tuple[str, str, str]]:
    text = (_ROOT / document).read_text(encoding="utf-8")
    section = text.split("<!-- settings of dataflowtools -->")[1].split("<!-- end of settings -->")[0]
    return [(name, default, meaning.strip()) for name, default, meaning in _ROW.findall(section)]


def test_the_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    expected = [(item.name, item.default, item.description) for item in describe_settings(Settings)]
    assert _table("README.md") == expected


def test_the_chinese_readme_lists_the_same_settings_and_defaults() -> None:
    expected = [(item.name, item.default) for item in describe_settings(Settings)]
    assert [(name, default) for name, default, _ in _table("README_zh.md")] == expected


def test_the_example_environment_shows_every_setting_with_its_default() -> None:
    text = (_ROOT / ".env.example").read_text(encoding="utf-8")
    lines = text.split("# === dataflowtools ===\n")[1].split("# === ")[0].splitlines()
    shown = [line.removeprefix("#") for line in lines if re.match(r"#[A-Z0-9_]+=", line)]
    assert shown == [f"{item.name}={item.default}" for item in describe_settings(Settings)]


@pytest.mark.parametrize("document", ["README.md", "README_zh.md"])
def test_the_readme_shows_every_format_and_what_it_gives(document: str) -> None:
    text = (_ROOT / document).read_text(encoding="utf-8")
    matrix = text.split("<!-- formats -->\n")[1].split("<!-- end of formats -->")[0].splitlines()[2:]
    shown = [[cell.strip() for cell in row.strip("|").split("|")] for row in matrix]
    expected = [
        [
            declared.title,
            f"`{declared.kind}`",
            *("✓" if what in declared.extracts else "" for what in What),
            " ".join(dict.fromkeys(f"`{conversion.target}`" for conversion in declared.conversions)),
        ]
        for declared in discover().declarations()
        if declared.extracts or declared.conversions
    ]
    assert shown == expected
