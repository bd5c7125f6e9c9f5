"""Labels of lists as Word counts them (ECMA-376, part 1, 17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from . import xml
from .flow import Item

_DEEPEST = 8
_BULLET = "•"
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_CHINESE_DIGITS = "〇一二三四五六七八九"
_CHINESE = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "ideographDigital")
_LARGEST = 10_000


def formatted(number: int, style: str) -> str:
    """Return a number in a style of ECMA-376, 17.18.59, or of its neighbours; plain digits in those not known."""
    if not 0 < number < _LARGEST:
        return str(number)
    match style:
        case "lowerRoman" | "upperRoman":
            text = _roman(number)
        case "lowerLetter" | "upperLetter":
            text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        case "decimalZero":
            return f"{number:02d}"
        case "ordinal":
            return f"{number}{_ordinal_ending(number)}"
        case "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if number <= 20:
            return chr(0x245F + number)
        case "none":
            return ""
        case _:
            return _chinese(number) if style in _CHINESE and number < 100 else str(number)
    return text.upper() if style.startswith("upper") else text


@dataclass
class Level:
    """One level of a list."""

    style: str = "decimal"
    pattern: str = "%1."
    start: int = 1
    restarts: bool = True


@dataclass
class Numbering:
    """The lists of a document, and how far each has been counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)

    def item(self, list_id: str, depth: int) -> Item | None:
        """Count the next item of a list and return it; None for a list that does not exist."""
        abstract = self.lists.get(list_id)
        if abstract is None:
            return None
        depth = min(max(depth, 0), _DEEPEST)
        levels = self.levels.get(abstract, {})
        level = levels.get(depth, Level())
        counts = self._counts.setdefault(abstract, [None] * (_DEEPEST + 1))
        before = counts[depth]
        counts[depth] = level.start if before is None else before + 1
        for deeper in range(depth + 1, _DEEPEST + 1):
            if levels.get(deeper, Level()).restarts:
                counts[deeper] = None
        if level.style == "bullet":
            return Item(depth)
        label = re.sub(r"%([1-9])", lambda match: _label_part(match, levels, counts), level.pattern)
        return Item(depth, label.strip(), ordered=True) if label.strip() else Item(depth)


def read_numbering(root: xml.Element) -> Numbering:
    """Return the lists of the part ``numbering.xml``."""
    numbering = Numbering()
    for abstract in xml.children(root, "abstractNum"):
        levels = {_number(xml.attribute(level, "ilvl")): _level(level) for level in xml.children(abstract, "lvl")}
        numbering.levels[xml.attribute(abstract, "abstractNumId")] = levels
    for number in xml.children(root, "num"):
        reference = xml.child(number, "abstractNumId")
        if reference is None:
            continue
        identity, abstract_id = xml.attribute(number, "numId"), xml.attribute(reference, "val")
        overrides = xml.children(number, "lvlOverride")
        numbering.lists[identity] = f"{abstract_id}/{identity}" if overrides else abstract_id
        if overrides:
            levels = dict(numbering.levels.get(abstract_id, {}))
            numbering.levels[f"{abstract_id}/{identity}"] = levels | dict(_override(item, levels) for item in overrides)
    return numbering


def _override(item: xml.Element, levels: dict[int, Level]) -> tuple[int, Level]:
    depth = _number(xml.attribute(item, "ilvl"))
    replaced = xml.child(item, "lvl")
    level = _level(replaced) if replaced is not None else levels.get(depth, Level())
    start = xml.child(item, "startOverride")
    if start is None:
        return depth, level
    return depth, Level(level.style, level.pattern, _number(xml.attribute(start, "val")), level.restarts)


def _level(level: xml.Element) -> Level:
    values = {xml.local(item): xml.attribute(item, "val") for item in level}
    return Level(
        values.get("numFmt", "decimal"),
        values.get("lvlText", ""),
        _number(values.get("start", "1")),
        values.get("lvlRestart") != "0",
    )


def _label_part(match: re.Match[str], levels: dict[int, Level], counts: list[int | None]) -> str:
    depth = int(match[1]) - 1
    level = levels.get(depth, Level())
    number = counts[depth]
    return formatted(level.start if number is None else number, level.style)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("" if tens == 1 else _CHINESE_DIGITS[tens]) + "十"
    return head + (_CHINESE_DIGITS[ones] if ones else "")


def _ordinal_ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
