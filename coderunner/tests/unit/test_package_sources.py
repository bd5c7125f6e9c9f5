"""Where packages come from, in the terms of uv and of pip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from common.settings import installer_environment
from drivenadapters.packages.sources import PackageSource
from harness.wheels import build_wheel

URL = "https://user:hunter2@index.internal/simple"
INHERITED = {
    "PATH": "/bin",
    "HTTPS_PROXY": "http://proxy:3128",
    "PIP_EXTRA_INDEX_URL": "https://other/simple",
    "PIP_INDEX_URL": "https://pip/simple",
    "PIP_TARGET": "/elsewhere",
    "PIP_NO_BINARY": ":all:",
    "PIP_PRE": "1",
    "PIP_CERT": "/ca.pem",
    "UV_INDEX": "https://uv/simple",
    "UV_NO_BINARY": "1",
    "UV_CACHE_DIR": "/cache",
    "UV_HTTP_TIMEOUT": "5",
}
OPTIONS = {"cert": "/ca.pem", "index-url": "https://pip/simple", "constraint": "/c.txt", "proxy": "http://proxy:3128"}


def test_an_index_that_the_operator_names_is_the_only_one() -> None:
    source = PackageSource(URL, INHERITED)
    uv = source.for_uv(OPTIONS)
    assert uv.unsupported == ()
    assert uv.environment["UV_DEFAULT_INDEX"] == URL
    assert uv.environment["UV_NO_CONFIG"] == "1"
    assert not {"UV_INDEX", "UV_FIND_LINKS", "UV_CONSTRAINT", "PIP_EXTRA_INDEX_URL"} & set(uv.environment)
    pip = source.for_pip(OPTIONS)
    assert (pip["PIP_INDEX_URL"], pip["PIP_CONFIG_FILE"]) == (URL, os.devnull)
    assert not {"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT"} & set(pip)


def test_how_to_get_to_an_index_is_kept() -> None:
    source = PackageSource(URL, INHERITED)
    assert source.for_uv(OPTIONS).environment["SSL_CERT_FILE"] == "/ca.pem"
    assert source.for_pip(OPTIONS)["PIP_CERT"] == "/ca.pem"
    assert source.for_pip(OPTIONS)["PIP_PROXY"] == "http://proxy:3128"
    assert source.for_uv(OPTIONS).environment["UV_HTTP_TIMEOUT"] == "5"


def test_without_one_pip_s_configuration_counts_for_both() -> None:
    source = PackageSource("", {"PATH": "/bin"})
    uv = source.for_uv(OPTIONS)
    assert uv.environment["UV_DEFAULT_INDEX"] == "https://pip/simple"
    assert uv.environment["UV_CONSTRAINT"] == "/c.txt"
    assert source.for_pip(OPTIONS) == {"PATH": "/bin"}
    assert source.for_uv({"only-final": "x"}).unsupported == ("only-final",)


@pytest.mark.parametrize("url", ["", URL])
def test_nothing_sends_an_installation_elsewhere_or_lets_sources_in(url: str) -> None:
    source = PackageSource(url, INHERITED)
    for variables in (source.for_uv({}).environment, source.for_pip({})):
        assert not {"PIP_TARGET", "PIP_NO_BINARY", "PIP_PRE", "UV_NO_BINARY", "UV_CACHE_DIR"} & set(variables)


def test_a_folder_of_wheels_is_an_index_without_a_network(tmp_path: Path) -> None:
    folder = tmp_path / "my wheels"
    folder.mkdir()
    build_wheel(folder, "a")
    for url in (folder.as_uri(), str(folder)):
        source = PackageSource(url)
        assert source.wheel_folder == folder
        assert source.for_uv({}).environment["UV_FIND_LINKS"] == folder.as_uri()
        assert source.for_uv({}).environment["UV_NO_INDEX"] == "1"
        assert source.for_pip({})["PIP_FIND_LINKS"] == folder.as_uri()  # pip would part a path at its spaces
        assert source.for_pip({})["PIP_NO_INDEX"] == "1"
    assert PackageSource(tmp_path.as_uri()).wheel_folder is None


def test_sets_of_different_sources_have_different_names_and_no_credentials_in_them() -> None:
    assert PackageSource(URL).identity == PackageSource(URL.replace("hunter2", "other")).identity
    assert PackageSource(URL).identity != PackageSource("https://elsewhere/simple").identity
    assert PackageSource("").identity == ""


def test_installers_see_none_of_the_service_s_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEYS", "PACKAGE_INDEX_URL", "DB_PASSWORD", "PYTHONPATH", "LD_PRELOAD"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("PIP_CERT", "/ca.pem")
    monkeypatch.setenv("https_proxy", "http://proxy")
    found = installer_environment()
    assert "secret" not in found.values()
    assert (found["PIP_CERT"], found["https_proxy"]) == ("/ca.pem", "http://proxy")
