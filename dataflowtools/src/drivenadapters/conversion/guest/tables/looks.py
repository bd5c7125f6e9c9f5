"""How numbers and dates look: the part of spreadsheets' number formats that people use."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_EVEN, Decimal

from .cells import Cell, as_text

_NUMBER = re.compile(r"([#0][#0,]*)(?:\.([0#]+))?(%?)")
_TOKENS = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss|s", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]')
_AFTER_HOURS = re.compile(r"(h+[^a-z]*)(mm?)|(mm?)([^a-z]*s)", re.IGNORECASE)


def shown(cell: Cell, pattern: str) -> str:
    """Return a cell as a number format shows it; as it is where the format says nothing about it."""
    if not pattern or pattern.lower() == "general" or cell is None or isinstance(cell, (bool, str)):
        return as_text(cell)
    if isinstance(cell, (dt.date, dt.time)):
        return _moment(cell, pattern)
    if isinstance(cell, (int, float, Decimal)):
        return _number(cell, pattern.split(";")[0])
    return as_text(cell)


def _number(value: float | Decimal, pattern: str) -> str:
    plain = _QUOTED.sub(lambda found: found[1] or found[2] or "", pattern)
    found = _NUMBER.search(plain)
    exact = Decimal(str(value))
    if found is None or not exact.is_finite():
        return as_text(value)
    whole, decimals, percent = found[1], found[2] or "", found[3]
    if percent:
        exact *= 100
    rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_EVEN) if abs(exact) < 10**20 else exact
    text = f"{abs(rounded):,f}" if "," in whole else f"{abs(rounded):f}"
    optional = len(decimals) - len(decimals.rstrip("#"))
    if optional:
        text = text[:-optional] + text[-optional:].rstrip("0")
        text = text.rstrip(".")
    shown_number = plain[: found.start()] + text + percent + plain[found.end() :]
    return f"-{shown_number}" if rounded < 0 else shown_number


def _moment(value: dt.date | dt.time, pattern: str) -> str:
    marked = _AFTER_HOURS.sub(lambda f: f"{f[1]}\x01" if f[1] else f"\x01{f[4]}", _QUOTED.sub(r"\1\2", pattern))
    moment = value if isinstance(value, dt.datetime) else None
    day = value if isinstance(value, dt.date) else dt.date(1900, 1, 1)
    time = moment.time() if moment else (value if isinstance(value, dt.time) else dt.time())
    words = {
        "yyyy": f"{day.year:04d}",
        "yy": f"{day.year % 100:02d}",
        "mmmm": day.strftime("%B"),
        "mmm": day.strftime("%b"),
        "mm": f"{day.month:02d}",
        "m": str(day.month),
        "dddd": day.strftime("%A"),
        "ddd": day.strftime("%a"),
        "dd": f"{day.day:02d}",
        "d": str(day.day),
        "hh": f"{time.hour:02d}",
        "h": str(time.hour),
        "ss": f"{time.second:02d}",
        "s": str(time.second),
    }
    text = _TOKENS.sub(lambda found: words[found[0].lower()], marked)
    return text.replace("\x01", f"{time.minute:02d}")
