"""Installing packages: with uv where it is there and sees what pip sees, otherwise with pip."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from utils.pip_settings import UvSettings, parse_config_list, uv_settings

from provision.console import ProvisionError, output, run, say


@dataclass(frozen=True)
class PackageSource:
    """Where wheels may come from beside the index the user configured."""

    find_links: Path | None = None
    no_index: bool = False

    def arguments(self) -> list[str]:
        """Return the options that both installers understand."""
        folder = ["--find-links", str(self.find_links.resolve())] if self.find_links else []
        return [*folder, *(["--no-index"] if self.no_index else [])]


class Installer:
    """Installs requirements for one interpreter. uv is some ten times faster; pip knows every setting of the user."""

    def __init__(self, python: Path, source: PackageSource) -> None:
        self._python = python
        self._source = source

    def install(self, requirements: Sequence[str | Path], *, cwd: Path | None = None) -> None:
        """Install, with the arguments that uv and pip have in common.

        Raises ProvisionError when both installers failed.
        """
        arguments = [*self._source.arguments(), *requirements]
        uv = self.uv()
        if uv is None or not self._install_with_uv(uv, arguments, cwd):
            run([self._python, "-I", "-m", "pip", "install", "--no-input", *arguments], cwd=cwd)

    @property
    def offline(self) -> bool:
        """Whether the network is not to be used."""
        return self._source.no_index

    def uv(self) -> Path | None:
        """Return the uv beside the interpreter or on PATH, if there is one."""
        beside = self._python.parent / "uv"
        found = str(beside) if os.access(beside, os.X_OK) else shutil.which("uv")
        return Path(found) if found else None

    def uv_settings(self) -> UvSettings:
        """Return pip's configuration in uv's terms."""
        listing = output([self._python, "-I", "-m", "pip", "config", "list"])
        return uv_settings(parse_config_list(listing), os.environ)

    def _install_with_uv(self, uv: Path, arguments: list[str | Path], cwd: Path | None) -> bool:
        settings = self.uv_settings()
        unsupported = list(settings.unsupported)
        if "UV_CONSTRAINT" in settings.environment and "--require-hashes" in arguments:
            unsupported.append("constraint")  # uv wants hashes of constraints, too
        if unsupported:
            say(f"using pip: uv has no counterpart of the pip setting {', '.join(unsupported)}")
            return False
        # Copies, not hard links into uv's cache: what is installed must not change with the cache, nor the reverse.
        environment = {"UV_LINK_MODE": "copy", "VIRTUAL_ENV": "", **settings.environment}
        try:
            run([uv, "pip", "install", "--python", self._python, *arguments], env=environment, cwd=cwd)
        except ProvisionError as error:
            say(f"{error}; trying pip")
            return False
        return True
