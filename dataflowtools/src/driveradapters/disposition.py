"""Names of files in Content-Disposition (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from python_multipart.multipart import parse_options_header

_EXTENDED = re.compile(r";\s*filename\*\s*=\s*\"?([\w-]*)'[^']*'([^;\"\s]+)", re.IGNORECASE)
_ATTR_CHARS = "!#$&+-.^_`|~"  # what may stand as it is in an extended value, beside letters and digits


def filename_of(header: str) -> str | None:
    """Return the file name in a header that came in, None without one; the extended form wins, as RFC 6266 has it."""
    extended = _EXTENDED.search(header)
    if extended:
        return _decoded(unquote_to_bytes(extended[2]), extended[1])
    plain = parse_options_header(header)[1].get(b"filename")
    return None if plain is None else text_of(plain)


def text_of(value: bytes) -> str:
    """Decode a parameter: tools send UTF-8, some Latin-1; undo the escapes that HTML forms make."""
    return _decoded(value, "utf-8").replace("%22", '"').replace("%0D", "").replace("%0A", "")


def content_disposition(name: str, *, inline: bool = False) -> str:
    """Return the header for a download, with an ASCII name for those who know no other."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    kind = "inline" if inline else "attachment"
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"
    return f'{kind}; filename="{plain}"{extended}'


def _decoded(value: bytes, charset: str) -> str:
    try:
        return value.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return value.decode("latin-1")
