"""Charts of what was found out."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from drivenadapters.tables.guest.analysis.columns import Analysed
from drivenadapters.tables.guest.analysis.fonts import needs_cjk, set_up_fonts
from logics.tables.kinds import NUMERIC

_BLUE, _ORANGE, _GREY = "#2f6fab", "#d9772b", "#8a8f98"
_MOST_BARS, _MOST_LABEL, _MOST_BOXES = 20, 40, 20
_DPI = 130
MOST_CHARTS = 40
_MIME = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Chart:
    """A drawn chart."""

    name: str
    operation: str
    column: str | None
    format: str
    content: bytes

    def to_json(self) -> dict[str, Any]:
        """Return it for an answer."""
        return {
            "name": self.name,
            "operation": self.operation,
            "column": self.column,
            "mime": _MIME[self.format],
            "content_base64": base64.b64encode(self.content).decode("ascii"),
        }


class Painter:
    """Draws charts in one format, up to a number."""

    def __init__(self, kind: str, told: list[str]) -> None:
        self._kind = kind
        self._told = told
        self.charts: list[Chart] = []
        self._left_out = 0
        self._has_cjk = True

    def prepare(self, texts: Sequence[str]) -> None:
        """Set fonts up, and tell if one is missing for the texts."""
        self._has_cjk = FONTS.has_cjk
        if not self._has_cjk and any(map(needs_cjk, texts)):
            self._told.append("charts: no font with CJK characters is installed (fonts-noto-cjk): they show as boxes")

    def draw(
        self, operation: str, column: str | None, title: str, plot: Callable[[Any], None], height: float = 4.0
    ) -> None:
        """Draw one chart."""
        if len(self.charts) >= MOST_CHARTS:
            self._left_out += 1
            return
        try:
            content = self._render(title, plot, height)
        except (ValueError, OverflowError, ArithmeticError) as reason:  # numbers at the edge of doubles have no axis
            self._told.append(f"charts: {title[:100]!r} cannot be drawn: {str(reason)[:100]}")
            return
        name = f"{operation}-{len(self.charts) + 1}.{self._kind}"
        self.charts.append(Chart(name, operation, column, self._kind, content))

    def _render(self, title: str, plot: Callable[[Any], None], height: float) -> bytes:
        figure = Figure(figsize=(7.2, height), layout="constrained")
        axes = figure.add_subplot()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            axes.set_title(shortened(title, 70), loc="left", fontsize=11)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            plot(axes)
            content = io.BytesIO()
            metadata = {"Date": None} if self._kind == "svg" else {"Software": None}
            figure.savefig(content, format=self._kind, dpi=_DPI, metadata=metadata)
        return content.getvalue()

    def finish(self) -> None:
        """Tell what was left out."""
        if self._left_out:
            self._told.append(f"charts: {MOST_CHARTS} are drawn, {self._left_out} left out; choose columns")


class _Fonts:
    """Set up once in the fork server, so that no worker has to look for fonts."""

    def __init__(self) -> None:
        self._has_cjk: bool | None = None

    @property
    def has_cjk(self) -> bool:
        """Whether CJK characters can be drawn."""
        if self._has_cjk is None:
            self._has_cjk = set_up_fonts()
        return self._has_cjk


FONTS = _Fonts()


def shortened(text: str, most: int = _MOST_LABEL) -> str:
    """Return a label of one line that fits."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def histogram(painter: Painter, name: str, found: Mapping[str, Any]) -> None:
    """Draw the spread of a column of numbers."""
    bins = found["bins"]
    if not bins:
        return

    def plot(axes: Any) -> None:
        edges = [item["from"] for item in bins]
        widths = [item["to"] - item["from"] for item in bins]
        axes.bar(
            edges, [item["count"] for item in bins], widths, align="edge", color=_BLUE, edgecolor="white", linewidth=0.4
        )
        axes.set_xlabel(shortened(name))
        axes.set_ylabel("rows")

    painter.draw("distribution", name, f"Distribution of {name}", plot)


def bars(painter: Painter, name: str, found: Mapping[str, Any]) -> None:
    """Draw the commonest values of a column."""
    values = found["values"][:_MOST_BARS]
    if not values:
        return

    def plot(axes: Any) -> None:
        places = np.arange(len(values))[::-1]
        axes.barh(places, [item["count"] for item in values], color=_BLUE)
        axes.set_yticks(places, [shortened(item["value"], 28) for item in values])
        axes.set_xlabel("rows")

    painter.draw("value_counts", name, f"Commonest values of {name}", plot, 1.4 + 0.28 * len(values))


def missing_bars(painter: Painter, found: Mapping[str, Any]) -> None:
    """Draw the share that is missing of each column."""
    lacking = sorted((item for item in found["columns"] if item["missing"]), key=lambda item: -item["missing"])[:40]
    if not lacking:
        return

    def plot(axes: Any) -> None:
        places = np.arange(len(lacking))[::-1]
        axes.barh(places, [100 * item["share"] for item in lacking], color=_ORANGE)
        axes.set_yticks(places, [shortened(item["column"], 28) for item in lacking])
        axes.set_xlim(0, 100)
        axes.set_xlabel("% missing")

    painter.draw("missing", None, "Missing values", plot, 1.4 + 0.28 * len(lacking))


def heat_map(painter: Painter, found: Mapping[str, Any]) -> None:
    """Draw the coefficients between numbers."""
    names = list(dict.fromkeys(name for pair in found["numbers"] for name in (pair["one"], pair["other"])))
    if len(names) < 2:
        return
    matrix = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for pair in found["numbers"]:
        one, other = names.index(pair["one"]), names.index(pair["other"])
        matrix[one, other] = matrix[other, one] = np.nan if pair["coefficient"] is None else pair["coefficient"]

    def plot(axes: Any) -> None:
        image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
        labels = [shortened(name, 20) for name in names]
        axes.set_xticks(range(len(names)), labels, rotation=45, ha="right")
        axes.set_yticks(range(len(names)), labels)
        axes.figure.colorbar(image, ax=axes, shrink=0.8)
        if len(names) <= 12:
            for (row, place), value in np.ndenumerate(matrix):
                if not np.isnan(value):
                    axes.text(
                        place,
                        row,
                        f"{value:.2f}",
                        ha="center",
                        va="center",
                        fontsize=8,
                        color="white" if abs(value) > 0.6 else "black",
                    )

    painter.draw("correlation", None, f"Correlation ({found['method']})", plot, min(2.5 + 0.45 * len(names), 12))


def boxes(painter: Painter, columns: Sequence[Analysed], found: Mapping[str, Any]) -> None:
    """Draw each column of numbers with what stands out."""
    chosen = [column for column in columns if column.name in found and column.kind in NUMERIC and len(column.finite)]
    for column in chosen[:_MOST_BOXES]:

        def plot(axes: Any, column: Analysed = column) -> None:
            axes.boxplot(
                column.finite,
                orientation="horizontal",
                widths=0.6,
                flierprops={"markersize": 3, "markeredgecolor": _ORANGE},
            )
            axes.set_yticks([])
            axes.set_xlabel(shortened(column.name))

        painter.draw("outliers", column.name, f"Outliers of {column.name}", plot, 2.2)


def lines(painter: Painter, found: Mapping[str, Any]) -> None:
    """Draw means by period."""
    labels = np.array(found.get("labels", []), dtype="M8[s]")
    for name, series in found["series"].items():

        def plot(axes: Any, series: Mapping[str, Any] = series, name: str = name) -> None:
            values = [np.nan if value is None else value for value in series["mean"]]
            axes.plot(
                labels, values, color=_BLUE, linewidth=1.4, marker="o" if len(labels) < 40 else None, markersize=3
            )
            axes.set_ylabel(shortened(f"mean of {name}"))
            axes.tick_params(axis="x", rotation=30)
            axes.grid(axis="y", color=_GREY, alpha=0.3)

        painter.draw("time_series", name, f"{name} by {found['period']}", plot)
