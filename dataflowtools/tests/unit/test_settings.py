"""Settings that belong together, and secrets from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from servicekit import SettingsError

from common.settings import Settings


def test_an_upload_must_hold_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAX_FILE_MB", "10")
    monkeypatch.setenv("MAX_UPLOAD_MB", "5")
    with pytest.raises(SettingsError, match="MAX_UPLOAD_MB is less than MAX_FILE_MB"):
        Settings.read()


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "REDIS_PASSWORD", "S3_SECRET_ACCESS_KEY", "CALLBACK_SECRET", "CODERUNNER_API_KEY"]
)
def test_every_secret_can_come_from_a_file_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("unmistakable\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    settings = Settings.read()
    assert getattr(settings, name.lower()).get_secret_value() == "unmistakable"
    assert "unmistakable" not in repr(settings)
