"""Packages of Debian and its relatives, where rights and network allow."""

import os
import shutil

from provision.console import succeeds

# Another setup on the machine may hold the lock for a while.
_APT = ("apt-get", "-o", "DPkg::Lock::Timeout=120", "-qq")


def install_debian_packages(*names: str) -> bool:
    """Install packages; tell whether that was possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    install = [*_APT, "install", "-y", "--no-install-recommends", *names]
    return succeeds(install) or (succeeds([*_APT, "update"]) and succeeds(install))
