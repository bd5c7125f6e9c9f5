"""Figures agree with pandas and SciPy to the last digit that matters; odd columns have sensible answers."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from drivenadapters.tables.guest.analyzing import Analysis
from harness.tables import read
from logics.tables.limits import TableLimits

_RANDOM = np.random.default_rng(7)
_SIZE = 400
NUMBERS = pd.DataFrame(
    {
        "x": _RANDOM.normal(50, 12, _SIZE).round(3),
        "y": _RANDOM.exponential(3, _SIZE).round(4),
        "n": _RANDOM.integers(-20, 20, _SIZE),
        "group": _RANDOM.choice(["a", "b", "北京"], _SIZE),
        "flag": _RANDOM.choice([True, False], _SIZE),
        "day": pd.date_range("2023-01-01", periods=_SIZE, freq="D").strftime("%Y-%m-%d"),
    }
)
NUMBERS.loc[::17, "x"] = np.nan
EXACT = 1e-12


class Folder:
    """What an analysis reads from and writes to."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.report = b""

    def source(self, _: str = "source") -> io.BytesIO:
        return io.BytesIO(self._content)

    def sink(self, _: str = "sink") -> io.BytesIO:
        folder = self

        class Sink(io.BytesIO):
            def close(self) -> None:
                folder.report = self.getvalue()
                super().close()

        return Sink()

    def progress(self, *_: Any) -> None:
        pass


def analyse(content: bytes, *operations: str, kind: str = "csv", source: Any = None, **options: Any) -> Any:
    folder = Folder(content)
    asked = {
        "options": {"operations": operations, **options},
        "sources": {"source": {"file_id": "f", **(source or {})}},
        "kinds": {"source": kind},
        "title": "table.csv",
        "limits": TableLimits().for_workers(),
    }
    answer = Analysis(folder, asked).run()  # type: ignore[arg-type]
    json.dumps(answer, allow_nan=False)
    return {**answer, "report": folder.report}


def results(operation: str, **options: Any) -> Any:
    return analyse(NUMBERS.to_csv(index=False).encode(), operation, **options)["results"][operation]


@pytest.mark.parametrize("name", ["x", "y", "n"])
def test_summaries_agree_with_pandas(name: str) -> None:
    found, column = results("summary")[name], NUMBERS[name]
    expected = {
        "count": column.count(),
        "missing": column.isna().sum(),
        "distinct": column.nunique(),
        "mean": column.mean(),
        "std": column.std(),
        "min": column.min(),
        "max": column.max(),
        "sum": column.sum(),
        "median": column.median(),
        "skewness": column.skew(),
        "kurtosis": column.kurt(),
        "iqr": column.quantile(0.75) - column.quantile(0.25),
    }
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=EXACT)
    assert found["quantiles"]["0.95"] == pytest.approx(column.quantile(0.95), rel=EXACT)


@pytest.mark.parametrize(
    ("method", "test"), [("pearson", stats.pearsonr), ("spearman", stats.spearmanr), ("kendall", stats.kendalltau)]
)
def test_correlations_agree_with_scipy(method: str, test: Any) -> None:
    found = results("correlation", correlation_method=method)["numbers"]
    assert [(pair["one"], pair["other"]) for pair in found] == [("x", "y"), ("x", "n"), ("y", "n")]
    for pair in found:
        both = NUMBERS[[pair["one"], pair["other"]]].dropna()
        expected = test(both.iloc[:, 0], both.iloc[:, 1])
        assert pair["coefficient"] == pytest.approx(expected.statistic, rel=EXACT)
        assert pair["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert pair["pairs"] == len(both)


def test_cramers_v_agrees_with_scipy() -> None:
    (pair,) = results("correlation")["categories"]
    expected = stats.contingency.association(pd.crosstab(NUMBERS["group"], NUMBERS["flag"]), method="cramer")
    assert pair["coefficient"] == pytest.approx(expected, rel=EXACT)


def test_histograms_agree_with_numpy_and_hold_every_value() -> None:
    found = results("distribution", bins=12)["y"]
    counts, edges = np.histogram(NUMBERS["y"], bins=12)
    assert [item["count"] for item in found["bins"]] == counts.tolist()
    assert [item["from"] for item in found["bins"]] == pytest.approx(edges[:-1].tolist(), rel=EXACT)
    assert found["normality"]["p_value"] == pytest.approx(stats.shapiro(NUMBERS["y"]).pvalue, rel=1e-9)
    assert sum(item["count"] for item in results("distribution")["x"]["bins"]) == NUMBERS["x"].count()


@pytest.mark.parametrize("method", ["iqr", "zscore", "mad"])
def test_outliers_are_those_outside_the_bounds(method: str) -> None:
    found, column = results("outliers", outlier_method=method)["y"], NUMBERS["y"]
    outside = column[(column < found["lower"]) | (column > found["upper"])]
    assert found["count"] == len(outside) > 0
    assert {item["row"] for item in found["rows"]} <= {index + 1 for index in outside.index}
    if method == "iqr":
        fences = column.quantile(0.75) + 1.5 * (column.quantile(0.75) - column.quantile(0.25))
        assert found["upper"] == pytest.approx(fences, rel=EXACT)


def test_a_time_series_agrees_with_pandas() -> None:
    found = results("time_series", period="month")
    by_month = NUMBERS.assign(day=pd.to_datetime(NUMBERS["day"])).groupby(pd.Grouper(key="day", freq="MS"))
    assert found["labels"] == [str(day.date()) for day in by_month.size().index]
    assert found["counts"] == by_month.size().tolist()
    assert found["series"]["y"]["sum"] == pytest.approx(by_month["y"].sum().tolist(), rel=EXACT)
    means = by_month["x"].mean()
    trend = stats.linregress(np.arange(len(means)), means)
    assert found["series"]["x"]["trend"]["slope_per_period"] == pytest.approx(trend.slope, rel=1e-9)
    assert found["series"]["x"]["autocorrelation"]["1"] == pytest.approx(means.autocorr(1), rel=1e-9)


def test_value_counts_and_duplicates_agree_with_pandas() -> None:
    counts = NUMBERS["group"].value_counts()
    assert {item["value"]: item["count"] for item in results("value_counts")["group"]["values"]} == counts.to_dict()
    repeated = results("duplicates", duplicate_columns=["group", "flag"])
    assert repeated["duplicate_rows"] == NUMBERS.duplicated(["group", "flag"]).sum()


def test_missing_values_are_counted_by_column_and_combination() -> None:
    content = b"a,b,c\n1,,x\n,,y\n3,4,z\n"
    found = analyse(content, "missing")["results"]["missing"]
    assert [item["missing"] for item in found["columns"]] == [1, 2, 0]
    assert found["patterns"] == [{"columns": ["b"], "rows": 1}, {"columns": ["a", "b"], "rows": 1}]
    assert (found["missing_cells"], found["complete_rows"]) == (3, 1)


@pytest.mark.parametrize(
    ("values", "role"),
    [
        (["1", "2", "3", "4", "5"], "id"),
        (["3", "1", "1"], "number"),
        (["a", "b", "c"] * 40, "category"),
        (["some text", "other text", "more of it"], "text"),
        (["A1", "B2", "C3"], "id"),
        (["true", "false"], "boolean"),
        (["2024-01-01", "2024-01-02"], "date"),
        (["", "", ""], "empty"),
    ],
)
def test_a_column_has_a_role(values: list[str], role: str) -> None:
    content = "c,z\n" + "".join(f"{value},q\n" for value in values)
    assert analyse(content.encode(), "summary")["columns"][0]["role"] == role


ODD: dict[str, list[Any]] = {
    "infinite": [1.0, float("inf"), float("-inf"), 2.0],
    "constant": [3, 3, 3, 3],
    "missing": [None] * 4,
    "huge": [2**62, 2**62, 2**62, 1],
    "mixed": [1, "x", None, 2.5],
    "extreme": [1.7e308, -1.7e308, 0.0, 1.0],
    "zoned": ["2024-01-01T00:00:00+09:00", "2024-06-01T00:00:00Z", None, None],
    "lists": [[1], None, [2], [1]],
    "名 $x$ <b>": ["<script>", "$\\frac$", None, "你好"],
}
ALL = (
    "summary",
    "missing",
    "correlation",
    "distribution",
    "outliers",
    "value_counts",
    "duplicates",
    "time_series",
    "profile",
)


def odd_records() -> bytes:
    records = [{name: values[row] for name, values in ODD.items()} for row in range(4)]
    return json.dumps(records).encode()


def test_odd_columns_have_sensible_figures() -> None:
    found = analyse(odd_records(), *ALL, kind="json")["results"]["summary"]
    assert (found["infinite"]["infinite"], found["infinite"]["mean"]) == (2, 1.5)
    assert (found["constant"]["std"], found["constant"]["constant"]) == (0.0, True)
    assert (found["missing"]["count"], found["missing"]["role"]) == (0, "empty")
    assert found["huge"]["sum"] == 3 * 2**62 + 1
    assert found["zoned"]["kind"] == "instant"
    assert found["zoned"]["min"] == "2023-12-31T15:00:00Z"


@pytest.mark.parametrize("content", [b"a,b\n", b"a,b\n1,x\n", b"a\n\n\n"])
def test_tables_of_no_row_or_one_have_every_figure(content: bytes) -> None:
    operations = [name for name in ALL if name != "time_series"]
    assert set(analyse(content, *operations, charts=True)["results"]) == {*operations} - {"profile"}


@pytest.mark.parametrize(("kind", "start"), [("png", "iVBORw0KGgo"), ("svg", "PD94bWwg")])
def test_charts_are_drawn_for_any_table(kind: str, start: str) -> None:
    found = analyse(odd_records(), *ALL, kind="json", charts=True, chart_format=kind, top=3)
    assert {"missing", "distribution", "value_counts"} <= {chart["operation"] for chart in found["charts"]}
    assert all(chart["content_base64"].startswith(start) for chart in found["charts"])


def test_a_profile_needs_nothing_else_and_runs_nothing() -> None:
    report = analyse(odd_records(), "profile", kind="json")["report"].decode()
    assert report.startswith("<!DOCTYPE html>")
    assert "default-src 'none'" in report
    assert "<script" not in report
    assert "&lt;script&gt;" in report
    assert "名 $x$ &lt;b&gt;" in report
    assert "http" not in report.replace("http-equiv", "")


def test_a_wrong_column_is_named_with_its_field() -> None:
    from drivenadapters.workers.guest.failures import TaskFailed

    for options, field in (({"columns": ["zz"]}, "columns"), ({"time_column": "x"}, "time_column")):
        with pytest.raises(TaskFailed) as caught:
            results("time_series", **options)
        assert caught.value.field == field


def test_reading_is_told_with_the_figures() -> None:
    assert read(b"a\n007\n").notes.to_json()["conversions"] == [
        {"column": "a", "message": "leading zeros: kept as text"}
    ]
