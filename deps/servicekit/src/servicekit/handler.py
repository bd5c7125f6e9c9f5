"""The base of all handlers: JSON in, envelope out."""

from collections.abc import Awaitable
from http import HTTPStatus
from types import TracebackType
from typing import Any, TypeVar, get_origin

import structlog
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from servicekit.body import parse_json, validate
from servicekit.errors import InvalidInput
from servicekit.exchange import Exchange
from servicekit.problems import INTERNAL_CODE, problem_of

ModelT = TypeVar("ModelT", bound=BaseModel)

_log = structlog.get_logger("servicekit.errors")


class ApiHandler(Exchange):
    """Parses, replies, and turns what is raised into the error envelope.

    A handler overrides `initialize` for its dependencies and the methods of its routes.
    For a body larger than memory it overrides `body_received` as well.
    """

    _body: bytearray | None = None

    @property
    def body(self) -> bytes:
        """The whole body, where `body_received` has not been overridden."""
        return bytes(self._body or b"")

    def body_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Keeps the body in memory."""
        if self._body is None:
            self._body = bytearray()
        self._body += chunk
        return None

    def read_json(self, model: type[ModelT]) -> ModelT:
        """The body as a model. Raises InvalidInput or UnsupportedMedia, as `body.parse_json` says."""
        return parse_json(self.body, self.request.headers.get("Content-Type"), model)

    def read_query(self, model: type[ModelT]) -> ModelT:
        """The query as a model; a field declared as a list takes a repeated parameter.

        Raises InvalidInput, also for a repeated parameter where one value is meant.
        """
        return validate(
            {
                name: self._query_value(name, values, model)
                for name, values in self.request.query_arguments.items()
            },
            model,
        )

    def _query_value(self, name: str, values: list[bytes], model: type[BaseModel]) -> str | list[str]:
        decoded = [self.decode_argument(value, name) for value in values]
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) in (list, tuple):
            return decoded
        if len(decoded) > 1:
            raise InvalidInput(f"the query parameter {name} is given {len(decoded)} times")
        return decoded[0]

    def reply(
        self, result: Any, *, status_word: str = "success", http_status: int = HTTPStatus.OK, **extra: Any
    ) -> None:
        """Answers with the success envelope; `extra` stands beside `result`.

        Models, dates, decimals and the like become JSON as pydantic writes them, NaN becomes
        null, and text that UTF-8 cannot carry gets replacement characters.
        """
        self.set_status(http_status)
        self.write_json({"status": status_word, "result": result, **extra})

    def write_json(self, document: Any) -> None:
        """Ends the answer with a JSON document."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(encode_json(document))

    async def head(self, *args: str, **kwargs: str) -> None:
        """As GET; Tornado leaves the body out."""
        outcome = self.get(*args, **kwargs)
        if outcome is not None:
            await outcome

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answers with the error envelope."""
        exc = kwargs.get("exc_info", (None, None, None))[1]
        problem = problem_of(exc, status_code)
        self._error_code = problem.code
        self.set_status(problem.status)
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.write_json(problem.envelope(self.context.request_id))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Logs failures of the service; mistakes of callers are in the access line already."""
        problem = problem_of(value)
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        fields = {"route": self.route.path, "error_code": problem.code, "request_id": self.context.request_id}
        if problem.code == INTERNAL_CODE:
            _log.error("request_failed", **fields, exc_info=(typ, value, tb))
        elif not self.route.quiet:
            # Raised on purpose: the message says it, and only a translated cause needs its traceback.
            cause = value if value is not None and value.__cause__ is not None else None
            _log.warning("request_failed", **fields, reason=str(value), exc_info=cause)


def encode_json(document: Any) -> bytes:
    """JSON as UTF-8. Raises PydanticSerializationError for what has no JSON form."""
    try:
        return to_json(document, inf_nan_mode="null")
    except PydanticSerializationError as exc:
        if "surrogates not allowed" not in str(exc):
            raise
        return to_json(_without_surrogates(document), inf_nan_mode="null")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _without_surrogates(value.model_dump())
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
