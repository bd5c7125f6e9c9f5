"""The application: routes, dependencies and the parts of the service, put together."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPServerRequest
from tornado.web import Application

from servicekit.auth import ApiKeys
from servicekit.body import MEBIBYTE, BodyLimit
from servicekit.endpoints import NoRouteHandler, WrongMethodHandler, service_routes
from servicekit.handler import ApiHandler
from servicekit.health import HealthRegistry
from servicekit.metrics import Metrics
from servicekit.openapi import OpenApi
from servicekit.routing import Route, RouteTable
from servicekit.runtime import Runtime, ServiceInfo
from servicekit.settings import ServiceSettings
from servicekit.state import Phase, ServiceState

if TYPE_CHECKING:
    from tornado.web import _HandlerDelegate

_NO_ROUTE = Route("GET", "(none)", NoRouteHandler, open_access=True, early=True)
_WRONG_METHOD = Route("GET", "(wrong method)", WrongMethodHandler, open_access=True, early=True)


class ServiceApplication(Application):
    """A Tornado application whose addresses are the routes it was given."""

    def __init__(
        self,
        runtime: Runtime,
        routes: tuple[Route, ...],
        dependencies: Mapping[str, Any],
        settings: ServiceSettings,
    ) -> None:
        super().__init__(log_function=_account_elsewhere)
        self.runtime = runtime
        self.routes = routes
        self._table = RouteTable(routes)
        for route in routes:
            _check_handler(route)
        self._given = {
            id(route): _arguments(route, runtime, dependencies, settings)
            for route in (*routes, _NO_ROUTE, _WRONG_METHOD)
        }
        self.largest_body = max(given["limit"].size for given in self._given.values())

    @property
    def state(self) -> ServiceState:
        """The phase of the service and its requests in flight."""
        return self.runtime.state

    def mark_serving(self) -> None:
        """Opens the service: from here on all routes answer and readiness says yes."""
        self.state.phase = Phase.SERVING

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> "_HandlerDelegate":
        """The delegate for a request: its route's handler, or one that answers 404 or 405."""
        found = self._table.find(request.path)
        if found is None:
            return self._delegate(request, _NO_ROUTE)
        route = found.methods.get(request.method or "")
        if route is None:
            return self._delegate(request, _WRONG_METHOD, allowed=sorted(found.methods))
        return self._delegate(request, route, path_kwargs=dict(found.arguments))

    def _delegate(
        self,
        request: HTTPServerRequest,
        route: Route,
        path_kwargs: dict[str, bytes] | None = None,
        **more: Any,
    ) -> "_HandlerDelegate":
        given = {**self._given[id(route)], **more}
        return self.get_handler_delegate(request, route.handler, given, path_kwargs=path_kwargs)


def build_application(
    info: ServiceInfo,
    routes: Iterable[Route],
    dependencies: Mapping[str, Any],
    settings: ServiceSettings,
    *,
    health: HealthRegistry | None = None,
    metrics: Metrics | None = None,
) -> ServiceApplication:
    """Puts a service together; its routes get health, metrics, OpenAPI and the docs page beside them.

    Raises ValueError for a mistake in a route: declared twice, a dependency or setting that does
    not exist, a handler without the method.
    """
    runtime = Runtime(
        info=info,
        keys=ApiKeys(settings.api_keys),
        metrics=metrics or Metrics(info.name, info.version),
        health=health or HealthRegistry(),
        state=ServiceState(),
    )
    every = (*routes, *service_routes(settings))
    document = OpenApi(info, every, keys_required=runtime.keys.required)
    return ServiceApplication(runtime, every, {**dependencies, "openapi": document}, settings)


def _arguments(
    route: Route, runtime: Runtime, dependencies: Mapping[str, Any], settings: ServiceSettings
) -> dict[str, Any]:
    missing = [name for name in route.needs if name not in dependencies]
    if missing:
        raise ValueError(f"{route.method} {route.path} needs {', '.join(missing)}, which nobody provides")
    needs = {name: dependencies[name] for name in route.needs}
    return {"runtime": runtime, "route": route, "limit": _limit(route, settings), **needs}


def _check_handler(route: Route) -> None:
    method = route.method.lower()
    if getattr(route.handler, method) is getattr(ApiHandler, method):
        raise ValueError(f"{route.handler.__name__} has no method {method} for {route.path}")


def _limit(route: Route, settings: ServiceSettings) -> BodyLimit:
    size = getattr(settings, route.body_limit, None)
    if size is None:
        raise ValueError(f"{route.method} {route.path} is bounded by {route.body_limit}, which is no setting")
    return BodyLimit(int(size * MEBIBYTE), route.body_limit.upper())


def _account_elsewhere(_: Any) -> None:
    """Replaces Tornado's own access line: `Exchange` writes one, also for clients that left."""
