"""Whose work is under way."""

from __future__ import annotations

from contextvars import ContextVar

current_attempt: ContextVar[str] = ContextVar("current_attempt", default="")
"""The attempt of a batch item on whose behalf files are made; they count only if it is the item's last."""
