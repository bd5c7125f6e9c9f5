"""What there is to convert with, and what is said of what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivenadapters.conversion.engines import find_engines
from drivenadapters.conversion.office import find_office


def test_without_anything_installed_each_engine_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_engines((str(tmp_path),), tmp_path)
    missing = {engine.name: engine.missing for engine in found.engines if engine.missing}
    assert missing.keys() == {"libreoffice", "pandoc", "weasyprint"}
    assert "apt-get install" in missing["libreoffice"]
    assert [kind.name for kind in found.kinds()] == ["writing"]


def test_libreoffice_is_found_where_it_is_said_to_be(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.mkdir()
    assert find_office(program) is None
    (program / "libsofficeapp.so").touch()
    assert find_office(program) == program
