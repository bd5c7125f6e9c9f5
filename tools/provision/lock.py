"""Renewing the locks: of the package sets, of what the services import, of the installers."""

from collections.abc import Iterator
from pathlib import Path

from provision.console import ProvisionError, run, say
from provision.installer import Installer
from provision.layout import BASE, LOCAL_PROJECTS, PACKAGE_SETS, SERVICES, Layout

# A private wheel folder or a second index would put hashes into the lock that nobody else can get.
_PRIVATE_SOURCES = frozenset({"UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_STRATEGY", "UV_CONSTRAINT"})


_RESOLVE = "--quiet --upgrade --universal --python-version 3.11 --generate-hashes --only-binary :all:".split()
_REPRODUCIBLE = "--no-emit-index-url --no-header".split()


def renew_lock(layout: Layout, installer: Installer) -> None:
    """Resolve everything for every supported Python and platform; write the locks, hashed and without hosts.

    Raises ProvisionError without uv: pip cannot resolve for other platforms than its own.
    """
    uv = installer.uv()
    if uv is None:
        raise ProvisionError("renewing the lock needs uv; install it with `pip install uv`")
    settings = installer.uv_settings().environment
    public = {name: value for name, value in settings.items() if name not in _PRIVATE_SOURCES}
    for source, lock, options in _locks(layout):
        # uv writes the paths that it is given into the lock: they are names in the folder it runs in.
        command: list[str | Path] = [
            uv,
            "pip",
            "compile",
            *_RESOLVE,
            *_REPRODUCIBLE,
            source.name,
            *options,
            "-o",
            lock.name,
        ]
        run(command, env=public, cwd=source.parent)
        say(f"{lock} is renewed; run the tests before committing it")


def _locks(layout: Layout) -> Iterator[tuple[Path, Path, list[str]]]:
    for name in PACKAGE_SETS:
        # One version of what both sets hold: tests and type checks see both at once.
        shared = [] if name == BASE else ["-c", layout.lock_of(BASE).name]
        yield layout.input_of(name), layout.lock_of(name), shared
    # The projects of this checkout are not in the lock: they come with the checkout.
    own = [word for project in LOCAL_PROJECTS for word in ("--no-emit-package", project)]
    for service in SERVICES:
        yield layout.service_requirements(service), layout.service_lock(service), own
    yield layout.installer_requirements, layout.installer_lock, []
