"""OLE compound files (MS-CFB): their directory and the properties of old office files."""

from __future__ import annotations

import datetime
import struct
from typing import Any, BinaryIO

import olefile

_TEXTS = {
    "title": "title",
    "subject": "subject",
    "author": "author",
    "keywords": "keywords",
    "comments": "description",
    "last_saved_by": "last_modified_by",
    "revision_number": "revision",
    "creating_application": "application",
    "template": "template",
    "company": "company",
    "manager": "manager",
    "category": "category",
}
_COUNTS = {"num_pages": "pages", "num_words": "words", "num_chars": "characters", "slides": "slides"}
_MOMENTS = {"create_time": "created", "last_saved_time": "modified", "last_printed": "printed"}
_CODE_PAGES = {65001: "utf-8", 1200: "utf-16-le", 10000: "mac_roman", 936: "gb18030", 54936: "gb18030"}
_MACROS = ("_VBA_PROJECT_CUR", "MACROS", "VBA")
_FILEPASS = 0x2F
_BOF = (0x0009, 0x0209, 0x0409, 0x0809)
_ENCRYPTED_WORD = 0x0100  # a bit of the flags of a Word file's header
_WORD = 0xA5EC, 0xA5DC


def facts_of_compound(file: BinaryIO) -> dict[str, Any]:
    """Return the properties that are set, and whether there are macros; nothing for what is no compound file."""
    try:
        with olefile.OleFileIO(file) as ole:
            facts = _facts(ole.get_metadata())
            facts["macros"] = any(
                part.upper() in ("_VBA_PROJECT_CUR", "MACROS", "VBA") for path in ole.listdir() for part in path
            )
            return facts
    except Exception:  # noqa: BLE001 - the library raises whatever a damaged directory leads it to; facts are optional
        return {}


def is_encrypted_workbook(file: BinaryIO) -> bool:
    """Whether the first records of a workbook say that the others are encrypted."""
    data = stream(file, "Workbook", 4096) or stream(file, "Book", 4096)
    position = 0
    while position + 4 <= len(data):
        number, length = struct.unpack_from("<HH", data, position)
        if number == _FILEPASS:
            return True
        if number not in _BOF and position > 0 and position > 1024:
            return False
        position += 4 + length
    return False


def is_encrypted_word(file: BinaryIO) -> bool:
    """Whether the header of a Word document says that its text is encrypted."""
    data = stream(file, "WordDocument", 32)
    if len(data) < 12:
        return False
    magic, flags = struct.unpack_from("<H8xH", data)
    return magic in _WORD and bool(flags & _ENCRYPTED_WORD)


def stream(file: BinaryIO, name: str, most: int = 1 << 30) -> bytes:
    """Return the beginning of a stream; empty if it is not there or damaged."""
    file.seek(0)
    try:
        with olefile.OleFileIO(file) as ole:
            return bytes(ole.openstream(name).read(most)) if ole.exists(name) else b""
    except Exception:  # noqa: BLE001 - as above
        return b""


def _facts(properties: olefile.OleMetadata) -> dict[str, Any]:
    encoding = _encoding(properties.codepage)
    facts: dict[str, Any] = {}
    for attribute, name in _TEXTS.items():
        text = _text(getattr(properties, attribute, None), encoding)
        if text:
            facts[name] = text
    for attribute, name in _COUNTS.items():
        count = getattr(properties, attribute, None)
        if isinstance(count, int) and count > 0:
            facts[name] = count
    for attribute, name in _MOMENTS.items():
        moment = getattr(properties, attribute, None)
        if isinstance(moment, datetime.datetime) and moment.year > 1601:
            facts[name] = moment.isoformat() + "Z"
    return facts


def _encoding(codepage: object) -> str:
    if not isinstance(codepage, int):
        return "cp1252"
    codepage &= 0xFFFF
    return _CODE_PAGES.get(codepage, f"cp{codepage}")


def _text(value: object, encoding: str) -> str:
    if isinstance(value, str):
        return value.strip("\0 ").strip()
    if not isinstance(value, bytes):
        return ""
    try:
        return value.decode(encoding, "replace").strip("\0 ").strip()
    except LookupError:
        return value.decode("cp1252", "replace").strip("\0 ").strip()
