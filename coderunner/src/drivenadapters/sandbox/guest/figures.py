"""Charts that were drawn and left open become files."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_MOST_FIGURES = 20
_DOTS_PER_INCH = 120


def prepare() -> None:
    """Draw one small chart, so that fonts and renderer are loaded before any job."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # plt.show() has nothing to show on: its figure is delivered all the same.
    warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*")
    figure, axes = pyplot.subplots()
    axes.plot([0, 1], label="x")
    axes.set_title("x")
    axes.legend()
    figure.canvas.draw()
    pyplot.close(figure)


def save_open_figures() -> None:
    """Write every open figure to ``figure_1.png``, ``figure_2.png`` ... in the working directory."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    folder = Path.cwd()
    for position, number in enumerate(pyplot.get_fignums()[:_MOST_FIGURES], start=1):
        figure = pyplot.figure(number)
        figure.savefig(_free_name(folder, position), dpi=_DOTS_PER_INCH, bbox_inches="tight")
    pyplot.close("all")


def _free_name(folder: Path, number: int) -> Path:
    path = folder / f"figure_{number}.png"
    attempt = 1
    while path.exists():
        attempt += 1
        path = folder / f"figure_{number}_{attempt}.png"
    return path
