"""The OpenAPI 3.1 document, generated from the routes and their models."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from http import HTTPStatus
from http.client import responses
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pydantic_core import to_jsonable_python

from servicekit import errors
from servicekit.context import REQUEST_ID_HEADER
from servicekit.errors import ServiceError
from servicekit.openapi_3_0 import as_3_0
from servicekit.problems import INTERNAL_CODE, code_of, status_of
from servicekit.routing import Example, Route
from servicekit.runtime import ServiceInfo
from servicekit.schemas import ErrorEnvelope

_JSON: Final = "application/json"
_REFERENCE: Final = "#/components/schemas/{model}"
_SECURITY_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
_WITH_KEY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"apiKey": []}]
_REQUEST_ID: Final[Mapping[str, Any]] = {
    "description": "The id of the request: the one sent, or a new one.",
    "schema": {"type": "string"},
}
_BODY_ERRORS: Final = (errors.InvalidInput, errors.TooLarge, errors.UnsupportedMedia)

_Mode = Literal["validation", "serialization"]
_References = Mapping[Any, Any]
"""Where the schema of each (model, mode) is."""


class OpenApi:
    """The document of one service, made when first asked for."""

    def __init__(self, info: ServiceInfo, routes: Iterable[Route], *, keys_required: bool) -> None:
        self._info = info
        self._routes = tuple(route for route in routes if not route.hidden)
        self._keys_required = keys_required

    def json(self) -> bytes:
        """The document in version 3.1."""
        return self._encoded[0]

    def json_3_0(self) -> bytes:
        """The document in version 3.0, for importers that know no newer one."""
        return self._encoded[1]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document in version 3.1, as a dictionary not to be changed."""
        references, schemas = self._schemas()
        builder = _Operations(references, keys_required=self._keys_required)
        paths: dict[str, dict[str, Any]] = {}
        for route in self._routes:
            paths.setdefault(route.path, {})[route.method.lower()] = builder.operation(route)
        return {
            "openapi": "3.1.0",
            "info": self._info_object(),
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": _SECURITY_SCHEMES,
                "headers": {REQUEST_ID_HEADER: _REQUEST_ID},
            },
        }

    @cached_property
    def _encoded(self) -> tuple[bytes, bytes]:
        return json.dumps(self.document).encode(), json.dumps(as_3_0(self.document)).encode()

    def _info_object(self) -> dict[str, Any]:
        info = {"title": self._info.title or self._info.name, "version": self._info.version}
        return {**info, "description": self._info.description} if self._info.description else info

    def _schemas(self) -> tuple[_References, dict[str, Any]]:
        wanted: dict[tuple[type[BaseModel], _Mode], None] = {(ErrorEnvelope, "serialization"): None}
        for route in self._routes:
            wanted.update(dict.fromkeys(_models_of(route)))
        references, definitions = models_json_schema(list(wanted), ref_template=_REFERENCE)
        return references, definitions.get("$defs", {})


class _Operations:
    """Makes operation objects, given where each model's schema is."""

    def __init__(self, references: _References, *, keys_required: bool) -> None:
        self._references = references
        self._security = _WITH_KEY if keys_required else [{}, *_WITH_KEY]
        self._keys_required = keys_required

    def operation(self, route: Route) -> dict[str, Any]:
        """The operation object of a route."""
        texts = {"summary": route.summary, "description": route.description}
        operation: dict[str, Any] = {
            "operationId": operation_id(route),
            **{name: text for name, text in texts.items() if text},
            "security": [] if route.open_access else self._security,
            "responses": {
                str(route.status): self._success(route),
                **{str(status): _also(status, content) for status, content in route.doc.also.items()},
                **self._failures(route),
            },
        }
        if route.tag:
            operation["tags"] = [route.tag]
        parameters = [*map(_path_parameter, route.parameters), *self._query_parameters(route)]
        if parameters:
            operation["parameters"] = parameters
        content = self._request_content(route)
        if content:
            operation["requestBody"] = {"required": True, "content": content}
        return operation

    def _request_content(self, route: Route) -> Mapping[str, Any] | None:
        if route.doc.request_content is not None or route.request is None:
            return route.doc.request_content
        asked = {
            example.name: _example(example.summary or example.name, example.request)
            for example in route.examples
            if example.request is not None
        }
        return {_JSON: _media(self._references[route.request, "validation"], asked)}

    def _success(self, route: Route) -> dict[str, Any]:
        answer = _answer(responses[route.status])
        if route.doc.response_content is not None:
            answer["content"] = route.doc.response_content
        elif route.response is not None:
            schema = self._references[route.response, "serialization"]
            answer["content"] = {_JSON: _media(schema, _answers(route.examples, route.status))}
        return answer

    def _failures(self, route: Route) -> dict[str, Any]:
        codes = self._error_codes(route)
        return {str(status): self._failure(route, status, codes[status]) for status in sorted(codes)}

    def _failure(self, route: Route, status: int, codes: list[str]) -> dict[str, Any]:
        model = route.error_responses.get(status, ErrorEnvelope)
        answer = _answer(f"{responses[status]}; code: {', '.join(codes)}")
        answer["content"] = {
            _JSON: _media(self._references[model, "serialization"], _answers(route.examples, status))
        }
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            text = "Seconds after which to ask again."
            answer["headers"]["Retry-After"] = {"description": text, "schema": {"type": "integer"}}
        return answer

    def _error_codes(self, route: Route) -> dict[int, list[str]]:
        codes: dict[int, list[str]] = {500: [INTERNAL_CODE]}
        for status in route.error_responses:
            codes[status] = [code_of(status)]
        for kind in self._error_kinds(route):
            listed = codes.setdefault(int(status_of(kind)), [])
            if kind.code not in listed:
                listed.append(kind.code)
        return codes

    def _error_kinds(self, route: Route) -> Iterable[type[ServiceError]]:
        yield from route.errors
        if route.request is not None or route.doc.request_content is not None:
            yield from _BODY_ERRORS
        if route.query is not None or route.parameters:
            yield errors.InvalidInput
        if self._keys_required and not route.open_access:
            yield errors.Unauthorized
        if not route.early:
            yield errors.Unavailable

    def _query_parameters(self, route: Route) -> Iterable[dict[str, Any]]:
        if route.query is None:
            return
        schema = route.query.model_json_schema(ref_template=_REFERENCE)
        required = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            parameter = {"name": name, "in": "query", "required": name in required, "schema": field}
            if "description" in field:
                parameter["description"] = field["description"]
            yield parameter


def operation_id(route: Route) -> str:
    """A name for a route that is stable and unique: `post_api_runner_execute`."""
    words = [word.strip("{}").replace(".", "_") for word in route.path.split("/") if word]
    return "_".join((route.method.lower(), *words))


def _models_of(route: Route) -> Iterable[tuple[type[BaseModel], _Mode]]:
    if route.request is not None:
        yield route.request, "validation"
    if route.query is not None:
        # For the definitions that its fields refer to.
        yield route.query, "validation"
    for model in (route.response, *route.error_responses.values()):
        if model is not None:
            yield model, "serialization"


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _answer(description: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/headers/{REQUEST_ID_HEADER}"}
    return {"description": description, "headers": {REQUEST_ID_HEADER: reference}}


def _also(status: int, content: Mapping[str, Any]) -> dict[str, Any]:
    answer = _answer(responses[status])
    return {**answer, "content": content} if content else answer


def _media(schema: Any, examples: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": schema, "examples": examples} if examples else {"schema": schema}


def _answers(examples: Iterable[Example], status: int) -> dict[str, Any]:
    return {
        example.name: _example(example.summary or example.name, example.response)
        for example in examples
        if example.status == status
    }


def _example(summary: str, value: Any) -> dict[str, Any]:
    return {"summary": summary, "value": to_jsonable_python(value)}
