"""Where the workers' packages are."""

from __future__ import annotations

import sysconfig
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[4]
_DEFAULT_STORE = _CHECKOUT / ".state" / "site-packages"
_SET = "dataflow"


def find_packages(store: Path | None) -> tuple[str, ...]:
    """Return the folders of the workers' packages: the store's, or this interpreter's own where there is no store."""
    folder = (store or _DEFAULT_STORE) / _SET
    if folder.is_dir():
        return (str(folder.resolve()),)
    return tuple(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))
