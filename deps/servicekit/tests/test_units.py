"""The parts that need no server."""

import asyncio
from collections.abc import Callable

import pytest
from sample_service import EchoHandler, ListHandler, Order, settings_for

from servicekit import Route, ServiceInfo, build_application, encode_json, errors
from servicekit.context import RequestContext, context_from, valid_traceparent
from servicekit.lifecycle import close_all
from servicekit.openapi_3_0 import as_3_0
from servicekit.problems import STATUS_OF, status_of

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("value", [TRACE, "01" + TRACE[2:], "01" + TRACE[2:] + "-more"])
def test_valid_traceparents_are_kept(value: str) -> None:
    assert valid_traceparent(value) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        TRACE.upper(),
        TRACE + "-more",
        "ff" + TRACE[2:],
        TRACE[:-1],
        TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        TRACE.replace("00f067aa0ba902b7", "0" * 16),
        "01" + TRACE[2:] + "-" + "x" * 600,
    ],
)
def test_invalid_traceparents_are_dropped(value: str | None) -> None:
    assert valid_traceparent(value) is None


def test_outbound_calls_carry_the_ids() -> None:
    context = context_from({"X-Request-ID": "a", "traceparent": TRACE})
    assert context.outbound_headers() == {"X-Request-ID": "a", "traceparent": TRACE}
    assert RequestContext("b").outbound_headers() == {"X-Request-ID": "b"}


def test_every_error_in_the_tree_has_a_status() -> None:
    assert set(errors.ServiceError.__subclasses__()) == set(STATUS_OF)


def test_an_error_of_a_service_inherits_the_status_of_its_parent() -> None:
    class PackageMissing(errors.NotFound):
        code = "package_missing"

    assert status_of(PackageMissing) == 404


def application_of(*routes: Route) -> Callable[[], object]:
    return lambda: build_application(ServiceInfo("x", "1"), routes, {"suffix": "!"}, settings_for())


@pytest.mark.parametrize(
    ("routes", "complaint"),
    [
        ([Route("GET", "/a", ListHandler), Route("GET", "/a", ListHandler)], "declared twice"),
        ([Route("GET", "/api/health", ListHandler)], "declared twice"),
        ([Route("POST", "/a", ListHandler)], "no method post"),
        ([Route("GET", "/a", ListHandler, needs=("database",))], "database, which nobody provides"),
        ([Route("GET", "/a", ListHandler, body_limit="max_bdy_mb")], "max_bdy_mb, which is no setting"),
    ],
)
def test_mistakes_in_routes_are_found_when_the_application_is_built(routes: list[Route], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        application_of(*routes)()


def test_one_address_may_have_a_handler_for_each_method() -> None:
    routes = (
        Route("GET", "/a", ListHandler),
        Route("POST", "/a", EchoHandler, needs=("suffix",), request=Order),
    )
    assert application_of(*routes)()


def test_not_a_number_becomes_null() -> None:
    assert encode_json({"a": float("nan"), "b": float("inf")}) == b'{"a":null,"b":null}'


def test_closers_run_in_reverse_and_one_that_fails_does_not_stop_the_others() -> None:
    closed: list[str] = []

    async def first() -> None:
        closed.append("first")

    def failing() -> None:
        closed.append("failing")
        raise OSError("gone")

    asyncio.run(close_all([first, failing, lambda: closed.append("last")]))
    assert closed == ["last", "failing", "first"]


def test_the_older_dialect_keeps_the_meaning() -> None:
    schema = {
        "type": "object",
        "properties": {
            "kind": {"const": "a"},
            "size": {"exclusiveMinimum": 0, "type": "number", "examples": [3]},
            "pair": {"prefixItems": [{"type": "string"}, {"type": "integer"}], "type": "array"},
            "either": {"type": ["string", "integer"]},
            "maybe": {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}], "default": None},
            "optional": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}], "default": None},
            "described": {"$ref": "#/components/schemas/B", "description": "A B."},
            "nothing": {"type": "null"},
        },
    }
    converted = as_3_0({"components": {"schemas": {"A": schema}}})["components"]["schemas"]["A"]["properties"]
    assert converted == {
        "kind": {"enum": ["a"]},
        "size": {"minimum": 0, "exclusiveMinimum": True, "type": "number", "example": 3},
        "pair": {"items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "type": "array"},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "maybe": {"anyOf": [{"$ref": "#/components/schemas/B"}], "nullable": True},
        "optional": {"type": "string", "minLength": 1, "nullable": True, "default": None},
        "described": {"allOf": [{"$ref": "#/components/schemas/B"}], "description": "A B."},
        "nothing": {"nullable": True},
    }
