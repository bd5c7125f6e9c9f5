"""The steps of a transformation: one declarative vocabulary, a model a step, which no engine leaks into."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from logics.tables.steps.code import CustomStep, SqlStep
from logics.tables.steps.combining import ConcatStep, JoinStep
from logics.tables.steps.rows import (
    DeduplicateStep,
    DropMissingStep,
    FilterStep,
    LimitStep,
    SampleStep,
    SortKey,
    SortStep,
)
from logics.tables.steps.shape import CastStep, DeriveStep, DropStep, RenameStep, SelectStep
from logics.tables.steps.summarising import Aggregate, GroupByStep, MeltStep, PivotStep, WindowStep
from logics.tables.steps.values import DateStep, ExplodeStep, FillMissingStep, ReplaceStep, SplitStep, TextStep

Step = Annotated[
    SelectStep
    | DropStep
    | RenameStep
    | CastStep
    | FilterStep
    | DeriveStep
    | FillMissingStep
    | DropMissingStep
    | DeduplicateStep
    | SortStep
    | LimitStep
    | SampleStep
    | GroupByStep
    | PivotStep
    | MeltStep
    | JoinStep
    | ConcatStep
    | WindowStep
    | SplitStep
    | ExplodeStep
    | ReplaceStep
    | TextStep
    | DateStep
    | SqlStep
    | CustomStep,
    Field(discriminator="op"),
]

__all__ = [
    "Aggregate",
    "CastStep",
    "ConcatStep",
    "CustomStep",
    "DateStep",
    "DeduplicateStep",
    "DeriveStep",
    "DropMissingStep",
    "DropStep",
    "ExplodeStep",
    "FillMissingStep",
    "FilterStep",
    "GroupByStep",
    "JoinStep",
    "LimitStep",
    "MeltStep",
    "PivotStep",
    "RenameStep",
    "ReplaceStep",
    "SampleStep",
    "SelectStep",
    "SortKey",
    "SortStep",
    "SplitStep",
    "SqlStep",
    "Step",
    "TextStep",
    "WindowStep",
]
