"""Scanned pages of documents, by the recogniser that also reads images."""

from __future__ import annotations

from collections.abc import Sequence

from logics.documents import PageText
from logics.images import ImageSource, ReadingOptions
from logics.pages import PageSelection
from logics.ports.images import TextRecogniser
from logics.recognition import RecognitionOptions


class ScannedPages:
    """Satisfies the port ``PageReader``."""

    def __init__(self, recogniser: TextRecogniser) -> None:
        self._recogniser = recogniser

    async def read(
        self, descriptor: int, kind: str, pages: Sequence[int], language: str, password: str
    ) -> Sequence[PageText]:
        """See the port."""
        selection = PageSelection(tuple((page, page) for page in pages))
        options = RecognitionOptions(
            tuple(filter(None, language.split("+"))), mode="scan", reading=ReadingOptions(selection, password or None)
        )
        # The name only speaks of the file in messages; nothing is remembered here, so no digest is needed.
        document = await self._recogniser.recognise(ImageSource(f"document.{kind}", "", descriptor), options, None)
        return [PageText(page.page, page.text, page.confidence) for page in document.pages]
