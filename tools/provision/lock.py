"""Renewing base.lock."""

from pathlib import Path

from provision.console import ProvisionError, run, say
from provision.installer import Installer
from provision.layout import Layout

# A private wheel folder or a second index would put hashes into the lock that nobody else can get, constraints versions.
_PRIVATE_SOURCES = frozenset({"UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_STRATEGY", "UV_CONSTRAINT"})


def renew_lock(layout: Layout, installer: Installer) -> None:
    """Resolve base.in for every supported Python and platform and write base.lock, hashed and without hosts.

    Raises ProvisionError without uv: pip cannot resolve for other platforms than its own.
    """
    uv = installer.uv()
    if uv is None:
        raise ProvisionError("renewing the lock needs uv; install it with `pip install uv`")
    settings = installer.uv_settings().environment
    public = {name: value for name, value in settings.items() if name not in _PRIVATE_SOURCES}
    run(_command(uv, layout), env=public, cwd=layout.base_input.parent)
    say(f"{layout.base_lock} is renewed; run the tests before committing it")


def _command(uv: Path, layout: Layout) -> list[str | Path]:
    options = "--quiet --upgrade --universal --python-version 3.11 --generate-hashes --only-binary :all:"
    reproducible = "--no-emit-index-url --no-header"
    paths = [layout.base_input.name, "-o", layout.base_lock.name]
    return [uv, "pip", "compile", *options.split(), *reproducible.split(), *paths]
