"""One engine in place of another that does not answer."""

from __future__ import annotations

import dataclasses

import structlog

from errors import Busy, DeadlineExceeded, Unavailable
from logics.images import ImageSource
from logics.ports.images import Progress, TextRecogniser
from logics.recognition import RecognisedDocument, RecognitionOptions

_log = structlog.get_logger("dataflowtools.ocr")
_WARNING = "the OCR service did not answer; the embedded engine read this"


class FallbackRecogniser:
    """Satisfies the port ``TextRecogniser``."""

    def __init__(self, first: TextRecogniser, second: TextRecogniser) -> None:
        self._first = first
        self._second = second

    @property
    def version(self) -> str:
        """See the port: that of the engine that is asked first; what the other read has a warning."""
        return self._first.version

    async def recognise(
        self, source: ImageSource, options: RecognitionOptions, progress: Progress | None
    ) -> RecognisedDocument:
        """See the port."""
        try:
            return await self._first.recognise(source, options, progress)
        except (Unavailable, DeadlineExceeded, Busy) as reason:
            _log.warning("ocr_fallback", reason=str(reason))
        document = await self._second.recognise(source, options, progress)
        return dataclasses.replace(document, warnings=(*document.warnings, _WARNING))
