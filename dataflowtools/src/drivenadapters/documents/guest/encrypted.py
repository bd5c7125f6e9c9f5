"""Office files under a password (MS-OFFCRYPTO)."""

from __future__ import annotations

import io
from typing import BinaryIO

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError
from msoffcrypto.method import ecma376_agile

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .document import Document

_PADDING = b"\x36"  # [MS-OFFCRYPTO] 2.3.4.11: what fills up a hash that is shorter than the key
_derive = ecma376_agile.ECMA376Agile._derive_encryption_key


def _derive_padded(hashed: bytes, block: bytes, algorithm: str, bits: int) -> bytes:
    """The library forgets to fill up, and cannot open what has AES-256 and SHA-1, as Office 2010 may choose."""
    key: bytes = _derive(hashed, block, algorithm, bits)
    return key.ljust(bits // 8, _PADDING)


_NEEDED = "the file is encrypted; give its password"
_UNKNOWN = "the file's encryption is damaged or not known"
_WRONG = "the password is wrong"
_EXCEL_DEFAULT = "VelvetSweatshop"  # [MS-OFFCRYPTO] 2.2.12: what Excel encrypts with when it only protects


def needs_password() -> TaskFailed:
    """Return what is raised for an encrypted file without a password."""
    return TaskFailed(FailureKind.ENCRYPTED, _NEEDED, field="password")


def wrong_password() -> TaskFailed:
    """Return what is raised for an encrypted file with a wrong password."""
    return TaskFailed(FailureKind.ENCRYPTED, _WRONG, field="password")


def unlocked(document: Document) -> Document:
    """Return a document as it is without its encryption; the same if there is none.

    Raises:
        TaskFailed: the password is missing or wrong, or the encryption is damaged or of a kind that is not known.
    """
    try:
        locked = msoffcrypto.OfficeFile(document.rewind())
        if not locked.is_encrypted():
            return document
    except TaskFailed:
        raise
    except Exception:  # noqa: BLE001 - the library raises whatever a damaged file leads it to; its reader will tell
        return document
    return Document(_decrypt(locked, document.password), document.kind, document.limits, "", document.name)


def _decrypt(locked: msoffcrypto.format.base.BaseOfficeFile, password: str) -> BinaryIO:
    plain = io.BytesIO()
    ecma376_agile.ECMA376Agile._derive_encryption_key = staticmethod(_derive_padded)
    try:
        locked.load_key(password=password or _EXCEL_DEFAULT)
        locked.decrypt(plain)
    except (InvalidKeyError, DecryptionError) as error:
        raise (wrong_password() if password else needs_password()) from error
    except Exception as error:
        if not password:
            raise needs_password() from error
        raise TaskFailed(
            FailureKind.ENCRYPTED, "the file's encryption is damaged or not known", field="password"
        ) from error
    plain.seek(0)
    return plain
