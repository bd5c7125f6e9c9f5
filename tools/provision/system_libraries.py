"""Shared libraries that a wheel does not bring along."""

import ctypes

from provision.console import say
from provision.debian import install_debian_packages

_ZBAR = "libzbar.so.0"
_ZBAR_PACKAGE = "libzbar0"


def provide_system_libraries(*, offline: bool) -> None:
    """Install what is missing where rights and network allow, otherwise say what is missing and what it is for."""
    if _loads(_ZBAR):
        return
    if not offline:
        say(f"installing {_ZBAR_PACKAGE} (barcodes with pyzbar)")
        if install_debian_packages(_ZBAR_PACKAGE):
            return
    say(
        f"note: {_ZBAR} is missing, so `import pyzbar.pyzbar` fails; Debian and Ubuntu: apt-get install {_ZBAR_PACKAGE}"
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
