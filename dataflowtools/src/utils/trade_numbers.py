"""Trade item numbers (GTIN) in barcodes, brought to one form (GS1 General Specifications, 7.9 and 5.2)."""

from __future__ import annotations

import re

_LENGTH = 14
_ITEM = re.compile(r"^\(?01\)?(\d{14})")


def check_digit(digits: str) -> str:
    """Return the check digit that belongs behind the digits."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_valid(number: str) -> bool:
    """Whether a number ends with its check digit."""
    return number.isascii() and number.isdigit() and len(number) > 1 and check_digit(number[:-1]) == number[-1]


def expand_upc_e(number: str) -> str | None:
    """Return the UPC-A of an eight-digit UPC-E; None if it is none."""
    if not re.fullmatch(r"[01]\d{7}", number, re.ASCII):
        return None
    system, body, last = number[0], number[1:7], number[7]
    kind = body[5]
    if kind in "012":
        full = body[:2] + kind + "0000" + body[2:5]
    elif kind == "3":
        full = body[:3] + "00000" + body[3:5]
    elif kind == "4":
        full = body[:4] + "00000" + body[4]
    else:
        full = body[:5] + "0000" + kind
    return system + full + last


def gtin_of(symbology: str, text: str) -> str | None:
    """Return the trade item number that a code holds, as 14 digits with zeros in front; None if it holds none.

    Args:
        symbology: as in :mod:`utils.symbologies`.
        text: what the code says, application identifiers in brackets or not.
    """
    first = text.split(" ")[0]
    if symbology == "UPC-E":
        number = expand_upc_e(first) if len(first) == 8 else first
    elif symbology in ("EAN-13", "EAN-8", "UPC-A") or (symbology == "ITF" and len(first) == _LENGTH):
        number = first
    else:
        found = _ITEM.match(text) if symbology.startswith("DataBar") or text.startswith("(") else None
        number = found.group(1) if found else None
    return number.zfill(_LENGTH) if number and is_valid(number) else None
