"""Bodies of multipart/form-data that fit into memory: fields, and files with their names."""

from __future__ import annotations

from dataclasses import dataclass, field

from driveradapters.multipart import MultipartReader, PartBegins, PartData, PartEnds
from errors import InvalidInput

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


def read_form(body: bytes, content_type: str) -> Form:
    """Take a form apart.

    Raises:
        InvalidInput: the body is no such form, or has too many parts or too long a field.
    """
    reader = MultipartReader(content_type)
    events = reader.feed(body)
    reader.finish()
    form, part, data = Form(), PartBegins("", None), bytearray()
    if sum(isinstance(event, PartBegins) for event in events) > _MOST_PARTS:
        raise InvalidInput(f"the form has more than {_MOST_PARTS} parts")
    for event in events:
        match event:
            case PartBegins():
                part, data = event, bytearray()
            case PartData():
                data += event.data
            case PartEnds():
                _add(form, part, bytes(data))
    return form


def _add(form: Form, part: PartBegins, data: bytes) -> None:
    if part.filename is not None:
        form.files.append(UploadedFile(part.filename or part.field, data))
        return
    if len(data) > _LONGEST_FIELD:
        raise InvalidInput(f"{part.field[:100]}: longer than {_LONGEST_FIELD >> 10} KiB; files need a file name")
    form.fields.setdefault(part.field, []).append(data.decode("utf-8", "replace"))
