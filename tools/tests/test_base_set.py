"""The base packages' input, lock and table of import names agree with one another."""

import importlib.machinery
import re
import tomllib
from collections.abc import Iterator

import pytest

from provision.layout import BASE, Layout

LAYOUT = Layout.of_checkout()
MODULES = tomllib.loads((LAYOUT.input_of(BASE).parent / "modules.toml").read_text(encoding="utf-8"))
LOCK = LAYOUT.lock_of(BASE).read_text(encoding="utf-8")


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required() -> Iterator[str]:
    for line in LAYOUT.input_of(BASE).read_text(encoding="utf-8").splitlines():
        requirement = line.partition("#")[0].strip()
        if requirement:
            yield normalised(re.split(r"[<>=!~;\[ ]", requirement)[0])


def locked() -> set[str]:
    return {normalised(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)}


def test_every_required_package_has_its_import_names_and_nothing_else_has() -> None:
    assert set(required()) == set(MODULES["base"])


def test_every_required_package_is_locked() -> None:
    assert set(required()) <= locked()


def test_there_is_only_one_opencv() -> None:
    assert [name for name in locked() if name.startswith("opencv")] == ["opencv-python-headless"]


def test_every_locked_version_has_hashes() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)

    assert [entry.splitlines()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


def test_lock_tells_nothing_of_the_machine_that_made_it() -> None:
    assert re.findall(r"://|file:|--find-links|--(?:extra-)?index-url|(?:^|\s)/\w+", LOCK) == []


def test_hints_name_only_packages_that_are_not_installed() -> None:
    assert set(map(normalised, MODULES["elsewhere"].values())) & set(MODULES["base"]) == set()
    provided = {module for modules in MODULES["base"].values() for module in modules}
    assert set(MODULES["elsewhere"]) & provided == set()


@pytest.mark.parametrize("module", [module for modules in MODULES["base"].values() for module in modules])
def test_import_name_exists_in_the_installed_set(module: str) -> None:
    base = LAYOUT.store / "base"
    if not base.is_dir():
        pytest.skip("the base packages are not installed; run ./init_site_packages.sh")

    assert importlib.machinery.PathFinder.find_spec(module, [str(base)]) is not None
