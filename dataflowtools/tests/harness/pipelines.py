"""Strategies of tables, expressions and steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from logics.tables.kinds import Kind, Schema

KEYS: Schema = {"k": Kind.TEXT, "n": Kind.INTEGER}
SCHEMA: Schema = {
    "k": Kind.TEXT,
    "n": Kind.INTEGER,
    "x": Kind.NUMBER,
    "t": Kind.TEXT,
    "d": Kind.DATE,
    "m": Kind.DATETIME,
    "b": Kind.BOOLEAN,
}
_TEXTS = st.text(alphabet="aAéß北 -_.0", max_size=6)
_VALUES: Mapping[Kind, st.SearchStrategy[Any]] = {
    Kind.INTEGER: st.integers(-6, 6) | st.integers(-(2**40), 2**40),
    # Quarters: sums come out the same in every order, and rounding has halves to decide.
    Kind.NUMBER: st.integers(-40, 40).map(lambda n: n / 4) | st.sampled_from([float("inf"), float("-inf"), -0.0]),
    Kind.TEXT: st.sampled_from(["a", "b", "B", "é", "", "a-b"]) | _TEXTS,
    Kind.DATE: st.dates(datetime(1900, 1, 1).date(), datetime(2100, 12, 31).date()).map(
        lambda value: datetime(value.year, value.month, value.day)
    ),
    Kind.DATETIME: st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31)),
    Kind.BOOLEAN: st.booleans(),
}
_TEXT_LITERALS = ("'a'", "'-'", "'é'", "''")
_UNITS = ("year", "quarter", "month", "week", "day")


@st.composite
def tables(draw: st.DrawFn, schema: Schema | None = None, most: int = 12) -> Frame:
    """A table with missing values and repeated ones."""
    wanted = SCHEMA if schema is None else schema
    size = draw(st.integers(0, most))
    arrays = {}
    for name, kind in wanted.items():
        values = draw(st.lists(st.none() | _VALUES[kind], min_size=size, max_size=size))
        arrays[name] = pa.array(values, ARROW_TYPES[kind])
    return frame_of(arrays, wanted, size)


def of_kind(schema: Schema, *kinds: Kind) -> list[str]:
    """Return the columns of some kinds."""
    return [name for name, kind in schema.items() if kind in kinds]


@st.composite
def expressions(draw: st.DrawFn, schema: Schema, kind: Kind, depth: int = 2) -> str:
    """The text of an expression of a kind."""
    leaves = [f"`{name}`" for name in of_kind(schema, kind)]
    literals = {
        Kind.INTEGER: st.integers(-9, 9).map(lambda n: f"({n})"),
        Kind.NUMBER: st.integers(-20, 20).map(lambda n: f"({n / 4})"),
        Kind.TEXT: st.sampled_from(_TEXT_LITERALS),
        Kind.BOOLEAN: st.sampled_from(("true", "false", "null")),
        Kind.DATE: st.just("to_date('2024-02-29')"),
    }
    leaf = literals.get(kind, st.just(leaves[0] if leaves else "null"))
    if leaves:
        leaf = leaf | st.sampled_from(leaves)
    if depth == 0 or draw(st.booleans()):
        return draw(leaf)
    return draw(_compound(schema, kind, depth - 1))


@st.composite
def _compound(draw: st.DrawFn, schema: Schema, kind: Kind, depth: int) -> str:
    def part(wanted: Kind) -> str:
        return draw(expressions(schema, wanted, depth))

    form = draw(st.sampled_from(_FORMS[kind]))
    for name in ("I", "N", "T", "B", "D"):
        while f"<{name}>" in form:
            form = form.replace(f"<{name}>", part(_LETTERS[name]), 1)
    return form


_LETTERS = {"I": Kind.INTEGER, "N": Kind.NUMBER, "T": Kind.TEXT, "B": Kind.BOOLEAN, "D": Kind.DATE}
_FORMS: Mapping[Kind, tuple[str, ...]] = {
    Kind.INTEGER: (
        "(<I> + <I>)", "(<I> - <I>)", "(<I> * 3)", "(<I> // <I>)", "(<I> % <I>)", "abs(<I>)", "sign(<N>)",
        "length(<T>)", "find(<T>, 'a')", "year(<D>)", "month(<D>)", "week(<D>)", "weekday(<D>)", "quarter(<D>)",
        "day_of_year(<D>)", "date_diff(<D>, <D>, 'month')", "date_diff(<D>, <D>, 'week')", "to_integer(<T>)",
        "to_integer(<N>)", "if(<B>, <I>, <I>)", "coalesce(<I>, <I>)", "null_if(<I>, <I>)", "least(<I>, <I>)",
        "to_integer(to_text(<I>))",
    ),
    Kind.NUMBER: (
        "(<N> + <N>)", "(<N> - <N>)", "(<N> * <N>)", "(<N> / <N>)", "(<I> / <I>)", "round(<N>)", "round(<N>, 1)",
        "floor(<N>)", "ceil(<N>)", "sqrt(<N>)", "abs(<N>)", "(-<N>)", "to_number(<I>)", "if(<B>, <N>, <I>)",
        "greatest(<N>, <N>)", "to_number(to_text(<N>))", "ln(<N>)",
    ),
    Kind.TEXT: (
        "(<T> + <T>)", "upper(<T>)", "lower(<T>)", "title(<T>)", "trim(<T>)", "left(<T>, 2)", "right(<T>, 2)",
        "substring(<T>, 2, 2)", "substring(<T>, 0, 2)", "pad_left(<T>, 4, '*')", "replace(<T>, 'a', 'xy')",
        "regex_replace(<T>, '[a-b]+', '<\\\\0>')", "extract(<T>, '(a)(.?)', 2)", "split_part(<T>, '-', 2)",
        "split_rest(<T>, '-', 2)", "concat(<T>, <I>, <T>)", "to_text(<N>)", "to_text(<I>)", "to_text(<D>)",
        "to_text(<B>)", "format_date(<D>, '%d.%m.%Y')", "if(<B>, <T>, <T>)", "least(<T>, <T>)", "repeat(<T>, 2)",
    ),
    Kind.BOOLEAN: (
        "(<B> and <B>)", "(<B> or <B>)", "(not <B>)", "(<I> < <I>)", "(<N> >= <N>)", "(<T> = <T>)", "(<T> < <T>)",
        "(<D> > <D>)", "(<I> in (1, null, 3))", "(<T> in ('a', 'é'))", "(<N> is null)", "(<N> between 0 and <N>)",
        "contains(<T>, 'a')", "starts_with(<T>, 'a')", "matches(<T>, '^[a-c]?-')", "(<I> = <N>)", "to_boolean(<I>)",
    ),
    Kind.DATE: (
        "truncate(<D>, 'month')", "truncate(<D>, 'week')", "date_add(<D>, <I>, 'day')", "date_add(<D>, <I>, 'month')",
        "to_date(to_text(<D>))", "if(<B>, <D>, <D>)", "coalesce(<D>, <D>)", "parse_date(<T>, '%Y')",
    ),
}  # fmt: skip
_EXPRESSED = (Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.BOOLEAN, Kind.DATE)
_GROUPED = {
    Kind.INTEGER: ("count", "count_distinct", "sum", "mean", "median", "min", "max", "std", "first", "last"),
    Kind.NUMBER: ("count", "count_distinct", "sum", "mean", "median", "min", "max", "first", "last"),
    Kind.TEXT: ("count", "count_distinct", "min", "max", "first", "last", "join"),
    Kind.DATE: ("count", "count_distinct", "min", "max", "first", "last"),
    Kind.DATETIME: ("count", "min", "max"),
    Kind.BOOLEAN: ("any", "all", "count", "first"),
}
_WINDOWED = (
    "row_number", "rank", "dense_rank", "lag", "lead", "cumulative_sum", "cumulative_min", "cumulative_max",
    "cumulative_count", "rolling_sum", "rolling_mean", "rolling_min", "rolling_max", "total", "mean", "share",
)  # fmt: skip


@st.composite
def steps(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    """A step that fits a table of a schema."""
    names = list(schema)
    some = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    makers: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"op": st.just("select"), "columns": some}),
        st.builds(lambda where: {"op": "filter", "where": where}, expressions(schema, Kind.BOOLEAN)),
        st.fixed_dictionaries({"op": st.just("drop_missing"), "columns": some, "how": st.sampled_from(["any", "all"])}),
        st.fixed_dictionaries(
            {"op": st.just("deduplicate"), "columns": some, "keep": st.sampled_from(["first", "last", "none"])}
        ),
        st.fixed_dictionaries(
            {
                "op": st.just("sort"),
                "by": some.flatmap(_keys),
                "nulls": st.sampled_from(["first", "last"]),
            }
        ),
        st.fixed_dictionaries({"op": st.just("limit"), "count": st.integers(0, 8), "offset": st.integers(0, 3)}),
        st.fixed_dictionaries({"op": st.just("sample"), "count": st.integers(0, 6), "seed": st.integers(0, 99)}),
        st.fixed_dictionaries(
            {"op": st.just("fill_missing"), "method": st.sampled_from(["forward", "backward", "mode"])}
        ),
        st.fixed_dictionaries({"op": st.just("fill_missing"), "value": st.sampled_from([0, 1.5, "a", True])}),
        _derive(schema),
        _group_by(schema),
        _window(schema),
        st.builds(lambda columns: {"op": "melt", "columns": columns, "name": "_name", "value": "_value"}, some),
        st.builds(lambda columns: {"op": "cast", "columns": dict.fromkeys(columns, "text")}, some),
    ]
    return draw(st.one_of(makers))


@st.composite
def _keys(draw: st.DrawFn, columns: list[str]) -> list[dict[str, Any]]:
    return [{"column": name, "descending": draw(st.booleans())} for name in columns]


@st.composite
def _derive(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    kinds = draw(st.lists(st.sampled_from(_EXPRESSED), min_size=1, max_size=3))
    names = ["v1", "v2", draw(st.sampled_from([*schema, "v3"]))]
    columns = {name: draw(expressions(schema, kind)) for name, kind in zip(names, kinds, strict=False)}
    return {"op": "derive", "columns": columns}


@st.composite
def _group_by(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    by = draw(st.lists(st.sampled_from(list(schema)), max_size=2, unique=True))
    aggregates: list[dict[str, Any]] = [{"function": "count", "as": "_rows"}]
    for number, name in enumerate(draw(st.lists(st.sampled_from(list(schema)), max_size=3))):
        function = draw(st.sampled_from(_GROUPED[schema[name]]))
        aggregates.append({"column": name, "function": function, "as": f"_figure{number}"})
    return {"op": "group_by", "by": by, "aggregates": aggregates}


@st.composite
def _window(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    function = draw(st.sampled_from(_WINDOWED))
    step: dict[str, Any] = {"op": "window", "function": function, "as": "_window", "size": draw(st.integers(1, 4))}
    numbers = of_kind(schema, Kind.INTEGER, Kind.NUMBER)
    if numbers:
        step["column"] = draw(st.sampled_from(numbers))
    elif function not in ("rank", "dense_rank"):
        step["function"] = "row_number"
    step["partition_by"] = draw(st.lists(st.sampled_from(list(schema)), max_size=1))
    step["order_by"] = draw(st.lists(st.sampled_from(list(schema)), min_size=1, max_size=2, unique=True).flatmap(_keys))
    return step


@st.composite
def joins(draw: st.DrawFn) -> dict[str, Any]:
    """A join on one or both keys."""
    how = draw(st.sampled_from(["inner", "left", "right", "full", "semi", "anti"]))
    on = draw(st.sampled_from([["k"], ["n"], ["k", "n"]]))
    return {"op": "join", "other": {"data": []}, "how": how, "on": on}
