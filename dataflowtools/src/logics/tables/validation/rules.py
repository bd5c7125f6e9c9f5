"""What all three sorts of schema come down to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from logics.tables.kinds import Kind
from logics.tables.validation.checks import Check


class SchemaFault(Exception):
    """A schema is wrong.

    Args:
        message: for the caller.
        field: of the schema, dotted.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True)
class Rule:
    """A check under the name that violations bear.

    Attributes:
        name: such as ``minimum``, the schema's own word.
        check: what is checked.
        types: of JSON, any of which a value may have; for the check of JSON Schema's ``type``.
    """

    name: str
    column: str
    check: Check | None = None
    types: tuple[str, ...] = ()


@dataclass
class RuleSet:
    """All rules of a schema.

    Attributes:
        required: columns that must be in the table.
        known: columns that the schema speaks of.
        closed: whether other columns are violations.
        kinds: columns that are read as text first and then as a kind, with the format of dates.
        residue: the part of a JSON Schema that is checked row by row.
        residue_columns: columns that it looks at, None for all.
        null_values: texts that mean a missing value.
        strict_json: whether values of JSON keep their own types.
    """

    rules: list[Rule] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    closed: bool = False
    kinds: dict[str, tuple[Kind, str | None]] = field(default_factory=dict)
    residue: dict[str, Any] | None = None
    residue_columns: list[str] | None = None
    null_values: tuple[str, ...] | None = None
    strict_json: bool = False

    def know(self, column: str) -> None:
        """Note that the schema speaks of a column."""
        if column not in self.known:
            self.known.append(column)
