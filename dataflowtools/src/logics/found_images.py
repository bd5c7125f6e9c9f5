"""Images that were taken out of a document: files of their own, or part of the answer."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import Any

from logics.documents import FoundImage
from logics.files import StoredFile
from logics.ports import StoredFiles

_PIECE = 1 << 20


class ImageKeeper:
    """Keeps images of documents as stored files.

    Args:
        files: where they are kept.
        inline_bytes: of an image that may stand in an answer instead.
    """

    def __init__(self, files: StoredFiles, inline_bytes: int) -> None:
        self._files = files
        self._inline_bytes = inline_bytes

    async def keep(self, image: FoundImage, images: int, document: StoredFile, *, inline: bool) -> dict[str, Any]:
        """Return what an answer says of an image.

        Args:
            image: where it lies in the file of all images.
            images: that file, open for reading.
            document: which it was taken out of.
            inline: whether it is to stand in the answer if it is small enough.

        Raises:
            TooLarge: it is larger than a file may be.
            Unavailable: the store or the database does not answer, or is full.
        """
        described = {
            "name": image.name,
            "media_type": image.media_type,
            "size": image.size,
            "page": image.page,
            "width": image.width,
            "height": image.height,
        }
        if inline and image.size <= self._inline_bytes:
            content = await asyncio.to_thread(os.pread, images, image.size, image.offset)
            return {**described, "content_base64": base64.b64encode(content).decode("ascii")}
        async with self._files.new() as content_file:
            await asyncio.to_thread(_copy, images, image, content_file)
            stored = await self._files.add(image.name, content_file, description=f"image of {document.name}")
        return {**described, "file_id": stored.file_id}


def _copy(source: int, image: FoundImage, sink: int) -> None:
    for offset in range(0, image.size, _PIECE):
        piece = os.pread(source, min(_PIECE, image.size - offset), image.offset + offset)
        os.pwrite(sink, piece, offset)
