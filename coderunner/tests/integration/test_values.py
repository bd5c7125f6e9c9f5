"""Values of the sandbox's own libraries as JSON, from real workers."""

from __future__ import annotations

from typing import Any

import pytest

from harness.openapi import CheckedClient


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("np.int64(3)", 3),
        ("np.float32(0.5)", 0.5),
        ("np.bool_(True)", True),
        ("np.str_('a')", "a"),
        ("np.datetime64('2024-02-29')", "2024-02-29"),
        ("np.float64('nan')", None),
        ("np.array([[1, 2], [3, 4]])", [[1, 2], [3, 4]]),
        ("np.array([1.5, np.nan, np.inf])", [1.5, None, None]),
        ("np.array(['a', None], dtype=object)", ["a", None]),
        ("np.array(7)", 7),
        ("np.array([])", []),
        ("np.array([1 + 2j])", [{"__type__": "complex", "__repr__": "(1+2j)"}]),
        ("{np.int64(1): np.int8(2)}", {"1": 2}),
        ("pd.DataFrame({'a': [1, 2], 'b': ['x', None]})", [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        ("pd.DataFrame({'a': [1.0, float('nan')]})", [{"a": 1.0}, {"a": None}]),
        ("pd.DataFrame({1: [1], ('x', 'y'): [2]})", [{"1": 1, "('x', 'y')": 2}]),
        ("pd.DataFrame({'v': [1, 2]}, index=pd.Index(['a', 'b'], name='k'))", [{"k": "a", "v": 1}, {"k": "b", "v": 2}]),
        ("pd.DataFrame()", []),
        ("pd.DataFrame({'a': []})", []),
        ("pd.DataFrame(index=range(2))", [{}, {}]),
        ("pd.Series([1, 2])", [1, 2]),
        ("pd.DataFrame([[1, 2, 3]], columns=['a', 'a', 'b'])", [{"a": 1, "a_2": 2, "b": 3}]),
        ("pd.DataFrame([[1, 2, 3]], columns=['a', 'a', 'a_2'])", [{"a": 1, "a_3": 2, "a_2": 3}]),
        ("pd.DataFrame([[1, 2]], columns=[1, '1'])", [{"1": 1, "1_2": 2}]),
        ("pd.DataFrame({'v': [1, 2]}, index=['a', 'b'])", [{"index": "a", "v": 1}, {"index": "b", "v": 2}]),
        ("pd.DataFrame({'index': [1]}, index=['a'])", [{"index_2": "a", "index": 1}]),
        (
            "pd.DataFrame({'v': [1, 3]}).describe().loc[['count', 'max']]",
            [
                {"index": "count", "v": 2},
                {"index": "max", "v": 3},
            ],
        ),
        (
            "pd.DataFrame({'a': [1, 2], 'b': [2, 4]}).corr().round(3)",
            [
                {"index": "a", "a": 1, "b": 1},
                {"index": "b", "a": 1, "b": 1},
            ],
        ),
        (
            "pd.DataFrame({'v': [1]}, index=pd.MultiIndex.from_tuples([(1, 'a')]))",
            [
                {"level_0": 1, "level_1": "a", "v": 1},
            ],
        ),
        (
            "pd.DataFrame({'v': [1]}, index=pd.MultiIndex.from_tuples([(1, 'a')], names=['n', None]))",
            [
                {"n": 1, "level_1": "a", "v": 1},
            ],
        ),
        ("pd.DataFrame({'v': [3, 1, 2]}).loc[lambda table: table['v'] > 1].sort_values('v')", [{"v": 2}, {"v": 3}]),
        ("pd.DataFrame({'k': ['a'], 'v': [1]}).set_index('k', drop=False)", [{"k": "a", "v": 1}]),
        ("pd.DataFrame({'k': ['a']}, index=pd.Index(['b'], name='k'))", [{"k_2": "b", "k": "a"}]),
        ("pd.DataFrame(index=['a', 'b'])", [{"index": "a"}, {"index": "b"}]),
        ("pd.Series([1, 2], index=['a', 'b'])", {"a": 1, "b": 2}),
        ("pd.Series([1, 2, 3]).iloc[1:]", {"1": 2, "2": 3}),
        ("pd.Series([1, 2], index=['a', 'a'])", [{"index": "a", "value": 1}, {"index": "a", "value": 2}]),
        ("pd.Series([1, 2], index=[1, '1'])", [{"index": 1, "value": 1}, {"index": "1", "value": 2}]),
        (
            "pd.Series([1, 2], index=pd.MultiIndex.from_tuples([(1, 'a')] * 2))",
            [
                {"index": [1, "a"], "value": 1},
                {"index": [1, "a"], "value": 2},
            ],
        ),
        ("pd.Series(pd.to_datetime(['2024-02-29', None]))", ["2024-02-29T00:00:00", None]),
        ("pd.Series(['a', 'b'], dtype='category')", ["a", "b"]),
        ("pd.Series([1, None], dtype='Int64')", [1, None]),
        ("pd.DataFrame({'k': ['a', 'a'], 'v': [1, 2]}).groupby('k')['v'].sum()", {"a": 3}),
        (
            "pd.DataFrame({'k': ['a'], 'v': [1]}).groupby('k').agg({'v': ['sum']})",
            [{"k": "a", "('v', 'sum')": 1}],
        ),
        ("pd.Timestamp('2024-02-29 12:00', tz='UTC')", "2024-02-29T12:00:00+00:00"),
        ("pd.Timedelta('90s')", 90.0),
        ("pd.NaT", None),
        ("pd.NA", None),
        ("pd.Period('2024-02')", "2024-02"),
        ("pd.Interval(0, 1)", "(0, 1]"),
        ("pd.Index([1, 2])", [1, 2]),
        ("pd.MultiIndex.from_tuples([(1, 'a')])", [[1, "a"]]),
        ("pd.date_range('2024-01-01', periods=2)", ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]),
        ("[pd.DataFrame({'a': [np.int64(1)]}), {'s': pd.Series([1])}]", [[{"a": 1}], {"s": [1]}]),
    ],
)
def test_a_value_of_numpy_or_pandas_has_its_json_form(client: CheckedClient, expression: str, expected: Any) -> None:
    answer = client.run(f"import numpy as np\nimport pandas as pd\ndef main():\n    return {expression}")
    assert answer["status"] == "success", answer["error"]
    assert answer["return_value"] == expected


def test_a_value_of_too_many_lists_and_objects_says_what_to_do(client: CheckedClient) -> None:
    answer = client.run("def main():\n    return [[]] * 250_000")
    assert (answer["status"], answer["return_value"]) == ("output_exceeded", None)
    assert answer["error"]["type"] == "ReturnValueTooLarge"
    assert "250002 lists and objects" in answer["error"]["message"]
    assert "artifact" in answer["error"]["hint"]


@pytest.mark.parametrize("status", ["first", "from the cache"])
def test_a_program_that_was_compiled_before_has_the_same_lines(client: CheckedClient, status: str) -> None:
    answer = client.run("x = 1\n\ndef f():\n    raise ValueError('no')\nf()")
    assert answer["error"]["line"] == 4, status
    assert "raise ValueError('no')" in answer["error"]["traceback"]
