"""Taking text, tables, images and facts out of a stored file."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace

from errors import (
    Busy,
    FileDamaged,
    FileEncrypted,
    NotImplementedHere,
    OverBudget,
    Unavailable,
    UnknownFile,
    UnsupportedMedia,
)
from logics.documents import Extraction, ExtractionWish, Format, Ocr, PageText, Part, Reading
from logics.files import StoredFile
from logics.found_images import ImageKeeper
from logics.ports import DocumentReader, LegacyConverter, PageReader, ResultCache, StoredFiles
from logics.recognised_pages import fill_marks

_OPERATION = "extract/1"
_SHOWN_PAGES = 20
_PASSING = (Busy, Unavailable)
_LASTING = (FileDamaged, FileEncrypted, OverBudget)


@dataclass(frozen=True)
class ExtractionLimits:
    """Limits that are settings.

    Attributes:
        inline_image_bytes: of an image that may stand in an answer.
        cached_bytes: of an answer that is remembered.
    """

    inline_image_bytes: int = 256 << 10
    cached_bytes: int = 8 << 20


@dataclass
class _Work:
    """One extraction on its way."""

    file: StoredFile
    wish: ExtractionWish
    known: Format
    reading: Reading
    source: int
    answer: int
    images: int
    lasting: bool = True  # whether doing it again would give the same


class ExtractDocument:
    """Takes out of a stored file what is wanted; what was taken out once is remembered by the content."""

    def __init__(
        self,
        files: StoredFiles,
        reader: DocumentReader,
        cache: ResultCache,
        limits: ExtractionLimits,
        *,
        pages: PageReader | None = None,
        converter: LegacyConverter | None = None,
    ) -> None:
        self._files = files
        self._reader = reader
        self._cache = cache
        self._limits = limits
        self._pages = pages
        self._converter = converter
        self._images = ImageKeeper(files, limits.inline_image_bytes)

    async def __call__(self, wish: ExtractionWish) -> bytes:
        """Return the answer as a JSON object.

        Raises:
            UnknownFile: there is none by that id.
            InvalidInput: pages or sheets that make no sense.
            UnsupportedMedia: nothing can be taken out of files of this kind.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable: why it cannot be read.
            NotImplementedHere: character recognition is demanded, and there is none.
            Busy, Unavailable: it cannot be done now.
        """
        if wish.ocr is Ocr.ALWAYS and self._pages is None:
            raise NotImplementedHere("there is no character recognition here; ocr can be auto or never")
        file = await self._files.find(wish.file_id)
        known = _known(file, await self._reader.formats())
        key = self._key(file, wish, known)
        body = await self._remembered(key)
        if body is None:
            body = await self._extract(file, wish, known, key)
        # Joined once: an answer can be megabytes.
        return b"".join((b'{"file_id":', _json(file.file_id), b",", memoryview(body)[1:]))

    async def _extract(self, file: StoredFile, wish: ExtractionWish, known: Format, key: str) -> bytes:
        async with AsyncExitStack() as stack:
            source = await stack.enter_async_context(self._files.opened(file))
            answer, images = [await stack.enter_async_context(self._files.new()) for _ in range(2)]
            work = _Work(file, wish, known, _reading(file, wish), source, answer, images)
            found = await self._recognised(await self._read(work), work)
            kept = [await self._images.keep(image, images, file, inline=wish.inline_images) for image in found.images]
        fields = {"kind": _json(file.kind), "media_type": _json(file.media_type), **found.parts}
        if Part.IMAGES in wish.parts:
            fields["images"] = _json(kept)
        body = _joined({**fields, "warnings": _json(found.warnings)})
        if work.lasting and len(body) <= self._limits.cached_bytes:
            stored = [image["file_id"] for image in kept if "file_id" in image]
            await self._cache.put(key, _json(stored) + b"\n" + body)
        return body

    async def _remembered(self, key: str) -> bytes | memoryview | None:
        """Return a remembered answer, unless an image that it names has been deleted since."""
        remembered = await self._cache.get(key)
        if remembered is None:
            return None
        end = remembered.index(b"\n")
        try:
            for file_id in json.loads(remembered[:end]):
                await self._files.find(file_id)
        except UnknownFile:
            return None
        return memoryview(remembered)[end + 1 :]

    async def _read(self, work: _Work) -> Extraction:
        converted = await self._read_converted(work) if self._is_better_converted(work) else None
        if isinstance(converted, Extraction):
            return converted
        found = await self._reader.read(work.source, work.answer, work.images, work.reading)
        return replace(found, warnings=(*found.warnings, *([converted] if converted else [])))

    def _is_better_converted(self, work: _Work) -> bool:
        only_facts = work.wish.parts <= {Part.METADATA}
        return bool(work.known.reads_better_as) and not work.wish.password and not only_facts

    async def _read_converted(self, work: _Work) -> Extraction | str:
        """Return what a newer file made of this one says, or why there is none."""
        target = work.known.reads_better_as
        if self._converter is None:
            return ""
        try:
            async with self._files.new() as modern:
                await self._converter.modernise(work.source, modern, work.file.kind, target)
                parts = work.reading.parts - {Part.METADATA}
                reading = replace(work.reading, kind=target, parts=parts)
                found = await self._reader.read(modern, work.answer, work.images, reading)
        except NotImplementedHere:
            return ""
        except _LASTING:
            return "the program that reads such files best could not; the text was read without it"
        except _PASSING:
            work.lasting = False
            return "the program that reads such files best did not answer; the text was read without it"
        return await self._with_own_facts(found, work)

    async def _with_own_facts(self, found: Extraction, work: _Work) -> Extraction:
        """The facts of the file itself, not of what was made of it."""
        if Part.METADATA not in work.wish.parts:
            return found
        async with self._files.new() as answer, self._files.new() as images:
            reading = replace(work.reading, parts=frozenset({Part.METADATA}))
            facts = await self._reader.read(work.source, answer, images, reading)
        return replace(found, parts={**found.parts, **facts.parts})

    async def _recognised(self, found: Extraction, work: _Work) -> Extraction:
        """Let character recognition read what nothing else can."""
        unread, texts, warnings = found.unread_pages, [], list(found.warnings)
        if unread and work.wish.ocr is not Ocr.NEVER:
            texts = list(await self._recognise(work, unread, warnings))
        elif unread:
            warnings.append(f"{_pages(unread)} no text that can be read without character recognition")
        parts = fill_marks(found.parts, work.reading.mark, unread, texts)
        return replace(found, parts=parts, warnings=tuple(warnings))

    async def _recognise(self, work: _Work, unread: Sequence[int], warnings: list[str]) -> Sequence[PageText]:
        wish = work.wish
        if self._pages is None:
            warnings.append(f"{_pages(unread)} no text, and there is no character recognition here")
            return ()
        try:
            return await self._pages.read(work.source, work.file.kind, unread, wish.language, wish.password)
        except (NotImplementedHere, *_PASSING):
            if wish.ocr is Ocr.ALWAYS:
                raise
            work.lasting = False
            warnings.append(f"{_pages(unread)} no text, and character recognition did not answer")
            return ()

    def _key(self, file: StoredFile, wish: ExtractionWish, known: Format) -> str:
        """Return what an answer is remembered by: all that it depends on, hashed, since a password is among it."""
        wanted = {**asdict(wish), "file_id": "", "parts": sorted(wish.parts)}
        environment = [known.version, file.kind, file.media_type, self._pages is not None, self._converter is not None]
        text = json.dumps([_OPERATION, file.sha256, environment, wanted], sort_keys=True)
        return f"extract:{hashlib.sha256(text.encode()).hexdigest()}"


def _known(file: StoredFile, formats: Sequence[Format]) -> Format:
    if not file.size:
        raise FileDamaged("the file is empty")
    found = next((known for known in formats if known.kind == file.kind), None)
    if found is None or not found.extracts:
        accepted = ", ".join(known.kind for known in formats if known.extracts)
        raise UnsupportedMedia(
            f"the file is of the kind {file.kind} ({file.media_type}); something can be taken out of: {accepted}"
        )
    return found


def _reading(file: StoredFile, wish: ExtractionWish) -> Reading:
    return Reading(
        kind=file.kind,
        name=file.name,
        parts=wish.parts,
        pages=wish.pages,
        sheets=wish.sheets,
        password=wish.password,
        as_pictures=wish.ocr is Ocr.ALWAYS,
        mark=secrets.token_hex(16),
    )


def _pages(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN_PAGES])) + (" ..." if len(numbers) > _SHOWN_PAGES else "")
    return f"page {shown} holds" if len(numbers) == 1 else f"the pages {shown} hold"


def _joined(fields: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(_json(name) + b":" + value for name, value in fields.items()) + b"}"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
