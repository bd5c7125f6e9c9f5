"""How office files are told apart: by the directory of their container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .base import CERTAIN, NOT_MINE, Declaration, Finding
from .package import is_package
from .sample import Sample

_DAMAGED = 0.8
_ENCRYPTED = 0.9
_CONTENT_TYPES = "[Content_Types].xml"


@dataclass(frozen=True)
class PackageKind:
    """A kind of package.

    Attributes:
        part: how the name of the main part begins.
        content_types: what its content type holds, with the media type of the file where it is not the usual one.
        guessed: how sure it is that an encrypted package with an unknown name is of this kind.
    """

    part: str
    content_types: Mapping[str, str] = field(default_factory=dict)
    guessed: float = 0.0

    def recognise(self, sample: Sample, declaration: Declaration) -> Finding:
        """Tell whether a file is of this kind, encrypted or not."""
        if is_encrypted_package(sample):
            # What is inside shows only with the password; until then the name is all there is, or a guess.
            mine = sample.ending in declaration.endings
            return Finding(_ENCRYPTED if mine else self.guessed, encrypted=True)
        if sample.is_broken_archive:
            mine = self.part.encode() in sample.head or sample.ending in declaration.endings
            return Finding(_DAMAGED, warnings=("the file is damaged: its directory is missing",)) if mine else NOT_MINE
        if not is_package(sample.entries):
            return NOT_MINE
        return self._by_content(sample)

    def _by_content(self, sample: Sample) -> Finding:
        listing = sample.part(_CONTENT_TYPES).decode("utf-8", "replace")
        for word, media_type in self.content_types.items():
            if word.lower() in listing.lower():
                return Finding(1.0, media_type=media_type)
        names = sample.entries or ()
        return Finding(_DAMAGED) if any(name.lower().startswith(self.part) for name in names) else NOT_MINE


def is_encrypted_package(sample: Sample) -> bool:
    """Whether it is a compound file that holds an encrypted package."""
    return sample.streams is not None and {"EncryptedPackage", "EncryptionInfo"} <= sample.streams


def by_stream(sample: Sample, *names: str) -> Finding:
    """Take compound files that hold one of these streams."""
    if sample.streams is None:
        return NOT_MINE
    lowered = {name.lower() for name in sample.streams}
    return CERTAIN if lowered & {name.lower() for name in names} else NOT_MINE
