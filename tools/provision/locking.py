"""One setup at a time per folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provision.console import ProvisionError, say


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; waits, and says so, while another process holds it.

    The kernel frees the lock when its holder ends, however it ends. Raises ProvisionError where the folder cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as error:
        raise ProvisionError(f"cannot write to {folder}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another setup is at work in {folder}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
