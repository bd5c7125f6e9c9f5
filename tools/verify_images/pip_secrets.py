"""What this machine's pip knows of mirrors and certificates, as secrets of a build: no layer keeps them."""

import os
import subprocess
import sys
from pathlib import Path

from provision.pip_settings import parse_config_list

_PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout", "timeout", "retries")
_INSIDE = "/etc/ssl/certs/ca-certificates.crt"


def build_secrets(folder: Path) -> list[str]:
    """Write the secrets into a folder and return the options of `docker build` that pass them on."""
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    options = parse_config_list(listing)
    configuration = folder / "pip.conf"
    configuration.write_text(pip_conf(options), encoding="utf-8")
    secrets = ["--secret", f"id=pip,src={configuration}"]
    bundle = options.get("cert") or os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or _INSIDE
    return [*secrets, "--secret", f"id=ca,src={bundle}"] if Path(bundle).is_file() else secrets


def pip_conf(options: dict[str, str]) -> str:
    """Return a configuration with what also holds in a container: no folder of this machine."""
    lines = ["[global]", f"cert = {_INSIDE}"]
    for name in _PASSED_ON:
        words = [word for word in options.get(name, "").split() if not word.startswith(("file:", "/"))]
        if words:
            lines.append(f"{name} = {' '.join(words)}")
    return "\n".join(lines) + "\n"
