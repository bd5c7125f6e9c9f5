"""Renewing the locks of the package sets."""

from pathlib import Path

from provision.console import ProvisionError, run, say
from provision.installer import Installer
from provision.layout import BASE, PACKAGE_SETS, Layout

# A private wheel folder or a second index would put hashes into the lock that nobody else can get.
_PRIVATE_SOURCES = frozenset({"UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_STRATEGY", "UV_CONSTRAINT"})


def renew_lock(layout: Layout, installer: Installer) -> None:
    """Resolve each set for every supported Python and platform and write its lock, hashed and without hosts.

    Raises ProvisionError without uv: pip cannot resolve for other platforms than its own.
    """
    uv = installer.uv()
    if uv is None:
        raise ProvisionError("renewing the lock needs uv; install it with `pip install uv`")
    settings = installer.uv_settings().environment
    public = {name: value for name, value in settings.items() if name not in _PRIVATE_SOURCES}
    for name in PACKAGE_SETS:
        run(_command(uv, layout, name), env=public, cwd=layout.input_of(name).parent)
        say(f"{layout.lock_of(name)} is renewed; run the tests before committing it")


def _command(uv: Path, layout: Layout, name: str) -> list[str | Path]:
    options = "--quiet --upgrade --universal --python-version 3.11 --generate-hashes --only-binary :all:"
    reproducible = "--no-emit-index-url --no-header"
    # One version of what both sets hold: tests and type checks see both at once.
    shared = [] if name == BASE else ["-c", layout.lock_of(BASE).name]
    paths = [layout.input_of(name).name, *shared, "-o", layout.lock_of(name).name]
    return [uv, "pip", "compile", *options.split(), *reproducible.split(), *paths]
