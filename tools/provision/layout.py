"""Where things lie in a checkout."""

import os
from dataclasses import dataclass
from pathlib import Path

STORE_VARIABLE = "SITE_PACKAGES_DIR"
SERVICES = ("coderunner", "dataflowtools")
LOCAL_PROJECTS = ("servicekit", "sandboxkit")
BASE = "base"  # what submitted code can import
DATAFLOW = "dataflow"  # what reads and writes documents, tables and images
PACKAGE_SETS = (BASE, DATAFLOW)


@dataclass(frozen=True)
class Layout:
    """The paths the setup reads and writes."""

    root: Path
    store: Path

    @classmethod
    def of_checkout(cls) -> "Layout":
        """Return the layout of the checkout that holds this file, with the store the user configured."""
        root = Path(__file__).resolve().parents[2]
        configured = os.environ.get(STORE_VARIABLE) or dotenv_value(root / ".env", STORE_VARIABLE)
        store = root / configured if configured else root / ".state" / "site-packages"
        return cls(root=root, store=store)

    @property
    def venv(self) -> Path:
        """The virtual environment of the services and the developer tools."""
        return self.root / ".venv"

    @property
    def lock_folder(self) -> Path:
        """Where setups that run at the same time wait for one another."""
        return self.root / ".state"

    def service_requirements(self, service: str) -> Path:
        """What a service itself imports."""
        return self.root / service / "requirements-service.txt"

    def service_lock(self, service: str) -> Path:
        """The same as exact, hashed versions, for images."""
        return self.root / service / "requirements-service.lock"

    @property
    def developer_requirements(self) -> Path:
        """Linters, type checker and test runner."""
        return self.root / "tools" / "requirements-developer.txt"

    @property
    def installer_requirements(self) -> Path:
        """The installers themselves: pip and uv."""
        return self.root / "tools" / "requirements-installers.txt"

    @property
    def installer_lock(self) -> Path:
        """The same as exact, hashed versions, for images."""
        return self.root / "tools" / "requirements-installers.lock"

    def input_of(self, name: str) -> Path:
        """A set of packages for confined workers, as ranges."""
        return self.root / "deps" / "site-packages" / f"{name}.in"

    def lock_of(self, name: str) -> Path:
        """The same set as exact, hashed versions."""
        return self.root / "deps" / "site-packages" / f"{name}.lock"


def dotenv_value(file: Path, name: str) -> str:
    """Return the value of a name in a .env file, empty where it has none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        key, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and key.strip() == name:
            return value.strip().strip("'\"")
    return ""
