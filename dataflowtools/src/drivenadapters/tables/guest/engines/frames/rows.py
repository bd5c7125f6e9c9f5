"""Rows: which, in what order, and more of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import one_array
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.engines.frames.codes import combined, ranked
from drivenadapters.tables.guest.engines.frames.figures import doubles
from logics.tables.kinds import Kind
from logics.tables.plan.nodes import Distinct, Explode, FillNeighbour, FillStatistic, Limit, Melt, Sample, Sort
from logics.tables.plan.sampling import PRIME, ROUNDS, threshold


def sort(node: Sort, frame: Frame) -> Frame:
    """Sort by several keys; stable. Nulls are last, or first by a key of their own before each."""
    columns: list[Any] = []
    keys: list[tuple[str, str]] = []
    for key in node.keys:
        values = frame.table.column(key.column)
        if node.nulls_first:
            keys.append((f"k{len(columns)}", "ascending"))
            columns.append(pc.cast(pc.is_valid(values), pa.int8()))
        keys.append((f"k{len(columns)}", "descending" if key.descending else "ascending"))
        columns.append(values)
    index = pc.sort_indices(pa.table(columns, names=[name for name, _ in keys]), sort_keys=keys)
    return Frame(frame.table.take(index), node.gives)


def distinct(node: Distinct, frame: Frame) -> Frame:
    """One of equal rows, or none."""
    codes = combined([ranked(frame.table.column(name)) for name in node.columns], frame.rows)
    keep: Any = False if node.keep == "none" else node.keep
    duplicated = pd.Series(codes).duplicated(keep=keep).to_numpy()
    return Frame(frame.table.filter(pa.array(~duplicated)), node.gives)


def limit(node: Limit, frame: Frame) -> Frame:
    """A range of rows."""
    return Frame(frame.table.slice(node.offset, node.count), node.gives)


def sample(node: Sample, frame: Frame) -> Frame:
    """Rows by their scrambled numbers."""
    numbers = (np.arange(frame.rows, dtype="i8") % PRIME + node.seed) % PRIME
    for factor, term in ROUNDS:
        numbers = (numbers * factor + term) % PRIME
        numbers ^= numbers >> 15
    if node.fraction is not None:
        return Frame(frame.table.filter(pa.array(numbers < threshold(node.fraction))), node.gives)
    chosen = np.sort(np.argsort(numbers, kind="stable")[: node.count])
    return Frame(frame.table.take(pa.array(chosen)), node.gives)


def fill_neighbour(node: FillNeighbour, frame: Frame) -> Frame:
    """The last or next value."""
    fill = pc.fill_null_backward if node.backward else pc.fill_null_forward
    columns = dict(zip(frame.schema, frame.table.columns, strict=True))
    columns |= {name: fill(one_array(columns[name])) for name in node.columns}
    return frame_of(columns, node.gives)


def fill_statistic(node: FillStatistic, frame: Frame) -> Frame:
    """A figure of the column."""
    columns = dict(zip(frame.schema, frame.table.columns, strict=True))
    for name in node.columns:
        values = one_array(columns[name])
        if node.gives[name] == Kind.NUMBER:
            values = pc.cast(values, pa.float64(), safe=False)
        figure = _statistic(values, node.method)
        columns[name] = values if figure is None else pc.fill_null(values, figure)
    return frame_of(columns, node.gives)


def _statistic(values: Any, method: str) -> Any:
    present = values.drop_null()
    if not len(present):
        return None
    if method in ("min", "max"):
        ordered = pc.min_max(present)
        return ordered[method]
    if method == "mode":
        ranks, _ = ranked(present)
        return present[int(np.flatnonzero(ranks == np.bincount(ranks).argmax())[0])]
    with np.errstate(all="ignore"):
        figure = getattr(pd.Series(doubles(present)), method)()
    return None if np.isnan(figure) else pa.scalar(float(figure))


def melt(node: Melt, frame: Frame) -> Frame:
    """Columns below one another."""
    kept = frame.table.select(list(node.keep))
    parts = []
    for name in node.columns:
        columns = dict(zip(node.keep, kept.columns, strict=True))
        columns[node.name] = pa.repeat(pa.scalar(name, pa.large_string()), frame.rows)
        columns[node.value] = frame.table.column(name)
        parts.append(frame_of(columns, node.gives).table)
    return Frame(pa.concat_tables(parts), node.gives)


def explode(node: Explode, frame: Frame) -> Frame:
    """A row a part."""
    values = one_array(frame.table.column(node.column))
    lists = _parts_of_text(values, node.separator) if node.separator else _parts_of_json(values)
    sizes = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    parents = np.repeat(np.arange(len(lists)), np.maximum(sizes, 1))
    flat = np.full(len(parents), -1)
    flat[sizes[parents] > 0] = np.arange(int(sizes.sum()))
    columns = dict(zip(frame.schema, frame.table.take(pa.array(parents)).columns, strict=True))
    columns[node.column] = pc.take(pc.list_flatten(lists), pa.array(flat, mask=flat < 0))
    return frame_of(columns, node.gives)


def _parts_of_text(values: Any, separator: str) -> Any:
    return one_array(pc.split_pattern(values, pattern=separator))


def _parts_of_json(values: Any) -> Any:
    lists = [_elements(text) for text in values.to_pylist()]
    return pa.array(lists, pa.large_list(pa.large_string()))


def _elements(text: str | None) -> list[str | None] | None:
    if text is None:
        return None
    value = json.loads(text)
    return [_element(item) for item in value] if isinstance(value, list) else [_element(value)]


def _element(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
