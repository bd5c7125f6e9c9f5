"""The operations of the algebra. ``gives`` is always the schema of the result."""

from __future__ import annotations

from dataclasses import dataclass

from logics.tables.expressions.tree import Typed
from logics.tables.kinds import Kind, Schema


class PlanError(Exception):
    """A step does not fit its table.

    Args:
        message: for the caller.
        field: of the step, dotted.
        column: at fault, where it is one.
    """

    def __init__(self, message: str, field: str = "", column: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.column = column


@dataclass(frozen=True)
class Order:
    """One key of an order."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Project:
    """Columns by their expressions.

    Attributes:
        strict: by new column, the old one: where that has a value and the new one has none, it is an error.
    """

    columns: tuple[tuple[str, Typed], ...]
    gives: Schema
    strict: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Filter:
    """The rows where a condition is true."""

    condition: Typed
    gives: Schema


@dataclass(frozen=True)
class FillNeighbour:
    """The last, or next, value in place of missing ones."""

    columns: tuple[str, ...]
    backward: bool
    gives: Schema


@dataclass(frozen=True)
class FillStatistic:
    """A figure of the column in place of missing values; the smallest of several modes."""

    columns: tuple[str, ...]
    method: str
    gives: Schema


@dataclass(frozen=True)
class Distinct:
    """One row, or none, of those that are equal in some columns."""

    columns: tuple[str, ...]
    keep: str
    gives: Schema


@dataclass(frozen=True)
class Sort:
    """Rows in order; stable."""

    keys: tuple[Order, ...]
    nulls_first: bool
    gives: Schema


@dataclass(frozen=True)
class Limit:
    """A range of rows."""

    count: int
    offset: int
    gives: Schema


@dataclass(frozen=True)
class Sample:
    """Rows whose scrambled numbers are the smallest, in their order; see ``plan.sampling``."""

    count: int | None
    fraction: float | None
    seed: int
    gives: Schema


@dataclass(frozen=True)
class Figure:
    """A figure over the rows of a group."""

    function: str
    column: str | None
    name: str
    kind: Kind
    quantile: float | None = None
    separator: str = ","


@dataclass(frozen=True)
class GroupBy:
    """One row a group."""

    by: tuple[str, ...]
    figures: tuple[Figure, ...]
    gives: Schema


@dataclass(frozen=True)
class Pivot:
    """Values of a column become columns; which ones, only the data tell.

    Attributes:
        gives: the index alone.
        figure: what stands in the cells.
        most: columns that it may make.
    """

    index: tuple[str, ...]
    column: str
    figure: Figure
    gives: Schema
    most: int


@dataclass(frozen=True)
class Melt:
    """Columns of one kind become rows."""

    keep: tuple[str, ...]
    columns: tuple[str, ...]
    name: str
    value: str
    gives: Schema


@dataclass(frozen=True)
class Join:
    """Rows beside those of another table.

    Attributes:
        other: name of the other table among those of the step.
        key_kinds: kinds in which the keys are compared.
        take: columns of the other table and their names in the result.
        fill: keys of this table that unmatched rows of the other fill, with the other's column.
    """

    other: str
    how: str
    left_keys: tuple[str, ...]
    right_keys: tuple[str, ...]
    key_kinds: tuple[Kind, ...]
    take: tuple[tuple[str, str], ...]
    fill: tuple[tuple[str, str], ...]
    gives: Schema


@dataclass(frozen=True)
class Concat:
    """Rows below those of other tables of the step; columns are converted to the kinds of ``gives``."""

    others: tuple[str, ...]
    gives: Schema


@dataclass(frozen=True)
class Window:
    """A figure of the rows around each row."""

    function: str
    column: str | None
    name: str
    kind: Kind
    partition: tuple[str, ...]
    order: tuple[Order, ...]
    size: int
    offset: int
    gives: Schema


@dataclass(frozen=True)
class Explode:
    """A row for each part of a value."""

    column: str
    separator: str | None
    gives: Schema


@dataclass(frozen=True)
class Sql:
    """A query over the table and others; its columns are known when it has run."""

    query: str
    others: tuple[tuple[str, str], ...]


Node = (
    Project
    | Filter
    | FillNeighbour
    | FillStatistic
    | Distinct
    | Sort
    | Limit
    | Sample
    | GroupBy
    | Pivot
    | Melt
    | Join
    | Concat
    | Window
    | Explode
    | Sql
)
