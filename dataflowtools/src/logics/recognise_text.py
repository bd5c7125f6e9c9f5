"""Recognising text in images and PDFs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from logics.images import ImageSource, cache_key
from logics.ports import ResultCache
from logics.ports.images import Progress, TextRecogniser
from logics.recognition import RecognisedDocument, RecognitionOptions

_DOCUMENTS = TypeAdapter(RecognisedDocument)


class RecogniseText:
    """Recognises text, and remembers what it said by the image's content."""

    def __init__(self, recogniser: TextRecogniser, cache: ResultCache) -> None:
        self._recogniser = recogniser
        self._cache = cache

    async def __call__(
        self, sources: Sequence[ImageSource], options: RecognitionOptions, progress: Progress | None = None
    ) -> tuple[RecognisedDocument, ...]:
        """Return what each file says; an image without text is no failure.

        Raises:
            FileDamaged, FileEncrypted, UnsupportedMedia, TooLarge, Unprocessable, OverBudget: a file cannot be read.
            Busy, Unavailable: not now.
        """
        return tuple([await self.one(source, options, progress) for source in sources])

    async def one(
        self, source: ImageSource, options: RecognitionOptions, progress: Progress | None = None
    ) -> RecognisedDocument:
        """Return what one file says; raises as for several."""
        key = cache_key("ocr", self._recogniser.version, source, dataclasses.asdict(options))
        known = await self._known(key)
        if known is not None:
            return dataclasses.replace(known, name=source.name)
        document = await self._recogniser.recognise(source, options, progress)
        if not document.warnings:  # such as that another engine stood in, which is not to last
            await self._cache.put(key, _DOCUMENTS.dump_json(document))
        return document

    async def batch_item(self, source: ImageSource, options: RecognitionOptions, progress: Progress) -> dict[str, Any]:
        """Read one file of a batch; what it says as JSON has it."""
        values: dict[str, Any] = _DOCUMENTS.dump_python(await self.one(source, options, progress), mode="json")
        return values

    async def _known(self, key: str) -> RecognisedDocument | None:
        value = await self._cache.get(key)
        if value is None:
            return None
        try:
            return _DOCUMENTS.validate_json(value)
        except ValidationError:  # of another release, or damaged: forgotten
            return None
