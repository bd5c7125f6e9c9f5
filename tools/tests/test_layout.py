"""Where the package store is looked for."""

from pathlib import Path

import pytest

from provision import layout
from provision.layout import Layout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(layout, "__file__", str(tmp_path / "tools" / "provision" / "layout.py"))
    monkeypatch.delenv("SITE_PACKAGES_DIR", raising=False)
    return tmp_path


def test_store_lies_in_the_checkout_by_default(checkout: Path) -> None:
    assert Layout.of_checkout().store == checkout / ".state" / "site-packages"


def test_store_is_taken_from_dotenv(checkout: Path) -> None:
    (checkout / ".env").write_text("# SITE_PACKAGES_DIR=/commented\nPORT=1\nSITE_PACKAGES_DIR = '/srv/packages'\n")

    assert Layout.of_checkout().store == Path("/srv/packages")


def test_environment_wins_over_dotenv(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / ".env").write_text("SITE_PACKAGES_DIR=/srv/packages\n")
    monkeypatch.setenv("SITE_PACKAGES_DIR", "/data/packages")

    assert Layout.of_checkout().store == Path("/data/packages")


def test_relative_store_is_meant_from_the_checkout(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_PACKAGES_DIR", "packages")

    assert Layout.of_checkout().store == checkout / "packages"
