"""The use case of creation: a file from what a request brings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from errors import TooLarge
from logics.conversion_matrix import ConversionMatrix
from logics.conversions import Route
from logics.convert_file import Converted, ConvertFile, Wish
from logics.ports import Descriptors, StoredFiles

_DEFAULT_NAME = "document"


class CreateFile:
    """Makes a new file of Markdown, HTML or rows."""

    def __init__(
        self,
        files: StoredFiles,
        matrix: ConversionMatrix,
        convert_file: ConvertFile,
        descriptors: Descriptors,
        *,
        most_rows: int = 100_000,
    ) -> None:
        self._files = files
        self._matrix = matrix
        self._convert_file = convert_file
        self._descriptors = descriptors
        self._most_rows = most_rows

    async def from_text(self, text: str, kind: str, wish: Wish) -> Converted:
        """Make a file of Markdown (``md``) or HTML (``html``).

        Raises:
            InvalidInput, UnsupportedMedia, NotImplementedHere: the target.
            OverBudget, TooLarge, Unprocessable: why it cannot be made.
            Busy, Unavailable: it cannot be done now.
        """
        return await self._create(text.encode("utf-8", "replace"), kind, wish)

    async def from_sheets(self, sheets: Sequence[Mapping[str, Any]], wish: Wish) -> Converted:
        """Make a file of tables, as the guest's ``create`` reads them.

        Raises:
            TooLarge: too many rows.
            otherwise as :meth:`from_text`.
        """
        rows = sum(len(sheet["rows"]) for sheet in sheets)
        if rows > self._most_rows:
            raise TooLarge(f"{rows} rows; at most {self._most_rows} (MAX_CREATED_ROWS)")
        return await self._create(json.dumps(sheets, ensure_ascii=False).encode("utf-8", "replace"), "rows", wish)

    async def _create(self, content: bytes, kind: str, wish: Wish) -> Converted:
        route = Route(()) if kind == wish.target else await self._matrix.route(kind, wish.target)
        name = wish.name or str(wish.options.choices.get("title") or _DEFAULT_NAME)
        async with self._files.new() as source:
            await self._descriptors.fill(source, content)
            return await self._convert_file.convert_content(source, route, wish, name)
