"""Rows of a workbook template that repeat, or appear on a condition.

A row whose only text is ``{% for item in items %}``, ``{% if x %}``, ``{% elif y %}``, ``{% else %}``,
``{% endif %}`` or ``{% endfor %}`` (``{%tr ... %}`` is the same) rules the rows below it and is not in the result.
A row that holds ``{% for %}`` in its first text and ``{% endfor %}`` in its last repeats itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .cells import TemplateRow
from .environment import TemplateEnvironment, failures_told

_TAG = r"\{%-?\s*(?:tr\s+)?"
_END = r"\s*-?%\}"
_CONTROL = re.compile(rf"{_TAG}(for|if|elif|else|endif|endfor)\b(.*?){_END}", re.DOTALL)
_OPENING = re.compile(rf"^{_TAG}for\s+((?:(?!%\}}).)*?){_END}", re.DOTALL)
_CLOSING = re.compile(rf"{_TAG}endfor{_END}$", re.DOTALL)
_LOOP = re.compile(r"\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s+in\s+(.+)", re.DOTALL)
_DEEPEST = 20


@dataclass
class Row:
    """A row that is in the result as often as it is reached."""

    number: int


@dataclass
class Loop:
    """Rows for each item."""

    names: tuple[str, ...]
    items: str
    line: int
    body: list[Any] = field(default_factory=list)


@dataclass
class Choice:
    """Rows under conditions, the first that holds; an empty one always does."""

    branches: list[tuple[str, list[Any]]]
    line: int


def read_block(rows: list[TemplateRow], place: str) -> list[Any]:
    """Return the rows of a sheet as a tree.

    Raises:
        TaskFailed: something is not closed, or closed that was not open.
    """
    root: list[Any] = []
    open_: list[tuple[Any, list[Any]]] = []
    for row in rows:
        control = _control(row)
        target = open_[-1][1] if open_ else root
        if control is None:
            target.append(_self_repeating(row, place) or Row(row.number))
        else:
            _apply(control, row.number, open_, target, place)
    if open_:
        raise _wrong(place, open_[-1][0].line, "what begins here is never closed")
    return root


def _control(row: TemplateRow) -> re.Match[str] | None:
    return _CONTROL.fullmatch(row.texts[0].strip()) if len(row.texts) == 1 else None


def _apply(control: re.Match[str], line: int, open_: list[Any], target: list[Any], place: str) -> None:
    word, rest = control[1], control[2].strip()
    match word:
        case "for":
            node: Any = _loop(rest, line, place)
            body = node.body
        case "if":
            body = []
            node = Choice([(rest, body)], line)
        case "elif" | "else":
            _another(word, rest, line, open_, place)
            return
        case _:
            _close(word, line, open_, place)
            return
    if len(open_) >= _DEEPEST:
        raise _wrong(place, line, "rows are nested too deeply")
    target.append(node)
    open_.append((node, body))


def _another(word: str, rest: str, line: int, open_: list[Any], place: str) -> None:
    if not open_ or not isinstance(open_[-1][0], Choice):
        raise _wrong(place, line, f"there is no if for this {word}")
    body: list[Any] = []
    open_[-1][0].branches.append((rest if word == "elif" else "", body))
    open_[-1] = (open_[-1][0], body)


def _close(word: str, line: int, open_: list[Any], place: str) -> None:
    wanted = Loop if word == "endfor" else Choice
    if not open_ or not isinstance(open_[-1][0], wanted):
        raise _wrong(place, line, f"there is nothing for this {word} to close")
    open_.pop()


def _loop(rest: str, line: int, place: str) -> Loop:
    found = _LOOP.fullmatch(rest)
    if found is None:
        raise _wrong(place, line, "a loop is written as: for item in items")
    return Loop(tuple(name.strip() for name in found[1].split(",")), found[2].strip(), line)


def _self_repeating(row: TemplateRow, place: str) -> Loop | None:
    if len(row.texts) < 2:
        return None
    opening, closing = _OPENING.search(row.texts[0].lstrip()), _CLOSING.search(row.texts[-1].rstrip())
    if opening is None or closing is None:
        return None
    loop = _loop(opening[1], row.number, place)
    loop.body.append(Row(row.number))
    return loop


def without_loop_tags(text: str) -> str:
    """Return the text of a cell without the tags that make its row repeat itself."""
    return _CLOSING.sub("", _OPENING.sub("", text.lstrip(), count=1).rstrip(), count=1)


def expand(
    block: list[Any], environment: TemplateEnvironment, context: dict[str, Any], sheet: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of the result: the template's row, and what its names stand for there."""
    for node in block:
        match node:
            case Row():
                yield node.number, context
            case Loop():
                yield from _each(node, environment, context, sheet)
            case Choice():
                for condition, body in node.branches:
                    if not condition or _evaluate(condition, environment, context, sheet, node.line):
                        yield from expand(body, environment, context, sheet)
                        break


def _each(
    loop: Loop, environment: TemplateEnvironment, context: dict[str, Any], sheet: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    found = _evaluate(loop.items, environment, context, sheet, loop.line)
    with failures_told(f"sheet {sheet!r}, row {loop.line}"):
        items = list(found)
    for index, item in enumerate(items):
        with failures_told(f"sheet {sheet!r}, row {loop.line}"):
            values = (item,) if len(loop.names) == 1 else tuple(item)
            named = dict(zip(loop.names, values, strict=True))
        position = {
            "index": index + 1,
            "index0": index,
            "first": index == 0,
            "last": index == len(items) - 1,
            "length": len(items),
        }
        yield from expand(loop.body, environment, {**context, **named, "loop": position}, sheet)


def _evaluate(source: str, environment: TemplateEnvironment, context: dict[str, Any], sheet: str, line: int) -> Any:
    with failures_told(f"sheet {sheet!r}, row {line}"):
        return environment.compile_expression(source, undefined_to_none=False)(context)


def _wrong(place: str, line: int, message: str) -> TaskFailed:
    return TaskFailed(FailureKind.IMPOSSIBLE, f"the template fails: {place}, row {line}: {message}", field="template")
