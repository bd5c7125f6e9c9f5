"""Routes: one declaration from which the URL table, validation and OpenAPI all come."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel

from servicekit.errors import ServiceError

if TYPE_CHECKING:
    from servicekit.handler import ApiHandler

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """A request and its answer, shown in the documentation. Tests can replay it."""

    name: str
    response: Any
    request: Any = None
    summary: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDoc:
    """Parts of an operation that no model can express, as raw OpenAPI 3.1."""

    request_content: Mapping[str, Any] | None = None
    """A `content` object that replaces the JSON one: multipart uploads, raw bodies."""
    response_content: Mapping[str, Any] | None = None
    """A `content` object for the successful answer: downloads, text."""
    also: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """The `content` of further answers that are no errors, by status: 206, 304; empty without a body."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address.

    `path` may hold `{name}` parameters, each matching one segment. `needs` names the
    dependencies that the handler's `initialize` takes. `body_limit` is the settings field, in
    MiB, that bounds the body. `open_access` lets callers in without a key. `early` answers
    before the service has finished starting; `quiet` logs at debug level.
    """

    method: Method
    path: str
    handler: "type[ApiHandler]"
    summary: str = ""
    description: str = ""
    tag: str = ""
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[type[ServiceError], ...] = ()
    error_responses: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    doc: RouteDoc = RouteDoc()
    body_limit: str = "max_body_mb"
    open_access: bool = False
    early: bool = False
    quiet: bool = False
    hidden: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in the path."""
        return tuple(_PARAMETER.findall(self.path))


@dataclass(frozen=True, slots=True)
class Match:
    """The routes at a requested address, by method, and the values of its parameters."""

    methods: Mapping[str, Route]
    arguments: Mapping[str, bytes]


class RouteTable:
    """Finds routes: fixed addresses by dictionary, others by pattern in order of declaration."""

    def __init__(self, routes: Iterable[Route]) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = by_path.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} is declared twice")
            methods[route.method] = route
        for methods in by_path.values():
            if "GET" in methods:
                # Whatever can be read can be asked about (RFC 9110, 9.3.2).
                methods.setdefault("HEAD", methods["GET"])
        self._fixed = {path: methods for path, methods in by_path.items() if "{" not in path}
        self._patterns = [(_pattern(path), methods) for path, methods in by_path.items() if "{" in path]

    def find(self, path: str) -> Match | None:
        """What is at a path, percent-encoded as it came in."""
        methods = self._fixed.get(path)
        if methods is not None:
            return Match(methods, {})
        for pattern, candidates in self._patterns:
            found = pattern.fullmatch(path)
            if found:
                values = {name: unquote_to_bytes(value) for name, value in found.groupdict().items()}
                return Match(candidates, values)
        return None


def _pattern(path: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path)
    # split() alternates literal text and parameter names.
    named = (f"(?P<{piece}>[^/]+)" if odd else re.escape(piece) for odd, piece in _alternating(pieces))
    return re.compile("".join(named))


def _alternating(pieces: list[str]) -> Iterable[tuple[bool, str]]:
    return ((index % 2 == 1, piece) for index, piece in enumerate(pieces))
