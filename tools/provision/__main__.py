"""Command line of the setup: the services' environment, the developer tools, the packages of confined workers.

Runs on a bare interpreter: standard library only.
"""

import argparse
import os
import sys
from pathlib import Path

# With `python -I DIRECTORY` only the directory itself is on the path, so the package is made importable by its name.
_TOOLS = Path(__file__).resolve().parent.parent
# The reading of pip's configuration is shared with the service, which installs packages as well.
sys.path[:1] = [str(_TOOLS), str(_TOOLS.parent / "coderunner" / "src")]

from provision.console import ProvisionError, say  # noqa: E402
from provision.converters import provide_converters  # noqa: E402
from provision.environment import Environment  # noqa: E402
from provision.installer import PackageSource  # noqa: E402
from provision.layout import BASE, PACKAGE_SETS, SERVICES, Layout  # noqa: E402
from provision.lock import renew_lock  # noqa: E402
from provision.package_sets import PackageSet  # noqa: E402
from provision.test_servers import provide_test_servers  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    # The services and the sandbox may run as other users than the one who installs.
    os.umask(0o022)
    try:
        options.command(Layout.of_checkout(), options)
    except ProvisionError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; run the same command again to go on")
        return 130
    return 0


def prepare_service(layout: Layout, _: argparse.Namespace) -> None:
    """Prepare everything `make run` needs."""
    environment = Environment(layout)
    for service in SERVICES:
        environment.provide(service, layout.service_requirements(service))
    for name in PACKAGE_SETS:
        PackageSet(layout, environment.python, name).provide(environment.installer())
    provide_converters(layout.store / ".converters-not-installed")


def prepare_developer(layout: Layout, options: argparse.Namespace) -> None:
    """Prepare everything `make test` needs: the service's environment plus the tools."""
    prepare_service(layout, options)
    environment = Environment(layout)
    environment.provide("developer", layout.developer_requirements)
    for name in PACKAGE_SETS:
        environment.append_to_path(f"{name}-packages", layout.store / name)
    provide_test_servers()


def prepare_packages(layout: Layout, options: argparse.Namespace) -> None:
    """Install a set of packages for confined workers and print its directory on standard output."""
    source = PackageSource(find_links=options.find_links, no_index=options.no_index)
    environment = Environment(layout, python=options.python)
    packages = PackageSet(layout, environment.ensure_python(), options.set, options.add, options.seed)
    if not options.no_index:
        environment.ensure_installers()
    print(packages.provide(environment.installer(source)))


def prepare_lock(layout: Layout, _: argparse.Namespace) -> None:
    """Renew the lock of every set from its ranges."""
    environment = Environment(layout)
    environment.ensure_python()
    environment.ensure_installers()
    renew_lock(layout, environment.installer())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="provision.sh", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in (
        ("service", prepare_service),
        ("developer", prepare_developer),
        ("lock", prepare_lock),
    ):
        commands.add_parser(name, help=(command.__doc__ or "").strip()).set_defaults(command=command)
    packages = commands.add_parser("packages", help=(prepare_packages.__doc__ or "").strip())
    packages.add_argument("--set", choices=PACKAGE_SETS, default=BASE, help=f"which set; by default {BASE}")
    packages.add_argument(
        "--add", type=Path, metavar="FILE", help="install the requirements of this file beside the set"
    )
    packages.add_argument("--seed", type=Path, metavar="STORE", help="copy the set from this store, if it has it")
    packages.add_argument("--find-links", type=Path, metavar="DIR", help="take wheels from this folder too")
    packages.add_argument("--no-index", action="store_true", help="take wheels from nowhere else: no network use")
    packages.add_argument("--python", type=Path, metavar="PATH", help="install for this interpreter instead of .venv's")
    packages.set_defaults(command=prepare_packages)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
