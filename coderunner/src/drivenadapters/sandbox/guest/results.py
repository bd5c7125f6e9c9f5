"""Limits of a return value that the worker and its supervisor both keep to."""

from __future__ import annotations

from typing import Any

MOST_CONTAINERS = 200_000
_HINT = "Write large results to a file in the working directory: it comes back as an artifact."


def count_containers(encoded: bytes) -> int:
    """Return how many lists and objects a JSON text can hold at most.

    Brackets inside of strings count too: telling them apart would take the parsing
    that the limit is there to spare the supervisor.
    """
    return encoded.count(b"[") + encoded.count(b"{")


def too_many_bytes(size: int, limit: int) -> dict[str, Any]:
    """Return the error of a return value whose JSON is too long."""
    return _too_large(f"the return value is {size} bytes of JSON; the limit is {limit} (MAX_RESULT_MB)")


def too_many_containers(count: int) -> dict[str, Any]:
    """Return the error of a return value of too many parts."""
    return _too_large(
        f"the return value has {count} lists and objects, brackets in its text included; the limit is {MOST_CONTAINERS}"
    )


def _too_large(message: str) -> dict[str, Any]:
    return {
        "type": "ReturnValueTooLarge",
        "message": message,
        "line": None,
        "column": None,
        "traceback": "",
        "hint": _HINT,
    }
