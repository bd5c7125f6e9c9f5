"""The environment of the service: names, defaults, messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from servicekit.settings import SettingsError, describe_settings

from common.settings import Settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and no ``.env`` but the test's own."""
    for setting in describe_settings(Settings):
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_the_readme() -> None:
    settings = Settings.read()
    assert (settings.port, settings.host) == (8080, "127.0.0.1")
    assert (settings.max_execution_time, settings.max_memory_mb) == (30, 512)
    assert not settings.allow_network
    assert settings.sandbox_required_layers == ("no_new_privs", "landlock", "seccomp", "rlimits")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("MAX_EXECUTION_TIME", "0"),
        ("MAX_EXECUTION_TIME", "-1"),
        ("MAX_EXECUTION_TIME", "nan"),
        ("MAX_EXECUTION_TIME", "86401"),
        ("MAX_MEMORY_MB", "15"),
        ("MAX_MEMORY_MB", "many"),
        ("MAX_MEMORY_MB", "1e3x"),
        ("MAX_CODE_KB", "0"),
        ("MAX_OUTPUT_KB", "0"),
        ("MAX_RESULT_MB", "0"),
        ("MAX_RESULT_MB", "1025"),
        ("MAX_INPUT_FILES", "-1"),
        ("MAX_ARTIFACTS", "-1"),
        ("MAX_ARTIFACTS_MB", "0"),
        ("WORKDIR_MB", "0"),
        ("WORKDIR_ENTRIES", "7"),
        ("MAX_CONCURRENT_RUNS", "0"),
        ("QUEUE_LIMIT", "-1"),
        ("QUEUE_SECONDS", "0"),
        ("ALLOW_NETWORK", "perhaps"),
        ("SANDBOX_REQUIRED_LAYERS", "landlock,magic"),
        ("SANDBOX_USER", "0"),
        ("READY_WORKERS", "0"),
        ("READY_WORKERS", "257"),
        ("ALLOW_PACKAGE_INSTALL", "perhaps"),
        ("PACKAGE_INDEX_URL", "index.internal/simple"),
        ("PACKAGE_INDEX_URL", "ftp://index.internal"),
        ("MAX_PACKAGES", "0"),
        ("MAX_ENVIRONMENTS", "-1"),
        ("MAX_INSTALL_MB", "0"),
        ("MAX_STORE_MB", "0"),
        ("PACKAGE_INSTALL_SECONDS", "0"),
        ("MAX_CONCURRENT_INSTALLS", "65"),
        ("LOG_LEVEL", "loud"),
        ("SHUTDOWN_GRACE_SECONDS", "-1"),
    ],
)
def test_a_wrong_value_is_refused_with_the_variable_s_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings.read()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"WORKDIR_MB": "8"}, "WORKDIR_MB is 8 and must be at least MAX_BODY_MB, 20"),
        ({"MAX_BODY_MB": "64.5"}, "WORKDIR_MB is 64 and must be at least MAX_BODY_MB, 64.5"),
        ({"WORKDIR_ENTRIES": "31"}, "WORKDIR_ENTRIES is 31 and must be at least MAX_INPUT_FILES, 32"),
        ({"MAX_INPUT_FILES": "513"}, "WORKDIR_ENTRIES is 512 and must be at least MAX_INPUT_FILES, 513"),
    ],
)
def test_a_working_directory_too_small_for_the_largest_request_is_refused_with_both_names(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=named):
        Settings.read()


def test_a_working_directory_just_large_enough_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORKDIR_MB": "20", "WORKDIR_ENTRIES": "32"}.items():
        monkeypatch.setenv(name, value)
    assert Settings.read().workdir_mb == 20


def test_the_grace_at_the_end_outlasts_the_longest_request_where_it_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_EXECUTION_TIME", "100")
    monkeypatch.setenv("QUEUE_SECONDS", "20")
    assert Settings.read().shutdown_grace_seconds == 125


def test_the_grace_at_the_end_is_what_the_operator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUTDOWN_GRACE_SECONDS", "0")
    assert Settings.read().shutdown_grace_seconds == 0


def test_several_wrong_values_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("MAX_MEMORY_MB", "x")
    with pytest.raises(SettingsError, match=r"(?s)PORT.*MAX_MEMORY_MB"):
        Settings.read()


def test_a_wrong_index_is_refused_without_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACKAGE_INDEX_URL", "user:hunter2@index.internal")
    with pytest.raises(SettingsError, match="PACKAGE_INDEX_URL") as refusal:
        Settings.read()
    assert "hunter2" not in str(refusal.value)


def test_the_index_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("https://user:hunter2@index.internal/simple\n")
    monkeypatch.setenv("PACKAGE_INDEX_URL_FILE", str(tmp_path / "secret"))
    url = Settings.read().package_index_url
    assert url is not None
    assert url.get_secret_value() == "https://user:hunter2@index.internal/simple"
    assert "hunter2" not in repr(Settings.read())


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_MODULES", " +ctypes, -numpy ,,")
    monkeypatch.setenv("SANDBOX_REQUIRED_LAYERS", "no_new_privs, seccomp")
    settings = Settings.read()
    assert settings.allowed_modules == ("+ctypes", "-numpy")
    assert settings.sandbox_required_layers == ("no_new_privs", "seccomp")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_RUNS", "")
    monkeypatch.setenv("MAX_EXECUTION_TIME", "")
    settings = Settings.read()
    assert settings.max_concurrent_runs is None
    assert settings.max_execution_time == 30


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_EXECUTION_TIME=7\nMAX_MEMORY_MB=99\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("MAX_MEMORY_MB", "88")
    settings = Settings.read()
    assert (settings.max_execution_time, settings.max_memory_mb) == (7, 88)


def test_every_setting_says_what_it_means() -> None:
    assert [setting.name for setting in describe_settings(Settings) if not setting.description] == []


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.read().port = 1  # type: ignore[misc]
