"""/api/py_pkg: the packages that code in custom steps may import, kept by coderunner."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field
from servicekit import ApiHandler, ApiModel, ResponseModel, Route
from servicekit.schemas import ErrorEnvelope

from errors import CoderunnerDown, InvalidInput
from logics.packages import PassedOn
from logics.ports import PackageInstaller

_PASSED_ON = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 501, 504)


class InstallRequest(ApiModel):
    """What to install; the fields are coderunner's."""

    model_config = ConfigDict(extra="allow", frozen=True)

    package: str | None = Field(None, description="One requirement, such as `requests==2.32.3`.")
    packages: list[str] | None = Field(None, description="Several requirements.")
    environment: str | None = Field(None, description="The environment; by default `default`.")


class ListPackagesQuery(ApiModel):
    """Which packages to list."""

    environment: str = Field("", description="The environment; by default `default`.")


class PassedOnResponse(ResponseModel):
    """Coderunner's answer."""

    model_config = ConfigDict(frozen=True, extra="allow")

    status: str
    result: Any = None


class _PackagesHandler(ApiHandler):
    def initialize(self, package_installer: PackageInstaller) -> None:
        """Take what asks coderunner."""
        self._installer = package_installer

    def _pass_back(self, answer: PassedOn) -> None:
        """Answer as coderunner did; the request id is this service's, which coderunner was given."""
        self.set_status(answer.status)
        if answer.retry_after:
            self.set_header("Retry-After", answer.retry_after)
        error = answer.body.get("error")
        if isinstance(error, dict):
            self._error_code = str(error.get("code", ""))
        self.write_json(answer.body)


class InstallHandler(_PackagesHandler):
    """Installs packages."""

    async def post(self) -> None:
        """Install."""
        request = self.read_json(InstallRequest)
        self._pass_back(await self._installer.install(request.model_dump(exclude_none=True)))


class ListPackagesHandler(_PackagesHandler):
    """Lists packages."""

    async def get(self) -> None:
        """List."""
        self._pass_back(await self._installer.list(self.read_query(ListPackagesQuery).environment))


_ERRORS: dict[int, type[ResponseModel]] = dict.fromkeys(_PASSED_ON, ErrorEnvelope)
ROUTES = (
    Route(
        "POST",
        "/api/py_pkg/install",
        InstallHandler,
        summary="Install packages for custom steps",
        description="Passed on to coderunner (CODERUNNER_URL), whose errors come back as they are.",
        tag="py_pkg",
        request=InstallRequest,
        response=PassedOnResponse,
        errors=(InvalidInput, CoderunnerDown),
        error_responses=_ERRORS,
        needs=("package_installer",),
    ),
    Route(
        "GET",
        "/api/py_pkg/list",
        ListPackagesHandler,
        summary="List the packages for custom steps",
        tag="py_pkg",
        query=ListPackagesQuery,
        response=PassedOnResponse,
        errors=(CoderunnerDown,),
        error_responses=_ERRORS,
        needs=("package_installer",),
    ),
)
