"""Reading barcodes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from errors import FieldProblem, InvalidInput
from logics.images import ImageSource, ReadingOptions, cache_key
from logics.ports import ResultCache
from logics.ports.images import CodeReader, Progress
from utils.symbologies import FAMILIES, SYMBOLOGIES, find_symbologies


@dataclass(frozen=True)
class CodeOptions:
    """How barcodes are read.

    Attributes:
        symbologies: the kinds looked for.
        mode: ``thorough`` enhances the image and asks a second reader, for several times as long.
        reading: which pages, with which password.
    """

    symbologies: tuple[str, ...] = SYMBOLOGIES
    mode: Literal["fast", "thorough"] = "thorough"
    reading: ReadingOptions = field(default_factory=ReadingOptions)


@dataclass(frozen=True)
class Code:
    """One barcode.

    Attributes:
        symbology: its kind, as :mod:`utils.symbologies` names it.
        text: what it says; None where its bytes are no text.
        bytes_base64: its bytes, where they are not text or of several encodings.
        encoding: of the text in the symbol; ``binary`` or ``mixed`` where there is none.
        gtin: the trade item number in it, as 14 digits.
        box: left, top, right, bottom, in pixels of the upright page.
        polygon: its corners, from the top left of the symbol clockwise.
        orientation: degrees that the symbol is turned clockwise.
        page: from 1.
    """

    symbology: str
    text: str | None
    bytes_base64: str | None
    encoding: str
    gtin: str | None
    box: tuple[int, int, int, int]
    polygon: tuple[tuple[int, int], ...]
    orientation: int
    page: int


@dataclass(frozen=True)
class CodePage:
    """A page that was searched: number from 1, and size in pixels, upright."""

    page: int
    width: int
    height: int


@dataclass(frozen=True)
class CodeReport:
    """What one file holds.

    Attributes:
        name: of the file.
        format: of the file, by content.
        page_count: pages that the file has; ``pages`` are those searched.
    """

    name: str
    format: str
    page_count: int
    pages: tuple[CodePage, ...]
    codes: tuple[Code, ...]


class ReadCodes:
    """Reads the barcodes of images and PDFs."""

    def __init__(self, reader: CodeReader, cache: ResultCache) -> None:
        self._reader = reader
        self._cache = cache

    async def __call__(
        self, sources: Sequence[ImageSource], options: CodeOptions, progress: Progress | None = None
    ) -> tuple[CodeReport, ...]:
        """Return what each file holds; nothing found is no failure.

        Raises:
            FileDamaged, FileEncrypted, UnsupportedMedia, TooLarge, Unprocessable, OverBudget: a file cannot be read.
            Busy, Unavailable: not now.
        """
        return tuple([await self._read(source, options, progress) for source in sources])

    async def batch_item(self, source: ImageSource, options: CodeOptions, progress: Progress) -> dict[str, Any]:
        """Read one file of a batch; the report as JSON has it."""
        return dataclasses.asdict(await self._read(source, options, progress))

    async def _read(self, source: ImageSource, options: CodeOptions, progress: Progress | None) -> CodeReport:
        key = cache_key("barcodes", self._reader.version, source, dataclasses.asdict(options))
        known = await self._cache.get(key)
        if known is not None:
            return dataclasses.replace(report_from_json(json.loads(known)), name=source.name)
        report = await self._reader.read(source, options, progress)
        await self._cache.put(key, json.dumps(dataclasses.asdict(report)).encode())
        return report


def choose_symbologies(names: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds that the names and families of a request stand for; all for none.

    Raises:
        InvalidInput: a name that is not known.
    """
    chosen: dict[str, None] = {}
    for place, name in enumerate(names):
        found = find_symbologies(name)
        if not found:
            known = ", ".join((*SYMBOLOGIES, *FAMILIES))
            problem = f"{name[:40]!r} is not known; known are {known}"
            raise InvalidInput(f"formats: {problem}", details=[FieldProblem(f"formats.{place}", problem)])
        chosen.update(dict.fromkeys(found))
    return tuple(chosen) or SYMBOLOGIES


def report_from_json(values: dict[str, Any]) -> CodeReport:
    """Return the report that :func:`dataclasses.asdict` took apart."""
    codes = tuple(
        Code(**{**code, "box": tuple(code["box"]), "polygon": tuple((x, y) for x, y in code["polygon"])})
        for code in values["codes"]
    )
    return CodeReport(**{**values, "codes": codes, "pages": tuple(CodePage(**page) for page in values["pages"])})
