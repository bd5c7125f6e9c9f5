"""The addresses that every service has: health, metrics, the API document and its page."""

import gzip
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from servicekit.errors import FieldProblem, InvalidInput, MethodNotAllowed, NotFound, Unavailable
from servicekit.handler import ApiHandler
from servicekit.health import failed_checks
from servicekit.openapi import OpenApi
from servicekit.problems import problem_of
from servicekit.routing import Route, RouteDoc
from servicekit.schemas import HealthReport, Liveness, Success, UnhealthyEnvelope
from servicekit.settings import ServiceSettings
from servicekit.state import Phase

# Swagger UI sets style attributes while it runs and draws its icons from data: addresses.
_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DOCS_POLICY_HEADER: Final = "Content-Security-Policy"


class HealthHandler(ApiHandler):
    """Health of the service and its parts."""

    async def get(self) -> None:
        """Answers 200, or 503 with the same report beside the error."""
        info = self.runtime.info
        report = await self.runtime.health.report(info.name, info.version)
        failed = failed_checks(report)
        if failed:
            self._reply_unhealthy(report, failed)
        else:
            self.reply(report)

    def _reply_unhealthy(self, report: HealthReport, failed: list[str]) -> None:
        details = [FieldProblem(f"checks.{name}", _reason(report, name)) for name in failed]
        problem = problem_of(Unavailable(details=details))
        self._error_code = problem.code
        self.set_status(problem.status)
        self.write_json({**problem.envelope(self.context.request_id), "result": report})


class LiveHandler(ApiHandler):
    """Whether the process answers at all."""

    async def get(self) -> None:
        """Answers 200 in every phase: restarting a draining process would lose its requests."""
        self.reply({"phase": self.runtime.state.phase})


class ReadyHandler(ApiHandler):
    """Whether new requests should be sent here."""

    async def get(self) -> None:
        """Answers 200 while serving and 503 while starting or draining."""
        phase = self.runtime.state.phase
        if phase is not Phase.SERVING:
            raise NotReady(f"the service is {phase}")
        self.reply({"phase": phase})


class NotReady(Unavailable):
    """The service is starting or draining, as it should; nothing is wrong."""

    code = "not_ready"
    public_message = None


class MetricsHandler(ApiHandler):
    """Prometheus metrics."""

    async def get(self) -> None:
        """Answers in the text format that the scraper accepts."""
        text, content_type = self.runtime.metrics.exposition(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", content_type)
        self.finish(text)


class OpenApiHandler(ApiHandler):
    """The OpenAPI document."""

    def initialize(self, openapi: OpenApi) -> None:
        """Takes the document."""
        self._openapi = openapi

    async def get(self) -> None:
        """Answers with version 3.1, or 3.0 with `?version=3.0`."""
        version = self.get_query_argument("version", "3.1")
        documents = {"3.1": self._openapi.json, "3.0": self._openapi.json_3_0}
        if version not in documents:
            raise InvalidInput(f"version is one of {', '.join(documents)}")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(documents[version]())


class DocsHandler(ApiHandler):
    """The documentation page."""

    async def get(self) -> None:
        """Answers with a page whose scripts and styles come from this service alone."""
        self.set_header(_DOCS_POLICY_HEADER, _DOCS_POLICY)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_asset("docs.html").body)


class DocsAssetHandler(ApiHandler):
    """Scripts and styles of the documentation page."""

    async def get(self, name: str) -> None:
        """Answers with one of the known files, compressed where the client takes it."""
        if name not in _ASSET_TYPES:
            raise NotFound("the documentation has no such file")
        asset = _asset(name)
        self.set_header("Content-Type", _ASSET_TYPES[name])
        self.set_header("Cache-Control", "public, max-age=3600")
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("Etag", asset.etag)
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
        elif asset.compressed and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(asset.compressed)
        else:
            self.finish(asset.body)


class NoRouteHandler(ApiHandler):
    """Answers for addresses that nothing is at."""

    def admit(self) -> None:
        """Raises NotFound."""
        raise NotFound("nothing is at this address; /docs lists what there is")


class WrongMethodHandler(ApiHandler):
    """Answers for methods that an address does not have."""

    def initialize(self, allowed: Iterable[str]) -> None:
        """Takes the methods that the address does have."""
        self._allowed = ", ".join(allowed)

    def admit(self) -> None:
        """Raises MethodNotAllowed."""
        raise MethodNotAllowed(f"this address takes {self._allowed}")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Names the methods, as RFC 9110 (15.5.6) demands."""
        self.set_header("Allow", self._allowed)
        super().write_error(status_code, **kwargs)


def service_routes(settings: ServiceSettings) -> tuple[Route, ...]:
    """The routes of this module. They answer before the service has started."""
    return (
        *_HEALTH_ROUTES,
        Route(
            "GET",
            "/metrics",
            MetricsHandler,
            summary="Prometheus metrics",
            tag="service",
            doc=RouteDoc(response_content={"text/plain": {"schema": {"type": "string"}}}),
            open_access=settings.metrics_public,
            early=True,
            quiet=True,
        ),
        *_DOCUMENT_ROUTES,
    )


_HEALTH_ROUTES: Final = (
    Route(
        "GET",
        "/api/health",
        HealthHandler,
        summary="Health of the service and its parts",
        description="503 when a part is down without which the service cannot serve; the report is in both.",
        tag="service",
        response=Success[HealthReport],
        error_responses={503: UnhealthyEnvelope},
        open_access=True,
        early=True,
        quiet=True,
    ),
    Route(
        "GET",
        "/api/health/live",
        LiveHandler,
        summary="Whether the process answers",
        tag="service",
        response=Success[Liveness],
        open_access=True,
        early=True,
        quiet=True,
    ),
    Route(
        "GET",
        "/api/health/ready",
        ReadyHandler,
        summary="Whether to send requests here",
        description="503 while the service starts, and from the moment it is told to stop.",
        tag="service",
        response=Success[Liveness],
        errors=(Unavailable,),
        open_access=True,
        early=True,
        quiet=True,
    ),
)
_DOCUMENT_ROUTES: Final = (
    Route("GET", "/openapi.json", OpenApiHandler, needs=("openapi",), open_access=True, early=True, hidden=True),
    Route("GET", "/docs", DocsHandler, open_access=True, early=True, hidden=True),
    Route("GET", "/docs/{name}", DocsAssetHandler, open_access=True, early=True, hidden=True),
)


class _Asset(NamedTuple):
    body: bytes
    compressed: bytes | None
    etag: str


_ASSET_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
}


@cache
def _asset(name: str) -> _Asset:
    folder: Any = files("servicekit") / "assets"
    packed = folder / f"{name}.gz"
    compressed = packed.read_bytes() if packed.is_file() else None
    body = gzip.decompress(compressed) if compressed else (folder / name).read_bytes()
    return _Asset(body, compressed, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _reason(report: HealthReport, name: str) -> str:
    return str((report.checks[name].model_extra or {}).get("error", "not well"))
