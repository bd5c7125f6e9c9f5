"""What happens before a program gets to see a file: its encryption is undone, and it is held against the limits."""

from __future__ import annotations

import shutil

from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import unlocked
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.guest.tasks import registry
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

_LOCKABLE = frozenset({"doc", "docx", "xls", "xlsx", "xlsb"})
_DECISIVE = frozenset({FailureKind.TOO_LARGE, FailureKind.ENCRYPTED})


def check(workspace: Workspace, source: str, password: str, limits: dict[str, int]) -> bool:
    """Hold the file ``source`` against the limits; if it was encrypted, write it without that into ``sink``.

    Damage alone does not count: programs read files that the handlers give up on.

    Returns:
        Whether the sink is to be used instead of the source.

    Raises:
        TaskFailed: it is over a limit, or its password is missing or wrong.
    """
    with workspace.source() as given:
        document = Document(given, source, Limits(**limits), password)
        plain = unlocked(document) if source in _LOCKABLE else document
        try:
            registry().handler(source).inspect(plain)
        except TaskFailed as failure:
            if failure.kind in _DECISIVE:
                raise
        if plain is document:
            return False
        with workspace.sink() as sink:
            shutil.copyfileobj(plain.rewind(), sink)
        return True
