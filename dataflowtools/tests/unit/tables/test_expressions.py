"""The language of expressions: what it takes, what it refuses, and how it says so."""

from __future__ import annotations

import pytest

from drivenadapters.tables.guest.engines.arrow_functions import ARROW_FUNCTIONS
from drivenadapters.tables.guest.engines.sql_functions import SQL_FUNCTIONS
from harness.tables import ENGINES, frame, rows, run
from logics.tables.expressions.functions import FUNCTIONS
from logics.tables.expressions.parser import DEEPEST, LONGEST, parse
from logics.tables.expressions.tree import ExpressionError
from logics.tables.expressions.typing import compile_condition, compile_expression
from logics.tables.kinds import Kind

SCHEMA = {
    "a": Kind.INTEGER,
    "x": Kind.NUMBER,
    "s": Kind.TEXT,
    "d": Kind.DATE,
    "m": Kind.DATETIME,
    "z": Kind.INSTANT,
    "b": Kind.BOOLEAN,
    "单价": Kind.NUMBER,
    "unit price": Kind.NUMBER,
}


def value(expression: str, *, engine: str = "pandas", **columns: tuple[str, object]) -> object:
    """Compute an expression over one row."""
    schema = {name: kind for name, (kind, _) in columns.items()} or {"_": "integer"}
    row = tuple(item for _, item in columns.values()) or (0,)
    step = {"op": "derive", "columns": {"_result": expression}}
    return rows(run(engine, frame(schema, row), step))[0][-1]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 ** 2", -4.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7 / 2", 3.5),
        ("1 / 0", None),
        ("7 % 0", None),
        ("sqrt(-1)", None),
        ("'it''s' + \"!\"", "it's!"),
        ("1 < 2 and not 2 < 1", True),
        ("true or null", True),
        ("false and null", False),
        ("true and null", None),
        ("not null", None),
        ("1 in (2, null)", None),
        ("1 in (1, null)", True),
        ("3 not in (1, 2)", True),
        ("2 between 1 and 2", True),
        ("null is null", True),
        ("coalesce(null, 2)", 2),
        ("if(null, 1, 2)", 2),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -3.0),
        ("round(2.345, 2)", 2.35),
        ("substring('héllo', 2, 3)", "éll"),
        ("right('héllo', 2)", "lo"),
        ("find('héllo', 'l')", 3),
        ("length('北京é')", 3),
        ("extract('a-12', '([a-z])-([0-9]+)', 2)", "12"),
        ("regex_replace('a1b2', '[0-9]', '<\\0>')", "a<1>b<2>"),
        ("split_part('a-b-c', '-', 3)", "c"),
        ("split_part('a', '-', 2)", None),
        ("split_rest('a-b-c', '-', 2)", "b-c"),
        ("date_add(to_date('2024-01-31'), 1, 'month')", "2024-02-29"),
        ("date_diff(to_date('2023-12-31'), to_date('2024-01-01'), 'year')", 1),
        ("weekday(to_date('2024-01-01'))", 1),
        ("week(to_date('2021-01-03'))", 53),
        ("truncate(to_date('2024-05-17'), 'quarter')", "2024-04-01"),
        ("format_date(to_date('2024-05-07'), '%d.%m.%y')", "07.05.24"),
        ("to_date('2024-02-30')", None),
        ("to_instant('2024-01-01T00:30:00+01:00')", "2023-12-31T23:30:00Z"),
        ("to_datetime('2024-01-01 10:20')", "2024-01-01T10:20:00"),
        ("to_integer('9223372036854775808')", None),
        ("to_integer(2.5)", None),
        ("to_number(' 1e3 ')", 1000.0),
        ("to_text(0.1 + 0.2)", "0.30000000000000004"),
        ("to_text(1e16)", "1e+16"),
        ("-9223372036854775808 + 1", -(2**63) + 1),
    ],
)
def test_an_expression_has_one_value_in_both_engines(engine: str, expression: str, expected: object) -> None:
    assert value(expression, engine=engine) == expected


def test_every_engine_knows_every_function() -> None:
    assert set(ARROW_FUNCTIONS) == set(FUNCTIONS)
    assert set(SQL_FUNCTIONS) == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a +", "ends too early (at character 4)"),
        ("a ~ 1", "unexpected '~' (at character 3)"),
        ("pric * 2", "there is no column 'pric'"),
        ("lenght(s)", "did you mean 'length'?"),
        ("a + s", "+ does not take (integer, text)"),
        ("s > 1", "> does not take (text, integer)"),
        ("m < z", "< does not take (datetime, instant)"),
        ("matches(s, s)", "argument 2 of matches must be a literal"),
        ("a in (x)", "holds literals only"),
        ("truncate(d, 'days')", "'days' is no unit"),
        ("format_date(d, '%Q')", "unknown directive %Q"),
        ("repeat(s, 100000)", "is not between 0 and 1000"),
        ("99999999999999999999", "at most 64 bits"),
        ("f(", "ends too early"),
        ("a b", "unexpected 'b' (at character 3)"),
    ],
)
def test_a_mistake_is_named_with_its_place(expression: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression, SCHEMA)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "attack",
    [
        "__import__('os').system('id')",
        "a.__class__",
        "(lambda: 1)()",
        "[x for x in s]",
        "open('/etc/passwd')",
        "f'{a}'",
        "a if b else x",
        "exec('1')",
        "s[0]",
        "a; a",
        "a := 1",
        "/* */ a",
        "a -- comment",
        "(SELECT 1)",
        "read_csv('/etc/passwd')",
        "current_setting('threads')",
    ],
)
def test_what_is_not_in_the_language_is_refused(attack: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(attack, SCHEMA)


def test_constants_cannot_leave_their_quotes_in_sql() -> None:
    text = "'); DROP TABLE t1; --"
    quoted = text.replace("'", "''")
    assert value(f"'{quoted}'", engine="duckdb") == text


@pytest.mark.parametrize("name", ['"; DROP TABLE t1; --', "c0", "rowid", "SELECT", "a`b", "'"])
def test_any_name_of_a_column_is_only_a_name(name: str) -> None:
    quoted = "`" + name.replace("`", "``") + "`"
    for engine in ENGINES:
        table = frame({name: "integer"}, (4,))
        assert rows(run(engine, table, {"op": "derive", "columns": {"twice": f"{quoted} * 2"}})) == [(4, 8)]


@pytest.mark.parametrize(
    "expression",
    ["(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1), "not " * 300 + "b", "a" + " + a" * 300, "x" * (LONGEST + 1)],
)
def test_what_is_too_deep_or_too_long_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError, match=r"at most"):
        parse(expression)


def test_columns_may_have_names_of_any_script_and_with_spaces() -> None:
    assert compile_expression("单价 * `unit price`", SCHEMA).kind == Kind.NUMBER


def test_text_beside_a_date_is_read_as_one() -> None:
    assert compile_condition("d >= '2024-01-31' and m < '2024-01-31T10:00'", SCHEMA).kind == Kind.BOOLEAN


def test_a_condition_that_is_none_is_refused() -> None:
    with pytest.raises(ExpressionError, match="kind integer"):
        compile_condition("a + 1", SCHEMA)
