"""Where matplotlib looks for its list of fonts while it is imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandboxkit import font_list


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "fontlist.json").write_text("[]")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    return tmp_path


def test_a_folder_that_can_be_written_is_used_as_it_is(folder: Path) -> None:
    with font_list.at_hand():
        assert os.environ["MPLCONFIGDIR"] == str(folder)


def test_instead_of_one_that_cannot_a_copy_stands_in_and_is_gone_afterwards(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)
    with font_list.at_hand():
        copy = Path(os.environ["MPLCONFIGDIR"])
        assert copy != folder
        assert (copy / "fontlist.json").read_text() == "[]"
    assert not copy.exists()
    assert os.environ["MPLCONFIGDIR"] == str(folder)


def test_without_a_list_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", "/nonexistent")
    with font_list.at_hand():
        assert os.environ["MPLCONFIGDIR"] == "/nonexistent"
