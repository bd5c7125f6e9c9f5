"""What installers say, made fit for callers: the reason without secrets, paths and noise."""

from __future__ import annotations

import re

from errors import IndexUnavailable, PackagesTooLarge, ServiceError, StoreUnavailable, UnresolvablePackages

_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_WORD = re.compile(r"[^\s`'\"]+")
_FILE_URL = re.compile(r"file://[^\s`'\")]*")
_PATH = re.compile(r"(?<![\w/:.<>=~-])(?:/[\w.@+-]+){2,}/?")
_TOKENS = re.compile(r"(?i)\b(token|password|passwd|secret|authorization|api[-_]?key)(\s*[=:]\s*)\S+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 2000
_LONGEST_READ = 32 << 10

_UNREACHABLE = re.compile(
    r"(?i)error sending request|connection (?:refused|reset|error)|connect(?:ion)? timed? ?out|dns error"
    r"|failed to fetch|request failed after|max retries exceeded|temporary failure in name resolution"
    r"|name or service not known|read timed out|NewConnectionError|ReadTimeoutError|network is unreachable"
    r"|operation timed out|tls handshake|SSLError|certificate verify"
    r"|5\d\d (?:Server Error|Internal|Bad Gateway|Service)"
)
_NO_ROOM = re.compile(r"(?i)no space left on device|os error 28|errno 28|read-only file system|os error 30|errno 30")
_TOO_LARGE = re.compile(r"(?i)file too large|os error 27|errno 27")
_NOISE = re.compile(
    r"^(?:WARNING|DEPRECATION|\[notice\]|Looking in |Using CPython|Collecting |Downloading |Requirement )"
)


def scrub(text: str) -> str:
    """Return a text without credentials, query strings and paths of this machine."""
    clean = _CREDENTIALS.sub("", _COLOUR.sub("", text))
    clean = _WORD.sub(lambda word: _without_query(word[0]), clean)
    clean = _FILE_URL.sub("<file>", clean)
    clean = _TOKENS.sub(r"\1\2***", clean)
    return _PATH.sub("<path>", clean)


def _without_query(word: str) -> str:
    return re.split(r"[?#]", word, maxsplit=1)[0] if "://" in word else word


def explain(stdout: str, stderr: str) -> ServiceError:
    """Return the error that an installer's failure is to the caller."""
    stdout, stderr = stdout[-_LONGEST_READ:], stderr[-_LONGEST_READ:]
    whole = f"{stdout}\n{stderr}"
    if _TOO_LARGE.search(whole):
        return PackagesTooLarge("a file of the packages is larger than they may be together (MAX_INSTALL_MB)")
    if _NO_ROOM.search(whole):
        return StoreUnavailable(scrub(stderr)[-_LONGEST:])
    if _UNREACHABLE.search(whole):
        return IndexUnavailable(scrub(stderr)[-_LONGEST:])
    return UnresolvablePackages(_reason(stdout, stderr))


def _reason(stdout: str, stderr: str) -> str:
    conflict = stdout.partition("The conflict is caused by:")[2].partition("To fix this")[0]
    lines = [line.rstrip() for line in scrub(stderr).splitlines() if line.strip() and not _NOISE.match(line)]
    lines += [line.rstrip() for line in scrub(conflict).splitlines() if line.strip()]
    text = "\n".join(_plain(line) for line in lines if "ResolutionImpossible" not in line)
    return (text or "the installer failed without a reason")[:_LONGEST]


def _plain(line: str) -> str:
    return re.sub(r"^(?:ERROR|error|\s*cause|\s*Caused by|\s*hint): ?", "", line).strip()
