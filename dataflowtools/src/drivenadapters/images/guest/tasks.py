"""The tasks of the workers that decode images."""

from __future__ import annotations

import base64
import json
from typing import Any

from drivenadapters.images.guest import pictures
from drivenadapters.images.guest.codes import Found, read_codes
from drivenadapters.images.guest.documents import choose, open_pages
from drivenadapters.images.guest.searchable import SearchablePdf, characters_of
from drivenadapters.workers.guest.workspace import Workspace
from utils.trade_numbers import gtin_of


def prepare() -> None:
    """Register the readers."""
    pictures.prepare()


def find_codes(
    workspace: Workspace,
    limits: dict[str, int],
    pages: list[list[int | None]] | None,
    password: str | None,
    symbologies: list[str],
    thorough: bool,
) -> dict[str, Any]:
    """Return the barcodes of the chosen pages."""
    with workspace.source() as file:
        document, bounds = open_pages(file, limits, password)
        chosen, total = choose(document, pages, bounds)
        found = []
        for place, index in enumerate(chosen):
            pixels = document.frame(index)
            codes = read_codes(pixels, tuple(symbologies), thorough=thorough)
            height, width = pixels.shape[:2]
            found.append(
                {"page": index + 1, "width": width, "height": height, "codes": [_described(code) for code in codes]}
            )
            workspace.progress(place + 1, len(chosen), "pages")
    return {"format": document.format, "total": total, "pages": found}


def survey(
    workspace: Workspace, limits: dict[str, int], pages: list[list[int | None]] | None, password: str | None
) -> dict[str, Any]:
    """Return which pages there are to decode, as indices from 0."""
    with workspace.source() as file:
        document, bounds = open_pages(file, limits, password)
        chosen, total = choose(document, pages, bounds)
    return {"format": document.format, "total": total, "chosen": chosen}


def decode(workspace: Workspace, limits: dict[str, int], index: int, password: str | None) -> dict[str, Any]:
    """Write the pixels of one page into the sink: rows of blue, green, red, and nothing else."""
    with workspace.source() as file, workspace.sink() as sink:
        document, _ = open_pages(file, limits, password)
        pixels = document.frame(index)
        sink.write(memoryview(pixels).cast("B"))
    height, width = pixels.shape[:2]
    return {"width": width, "height": height, "warnings": document.warnings}


def bind(workspace: Workspace, limits: dict[str, int], password: str | None) -> dict[str, Any]:
    """Write a searchable PDF into the sink.

    The source ``pages`` tells of the pages that were recognised, a list for each of the files ``source0``,
    ``source1`` and so on, as :class:`logics.recognition.RecognisedPage` has them.
    """
    with workspace.source("pages") as file:
        files: list[list[dict[str, Any]]] = json.load(file)
    pages = [page for read in files for page in read]
    pdf = SearchablePdf(characters_of(pages), limits["dpi"])
    done = 0
    for number, read in enumerate(files):
        with workspace.source(f"source{number}") as file:
            document, _ = open_pages(file, limits, password)
            for page in read:
                pdf.add(document, page)
                done += 1
                workspace.progress(done, len(pages), "pages")
    with workspace.sink() as sink:
        pdf.save(sink)
    return {"pages": len(pages)}


def _described(code: Found) -> dict[str, Any]:
    return {
        "symbology": code.symbology,
        "text": code.text,
        "bytes_base64": base64.b64encode(code.content).decode() if code.encoding in ("binary", "mixed") else None,
        "encoding": code.encoding,
        "gtin": gtin_of(code.symbology, code.text or ""),
        "polygon": [list(point) for point in code.polygon],
        "orientation": code.orientation,
    }
