"""Pictures: what they are, by their first bytes; nothing is decoded."""

from __future__ import annotations

import io
import warnings

from PIL import Image as Pillow

from .answer import Image

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"\x01\x00\x09\x00", "image/wmf"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def media_type(head: bytes) -> str:
    """Return the media type of a picture, or empty."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    if head[:4] == b"\x01\x00\x00\x00" and head[40:44] == b" EMF":
        return "image/emf"
    if b"<svg" in head[:1024].lower():
        return "image/svg+xml"
    return next((media for magic, media in _MAGIC if head.startswith(magic)), "")


def size_of(content: bytes) -> tuple[int, int] | None:
    """Return width and height as the header says."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(io.BytesIO(content)) as picture:
                return picture.size
    except Exception:  # noqa: BLE001 - decoders raise whatever a broken header leads them to; the size is optional
        return None


def describe(content: bytes, name: str, *, page: int | None = None) -> Image:
    """Return a picture with what is known of it."""
    media = media_type(content[:2048]) or "application/octet-stream"
    width, height = size_of(content) or (None, None)
    return Image(content, media, name, page, width, height)
