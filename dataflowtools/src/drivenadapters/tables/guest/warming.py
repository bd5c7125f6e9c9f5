"""A small run through what every task goes through."""

from __future__ import annotations

import io
from typing import Any

from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.pipeline import Pipeline
from drivenadapters.tables.guest.reading.sources import read_table
from drivenadapters.tables.guest.writing.values import json_rows
from logics.tables.sources import Source
from logics.tables.steps import DeriveStep, FilterStep, GroupByStep, SortStep

_TEXT = b"a,b,c\n1,2.5,x\n2,3.5,y\n"


def warm_up(engine: Any) -> None:
    """Read, filter, derive, group and sort three values."""
    table = read_table(io.BytesIO(_TEXT), "csv", Source(file_id="-"), Limits())
    steps = (
        FilterStep(op="filter", where="a > 0 and c is not null"),
        DeriveStep(op="derive", columns={"d": "b * 2 + a"}),
        GroupByStep.model_validate({"op": "group_by", "by": ["c"], "aggregates": [{"function": "sum", "column": "d"}]}),
        SortStep(op="sort", by=("c",)),
    )
    pipeline: Pipeline[Any] = Pipeline(engine, Limits(), {})
    handle = pipeline.run(steps, engine.load(table.frame))
    json_rows(engine.frame(handle), 1)
