"""Removing contents that no file owns: of deleted files, and of uploads that a crash cut off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from logics.ports import ContentLedger, Contents

_ABANDONED_AFTER = timedelta(hours=1)
_AT_ONCE = 200


class SweepContents:
    """Removes what is doomed. Several may do so at once: removing twice is removing."""

    def __init__(self, ledger: ContentLedger, contents: Contents) -> None:
        self._ledger = ledger
        self._contents = contents

    async def __call__(self) -> int:
        """Remove the contents of deleted files, and of reservations older than an hour; return how many.

        Raises:
            Unavailable: the store or the database does not answer; the next time does the rest.
        """
        await self._ledger.give_up_reservations(datetime.now(UTC) - _ABANDONED_AFTER)
        removed = 0
        while keys := await self._ledger.doomed(_AT_ONCE):
            for key in keys:
                await self._contents.remove(key)
            await self._ledger.forget(keys)
            removed += len(keys)
        return removed

    async def content(self, key: str) -> None:
        """Remove the content of one file that has just been deleted.

        Raises:
            Unavailable: the store or the database does not answer; the sweep will do it.
        """
        await self._contents.remove(key)
        await self._ledger.forget([key])
