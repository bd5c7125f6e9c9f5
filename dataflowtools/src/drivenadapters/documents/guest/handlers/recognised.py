"""Kinds of files that are told apart from others, and nothing more."""

from __future__ import annotations

from collections.abc import Callable

from drivenadapters.documents.guest.base import CERTAIN, NOT_MINE, Declaration, Finding, Handler
from drivenadapters.documents.guest.office import PackageKind, by_stream
from drivenadapters.documents.guest.sample import Sample

_ANY_CONTAINER = Finding(0.3)  # every kind that is known by the container's directory is more than that


class RecognisedKind(Handler):
    """A kind that nothing can be taken out of here."""

    def __init__(
        self, kind: str, title: str, media_type: str, endings: tuple[str, ...], test: Callable[[Sample], Finding]
    ) -> None:
        self.declaration = Declaration(kind, title, (media_type,), endings)
        self._test = test

    def recognise(self, sample: Sample) -> Finding:
        """Apply the kind's test."""
        return self._test(sample)


class _Presentation(Handler):
    """PowerPoint presentations since 2007."""

    declaration = Declaration(
        "pptx",
        "PowerPoint",
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
        ("pptx", "pptm", "ppsx"),
    )
    kind = PackageKind(
        "ppt/presentation", {"presentationml.presentation.main": "", "presentationml.slideshow.main": ""}
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the main part of a presentation."""
        return self.kind.recognise(sample, self.declaration)


def _begins(*magics: bytes, offset: int = 0) -> Callable[[Sample], Finding]:
    return lambda sample: CERTAIN if sample.head[offset:].startswith(magics) else NOT_MINE


def _media(*brands: bytes) -> Callable[[Sample], Finding]:
    return lambda sample: CERTAIN if sample.head[4:8] == b"ftyp" and sample.head[8:12] in brands else NOT_MINE


def _archive(sample: Sample) -> Finding:
    return _ANY_CONTAINER if sample.entries is not None or sample.is_broken_archive else NOT_MINE


def _compound(sample: Sample) -> Finding:
    return _ANY_CONTAINER if sample.streams is not None else NOT_MINE


def _with_mimetype(media_type: bytes) -> Callable[[Sample], Finding]:
    return lambda sample: CERTAIN if sample.entries and sample.part("mimetype").strip() == media_type else NOT_MINE


def _riff(form: bytes) -> Callable[[Sample], Finding]:
    return lambda sample: CERTAIN if sample.head[:4] == b"RIFF" and sample.head[8:12] == form else NOT_MINE


HANDLERS: tuple[Handler, ...] = (
    _Presentation(),
    RecognisedKind(
        "ppt",
        "PowerPoint 97-2003",
        "application/vnd.ms-powerpoint",
        ("ppt", "pps"),
        lambda sample: by_stream(sample, "PowerPoint Document"),
    ),
    RecognisedKind(
        "msg",
        "Outlook message",
        "application/vnd.ms-outlook",
        ("msg",),
        lambda sample: by_stream(sample, "__properties_version1.0"),
    ),
    RecognisedKind("epub", "EPUB", "application/epub+zip", ("epub",), _with_mimetype(b"application/epub+zip")),
    RecognisedKind("ole", "OLE compound file", "application/x-ole-storage", (), _compound),
    RecognisedKind("zip", "Zip archive", "application/zip", ("zip",), _archive),
    RecognisedKind("gzip", "gzip archive", "application/gzip", ("gz", "tgz"), _begins(b"\x1f\x8b\x08")),
    RecognisedKind("bzip2", "bzip2 archive", "application/x-bzip2", ("bz2",), _begins(b"BZh")),
    RecognisedKind("xz", "xz archive", "application/x-xz", ("xz",), _begins(b"\xfd7zXZ\x00")),
    RecognisedKind("zstd", "Zstandard archive", "application/zstd", ("zst",), _begins(b"\x28\xb5\x2f\xfd")),
    RecognisedKind("7z", "7-Zip archive", "application/x-7z-compressed", ("7z",), _begins(b"7z\xbc\xaf\x27\x1c")),
    RecognisedKind("rar", "RAR archive", "application/vnd.rar", ("rar",), _begins(b"Rar!\x1a\x07")),
    RecognisedKind("tar", "tar archive", "application/x-tar", ("tar",), _begins(b"ustar", offset=257)),
    RecognisedKind(
        "sqlite", "SQLite database", "application/vnd.sqlite3", ("sqlite", "db"), _begins(b"SQLite format 3\x00")
    ),
    RecognisedKind(
        "exe",
        "program",
        "application/vnd.microsoft.portable-executable",
        ("exe", "dll"),
        lambda sample: CERTAIN if sample.head[:2] == b"MZ" and b"\x00" in sample.head[:64] else NOT_MINE,
    ),
    RecognisedKind("elf", "program", "application/x-elf", (), _begins(b"\x7fELF")),
    RecognisedKind("ps", "PostScript", "application/postscript", ("ps", "eps"), _begins(b"%!PS")),
    RecognisedKind("mp4", "MP4 video", "video/mp4", ("mp4", "m4v"), _media(b"isom", b"iso2", b"mp41", b"mp42")),
    RecognisedKind("mov", "QuickTime video", "video/quicktime", ("mov",), _media(b"qt  ")),
    RecognisedKind("m4a", "MPEG-4 audio", "audio/mp4", ("m4a",), _media(b"M4A ")),
    RecognisedKind("mp3", "MP3 audio", "audio/mpeg", ("mp3",), _begins(b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    RecognisedKind("wav", "WAV audio", "audio/wav", ("wav",), _riff(b"WAVE")),
    RecognisedKind("avi", "AVI video", "video/x-msvideo", ("avi",), _riff(b"AVI ")),
    RecognisedKind("ogg", "Ogg", "application/ogg", ("ogg", "oga", "ogv"), _begins(b"OggS")),
    RecognisedKind("flac", "FLAC audio", "audio/flac", ("flac",), _begins(b"fLaC")),
    RecognisedKind("mkv", "Matroska", "video/x-matroska", ("mkv", "webm"), _begins(b"\x1a\x45\xdf\xa3")),
    RecognisedKind("avif", "AVIF picture", "image/avif", ("avif",), _media(b"avif", b"avis")),
)
