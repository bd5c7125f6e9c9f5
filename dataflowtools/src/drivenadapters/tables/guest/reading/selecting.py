"""The columns of a source that are wanted."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.sources import Source


def chosen(source: Source, names: Sequence[str]) -> list[str]:
    """Return the wanted columns in the order that the caller gave, all by default.

    Raises:
        TaskFailed: one of them, or one of ``types``, does not exist.
    """
    for field, wanted in (("columns", source.columns or ()), ("types", tuple(source.types))):
        for name in wanted:
            if name not in names:
                close = difflib.get_close_matches(name, names, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(list(names)[:20])}"
                raise TaskFailed(FailureKind.INVALID, f"there is no column {name!r}{hint}", field=f"source.{field}")
    return list(dict.fromkeys(source.columns)) if source.columns else list(names)
