"""Multipart bodies as they arrive (RFC 7578)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from driveradapters.disposition import filename_of, text_of
from errors import InvalidInput

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_LONGEST_HEADER = 8192


@dataclass(frozen=True)
class PartBegins:
    """A part starts; ``filename`` is None for a field of a form."""

    field: str
    filename: str | None


@dataclass(frozen=True)
class PartData:
    """A piece of the present part."""

    data: bytes


@dataclass(frozen=True)
class PartEnds:
    """The present part is complete."""


Event = PartBegins | PartData | PartEnds


class MultipartReader:
    """Turns pieces of a body into events.

    Raises:
        InvalidInput: by the constructor, when the content type names no usable boundary.
    """

    def __init__(self, content_type: str) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not 0 < len(boundary) <= 70:
            raise InvalidInput("Content-Type: multipart/form-data needs a boundary of 1 to 70 characters")
        self._events: list[Event] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._ended = False
        self._parser = MultipartParser(boundary, self._callbacks(), max_header_size=_LONGEST_HEADER)

    def feed(self, data: bytes) -> list[Event]:
        """Return what a piece of the body brings.

        Raises:
            InvalidInput: the body is not multipart.
        """
        try:
            self._parser.write(data)
        except FormParserError as reason:
            raise InvalidInput(f"the body is not valid multipart/form-data: {reason}") from None
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Raise InvalidInput unless the body has come to its end."""
        if not self._ended:
            raise InvalidInput("the body ends before the last boundary of its multipart/form-data")

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_part_end": lambda: self._events.append(PartEnds()),
            "on_end": self._end,
        }

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _begin(self) -> None:
        header = self._headers.get(b"content-disposition", b"").decode("latin-1")
        name = parse_options_header(header)[1].get(b"name")
        if name is None:
            raise InvalidInput("a part of the body has no name in its Content-Disposition")
        self._events.append(PartBegins(text_of(name), filename_of(header)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _end(self) -> None:
        self._ended = True


def pieces(events: list[Event]) -> Iterator[Event]:
    """Yield events with neighbouring data joined, since each piece is a trip to the disk."""
    gathered: list[bytes] = []
    for event in events:
        if isinstance(event, PartData):
            gathered.append(event.data)
            continue
        if gathered:
            yield PartData(b"".join(gathered))
            gathered = []
        yield event
    if gathered:
        yield PartData(b"".join(gathered))
