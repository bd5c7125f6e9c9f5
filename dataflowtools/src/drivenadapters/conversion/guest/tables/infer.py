"""Types of cells that come as text, guessed only where nothing of the text is lost by it."""

from __future__ import annotations

import datetime as dt
import re

from .cells import Cell

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})")  # no leading zeros; at most 15 digits, which every spreadsheet keeps
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d{1,15}")
_EXPONENT = re.compile(r"-?\d(?:\.\d{1,14})?[eE][+-]?\d{1,3}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")
_WORDS = {"true": True, "false": False, "TRUE": True, "FALSE": False, "True": True, "False": False}
_DIGITS_KEPT = 15


def typed(text: str) -> Cell:
    """Return the number, date or truth value that a text is, or the text itself."""
    if not text or len(text) > 32:
        return text or None
    if _INTEGER.fullmatch(text):
        return int(text) if text != "-0" else text
    if _NUMBER.fullmatch(text):
        return float(text) if len(text.strip("-0").replace(".", "")) <= _DIGITS_KEPT else text
    if _EXPONENT.fullmatch(text):
        return float(text)
    if text in _WORDS:
        return _WORDS[text]
    return moment(text)


def moment(text: str) -> Cell:
    """Return the date, or date and time, that a text in ISO 8601 is, or the text itself."""
    try:
        if _DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
        if _MOMENT.fullmatch(text):
            return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    return text
