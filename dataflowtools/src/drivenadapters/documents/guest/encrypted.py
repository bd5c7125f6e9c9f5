"""Office files under a password (MS-OFFCRYPTO)."""

from __future__ import annotations

import io
from typing import BinaryIO

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .document import Document

_NEEDED = "the file is encrypted; give its password"
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
    passwords = [password] if password else [_EXCEL_DEFAULT]
    plain = io.BytesIO()
    try:
        locked.load_key(password=passwords[0])
        locked.decrypt(plain)
    except (InvalidKeyError, DecryptionError) as error:
        raise (wrong_password() if password else needs_password()) from error
    except (FileFormatError, Exception) as error:
        if not password:
            raise needs_password() from error
        raise TaskFailed(FailureKind.ENCRYPTED, "the file's encryption is damaged or not known", field="password") from error
    plain.seek(0)
    return plain
