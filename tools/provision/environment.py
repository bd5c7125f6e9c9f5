"""The virtual environment in .venv: made, repaired, and filled when its requirement files change."""

import os
import shutil
import sys
from pathlib import Path

from provision.console import ProvisionError, output, run, say, succeeds
from provision.fingerprint import digest, requirement_files
from provision.installer import Installer, PackageSource
from provision.layout import Layout
from provision.locking import exclusive
from provision.pip_supply import has_pip, supply_pip

_SUPPORTED = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
_LOCATION = ".made-at"
_VERSION = "import sys; print(sys.version)"


class Environment:
    """The services' virtual environment, or an interpreter the caller names and keeps in order himself."""

    def __init__(self, layout: Layout, python: Path | None = None) -> None:
        self._layout = layout
        self._named = python

    @property
    def python(self) -> Path:
        """The interpreter packages are installed for."""
        return self._named or self._layout.venv / "bin" / "python"

    def ensure_python(self) -> Path:
        """Return the interpreter, with the virtual environment made or repaired first.

        Raises ProvisionError for a named interpreter of another version, or when the environment cannot be made.
        """
        if self._named:
            if not succeeds([self._named, "-I", "-c", _SUPPORTED]):
                raise ProvisionError(f"{self._named} is not a Python 3.11, 3.12 or 3.13")
        elif not self._is_usable():
            with exclusive(self._layout.lock_folder):
                if not self._is_usable():
                    self._make()
        return self.python

    def installer(self, source: PackageSource | None = None) -> Installer:
        """Return an installer for this environment."""
        return Installer(self.python, source or PackageSource())

    def provide(self, name: str, requirements: Path) -> None:
        """Install a requirements file unless it, and the interpreter, are as they were the last time.

        Raises ProvisionError when the installation fails.
        """
        self.ensure_python()
        wanted = digest(requirement_files(requirements), output([self.python, "-I", "-c", _VERSION]))
        stamp = self._layout.venv / f".{name}-installed"
        if _read(stamp) == wanted:
            return
        with exclusive(self._layout.lock_folder):
            if _read(stamp) == wanted:
                return
            self.ensure_installers()
            say(f"installing the {name} packages into {self._layout.venv}")
            self.installer().install(["-r", requirements], cwd=requirements.parent)
            stamp.write_text(wanted, encoding="utf-8")

    def ensure_installers(self) -> None:
        """Bring pip to a version without known holes and add uv; without uv the setup is slower, not broken.

        A named interpreter is left as it is.
        """
        if self._named:
            return
        requirements = self._layout.installer_requirements
        stamp = self._layout.venv / ".installers-installed"
        wanted = digest([requirements])
        if _read(stamp) == wanted:
            return
        say("installing pip and uv")
        try:
            run([self.python, "-I", "-m", "pip", "install", "--quiet", "--no-input", "-r", requirements])
        except ProvisionError as error:
            if not has_pip(self.python):
                raise
            say(f"{error}; going on with the pip that is there")
            return
        stamp.write_text(wanted, encoding="utf-8")

    def append_to_path(self, name: str, folder: Path) -> None:
        """Let the environment import from a folder as well, after everything of its own."""
        packages = output([self.python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
        Path(packages, f"{name}.pth").write_text(f"{folder}\n", encoding="utf-8")

    def _is_usable(self) -> bool:
        # Scripts and links to local projects hold absolute paths: a copied or moved environment is another's.
        made_here = _read(self._layout.venv / _LOCATION) == str(self._layout.venv)
        return made_here and succeeds([self.python, "-I", "-c", _SUPPORTED])

    def _make(self) -> None:
        venv = self._layout.venv
        say(f"making {venv} with Python {sys.version.split()[0]}")
        if os.path.lexists(venv):
            shutil.rmtree(venv)
        try:
            run([sys.executable, "-I", "-m", "venv", "--without-pip", venv])
            supply_pip(self.python)
            (venv / _LOCATION).write_text(str(venv), encoding="utf-8")
        except ProvisionError:
            # A half-made environment would pass for a whole one the next time.
            shutil.rmtree(venv, ignore_errors=True)
            raise


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
