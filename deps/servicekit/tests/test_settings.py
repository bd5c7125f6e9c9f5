"""Settings from the environment, from .env and from files."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from sample_service import Settings, settings_for

from servicekit import ServiceSettings, SettingsError, describe_settings, load_settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for setting in describe_settings(Settings):
        monkeypatch.delenv(setting.name, raising=False)
        monkeypatch.delenv(f"{setting.name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_keep_the_service_on_this_machine() -> None:
    settings = Settings.read()
    assert (settings.host, settings.port, settings.api_keys) == ("127.0.0.1", 8080, ())


def test_the_environment_wins_over_the_env_file_and_empty_means_unset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=1111\nLOG_LEVEL=DEBUG\nMAX_UPLOAD_MB=7\nOF_SOMEBODY_ELSE=1\n")
    monkeypatch.setenv("PORT", "2222")
    monkeypatch.setenv("MAX_BODY_MB", "")
    settings = Settings.read()
    assert (settings.port, settings.log_level) == (2222, "debug")
    assert (settings.max_upload_mb, settings.max_body_mb) == (7, 20)


def test_settings_are_frozen() -> None:
    settings = settings_for()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_keys_are_split_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", " one , two,,")
    settings = Settings.read()
    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]
    assert "one" not in repr(settings)


def test_keys_can_come_from_a_file_one_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("one\ntwo\n")
    monkeypatch.setenv("API_KEYS_FILE", str(tmp_path / "keys"))
    assert [key.get_secret_value() for key in Settings.read().api_keys] == ["one", "two"]


def test_a_secret_given_both_ways_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("one")
    monkeypatch.setenv("API_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("API_KEYS", "two")
    with pytest.raises(SettingsError, match="API_KEYS and API_KEYS_FILE are both set"):
        Settings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("MAX_UPLOAD_MB", "-1"),
        ("LOG_LEVEL", "loud"),
        ("API_KEYS_FILE", "/nowhere"),
    ],
)
def test_a_wrong_value_ends_the_start_with_the_variable_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings)
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert f"{name}: " in message
    assert "Traceback" not in message


def test_the_description_has_every_setting_with_a_meaning() -> None:
    described = {item.name: item for item in describe_settings(Settings)}
    assert described["METRICS_PUBLIC"].default == "false"
    assert described["API_KEYS"].default == ""
    assert "MAX_UPLOAD_MB" in described
    assert all(item.description for item in described.values())


def test_the_readme_lists_every_setting_with_its_default() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for setting in describe_settings(ServiceSettings):
        default = f"`{setting.default}`" if setting.default else ""
        assert f"| `{setting.name}` | {default} | {setting.description} |" in readme
