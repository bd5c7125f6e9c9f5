"""Request bodies: how large they may be, and JSON that became a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from servicekit.errors import FieldProblem, InvalidInput, TooLarge, UnsupportedMedia

MEBIBYTE: Final = 1024 * 1024
JSON_TYPE: Final = "application/json"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """The most bytes a body may have, and the setting that says so."""

    size: int
    setting: str

    def check(self, size: int) -> None:
        """Raises TooLarge for more bytes than allowed."""
        if size > self.size:
            most = f"{self.size / MEBIBYTE:g} MiB"
            raise TooLarge(f"the request body is larger than {most}, the limit set by {self.setting}")


def has_body(headers: Mapping[str, str]) -> bool:
    """Whether a message with these headers carries a body (RFC 9112, 6)."""
    return "Transfer-Encoding" in headers or declared_size(headers) > 0


def declared_size(headers: Mapping[str, str]) -> int:
    """The Content-Length; 0 where it is missing or no number, which the protocol layer refuses."""
    length = headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def parse_json(body: bytes, content_type: str | None, model: type[ModelT]) -> ModelT:
    """Validates a JSON body against a model.

    Raises UnsupportedMedia for another content type, InvalidInput for anything that is not JSON
    (RFC 8259: so neither NaN nor lone surrogates) and, field by field, for what the model refuses.
    """
    _require_json_type(content_type)
    try:
        document = from_json(body.removeprefix(_BYTE_ORDER_MARK), allow_inf_nan=False)
    except ValueError as exc:
        raise InvalidInput(f"the body is not valid JSON: {exc}", code="invalid_json") from None
    return validate(document, model)


def validate(document: Any, model: type[ModelT]) -> ModelT:
    """Validates parsed input against a model; raises InvalidInput with a problem for each field."""
    try:
        return model.model_validate(document)
    except ValidationError as exc:
        problems = [_field_problem(item, model) for item in exc.errors(include_url=False, include_input=False)]
        raise InvalidInput(_summary(problems), details=problems) from None


def _require_json_type(content_type: str | None) -> None:
    # Demanding the type also keeps web pages from posting here without a CORS preflight.
    media, _, parameters = (content_type or "").partition(";")
    media = media.strip().lower()
    if media != JSON_TYPE and not (media.startswith("application/") and media.endswith("+json")):
        found = media or "no content type"
        raise UnsupportedMedia(f"found {found}, accepted is {JSON_TYPE}")
    charset = parameters.lower().replace('"', "").replace(" ", "").partition("charset=")[2]
    if charset.partition(";")[0] not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMedia(f"found {JSON_TYPE} in {charset}, accepted is UTF-8")


# The validator speaks of Python's types.
_JSON_NAMES: Final = {
    "tuple_type": "an array",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
}


def _field_problem(item: ErrorDetails, model: type[BaseModel]) -> FieldProblem:
    path = ".".join(str(part) for part in item["loc"]) or "body"
    if item["type"] == "extra_forbidden":
        return FieldProblem(path, _unknown_field(item, model))
    wanted = _JSON_NAMES.get(item["type"])
    return FieldProblem(path, f"must be {wanted}" if wanted else item["msg"].removeprefix("Value error, "))


def _unknown_field(item: ErrorDetails, model: type[BaseModel]) -> str:
    if len(item["loc"]) > 1:
        return "unknown field"
    return "unknown field; the known ones are " + ", ".join(model.model_fields)


def _summary(problems: list[FieldProblem]) -> str:
    first = f"{problems[0].field}: {problems[0].message}"
    more = len(problems) - 1
    return f"{first} (and {more} more)" if more else first
