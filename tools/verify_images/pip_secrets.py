"""What this machine's pip knows of mirrors and certificates, as secrets of a build: no layer keeps them."""

import os
import subprocess
import sys
from pathlib import Path

from utils.pip_settings import parse_config_list

_PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout", "timeout", "retries")
PIP_CONF, CERTIFICATES = "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"


def build_secrets(folder: Path) -> list[str]:
    """Write the secrets into a folder and return the options of `docker build` that pass them on."""
    names = {PIP_CONF: "pip", CERTIFICATES: "ca"}
    return [word for path, inside in _files(folder) for word in ("--secret", f"id={names[inside]},src={path}")]


def mirror_mounts(folder: Path) -> list[str]:
    """Write the same for a container that installs packages, and return it as arguments of --volume."""
    return [f"{path}:{inside}:ro" for path, inside in _files(folder)]


def _files(folder: Path) -> list[tuple[Path, str]]:
    """Return files of this machine with their place in a container."""
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    options = parse_config_list(listing)
    configuration = folder / "pip.conf"
    configuration.write_text(pip_conf(options), encoding="utf-8")
    candidates = (
        options.get("cert"),
        os.environ.get("SSL_CERT_FILE"),
        os.environ.get("REQUESTS_CA_BUNDLE"),
        CERTIFICATES,
    )
    bundle = next(Path(name) for name in candidates if name)
    return [(configuration, PIP_CONF), *([(bundle, CERTIFICATES)] if bundle.is_file() else [])]


def pip_conf(options: dict[str, str]) -> str:
    """Return a configuration with what also holds in a container: no folder of this machine."""
    lines = ["[global]", f"cert = {CERTIFICATES}"]
    for name in _PASSED_ON:
        words = [word for word in options.get(name, "").split() if not word.startswith(("file:", "/"))]
        if words:
            lines.append(f"{name} = {' '.join(words)}")
    return "\n".join(lines) + "\n"
