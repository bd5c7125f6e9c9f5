"""XML that is parsed without trust: no entities, no DTD, nothing fetched."""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

Element: TypeAlias = etree._Element


def parse(data: bytes, what: str = "the file", *, forgiving: bool = False) -> Element:
    """Return the root of an XML document.

    Args:
        data: the document.
        what: for the message, in front of "is no well-formed XML".
        forgiving: whether to make the best of what is not well-formed.

    Raises:
        TaskFailed: it is not well-formed, nests too deep, or declares a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=forgiving,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TaskFailed(FailureKind.DAMAGED, f"{what} is no well-formed XML: {error}") from error
    if root is None:
        raise TaskFailed(FailureKind.DAMAGED, f"{what} is no well-formed XML")
    if root.getroottree().docinfo.internalDTD is not None:
        raise TaskFailed(FailureKind.DAMAGED, f"{what} declares a document type, which such files never do")
    return root


def local(element: Element) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str, default: str = "") -> str:
    """Return an attribute by its name in whatever namespace: transitional and strict files differ in nothing else."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return default


def children(element: Element, name: str) -> list[Element]:
    """Return the children of a local name."""
    return [child for child in element if local(child) == name]


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of a local name."""
    if element is None:
        return None
    return next((found for found in element if local(found) == name), None)


def descendants(element: Element, name: str) -> list[Element]:
    """Return everything below of a local name, in document order."""
    return list(element.iter("{*}" + name))
