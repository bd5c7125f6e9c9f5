"""The user's pip configuration, carried over to uv, which does not read it."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

# Settings that change nothing about which package comes from where.
_IRRELEVANT = frozenset(
    {
        "break-system-packages", "cache-dir", "compile", "debug", "disable-pip-version-check", "log", "no-cache-dir",
        "no-color", "no-compile", "no-input", "no-python-version-warning", "no-warn-script-location", "progress-bar",
        "quiet", "require-virtualenv", "retries", "root-user-action", "user", "verbose",
    }
)  # fmt: skip
_COUNTERPARTS = {
    "index-url": "UV_DEFAULT_INDEX",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "client-cert": "SSL_CLIENT_CERT",
}
_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})


@dataclass(frozen=True)
class UvSettings:
    """What uv has to be told so that it sees the same packages as pip."""

    environment: Mapping[str, str]
    unsupported: tuple[str, ...]
    """Names of pip settings without a counterpart in uv: with any of these, stay with pip."""


def parse_config_list(listing: str) -> dict[str, str]:
    """Read the output of `pip config list` into option -> value as `pip install` would see it.

    pip's precedence: the environment over the `[install]` section over `[global]`.
    """
    layers: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        key, separator, literal = line.partition("=")
        section, _, option = key.strip().rpartition(".")
        if separator and section in layers:
            layers[section][option.replace("_", "-")] = str(ast.literal_eval(literal))
    merged = layers["global"] | layers["install"] | layers[":env:"]
    return {option: value for option, value in merged.items() if value.strip()}


def uv_settings(options: Mapping[str, str], environ: Mapping[str, str]) -> UvSettings:
    """Translate pip's options to uv's environment variables.

    What the user already set for uv itself is kept: `environ` is only consulted for that and for the certificate
    bundles pip honours.
    """
    translated = _certificates(options, environ)
    unsupported = []
    for option, value in options.items():
        entry = _translate(option, value)
        if entry is None:
            unsupported.append(option)
        translated |= entry or {}
    kept = {name: value for name, value in translated.items() if name not in environ}
    return UvSettings(environment=kept, unsupported=tuple(sorted(unsupported)))


def _translate(option: str, value: str) -> dict[str, str] | None:
    words = value.split()
    if option in _COUNTERPARTS:
        return {_COUNTERPARTS[option]: " ".join(words)}
    match option:
        case "extra-index-url":
            # pip takes the best version of all indexes; uv by default stops at the first index that has the name.
            return {"UV_INDEX": " ".join(words), "UV_INDEX_STRATEGY": "unsafe-best-match"}
        case "find-links":
            return {"UV_FIND_LINKS": ",".join(words)}
        case "proxy":
            return {"HTTP_PROXY": value, "HTTPS_PROXY": value}
        case "no-index":
            return {"UV_NO_INDEX": "1"} if value.lower() in _TRUE else {}
        case "cert":
            return {}
        case _:
            return {} if option in _IRRELEVANT else None


def _certificates(options: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    bundle = options.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    if bundle:
        return {"SSL_CERT_FILE": bundle}
    # Like current pip, trust the machine's own certificates, which may hold a company's.
    return {"UV_SYSTEM_CERTS": "1"}
