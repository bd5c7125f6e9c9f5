"""Open figures become files; a hand-written plotting module stands in for matplotlib."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from drivenadapters.sandbox.guest.figures import save_open_figures


class Plotting(types.ModuleType):
    """What the code under test uses of ``matplotlib.pyplot``."""

    def __init__(self, numbers: list[int]) -> None:
        super().__init__("matplotlib.pyplot")
        self.open = list(numbers)

    def get_fignums(self) -> list[int]:
        return self.open

    def figure(self, number: int) -> Figure:
        return Figure(number)

    def close(self, which: str) -> None:
        assert which == "all"
        self.open = []


class Figure:
    """Writes its number where a picture would be."""

    def __init__(self, number: int) -> None:
        self.number = number

    def savefig(self, path: Path, **_: Any) -> None:
        path.write_text(str(self.number))


@pytest.fixture(autouse=True)
def in_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def plotting(monkeypatch: pytest.MonkeyPatch) -> Plotting:
    module = Plotting([2, 5])
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", module)
    return module


def saved(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_every_open_figure_is_saved_in_order_and_closed(plotting: Plotting, tmp_path: Path) -> None:
    save_open_figures()
    assert saved(tmp_path) == {"figure_1.png": "2", "figure_2.png": "5"}
    assert plotting.open == []


def test_a_file_of_the_program_is_not_overwritten(plotting: Plotting, tmp_path: Path) -> None:
    (tmp_path / "figure_1.png").write_text("mine")
    save_open_figures()
    assert saved(tmp_path) == {"figure_1.png": "mine", "figure_1_2.png": "2", "figure_2.png": "5"}


def test_at_most_twenty_figures_are_saved(plotting: Plotting, tmp_path: Path) -> None:
    plotting.open = list(range(1, 101))
    save_open_figures()
    assert len(saved(tmp_path)) == 20


def test_without_the_library_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    save_open_figures()
    assert saved(tmp_path) == {}
