"""Servers that the tests start: the programs alone, without the packages that would run them as services."""

import os
import shutil

from provision.console import say
from provision.debian import install_debian_packages

# What the tests need, and the package that has it.
_PROGRAMS = {
    "mariadbd": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "redis-check-rdb": "redis-tools",
}
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin")


def provide_test_servers() -> None:
    """Install MariaDB and Redis where rights and network allow, otherwise say that tests will be skipped."""
    missing = [package for program, package in _PROGRAMS.items() if not _is_there(program)]
    if not missing:
        return
    say(f"installing {' '.join(missing)} (for the tests)")
    if not install_debian_packages(*missing):
        say(f"note: tests that need {' '.join(missing)} will be skipped; Debian and Ubuntu: apt-get install them")


def _is_there(program: str) -> bool:
    path = os.pathsep.join((os.environ.get("PATH", ""), *_MORE_FOLDERS))
    return shutil.which(program, path=path) is not None
