"""pip's configuration, read and carried over to uv."""

import pytest

from utils.pip_settings import parse_config_list, uv_settings


def test_environment_wins_over_install_section_which_wins_over_global() -> None:
    listing = "\n".join(
        [
            ":env:.index-url='https://env.example/simple'",
            "global.index-url='https://global.example/simple'",
            "global.find-links='/global'",
            "install.find-links='/install'",
        ]
    )

    assert parse_config_list(listing) == {
        "index-url": "https://env.example/simple",
        "find-links": "/install",
    }


def test_settings_of_other_pip_commands_are_left_alone() -> None:
    assert parse_config_list("download.no-binary=':all:'\nfreeze.timeout='3'") == {}


def test_emptied_setting_counts_as_unset() -> None:
    assert parse_config_list("global.find-links='/wheels'\n:env:.find-links=''") == {}


def test_value_spread_over_lines_in_the_configuration_file_stays_one_list() -> None:
    options = parse_config_list(r"global.extra-index-url='\nhttps://a.example/simple\nhttps://b.example/simple'")

    assert uv_settings(options, {}).environment["UV_INDEX"] == "https://a.example/simple https://b.example/simple"


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("index-url", "https://a.example/simple", {"UV_DEFAULT_INDEX": "https://a.example/simple"}),
        ("find-links", "/a /b", {"UV_FIND_LINKS": "/a,/b"}),
        ("constraint", "/a.txt /b.txt", {"UV_CONSTRAINT": "/a.txt /b.txt"}),
        ("trusted-host", "a.example b.example", {"UV_INSECURE_HOST": "a.example b.example"}),
        ("proxy", "http://p.example:3128", {"HTTP_PROXY": "http://p.example:3128", "HTTPS_PROXY": "http://p.example:3128"}),
        ("no-index", "true", {"UV_NO_INDEX": "1"}),
        ("no-index", "false", {}),
        ("default-timeout", "60", {"UV_HTTP_TIMEOUT": "60"}),
        ("disable-pip-version-check", "1", {}),
    ],
)  # fmt: skip
def test_option_has_its_counterpart_in_uv(option: str, value: str, expected: dict[str, str]) -> None:
    settings = uv_settings({option: value}, {})

    assert settings.environment == {"UV_SYSTEM_CERTS": "1", **expected}
    assert settings.unsupported == ()


def test_second_index_is_searched_for_the_best_version_as_pip_does() -> None:
    settings = uv_settings({"extra-index-url": "https://a.example/simple"}, {})

    assert settings.environment["UV_INDEX_STRATEGY"] == "unsafe-best-match"


@pytest.mark.parametrize(
    ("options", "environ", "bundle"),
    [
        ({"cert": "/pip.pem"}, {"REQUESTS_CA_BUNDLE": "/requests.pem"}, "/pip.pem"),
        ({}, {"REQUESTS_CA_BUNDLE": "/requests.pem", "CURL_CA_BUNDLE": "/curl.pem"}, "/requests.pem"),
        ({}, {"CURL_CA_BUNDLE": "/curl.pem"}, "/curl.pem"),
    ],
)
def test_certificates_come_from_where_pip_takes_them(
    options: dict[str, str], environ: dict[str, str], bundle: str
) -> None:
    assert uv_settings(options, environ).environment == {"SSL_CERT_FILE": bundle}


def test_what_the_user_set_for_uv_itself_is_kept() -> None:
    settings = uv_settings(
        {"index-url": "https://pip.example/simple"}, {"UV_DEFAULT_INDEX": "https://uv.example/simple"}
    )

    assert "UV_DEFAULT_INDEX" not in settings.environment


def test_setting_without_counterpart_is_named_so_that_pip_is_used() -> None:
    assert uv_settings({"src": "checkouts", "no-binary": "lxml", "quiet": "1"}, {}).unsupported == ("no-binary", "src")
