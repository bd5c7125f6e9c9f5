"""LibreOffice and its like: installed where they are missing, asked for once, never required."""

from pathlib import Path

import pytest

from provision import converters


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was to be installed; nothing is."""
    asked: list[tuple[str, ...]] = []

    def install(*names: str) -> bool:
        asked.append(names)
        return False

    monkeypatch.setattr(converters, "install_debian_packages", install)
    monkeypatch.setattr(converters, "_LIBRARY_FOLDERS", ())
    monkeypatch.setattr(converters, "_FONT_FOLDERS", ())
    return asked


def test_what_is_missing_is_asked_for_once_and_named_every_time(
    tmp_path: Path, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    stamp = tmp_path / "state" / "stamp"
    for _ in range(2):
        converters.provide_converters(stamp)
        assert "some conversions are unavailable" in capsys.readouterr().err
    assert len(asked) == 1
    assert {"libreoffice-writer-nogui", "libreoffice-calc-nogui", "fonts-noto-cjk"} <= set(asked[0])


def test_what_is_there_is_not_asked_for(
    tmp_path: Path, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "libreoffice" / "program"
    program.mkdir(parents=True)
    for file in (program / "libmergedlo.so", tmp_path / "libpango-1.0.so.0", tmp_path / "NotoSansCJK.ttc"):
        file.touch()
    monkeypatch.setattr(converters, "_LIBRARY_FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(converters, "_FONT_FOLDERS", (str(tmp_path),))
    converters.provide_converters(tmp_path / "stamp")
    assert asked == [("libpangoft2-1.0-0",)]


def test_a_stamp_that_cannot_be_written_stops_nothing(tmp_path: Path, asked: list[tuple[str, ...]]) -> None:
    (tmp_path / "file").touch()
    converters.provide_converters(tmp_path / "file" / "stamp")
    assert len(asked) == 1
