"""Office Open XML packages (ECMA-376, part 2): parts, relations, properties, pictures."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import unquote

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from . import pictures, xml
from .answer import Answer
from .document import Document
from .gate import BROKEN_ZIP, open_archive, part_name

_CORE = {
    "title": "title",
    "creator": "author",
    "subject": "subject",
    "description": "description",
    "keywords": "keywords",
    "category": "category",
    "language": "language",
    "lastModifiedBy": "last_modified_by",
    "revision": "revision",
    "created": "created",
    "modified": "modified",
    "lastPrinted": "printed",
}
_APPLICATION = {
    "Application": "application",
    "Company": "company",
    "Manager": "manager",
    "Pages": "pages",
    "Words": "words",
    "Characters": "characters",
    "Slides": "slides",
    "Template": "template",
}
_COUNTS = {"pages", "words", "characters", "slides"}
_MOST_LINKS = 100


@dataclass(frozen=True)
class Relation:
    """A relation of a part to another, or to something outside that is never followed."""

    kind: str
    target: str
    external: bool


class Package:
    """The parts of a package."""

    def __init__(self, document: Document) -> None:
        self._archive = open_archive(document.file, document.limits)
        self._names = {part_name(name): name for name in self._archive.namelist()}

    @property
    def names(self) -> tuple[str, ...]:
        """The parts, in the order of the archive."""
        return tuple(self._names.values())

    def __contains__(self, name: str) -> bool:
        return part_name(name) in self._names

    def read(self, name: str) -> bytes:
        """Return a part.

        Raises:
            TaskFailed: it is missing or damaged.
        """
        try:
            return self._archive.read(self._names[part_name(name)])
        except BROKEN_ZIP as error:
            raise TaskFailed(FailureKind.DAMAGED, f"the part {name} is missing or damaged") from error

    def open(self, name: str) -> Any:
        """Open a part for reading in pieces; the same failures come as they are."""
        try:
            return self._archive.open(self._names[part_name(name)])
        except BROKEN_ZIP as error:
            raise TaskFailed(FailureKind.DAMAGED, f"the part {name} is missing or damaged") from error

    def root(self, name: str) -> xml.Element:
        """Return the root element of a part.

        Raises:
            TaskFailed: it is missing or damaged.
        """
        return xml.parse(self.read(name), f"the part {name}")

    def relations(self, name: str = "") -> dict[str, Relation]:
        """Return the relations of a part, or of the whole package, by id."""
        folder, base = posixpath.split(name)
        listing = posixpath.join(folder, "_rels", f"{base}.rels")
        if listing not in self:
            return {}
        found = xml.children(self.root(listing), "Relationship")
        return {xml.attribute(item, "Id"): _relation(item, folder) for item in found}

    def related(self, name: str, kind: str) -> list[str]:
        """Return the parts that a part refers to by a kind of relation, as far as they are there."""
        wanted = (relation for relation in self.relations(name).values() if relation.kind == kind)
        return [relation.target for relation in wanted if not relation.external and relation.target in self]

    @cached_property
    def main(self) -> str:
        """The part that is the document.

        Raises:
            TaskFailed: the package does not say which.
        """
        found = self.related("", "officeDocument")
        if not found:
            raise TaskFailed(FailureKind.DAMAGED, "the file does not say which of its parts is the document")
        return found[0]

    @cached_property
    def has_macros(self) -> bool:
        """Whether it holds a Visual Basic project."""
        return any(name.lower().endswith("vbaproject.bin") for name in self.names)

    def facts(self) -> dict[str, Any]:
        """Return the properties of the document that are set."""
        facts: dict[str, Any] = {}
        for part in self.related("", "core-properties"):
            facts |= _named(self.root(part), _CORE)
        for part in self.related("", "extended-properties"):
            facts |= _named(self.root(part), _APPLICATION)
        facts["macros"] = self.has_macros
        links = self.external_links()
        return {**facts, "external_links": links} if links else facts

    def external_links(self) -> list[str]:
        """Return the addresses that parts refer to, text links apart; none of them is ever opened."""
        parts = [name for name in self.names if name.endswith(".rels")]
        found = [
            xml.attribute(item, "Target")
            for part in parts
            for item in xml.children(self.root(part), "Relationship")
            if xml.attribute(item, "TargetMode") == "External" and not _kind(item).endswith("hyperlink")
        ]
        return list(dict.fromkeys(found))[:_MOST_LINKS]

    def pictures(self, answer: Answer) -> None:
        """Put the pictures of the media folder into the answer."""
        for name in self.names:
            folder, base = posixpath.split(name)
            if posixpath.basename(folder) == "media":
                answer.image(pictures.describe(self.read(name), base))

    def repacked(self, changed: dict[str, bytes]) -> BinaryIO:
        """Return the package with other content of some parts."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as packed:
            for name in self.names:
                packed.writestr(name, changed[name] if name in changed else self.read(name))
        file.seek(0)
        return file

    def close(self) -> None:
        """Let go of the archive."""
        self._archive.close()


def is_package(entries: frozenset[str] | None) -> bool:
    """Whether a zip archive is a package."""
    return entries is not None and "[content_types].xml" in {part_name(name) for name in entries}


def _relation(item: xml.Element, folder: str) -> Relation:
    external = xml.attribute(item, "TargetMode") == "External"
    target = xml.attribute(item, "Target")
    if not external:
        target = posixpath.normpath(posixpath.join("/" + folder, unquote(target).replace("\\", "/"))).lstrip("/")
    return Relation(_kind(item), target, external)


def _kind(item: xml.Element) -> str:
    return xml.attribute(item, "Type").rpartition("/")[2]


def _named(root: xml.Element, names: dict[str, str]) -> dict[str, Any]:
    found = {names[xml.local(item)]: (item.text or "").strip() for item in root if xml.local(item) in names}
    return {name: _count(value) if name in _COUNTS else value for name, value in found.items() if value}


def _count(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else value
