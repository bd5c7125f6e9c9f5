"""One piece of work by one engine, in a process of its own; prints what it took as JSON."""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

LANDS = [{"city": f"city {number}", "land": f"land {number % 16}"} for number in range(50)]
STEPS: dict[str, list[dict[str, Any]]] = {
    "read": [],
    "group": [
        {
            "op": "group_by",
            "by": ["city"],
            "aggregates": [
                {"column": "x", "function": "sum"},
                {"column": "y", "function": "mean"},
                {"function": "count"},
            ],
        }
    ],
    "join": [
        {"op": "join", "other": {"data": LANDS}, "on": ["city"], "how": "left"},
        {"op": "group_by", "by": ["land"], "aggregates": [{"function": "count"}]},
    ],
    "sort": [{"op": "sort", "by": [{"column": "x", "descending": True}, "id"]}],
    "filter": [
        {"op": "filter", "where": "x > 500 and city != 'city 7'"},
        {"op": "derive", "columns": {"total": "round(x * y, 2)", "month": "month(day)"}},
    ],
}
CHECKS: list[dict[str, Any]] = [
    {"check": "required", "columns": ["id", "city", "x"]},
    {"check": "unique", "columns": ["id"]},
    {"check": "range", "column": "x", "min": 0, "max": 900},
    {"check": "pattern", "column": "city", "pattern": "city [0-9]+"},
    {"check": "expression", "expression": "y >= 0 or x < 10"},
]


class Folder:
    """What our tasks read from."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def source(self, _: str = "source") -> Any:
        """Open the table."""
        return self._path.open("rb")

    def sink(self, _: str = "sink") -> io.BytesIO:
        """Give somewhere to write."""
        return io.BytesIO()

    def progress(self, *_: Any) -> None:
        """Hear nothing."""


def ours(path: Path, work: str, engine: str) -> int:
    """Run our own code without its confinement, which costs milliseconds."""
    from drivenadapters.tables.guest.analyzing import Analysis
    from drivenadapters.tables.guest.transforming import Transformation
    from drivenadapters.tables.guest.validating import Validation
    from logics.tables.limits import TableLimits

    folder: Any = Folder(path)
    common = {
        "sources": {"source": {"file_id": "f"}},
        "kinds": {"source": "csv"},
        "sizes": {"source": path.stat().st_size},
        "limits": TableLimits(memory_bytes=8 << 30).for_workers(),
    }
    if work == "describe":
        options = {"options": {"operations": ["summary"]}, "title": "t"}
        return int(Analysis(folder, {**common, **options}).run()["rows"])
    if work == "validate":
        asked = {"schema": {"checks": CHECKS}, "schema_type": "checks", "start": 0, "limit": 10, "format": None}
        return int(Validation(folder, {**common, **asked}).run()["total"])
    steps = STEPS[work]
    common["sources"] |= {f"steps.{place}.other": step["other"] for place, step in enumerate(steps) if "other" in step}
    output = {"format": None, "preview": 10, "neutralise_formulas": False}
    asked = {"steps": steps, "first": 0, "count": len(steps), "engine": engine, "output": output}
    return int(Transformation(folder, {**common, **asked}).run()["rows"])


def pandas(path: Path, work: str) -> int:
    """Do it as a plain script in pandas would."""
    import pandas as pd

    table = pd.read_csv(path, parse_dates=["day"])
    match work:
        case "group":
            table = table.groupby("city").agg(x=("x", "sum"), y=("y", "mean"), count=("x", "size")).reset_index()
        case "join":
            table = table.merge(pd.DataFrame(LANDS), on="city", how="left").groupby("land").size().reset_index()
        case "sort":
            table = table.sort_values(["x", "id"], ascending=[False, True])
        case "filter":
            table = table[(table["x"] > 500) & (table["city"] != "city 7")]
            table = table.assign(total=(table["x"] * table["y"]).round(2), month=table["day"].dt.month)
        case "describe":
            table.describe(include="all")
        case "validate":
            return int(
                table[["id", "city", "x"]].isna().sum().sum()
                + table["id"].duplicated().sum()
                + (~table["x"].between(0, 900)).sum()
                + (~table["city"].str.fullmatch("city [0-9]+")).sum()
                + (~((table["y"] >= 0) | (table["x"] < 10))).sum()
            )
    return len(table)


def polars(path: Path, work: str) -> int:
    """Do it as a plain script in Polars would."""
    import polars as pl

    table = pl.read_csv(path, try_parse_dates=True)
    match work:
        case "group":
            table = (
                table.group_by("city").agg(pl.col("x").sum(), pl.col("y").mean(), pl.len().alias("count")).sort("city")
            )
        case "join":
            table = table.join(pl.DataFrame(LANDS), on="city", how="left").group_by("land").len()
        case "sort":
            table = table.sort(["x", "id"], descending=[True, False])
        case "filter":
            table = table.filter((pl.col("x") > 500) & (pl.col("city") != "city 7")).with_columns(
                total=(pl.col("x") * pl.col("y")).round(2), month=pl.col("day").dt.month()
            )
        case "describe":
            table.describe()
        case "validate":
            return int(
                sum(table[name].null_count() for name in ("id", "city", "x"))
                + table.height - table["id"].n_unique()
                + (~table["x"].is_between(0, 900)).sum()
                + (~table["city"].str.contains("^city [0-9]+$")).sum()
                + (~((table["y"] >= 0) | (table["x"] < 10))).sum()
            )  # fmt: skip
    return table.height


def duckdb(path: Path, work: str) -> int:
    """Do it as a plain script in DuckDB would."""
    import duckdb as engine

    database = engine.connect()
    database.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{path}')")  # noqa: S608 - the benchmark's own file
    database.execute(
        "CREATE TABLE lands AS SELECT 'city ' || range AS city, 'land ' || range % 16 AS land FROM range(50)"
    )
    queries = {
        "read": "SELECT * FROM t",
        "group": "SELECT city, sum(x), avg(y), count(*) FROM t GROUP BY 1 ORDER BY 1",
        "join": "SELECT land, count(*) FROM t LEFT JOIN lands USING (city) GROUP BY 1",
        "sort": "SELECT * FROM t ORDER BY x DESC, id",
        "filter": "SELECT *, round(x * y, 2) AS total, month(day) AS month FROM t WHERE x > 500 AND city <> 'city 7'",
        "describe": "SUMMARIZE t",
        "validate": "SELECT count(*) FILTER (x IS NULL OR id IS NULL OR city IS NULL) + count(*) - count(DISTINCT id) "
        "+ count(*) FILTER (x NOT BETWEEN 0 AND 900) + count(*) FILTER (NOT regexp_full_match(city, 'city [0-9]+')) "
        "+ count(*) FILTER (NOT (y >= 0 OR x < 10)) FROM t",
    }
    if work == "validate":
        return int(database.execute(queries[work]).fetchall()[0][0])
    database.execute(f"CREATE TABLE result AS {queries[work]}")
    return int(database.execute("SELECT count(*) FROM result").fetchall()[0][0])


def main() -> None:
    """Run one contender: engine, work, file."""
    engine, work, path = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    plain = {"pandas": pandas, "polars": polars, "duckdb": duckdb}
    if engine in plain:
        __import__(engine)
    else:
        import drivenadapters.tables.guest.tasks  # noqa: F401 - workers have it imported beforehand
    started = time.perf_counter()
    rows = plain[engine](path, work) if engine in plain else ours(path, work, engine.removeprefix("ours-"))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 2), "peak_mb": round(peak), "rows": rows}))


if __name__ == "__main__":
    main()
