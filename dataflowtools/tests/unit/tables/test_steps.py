"""What each step does, in both engines; what the pipelines of chance do not pin down."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.tables import ENGINES, STEPS, day, frame, rows, run
from logics.tables.steps import Step

CITIES = frame(
    {"city": "text", "price": "number", "n": "integer", "day": "date"},
    ("Ulm", 2.5, 1, day("2024-01-31")),
    ("Bonn", None, 2, day("2023-12-01")),
    (None, 4.0, 2, None),
    ("Ulm", 1.0, None, day("2024-01-31")),
)
LANDS = frame({"city": "text", "land": "text"}, ("Ulm", "BW"), ("Bonn", "NRW"), ("Bonn", "RLP"), (None, "?"))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine."""
    name: str = request.param
    return name


def after(engine: str, *steps: dict[str, Any], table: Frame = CITIES, **others: Frame) -> list[tuple[Any, ...]]:
    return rows(run(engine, table, *steps, others={0: dict(others)}))


def fault(engine: str, *steps: dict[str, Any], table: Frame = CITIES) -> TaskFailed:
    with pytest.raises(TaskFailed) as caught:
        run(engine, table, *steps)
    return caught.value


def test_group_by_sorts_keys_with_nulls_last_and_leaves_missing_values_out(engine: str) -> None:
    aggregates = [
        {"function": "count"},
        {"column": "price", "function": "sum"},
        {"column": "price", "function": "std"},
        {"column": "n", "function": "count", "as": "ns"},
    ]
    found = after(engine, {"op": "group_by", "by": ["city"], "aggregates": aggregates})
    assert found == [
        ("Bonn", 1, None, None, 1),
        ("Ulm", 2, 3.5, pytest.approx(1.0606601717798212), 1),
        (None, 1, 4.0, None, 1),
    ]


def test_a_group_over_all_has_one_row_even_of_an_empty_table(engine: str) -> None:
    empty = {"op": "filter", "where": "false"}
    figures = {"op": "group_by", "aggregates": [{"function": "count"}, {"column": "price", "function": "sum"}]}
    assert after(engine, empty, figures) == [(0, None)]


def test_a_join_keeps_the_order_of_both_and_missing_keys_match_nothing(engine: str) -> None:
    step = {"op": "join", "other": {"data": []}, "on": ["city"], "how": "left"}
    found = after(engine, step, {"op": "select", "columns": ["city", "n", "land"]}, other=LANDS)
    assert found == [("Ulm", 1, "BW"), ("Bonn", 2, "NRW"), ("Bonn", 2, "RLP"), (None, 2, None), ("Ulm", None, "BW")]


def test_a_full_join_adds_what_only_the_other_has_at_the_end(engine: str) -> None:
    other = frame({"n": "number", "x": "text"}, (2.0, "two"), (9.0, "nine"))
    step = {"op": "join", "other": {"data": []}, "on": ["n"], "how": "full"}
    found = after(engine, step, {"op": "select", "columns": ["n", "x"]}, other=other)
    assert found == [(1.0, None), (2.0, "two"), (2.0, "two"), (None, None), (9.0, "nine")]


def test_columns_that_both_tables_have_get_the_suffix(engine: str) -> None:
    other = frame({"n": "integer", "price": "number"}, (1, 9.5))
    step = {"op": "join", "other": {"data": []}, "on": ["n"], "suffix": "_new"}
    assert list(run(engine, CITIES, step, others={0: {"other": other}}).schema)[-1] == "price_new"


def test_concat_goes_by_name_and_fills_in_what_a_table_lacks(engine: str) -> None:
    other = frame({"n": "number", "city": "text"}, (0.5, "Rom"))
    found = run(engine, CITIES, {"op": "concat", "others": [{"data": []}]}, others={0: {"others.0": other}})
    assert rows(found)[-1] == ("Rom", None, 0.5, None)
    assert str(found.schema["n"]) == "number"


def test_pivot_names_columns_by_sorted_values_and_counts_nothing_as_zero(engine: str) -> None:
    step = {"op": "pivot", "index": ["n"], "column": "city", "values": "price", "function": "count"}
    found = run(engine, CITIES, step)
    assert list(found.schema) == ["n", "Bonn", "Ulm", "null"]
    assert rows(found) == [(1, 0, 1, 0), (2, 0, 0, 1), (None, 0, 1, 0)]


def test_melt_of_different_kinds_gives_text(engine: str) -> None:
    found = after(engine, {"op": "melt", "keep": ["city"], "columns": ["price", "day"]}, {"op": "limit", "count": 6})
    assert found[0] == ("Ulm", "price", "2.5")
    assert found[4] == ("Ulm", "day", "2024-01-31")


def test_a_sample_is_the_same_every_time_and_of_the_wanted_size(engine: str) -> None:
    table = frame({"n": "integer"}, *((number,) for number in range(1000)))
    one, again, other = (after(engine, {"op": "sample", "count": 50, "seed": seed}, table=table) for seed in (1, 1, 2))
    assert one == again != other
    assert len(one) == 50
    assert one == sorted(one)
    share = after(engine, {"op": "sample", "fraction": 0.3}, table=table)
    assert 230 < len(share) < 370


def test_explode_keeps_rows_without_parts(engine: str) -> None:
    table = frame({"id": "integer", "tags": "text"}, (1, "a,b"), (2, None), (3, ""))
    assert after(engine, {"op": "explode", "column": "tags", "separator": ","}, table=table) == [
        (1, "a"), (1, "b"), (2, None), (3, ""),
    ]  # fmt: skip
    lists = frame({"id": "integer", "l": "json"}, (1, '["a", 2, {"k": [1]}]'), (2, "[]"), (3, None), (4, "7"))
    assert after(engine, {"op": "explode", "column": "l"}, table=lists) == [
        (1, "a"), (1, "2"), (1, '{"k":[1]}'), (2, None), (3, None), (4, "7"),
    ]  # fmt: skip


def test_split_puts_the_rest_into_the_last_column(engine: str) -> None:
    table = frame({"name": "text"}, ("a b c",), ("a",), (None,))
    found = after(
        engine, {"op": "split", "column": "name", "separator": " ", "into": ["x", "y"], "keep": False}, table=table
    )
    assert found == [("a", "b c"), ("a", None), (None, None)]


def test_replacements_look_at_the_old_value_only(engine: str) -> None:
    table = frame({"s": "text"}, ("a",), ("b",), (None,))
    mapping = [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}, {"from": None, "to": "none"}]
    assert after(engine, {"op": "replace", "columns": ["s"], "mapping": mapping}, table=table) == [
        ("b",),
        ("a",),
        ("none",),
    ]


def test_a_running_sum_goes_by_the_order_and_within_its_part(engine: str) -> None:
    step = {
        "op": "window", "function": "cumulative_sum", "column": "price", "partition_by": ["city"],
        "order_by": [{"column": "price", "descending": True}], "as": "so_far",
    }  # fmt: skip
    assert [row[-1] for row in after(engine, step)] == [2.5, None, 4.0, 3.5]


def test_sql_sees_dates_as_dates_and_gives_its_own_columns(engine: str) -> None:
    query = (
        "SELECT city, max(day) AS last, day + INTERVAL 1 DAY AS next FROM input GROUP BY ALL ORDER BY next NULLS LAST"
    )
    found = run(engine, CITIES, {"op": "sql", "query": query})
    assert [str(kind) for kind in found.schema.values()] == ["text", "date", "datetime"]
    assert rows(found)[0] == ("Bonn", "2023-12-01", "2023-12-02T00:00:00")


def test_a_cast_that_fails_names_row_column_and_value(engine: str) -> None:
    table = frame({"s": "text"}, ("1",), ("x",), ("y",))
    failure = fault(engine, {"op": "cast", "columns": {"s": "integer"}}, table=table)
    assert (failure.kind, failure.field) == (FailureKind.IMPOSSIBLE, "steps.0")
    assert failure.message == "step 1 (cast), row 2: 'x' in column 's' cannot be converted (and 1 more)"
    kept = {"op": "cast", "columns": {"s": "integer"}, "on_error": "null"}
    assert after(engine, kept, table=table) == [(1,), (None,), (None,)]


def test_a_sum_beyond_64_bits_is_a_fault(engine: str) -> None:
    table = frame({"n": "integer"}, (2**62,), (2**62,))
    failure = fault(engine, {"op": "group_by", "aggregates": [{"column": "n", "function": "sum"}]}, table=table)
    assert failure.kind == FailureKind.IMPOSSIBLE
    assert "beyond 64 bits" in failure.message


@pytest.mark.parametrize(
    ("step", "field", "message"),
    [
        ({"op": "select", "columns": ["citty"]}, "columns.0", "did you mean 'city'"),
        ({"op": "drop", "columns": ["city", "price", "n", "day"]}, "columns", "no column would be left"),
        ({"op": "rename", "columns": {"city": "n"}}, "columns", "two columns would be named 'n'"),
        ({"op": "cast", "columns": {"day": "number"}}, "columns.day", "cannot become number"),
        ({"op": "filter", "where": "price"}, "where", "a condition is expected"),
        ({"op": "derive", "columns": {"x": "prize * 2"}}, "columns.x", "no column 'prize'"),
        ({"op": "filter", "where": "matches(city, '(')"}, "", "no regular expression of RE2"),
        ({"op": "filter", "where": "matches(city, '(?=a)')"}, "", "no regular expression of RE2"),
        ({"op": "derive", "columns": {"x": "extract(city, '(a)', 2)"}}, "", "no regular expression of RE2"),
        ({"op": "fill_missing", "columns": ["day"], "value": 3}, "columns.0", "3 does not fit"),
        ({"op": "fill_missing", "columns": ["city"], "method": "mean"}, "columns.0", "has no mean"),
        ({"op": "group_by", "aggregates": [{"column": "city", "function": "sum"}]}, "aggregates.0.function", "no sum"),
        ({"op": "group_by", "by": ["n"], "aggregates": [{"function": "count", "as": "n"}]}, "aggregates.0", "named"),
        ({"op": "window", "function": "lag", "column": "n", "as": "n"}, "as", "already"),
        ({"op": "split", "column": "n", "separator": "-", "into": ["a"]}, "column", "not text"),
        ({"op": "explode", "column": "city"}, "column", "give a separator"),
        ({"op": "date", "column": "city", "operation": "year"}, "column", "does not take"),
        ({"op": "date", "column": "day", "operation": "format", "format": "%E"}, "format", "unknown directive"),
        ({"op": "melt", "columns": ["city"], "keep": ["city"]}, "columns.0", "kept and turned"),
        ({"op": "text", "columns": ["city"], "operation": "left", "arguments": ["x"]}, "arguments", "takes integer"),
    ],
)  # fmt: skip
def test_a_step_that_does_not_fit_is_refused_before_anything_runs(
    step: dict[str, Any], field: str, message: str
) -> None:
    failure = fault("pandas", {"op": "limit", "count": 1}, step)
    assert failure.kind == FailureKind.INVALID
    assert failure.field == "steps.1" + (f".{field}" if field else "")
    assert failure.message.startswith(f"step 2 ({step['op']}): ")
    assert message in failure.message


def test_later_steps_see_the_columns_that_earlier_ones_make() -> None:
    failure = fault(
        "pandas", {"op": "derive", "columns": {"x": "n"}}, {"op": "drop", "columns": ["n"]}, {"op": "sort", "by": ["n"]}
    )
    assert failure.field == "steps.2.by.0"


def test_expressions_after_a_pivot_are_parsed_before_it_runs() -> None:
    pivot = {"op": "pivot", "index": ["n"], "column": "city", "values": "price"}
    assert fault("pandas", pivot, {"op": "filter", "where": "Ulm >"}).field == "steps.1.where"
    assert fault("pandas", pivot, {"op": "filter", "where": "Rom > 1"}).message.startswith(
        "step 2 (filter): there is no column 'Rom'"
    )


@pytest.mark.parametrize(
    "step",
    [
        {"op": "nonsense"},
        {"op": "select", "columns": []},
        {"op": "select", "columns": ["a"], "extra": 1},
        {"op": "limit", "count": -1},
        {"op": "sample"},
        {"op": "sample", "count": 1, "fraction": 0.5},
        {"op": "fill_missing", "columns": ["a"]},
        {"op": "join", "other": {"data": []}},
        {"op": "join", "other": {"data": []}, "on": ["a"], "left_on": ["a"]},
        {"op": "join", "other": {}, "on": ["a"]},
        {"op": "group_by", "by": ["a"], "aggregates": [{"function": "sum"}]},
        {"op": "window", "function": "rank", "as": "r"},
        {"op": "replace", "columns": ["a"], "pattern": "x"},
        {"op": "date", "column": "d", "operation": "add", "unit": "day"},
    ],
)
def test_a_step_that_is_not_well_formed_is_refused(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        STEPS.validate_python((step,))


def test_every_step_shows_an_example_that_is_one() -> None:
    schema = STEPS.json_schema()
    shown = [example for item in schema["$defs"].values() for example in item.get("examples", []) if "op" in example]
    STEPS.validate_python(tuple(shown))
    assert len({example["op"] for example in shown}) == len(Step.__args__[0].__args__)
