"""Scratch folders: those of the living stay, those of the dead go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandboxkit import scratch
from sandboxkit.scratch import Scratch


@pytest.fixture(autouse=True)
def temporary_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def _age(path: Path) -> None:
    os.utime(path, (1, 1))


def test_a_folder_left_behind_is_swept_with_its_content(temporary_root: Path) -> None:
    abandoned = temporary_root / "sandbox-abandoned"
    (abandoned / "3").mkdir(parents=True)
    (abandoned / "3" / "left.txt").write_text("x")
    _age(abandoned)
    Scratch.create().remove()
    assert not abandoned.exists()


def test_a_folder_that_is_held_stays(temporary_root: Path) -> None:
    held = Scratch.create()
    _age(Path(held.path))
    scratch.sweep(str(temporary_root))
    assert Path(held.path).is_dir()
    held.remove()
    assert not Path(held.path).exists()


def test_a_young_folder_stays_since_its_owner_may_be_about_to_lock_it(temporary_root: Path) -> None:
    young = temporary_root / "sandbox-young"
    young.mkdir()
    scratch.sweep(str(temporary_root))
    assert young.is_dir()


def test_a_link_with_the_prefix_is_not_followed(temporary_root: Path) -> None:
    target = temporary_root / "precious"
    target.mkdir()
    _age(target)
    (temporary_root / "sandbox-link").symlink_to(target)
    scratch.sweep(str(temporary_root))
    assert target.is_dir()
