"""Bodies of multipart/form-data (RFC 7578) that fit into memory: fields, and files with their names."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from errors import InvalidInput, UnsupportedMedia

MULTIPART = "multipart/form-data"
_MOST_PARTS = 256
_LONGEST_FIELD = 64 << 10


@dataclass(frozen=True)
class UploadedFile:
    """A file of a form: the name that the caller gave it, and what it holds."""

    name: str
    content: bytes


@dataclass
class Form:
    """The parts of a form, in their order."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[UploadedFile] = field(default_factory=list)


def is_form(content_type: str | None) -> bool:
    """Whether a body of that type is a form."""
    return (content_type or "").partition(";")[0].strip().lower() == MULTIPART


def read_form(body: bytes, content_type: str | None) -> Form:
    """Take a form apart.

    Raises:
        UnsupportedMedia: the content type is another, or lacks the boundary.
        InvalidInput: the body is no such form, or has too many parts or too long a field.
    """
    kind, options = parse_options_header(content_type or "")
    boundary = options.get(b"boundary", b"")
    if kind.decode("latin-1").lower() != MULTIPART or not boundary:
        raise UnsupportedMedia(f"found {content_type or 'no content type'}, accepted is {MULTIPART} with a boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin,
                "on_header_field": collector.add_header_name,
                "on_header_value": collector.add_header_value,
                "on_header_end": collector.end_header,
                "on_part_data": collector.add_data,
                "on_part_end": collector.end,
                "on_end": collector.finish,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as reason:
        raise InvalidInput(f"the body is not valid {MULTIPART}: {reason}") from None
    if not collector.complete:
        raise InvalidInput(f"the body is not valid {MULTIPART}: it ends before the closing boundary")
    return collector.form


class _Collector:
    """Hears the parser."""

    def __init__(self) -> None:
        self.form = Form()
        self.complete = False
        self._parts = 0
        self._name = bytearray()
        self._value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._data = bytearray()

    def begin(self) -> None:
        """A part begins."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise InvalidInput(f"the form has more than {_MOST_PARTS} parts")
        self._headers = {}
        self._data = bytearray()

    def add_header_name(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's name."""
        self._name += data[start:end]

    def add_header_value(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's value."""
        self._value += data[start:end]

    def end_header(self) -> None:
        """A header is complete."""
        self._headers[self._name.decode("latin-1").lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def add_data(self, data: bytes, start: int, end: int) -> None:
        """A piece of a part's content."""
        self._data += memoryview(data)[start:end]

    def end(self) -> None:
        """A part is complete."""
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = _text(options.get(b"name", b""))
        if not name:
            raise InvalidInput("a part of the form has no name")
        if b"filename" in options:
            self.form.files.append(UploadedFile(_text(options[b"filename"]) or name, bytes(self._data)))
            return
        if len(self._data) > _LONGEST_FIELD:
            raise InvalidInput(f"{name[:100]}: longer than {_LONGEST_FIELD >> 10} KiB; send files with a file name")
        self.form.fields.setdefault(name, []).append(_text(bytes(self._data)))

    def finish(self) -> None:
        """The closing boundary was there."""
        self.complete = True


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
