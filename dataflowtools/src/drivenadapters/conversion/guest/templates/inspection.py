"""A template before its use: what it expects, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from .environment import TemplateEnvironment
from .sources import Source
from .variables import Reader, tidy

_MOST_MISTAKES = 100


def inspect(sources: Iterable[Source]) -> dict[str, Any]:
    """Return variables by path, and mistakes with their places."""
    environment = TemplateEnvironment()
    reader = Reader(environment.globals)
    mistakes: list[dict[str, Any]] = []
    for source in sources:
        tree = _parse(environment, source, mistakes)
        if tree is not None:
            before = dict(reader.expected.filters), dict(reader.expected.tests)
            reader.read(tree)
            _unknown(environment, reader, source, before, mistakes)
    return {"variables": tidy(reader.expected.paths), "mistakes": mistakes[:_MOST_MISTAKES], "valid": not mistakes}


def _parse(environment: TemplateEnvironment, source: Source, mistakes: list[dict[str, Any]]) -> nodes.Template | None:
    try:
        return environment.parse(source.text)
    except TemplateSyntaxError as error:
        mistakes.append(_mistake("syntax", error.message or str(error), source, error.lineno))
    except RecursionError:
        mistakes.append(_mistake("syntax", "expressions are nested too deeply", source, 0))
    return None


def _unknown(
    environment: TemplateEnvironment,
    reader: Reader,
    source: Source,
    before: tuple[dict[str, int], dict[str, int]],
    mistakes: list[dict[str, Any]],
) -> None:
    used = (
        ("filter", reader.expected.filters, environment.filters),
        ("test", reader.expected.tests, environment.tests),
    )
    for (what, found, known), earlier in zip(used, before, strict=True):
        for name, line in found.items():
            if name not in known and name not in earlier:
                mistakes.append(_mistake(f"unknown_{what}", f"there is no {what} {name!r}", source, line))


def _mistake(kind: str, message: str, source: Source, line: int) -> dict[str, Any]:
    return {"kind": kind, "message": message, "place": source.place, "line": line, "text": source.line(line)}
