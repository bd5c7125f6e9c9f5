"""What reading tells beside the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_BAD_ROWS = 100  # shown; all are counted


@dataclass(frozen=True)
class Conversion:
    """Something that was decided or changed on the way from the file to the table.

    Attributes:
        column: empty for the whole table.
        message: what was done.
    """

    column: str
    message: str


@dataclass
class BadRows:
    """Lines that are no row of the table."""

    total: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: int | None, reason: str, text: str) -> None:
        """Count a line, and show it if there is room."""
        self.total += 1
        if len(self.shown) < MOST_BAD_ROWS:
            self.shown.append({"row": line, "reason": reason, "text": text[:200]})


@dataclass
class ReadingNotes:
    """All that is told of one source."""

    format: str = ""
    strict: bool = False  # values of different types in one column of JSON keep them
    conversions: list[Conversion] = field(default_factory=list)
    bad_rows: BadRows = field(default_factory=BadRows)
    details: dict[str, Any] = field(default_factory=dict)

    def say(self, message: str, column: str = "") -> None:
        """Add a conversion."""
        self.conversions.append(Conversion(column, message))

    def to_json(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "format": self.format,
            **self.details,
            "conversions": [{"column": note.column or None, "message": note.message} for note in self.conversions],
            "bad_rows": {"total": self.bad_rows.total, "shown": self.bad_rows.shown},
        }
