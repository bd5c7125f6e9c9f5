"""Getting a first pip into a virtual environment, on machines that ship Python without one.

Three ways, the quickest first. None changes the machine, and none needs more rights than the checkout's owner has:
Debian and Ubuntu leave `ensurepip` out of python3, but their package of pip's wheel can be fetched and unpacked
without installing it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from provision.console import ProvisionError, run, say, succeeds

_WHEEL_PACKAGE = "python3-pip-whl"


def supply_pip(venv_python: Path) -> None:
    """Make `python -m pip` work in a virtual environment.

    Raises ProvisionError when no way is open, saying what to install.
    """
    ways: tuple[Callable[[Path], bool], ...] = (_from_ensurepip, _from_host_pip, _from_distribution)
    if any(way(venv_python) for way in ways):
        return
    raise ProvisionError(
        "found no way to get pip: this Python has neither pip nor ensurepip, and the distribution's packages could not "
        "be reached. Install one of them (Debian, Ubuntu: apt-get install python3-venv) and run the command again."
    )


def has_pip(python: Path) -> bool:
    """Tell whether the interpreter has a pip."""
    return succeeds([python, "-I", "-m", "pip", "--version"])


def _from_ensurepip(venv_python: Path) -> bool:
    return succeeds([venv_python, "-I", "-m", "ensurepip", "--default-pip"]) and has_pip(venv_python)


def _from_host_pip(venv_python: Path) -> bool:
    if not has_pip(Path(sys.executable)):
        return False
    say("fetching pip with the pip of this machine")
    return succeeds([sys.executable, "-I", "-m", "pip", "--python", venv_python, "install", "pip"])


def _from_distribution(venv_python: Path) -> bool:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    say(f"this Python has no pip; fetching the distribution's {_WHEEL_PACKAGE} (nothing is installed on the machine)")
    with tempfile.TemporaryDirectory(prefix="setup-pip-") as folder:
        try:
            wheel = _download_wheel(Path(folder))
            run([venv_python, "-I", wheel / "pip", "install", "--quiet", "--no-index", wheel])
        except ProvisionError as error:
            say(str(error))
            return False
    return has_pip(venv_python)


def _download_wheel(folder: Path) -> Path:
    """Fetch and unpack the distribution's wheel of pip; raises ProvisionError when it cannot be had."""
    options = _private_apt(folder)
    run(["apt-get", *options, "-qq", "update"])
    run(["apt-get", *options, "-qq", "download", _WHEEL_PACKAGE], cwd=folder)
    for package in folder.glob("*.deb"):
        run(["dpkg-deb", "-x", package, folder / "unpacked"])
    wheels = sorted((folder / "unpacked").rglob("pip-*.whl"))
    if not wheels:
        raise ProvisionError(f"{_WHEEL_PACKAGE} holds no wheel of pip")
    return wheels[-1]


def _private_apt(folder: Path) -> list[str]:
    """Return apt options that keep its lists and cache in a folder, so that it needs no rights and leaves nothing."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    options = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Acquire::Languages": "none",
        # apt as root would drop to the _apt user, who cannot enter a private folder.
        **({"APT::Sandbox::User": "root"} if os.geteuid() == 0 else {}),
    }
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
