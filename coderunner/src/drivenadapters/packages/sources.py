"""Where packages come from: PACKAGE_INDEX_URL and nothing else, or what pip is configured for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from utils.pip_settings import UvSettings, uv_settings

# Would send an installation elsewhere than asked, or let source distributions in.
_DIVERTING = re.compile(
    r"^(?:PIP_(?:TARGET|PREFIX|ROOT|USER|DRY_RUN|PYTHON|REPORT|REQUIRE_\w+|NO_DEPS|PRE|NO_BINARY|ONLY_BINARY|REQUIREMENT"
    r"|EDITABLE|SRC|LOG|QUIET|VERBOSE|UPGRADE\w*|FORCE_REINSTALL|IGNORE_INSTALLED|CACHE_DIR|NO_CACHE_DIR|PLATFORM)"
    r"|UV_(?!DEFAULT_INDEX|INDEX|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|INSECURE_HOST|HTTP_|SYSTEM_CERTS|NATIVE_TLS"
    r"|CONSTRAINT|KEYRING_PROVIDER|EXCLUDE_NEWER|CONFIG_FILE|OFFLINE|REQUEST_TIMEOUT|CONCURRENT_)\w+)$"
)
_CHOOSING = re.compile(
    r"^(?:PIP_(?:INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|CONSTRAINT|CONFIG_FILE|BUILD_CONSTRAINT)"
    r"|UV_(?:DEFAULT_INDEX|INDEX\w*|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|CONSTRAINT|CONFIG_FILE|EXCLUDE_NEWER))$"
)
# Of pip's configuration: how to get to an index, whichever it is.
_TRANSPORT = ("cert", "client-cert", "proxy", "timeout", "default-timeout", "retries", "trusted-host")


@dataclass(frozen=True)
class PackageSource:
    """Where the installers look.

    Attributes:
        url: the only index, credentials included, or a ``file:`` URL of a folder of wheels;
            empty for what pip is configured for.
        inherited: variables of the service's environment that are the installers' business.
    """

    url: str = ""
    inherited: Mapping[str, str] | None = None

    @property
    def identity(self) -> str:
        """Names the source in the keys of sets, without its credentials; empty for pip's configuration."""
        if not self.url:
            return ""
        parts = urlsplit(self.url)
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return sha256(bare.encode()).hexdigest()[:16]

    @property
    def wheel_folder(self) -> Path | None:
        """The folder of wheels that the URL names, None where it is an index."""
        parts = urlsplit(self.url)
        path = Path(unquote(parts.path)) if parts.scheme in ("", "file") else None
        is_flat = path is not None and path.is_dir() and any(path.glob("*.whl"))
        return path if is_flat else None

    def common(self) -> dict[str, str]:
        """Return the variables that both installers start from."""
        chosen = bool(self.url)
        return {
            name: value
            for name, value in (self.inherited or {}).items()
            if not _DIVERTING.match(name) and not (chosen and _CHOOSING.match(name))
        }

    def for_uv(self, options: Mapping[str, str]) -> UvSettings:
        """Return uv's variables; ``options`` is pip's configuration."""
        variables = self.common()
        if not self.url:
            settings = uv_settings(options, variables)
            return UvSettings({**variables, **settings.environment}, settings.unsupported)
        transport = {name: value for name, value in options.items() if name in _TRANSPORT}
        settings = uv_settings(transport, variables)
        folder = self.wheel_folder
        where = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": folder.as_uri()} if folder else {"UV_DEFAULT_INDEX": self.url}
        return UvSettings({**variables, **settings.environment, **where, "UV_NO_CONFIG": "1"}, settings.unsupported)

    def for_pip(self, options: Mapping[str, str]) -> dict[str, str]:
        """Return pip's variables; ``options`` is its configuration."""
        variables = self.common()
        if not self.url:
            return variables
        transport = {f"PIP_{name.replace('-', '_').upper()}": options[name] for name in _TRANSPORT if name in options}
        folder = self.wheel_folder
        where = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": folder.as_uri()} if folder else {"PIP_INDEX_URL": self.url}
        return {**variables, **transport, **where, "PIP_CONFIG_FILE": os.devnull}
