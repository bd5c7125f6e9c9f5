"""Texts of a template that Jinja reads, and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def as_it_is(line: str) -> str:
    """Return a line as people see it where it is nothing but text."""
    return line.strip()


@dataclass(frozen=True)
class Source:
    """A text that Jinja reads.

    Attributes:
        place: for people, such as ``header`` or ``sheet 'Invoice', cell B7``.
        text: of the template.
        shown: makes a line readable.
    """

    place: str
    text: str
    shown: Callable[[str], str] = as_it_is

    def line(self, number: int) -> str:
        """Return a line, from 1, as people see it; empty where there is none."""
        lines = self.text.splitlines()
        return self.shown(lines[number - 1])[:200] if 0 < number <= len(lines) else ""
