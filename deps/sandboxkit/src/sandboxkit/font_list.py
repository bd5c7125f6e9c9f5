"""matplotlib's list of fonts, where the packages lie on a read-only file system."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

_VARIABLE = "MPLCONFIGDIR"


@contextlib.contextmanager
def at_hand() -> Iterator[None]:
    """Let matplotlib find its list while it is imported, and need it no more.

    It takes the list from folders only that it may write to. From any other it would turn to a folder of its own:
    search for fonts at each start, complain on standard error, and leave the folder behind.
    """
    folder = os.environ.get(_VARIABLE, "")
    if not os.path.isdir(folder) or os.access(folder, os.W_OK):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="fonts-") as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        os.environ[_VARIABLE] = copy
        try:
            yield
        finally:
            os.environ[_VARIABLE] = folder
