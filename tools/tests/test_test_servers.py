"""The servers of the tests: installed where they are missing, asked for once, and never required."""

import pytest

from provision import test_servers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was to be installed; nothing is."""
    asked: list[tuple[str, ...]] = []

    def install(*names: str) -> bool:
        asked.append(names)
        return False

    monkeypatch.setattr(test_servers, "install_debian_packages", install)
    return asked


def test_what_is_there_is_not_installed(monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]]) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: "/somewhere")
    test_servers.provide_test_servers()
    assert asked == []


def test_what_is_missing_is_named_when_it_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda program, **_: None if program == "mariadbd" else "/x")
    test_servers.provide_test_servers()
    assert asked == [("mariadb-server-core",)]
    assert "mariadb-server-core" in capsys.readouterr().err
