"""The base packages of the sandbox: where they are, and what they provide."""

from __future__ import annotations

import importlib.util
import sysconfig
import tomllib
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
_DEFAULT_STORE = CHECKOUT / ".state" / "site-packages"
_MODULES_FILE = CHECKOUT / "deps" / "site-packages" / "modules.toml"
_BASE = "base"


@dataclass(frozen=True)
class BasePackages:
    """What programs may import beyond the standard library.

    Attributes:
        folders: to be searched for packages.
        modules: top-level modules of the base packages.
        providers: package name by the module that it provides.
        from_store: False where the service's own interpreter's packages stand in.
    """

    folders: tuple[str, ...]
    modules: tuple[str, ...]
    providers: dict[str, str]
    from_store: bool


def find_base(store: Path | None) -> BasePackages:
    """Return the base packages of the store, or of this interpreter where there is no store."""
    base = (store or _DEFAULT_STORE) / _BASE
    from_store = base.is_dir()
    folders = (str(base.resolve()),) if from_store else _own_folders()
    modules, providers = read_modules(_MODULES_FILE)
    return BasePackages(folders, modules, providers, from_store)


def read_modules(file: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the modules of the base packages, and package names by module."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    modules = tuple(module for modules in table["base"].values() for module in modules)
    providers = {module: package for package, modules in table["base"].items() for module in modules}
    return modules, {**table["elsewhere"], **providers}


def policy_folder() -> str:
    """Return the folder that holds RestrictedPython, for the fork servers to load it from."""
    spec = importlib.util.find_spec("RestrictedPython")
    if spec is None or spec.origin is None:
        raise RuntimeError("RestrictedPython is not installed: pip install -r requirements.txt")
    return str(Path(spec.origin).resolve().parent.parent)


def _own_folders() -> tuple[str, ...]:
    return tuple(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))
