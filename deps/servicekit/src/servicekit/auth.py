"""API keys: who may call."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Final

from pydantic import SecretStr

from servicekit.errors import Unauthorized

API_KEY_HEADER: Final = "X-Api-Key"


class ApiKeys:
    """The accepted keys. With none, everybody may call.

    Only digests are kept: comparing values of one length hides the length of the keys.
    """

    def __init__(self, keys: Iterable[SecretStr] = ()) -> None:
        self._digests = tuple(_digest(key.get_secret_value().encode()) for key in keys)

    @property
    def required(self) -> bool:
        """Whether callers need a key."""
        return bool(self._digests)

    def check(self, headers: Mapping[str, str]) -> None:
        """Passes a caller with a valid key, in `Authorization: Bearer` or `X-Api-Key`.

        Raises Unauthorized otherwise, without telling a missing key from a wrong one by time.
        """
        if not self._digests:
            return
        presented = _presented_key(headers)
        if not self._accepts(presented or ""):
            raise Unauthorized("a wrong API key" if presented else "an API key is required")

    def _accepts(self, key: str) -> bool:
        # Header values arrive decoded as Latin-1; encoding them back restores the bytes sent.
        presented = _digest(key.encode("latin-1", "replace"))
        matched = False
        for digest in self._digests:
            matched |= hmac.compare_digest(digest, presented)
        return matched


def is_loopback(host: str) -> bool:
    """Whether a service bound to this host is out of reach for other machines."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _presented_key(headers: Mapping[str, str]) -> str | None:
    scheme, _, credential = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credential.strip():
        return credential.strip()
    return headers.get(API_KEY_HEADER)
