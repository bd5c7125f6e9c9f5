"""Tables drawn by ruling lines: the cells that the lines enclose."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from .pdf_geometry import Edge

_NEAR = 3.0  # points between lines that are meant to be one
_MOST_LINES = 400  # of a table in one direction


@dataclass(frozen=True)
class LatticeCell:
    """A cell of a lattice, in its rows and columns, and its box on the page."""

    row: int
    column: int
    rows: int
    columns: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Lattice:
    """A table drawn by lines."""

    rows: int
    columns: int
    cells: tuple[LatticeCell, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        boxes = [cell.box for cell in self.cells]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


def lattices(edges: Iterable[Edge]) -> list[Lattice]:
    """Return the tables that edges draw: at least two cells of which each is enclosed."""
    joined = _joined(edges)
    found = [_lattice(group) for group in _connected(joined)]
    return [lattice for lattice in found if lattice is not None]


def _joined(edges: Iterable[Edge]) -> list[Edge]:
    """Move edges that are nearly at one place there, and join those that continue each other."""
    joined: list[Edge] = []
    for vertical in (True, False):
        same = sorted((edge for edge in edges if edge.vertical is vertical), key=lambda edge: edge.at)
        for group in _near(same):
            at = sum(edge.at for edge in group) / len(group)
            joined += _continued(sorted(group, key=lambda edge: edge.start), at)
    return joined


def _near(edges: list[Edge]) -> list[list[Edge]]:
    groups: list[list[Edge]] = []
    for edge in edges:
        if groups and edge.at - groups[-1][-1].at <= _NEAR and edge.at - groups[-1][0].at <= 2 * _NEAR:
            groups[-1].append(edge)
        else:
            groups.append([edge])
    return groups


def _continued(edges: list[Edge], at: float) -> list[Edge]:
    joined: list[Edge] = []
    for edge in edges:
        if joined and edge.start - joined[-1].end <= _NEAR:
            joined[-1] = Edge(edge.vertical, at, joined[-1].start, max(joined[-1].end, edge.end))
        else:
            joined.append(Edge(edge.vertical, at, edge.start, edge.end))
    return joined


def _connected(edges: list[Edge]) -> list[list[Edge]]:
    """Return edges in groups that touch each other."""
    uprights = [edge for edge in edges if edge.vertical]
    levels = [edge for edge in edges if not edge.vertical]
    group_of: dict[Edge, list[Edge]] = {edge: [edge] for edge in edges}
    for upright in uprights:
        for level in levels:
            if _touch(upright, level) and group_of[upright] is not group_of[level]:
                kept, moved = group_of[upright], group_of[level]
                kept += moved
                group_of.update(dict.fromkeys(moved, kept))
    return list({id(group): group for group in group_of.values()}.values())


def _touch(upright: Edge, level: Edge) -> bool:
    return (
        upright.start - _NEAR <= level.at <= upright.end + _NEAR
        and level.start - _NEAR <= upright.at <= level.end + _NEAR
    )


def _lattice(edges: list[Edge]) -> Lattice | None:
    columns = sorted({edge.at for edge in edges if edge.vertical})
    rows = sorted({edge.at for edge in edges if not edge.vertical})
    if len(columns) < 2 or len(rows) < 2 or max(len(columns), len(rows)) > _MOST_LINES:
        return None
    drawn = _Drawn(columns, rows, edges)
    cells = tuple(drawn.cells())
    if len(cells) < 2:
        return None
    return Lattice(len(rows) - 1, len(columns) - 1, cells)


class _Drawn:
    """The lattice of all edges, and which of its stretches are drawn."""

    def __init__(self, columns: list[float], rows: list[float], edges: list[Edge]) -> None:
        self._columns = columns
        self._rows = rows
        self._uprights = {
            (column, row)
            for edge in edges
            if edge.vertical
            for column in [bisect_left(columns, edge.at)]
            for row in _stretches(rows, edge)
        }
        self._levels = {
            (row, column)
            for edge in edges
            if not edge.vertical
            for row in [bisect_left(rows, edge.at)]
            for column in _stretches(columns, edge)
        }

    def cells(self) -> list[LatticeCell]:
        """Return the enclosed cells."""
        found = []
        for row in range(len(self._rows) - 1):
            for column in range(len(self._columns) - 1):
                if (row, column) in self._levels and (column, row) in self._uprights:
                    cell = self._cell(row, column)
                    if cell is not None:
                        found.append(cell)
        return found

    def _cell(self, row: int, column: int) -> LatticeCell | None:
        """Return the smallest enclosed cell that begins at a corner."""
        right = column + 1
        while right < len(self._columns) and (right, row) not in self._uprights:
            right += 1
        bottom = row + 1
        while bottom < len(self._rows) and (bottom, column) not in self._levels:
            bottom += 1
        if right == len(self._columns) or bottom == len(self._rows) or not self._encloses(row, column, bottom, right):
            return None
        box = (self._columns[column], self._rows[row], self._columns[right], self._rows[bottom])
        return LatticeCell(row, column, bottom - row, right - column, box)

    def _encloses(self, top: int, left: int, bottom: int, right: int) -> bool:
        return all(
            (top, column) in self._levels and (bottom, column) in self._levels for column in range(left, right)
        ) and all((left, row) in self._uprights and (right, row) in self._uprights for row in range(top, bottom))


def _stretches(places: list[float], edge: Edge) -> range:
    """Return the stretches between neighbouring places that an edge covers."""
    first = bisect_left(places, edge.start - _NEAR)
    last = bisect_left(places, edge.end + _NEAR) - 1
    return range(first, last)
