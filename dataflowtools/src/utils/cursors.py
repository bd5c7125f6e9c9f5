"""Opaque cursors: where the next page of a list begins."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any


def encode_cursor(*values: str | int) -> str:
    """Return values as a text that callers hand back unchanged."""
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """Return the values of a cursor; raises ValueError for a text that is none."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, RecursionError) as reason:
        raise ValueError("not a cursor") from reason
    if not isinstance(values, list):
        raise ValueError("not a cursor")  # noqa: TRY004 - it is about the text
    return values
