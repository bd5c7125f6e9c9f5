"""Both engines give the same answer to the same pipeline; the pipelines are made up."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from drivenadapters.tables.guest.engines.frame import Frame, StepFault
from drivenadapters.tables.guest.engines.limits import Limits
from harness.pipelines import KEYS, SCHEMA, joins, steps, tables
from harness.tables import ENGINES, STEPS, frame, rows, run, same
from logics.tables.kinds import Kind
from logics.tables.plan.nodes import PlanError
from logics.tables.plan.planner import Surroundings, plan, schema_after

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_OTHER = {**KEYS, "y": Kind.NUMBER}


def carry_out(engine: Any, nodes: Any, table: Frame, others: dict[str, Frame]) -> Frame | tuple[str, int]:
    """Run nodes; a fault is an answer as well."""
    handle = engine.load(table)
    loaded = {name: engine.load(other) for name, other in others.items()}
    try:
        for node in nodes:
            handle = engine.run(node, handle, loaded)
    except StepFault as fault:
        return fault.message, fault.row
    result: Frame = engine.frame(handle)
    return result


def compare(step: dict[str, Any], table: Frame, others: dict[str, Frame]) -> Frame | None:
    """Run a step on both engines, hold the answers against each other, and return them."""
    (parsed,) = STEPS.validate_python((step,))
    try:
        nodes = plan(parsed, table.schema, Surroundings({name: other.schema for name, other in others.items()}))
    except PlanError:
        assume(False)
        raise
    one, other = (carry_out(engine(Limits()), nodes, table, others) for engine in ENGINES.values())
    event(f"{step['op']}: {'a fault' if isinstance(one, tuple) else 'a table'}")
    if isinstance(one, tuple) or isinstance(other, tuple):
        assert one == other, step
        return None
    assert same(one, other), (step, rows(one), rows(other))
    assert schema_after(nodes, table.schema) in (None, one.schema)
    return one


@settings(max_examples=70, deadline=None, suppress_health_check=_SLOW)
@given(st.data())
def test_any_pipeline_gives_the_same_table(data: st.DataObject) -> None:
    table = data.draw(tables())
    for _ in range(data.draw(st.integers(1, 4))):
        result = compare(data.draw(steps(table.schema)), table, {})
        if result is None or not result.schema:
            return
        table = result


@settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
@given(tables(), tables(_OTHER), joins())
def test_any_join_gives_the_same_rows_in_the_same_order(table: Frame, other: Frame, step: dict[str, Any]) -> None:
    compare(step, table, {"other": other})


@settings(max_examples=20, deadline=None, suppress_health_check=_SLOW)
@given(tables(), st.sampled_from(["k", "n", "x", "d", "b"]), st.sampled_from(["count", "sum", "min", "last"]))
def test_any_pivot_makes_the_same_columns(table: Frame, column: str, function: str) -> None:
    compare({"op": "pivot", "index": ["t"], "column": column, "values": "n", "function": function}, table, {})


@settings(max_examples=20, deadline=None, suppress_health_check=_SLOW)
@given(tables(), tables(_OTHER))
def test_appended_tables_are_the_same(table: Frame, other: Frame) -> None:
    compare({"op": "concat", "others": [{"data": []}]}, table, {"others.0": other})


@pytest.mark.parametrize("engine", ENGINES)
def test_an_integer_beyond_64_bits_is_a_fault_with_its_row(engine: str) -> None:
    table = frame({"n": "integer"}, (1,), (2**62,), (2**62,))
    (parsed,) = STEPS.validate_python(({"op": "derive", "columns": {"m": "n * 4"}},))
    nodes = plan(parsed, table.schema, Surroundings({}))
    found = carry_out(ENGINES[engine](Limits()), nodes, table, {})
    assert found == ("the result is beyond 64 bits; convert to a number first", 2)


def test_the_schema_of_the_strategies_covers_every_kind_that_has_an_order() -> None:
    assert set(SCHEMA.values()) | {Kind.INSTANT, Kind.JSON} == set(Kind)


@pytest.mark.parametrize("engine", ENGINES)
def test_moments_before_1970_and_after_2262_are_exact(engine: str) -> None:
    table = frame({"t": "text"}, ("0001-01-01T00:00:00.000001",), ("9999-12-31 23:59:59.999999",))
    found = run(engine, table, {"op": "cast", "columns": {"t": "datetime"}})
    assert rows(found) == [("0001-01-01T00:00:00.000001",), ("9999-12-31T23:59:59.999999",)]


def test_the_order_of_many_rows_is_kept_by_steps_that_do_not_sort() -> None:
    count = 1_000_000
    table = Frame(pa.table({"n": pa.array(range(count), pa.int64())}), {"n": Kind.INTEGER})
    steps = (
        {"op": "derive", "columns": {"m": "n * 2"}},
        {"op": "filter", "where": "n % 3 != 1"},
        {"op": "limit", "count": 400_000, "offset": 100_000},
    )
    one, other = (run(engine, table, *steps) for engine in ENGINES)
    assert one.table.equals(other.table)
    assert other.rows == 400_000
