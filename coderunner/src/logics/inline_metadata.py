"""Inline script metadata (PEP 723): what a program says in comments of the packages it needs."""

from __future__ import annotations

import platform
import tomllib
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from errors import FieldProblem, InvalidInput, UnsupportedPython

_OPENING = "# /// script"
_CLOSING = "# ///"
_LONGEST_BLOCK = 16 << 10


@dataclass(frozen=True)
class ScriptMetadata:
    """What the block of a program asks for.

    Attributes:
        dependencies: requirements, not yet judged.
        requires_python: versions of Python; empty for any.
    """

    dependencies: tuple[str, ...] = ()
    requires_python: str = ""

    def check_python(self) -> None:
        """Raise UnsupportedPython unless this interpreter will do, InvalidInput if that cannot be told."""
        version = platform.python_version()
        try:
            fits = SpecifierSet(self.requires_python).contains(version, prereleases=True)
        except InvalidSpecifier:
            raise _invalid(f"requires-python is not a version specifier: {self.requires_python[:80]!r}") from None
        if not fits:
            raise UnsupportedPython(f"the script requires Python {self.requires_python}; this server runs {version}")


def read_metadata(code: str) -> ScriptMetadata | None:
    """Return the metadata of a program, None where it has none.

    Raises:
        InvalidInput: two blocks, or one that cannot be read.
    """
    if _OPENING not in code:
        return None
    blocks = _blocks(code.splitlines())
    if len(blocks) > 1:
        raise _invalid("there are several script blocks; one is allowed (PEP 723)")
    return _parse(blocks[0]) if blocks else None


def _blocks(lines: list[str]) -> list[str]:
    """Return the text of each script block. As the standard says, its last closing line ends it."""
    found = []
    number = 0
    while number < len(lines):
        if lines[number].rstrip() != _OPENING:
            number += 1
            continue
        end = number + 1
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            end += 1
        closings = [n for n in range(number + 1, end) if lines[n].rstrip() == _CLOSING]
        if closings:
            found.append("\n".join(line[2:] for line in lines[number + 1 : closings[-1]]))
        number = end
    return found


def _parse(block: str) -> ScriptMetadata:
    if len(block) > _LONGEST_BLOCK:
        raise _invalid(f"the script block is longer than {_LONGEST_BLOCK >> 10} KiB")
    try:
        table = tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError) as reason:
        raise _invalid(f"the script block is not TOML: {reason}") from None
    dependencies = table.get("dependencies", [])
    requires_python = table.get("requires-python", "")
    if not isinstance(dependencies, list) or not all(isinstance(item, str) for item in dependencies):
        raise _invalid("dependencies in the script block must be a list of strings")
    if not isinstance(requires_python, str):
        raise _invalid("requires-python in the script block must be a string")
    return ScriptMetadata(tuple(dependencies), requires_python)


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(f"code: {message}", details=[FieldProblem("code", message)])
