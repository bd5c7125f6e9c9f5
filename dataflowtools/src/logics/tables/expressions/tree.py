"""The tree of an expression, before and after its types are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logics.tables.kinds import Kind

Value = str | int | float | bool | datetime | None


class ExpressionError(Exception):
    """An expression is wrong.

    Args:
        message: for the caller.
        position: of the fault in the text, from 1; 0 where there is none.
        column: the column at fault, where it is one.
    """

    def __init__(self, message: str, position: int = 0, column: str = "") -> None:
        super().__init__(message)
        self.message = f"{message} (at character {position})" if position else message
        self.position = position
        self.column = column


@dataclass(frozen=True)
class Literal:
    """A constant."""

    value: Value
    position: int = 0


@dataclass(frozen=True)
class Column:
    """The value of a column in the row."""

    name: str
    position: int = 0


@dataclass(frozen=True)
class Call:
    """An operator or a function, by its name in the table of functions."""

    function: str
    arguments: tuple[Node, ...]
    position: int = 0


Node = Literal | Column | Call


@dataclass(frozen=True)
class Typed:
    """A node whose kind is known.

    Attributes:
        kind: of its value; a bare null has that of its surroundings.
        function: empty for literals and columns.
        arguments: of the function.
        column: the name, for a column.
        value: for a literal.
    """

    kind: Kind
    function: str = ""
    arguments: tuple[Typed, ...] = ()
    column: str | None = None
    value: Value = None

    @property
    def is_literal(self) -> bool:
        """Whether it is a constant."""
        return not self.function and self.column is None

    def columns(self) -> set[str]:
        """Return the names of all columns that it reads."""
        found: set[str] = set()
        pending = [self]
        while pending:
            node = pending.pop()
            pending.extend(node.arguments)
            if node.column is not None:
                found.add(node.column)
        return found


def constant(value: Value, kind: Kind) -> Typed:
    """Return a typed literal."""
    return Typed(kind, value=value)


def column(name: str, kind: Kind) -> Typed:
    """Return a typed column."""
    return Typed(kind, column=name)


def call(function: str, kind: Kind, *arguments: Typed) -> Typed:
    """Return a typed call; the caller vouches for the types."""
    return Typed(kind, function, arguments)
