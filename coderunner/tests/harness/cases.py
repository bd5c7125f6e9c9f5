"""Collections of small programs, kept as text: ``### name [tags]`` and the code below it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_HEADING = "### "


@dataclass(frozen=True)
class Case:
    """One program; ``tags`` say what it needs."""

    name: str
    code: str
    tags: tuple[str, ...] = ()


def read_cases(folder: Path) -> dict[str, Case]:
    """Return the cases of all text files of a folder by name.

    Raises:
        ValueError: where a name stands twice.
    """
    found: dict[str, Case] = {}
    for file in sorted(folder.glob("*.txt")):
        for block in f"\n{file.read_text(encoding='utf-8')}".split(f"\n{_HEADING}")[1:]:
            case = _case(block)
            if case.name in found:
                raise ValueError(f"two cases are named {case.name!r}")
            found[case.name] = case
    return found


def _case(block: str) -> Case:
    heading, _, code = block.partition("\n")
    name, _, tags = heading.removesuffix("]").partition(" [")
    return Case(name, code.strip() + "\n", tuple(tags.split()))
