"""/api/pypkg: packages that programs can import, and the environments that hold them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from servicekit import ApiHandler, ApiModel, Example, ResponseModel, Route, Success

from driveradapters.names import EnvironmentName
from errors import (
    Busy,
    Conflict,
    DeadlineExceeded,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    Unavailable,
    Unprocessable,
)
from logics.domain import DEFAULT_ENVIRONMENT
from logics.environments import (
    DeleteEnvironment,
    InstallPackages,
    ListEnvironments,
    ListPackages,
    UninstallPackages,
)
from logics.packages import ChangeReport, Distribution, Environment

T = TypeVar("T")
RequirementText = Annotated[str, StringConstraints(min_length=1, max_length=300)]
_MOST_LISTED = 1000
_LONGEST_POSITION = 10
_CHANGE_ERRORS = (
    *(InvalidInput, Forbidden, NotFound, Conflict, TooLarge, Unprocessable),
    *(Busy, Unavailable, DeadlineExceeded),
)


class PackagesRequest(ApiModel):
    """Packages of an environment: one, or several."""

    package: RequirementText | None = Field(None, description="One requirement, as `requests==2.32.3` (PEP 508).")
    packages: tuple[RequirementText, ...] = Field((), description="Several requirements.")
    environment: EnvironmentName = Field(DEFAULT_ENVIRONMENT, description="The environment; made if there is none.")

    @model_validator(mode="after")
    def _name_something(self) -> Self:
        if not self.texts:
            raise ValueError("give package or packages")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """What is asked for."""
        return (*((self.package,) if self.package is not None else ()), *self.packages)


class RemovalRequest(PackagesRequest):
    """Packages to remove, by name; in the body or in the query."""


class Page(ApiModel):
    """Which part of a list is wanted."""

    limit: int = Field(100, ge=1, le=_MOST_LISTED, description="Most items.")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")


class ListQuery(Page):
    """Whose packages are wanted."""

    environment: EnvironmentName = Field(DEFAULT_ENVIRONMENT, description="The environment.")


class VersionModel(ResponseModel):
    """A package and its version."""

    name: str
    version: str


class ReplacementModel(ResponseModel):
    """A package that has another version now."""

    name: str
    before: str
    after: str


class ChangeModel(ResponseModel):
    """What a change of an environment did."""

    environment: str
    added: list[VersionModel]
    changed: list[ReplacementModel]
    removed: list[VersionModel]
    modules: list[str] = Field(description="Names by which the packages that were asked for, or came, are imported.")
    skipped: list[str] = Field(description="Requirements whose markers do not hold on this server.")
    duration_ms: float


class PackageModel(ResponseModel):
    """A package that programs can import."""

    name: str
    version: str
    source: Literal["base", "environment"] = Field(description="Whether every environment has it, or this one.")
    requested: bool = Field(description="Whether it was installed by name, not as a need of another.")
    modules: list[str] = Field(
        description="Names by which it is imported; none for what is there for other packages, until it is asked for."
    )


class PackagesPage(ResponseModel):
    """A part of the packages, by name."""

    environment: str
    items: list[PackageModel]
    next_cursor: str | None
    total: int


class EnvironmentModel(ResponseModel):
    """An environment."""

    name: str
    requested: list[str] = Field(description="What was installed by name.")
    packages: int = Field(description="How many packages it has beyond, or instead of, those of the base.")
    changed_at: datetime | None = Field(description="When its packages last changed; null for never.")


class EnvironmentsPage(ResponseModel):
    """A part of the environments, the default one first."""

    items: list[EnvironmentModel]
    next_cursor: str | None
    total: int


class DeletedModel(ResponseModel):
    """The environment that is gone, or that is the base alone again."""

    environment: str
    deleted: bool = Field(description="False for the default environment, which was emptied.")


class InstallHandler(ApiHandler):
    """Installs packages into an environment."""

    def initialize(self, install_packages: InstallPackages) -> None:
        """Take the use case."""
        self._install = install_packages

    async def post(self) -> None:
        """Install what the request names."""
        request = self.read_json(PackagesRequest)
        self.reply(change_model(await self._install(request.texts, request.environment)))


class ListHandler(ApiHandler):
    """Lists the packages of an environment."""

    def initialize(self, list_packages: ListPackages) -> None:
        """Take the use case."""
        self._list = list_packages

    async def get(self) -> None:
        """List what programs can import."""
        query = self.read_query(ListQuery)
        environment, packages = await self._list(query.environment)
        items, next_cursor = page_of([package_model(item, environment) for item in packages], query)
        self.reply(
            PackagesPage(environment=environment.name, items=items, next_cursor=next_cursor, total=len(packages))
        )


class UninstallHandler(ApiHandler):
    """Removes packages from an environment."""

    def initialize(self, uninstall_packages: UninstallPackages) -> None:
        """Take the use case."""
        self._uninstall = uninstall_packages

    async def delete(self) -> None:
        """Remove what the body or the query names."""
        request = self.read_json(RemovalRequest) if self.body else self.read_query(RemovalRequest)
        self.reply(change_model(await self._uninstall(request.texts, request.environment)))


class EnvironmentsHandler(ApiHandler):
    """Lists the environments."""

    def initialize(self, list_environments: ListEnvironments) -> None:
        """Take the use case."""
        self._list = list_environments

    async def get(self) -> None:
        """List the environments."""
        query = self.read_query(Page)
        environments = await self._list()
        items, next_cursor = page_of([environment_model(item) for item in environments], query)
        self.reply(EnvironmentsPage(items=items, next_cursor=next_cursor, total=len(environments)))


class EnvironmentHandler(ApiHandler):
    """Deletes an environment."""

    def initialize(self, delete_environment: DeleteEnvironment) -> None:
        """Take the use case."""
        self._delete = delete_environment

    async def delete(self, name: str) -> None:
        """Forget the environment of the path."""
        await self._delete(environment_name(name))
        self.reply(DeletedModel(environment=name, deleted=name != DEFAULT_ENVIRONMENT))


_NAME: TypeAdapter[str] = TypeAdapter(EnvironmentName)


def environment_name(text: str) -> str:
    """Return a name from a path; raises InvalidInput for what is none."""
    try:
        return _NAME.validate_python(text)
    except ValidationError:
        message = "an environment's name has letters, digits, dots, hyphens and underscores, at most 64"
        raise InvalidInput(f"name: {message}", details=[FieldProblem("name", message)]) from None


def page_of(items: Sequence[T], page: Page) -> tuple[list[T], str | None]:
    """Return one page and the cursor of the next, None at the end; raises InvalidInput for a cursor of nobody's."""
    start = 0 if page.cursor is None else _position(page.cursor)
    end = start + page.limit
    return list(items[start:end]), _cursor(end) if end < len(items) else None


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _position(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        text = ""
    if text.isdecimal() and len(text) < _LONGEST_POSITION:
        return int(text)
    message = "not a cursor of this list; leave it out for the first page"
    raise InvalidInput(f"cursor: {message}", details=[FieldProblem("cursor", message)])


def change_model(report: ChangeReport) -> ChangeModel:
    """Return the answer to a change."""
    changes = report.changes
    return ChangeModel(
        environment=report.environment.name,
        added=[VersionModel(name=c.name, version=c.after) for c in changes if c.before is None and c.after],
        changed=[
            ReplacementModel(name=c.name, before=c.before, after=c.after) for c in changes if c.before and c.after
        ],
        removed=[VersionModel(name=c.name, version=c.before) for c in changes if c.after is None and c.before],
        modules=list(report.modules),
        skipped=list(report.skipped),
        duration_ms=report.duration_ms,
    )


def package_model(package: Distribution, environment: Environment) -> PackageModel:
    """Return a package as lists show it."""
    own = any(item.name == package.name for item in environment.packages.distributions)
    return PackageModel(
        name=package.name,
        version=package.version,
        source="environment" if own else "base",
        requested=package.name in environment.requested_names,
        modules=list(package.modules) if package.importable else [],
    )


def environment_model(environment: Environment) -> EnvironmentModel:
    """Return an environment as lists show it."""
    return EnvironmentModel(
        name=environment.name,
        requested=list(environment.requested),
        packages=len(environment.packages.distributions),
        changed_at=environment.changed_at,
    )


_INSTALLED = Example(
    name="install",
    summary="Install a package into the environment of its own",
    request={"package": "tinydb==4.8.2", "environment": "reports"},
    response={
        "status": "success",
        "result": {
            "environment": "reports",
            "added": [{"name": "tinydb", "version": "4.8.2"}],
            "changed": [],
            "removed": [],
            "modules": ["tinydb"],
            "skipped": [],
            "duration_ms": 612.4,
        },
    },
)

ROUTES = (
    Route(
        "POST",
        "/api/pypkg/install",
        InstallHandler,
        summary="Install packages into an environment",
        description=(
            "Resolves the requirements together with those before and with the base packages, installs wheels into a "
            "new immutable set, and lets the environment name it in one step. Programs that are running keep theirs; "
            "a failure changes nothing. Direct URLs, version control, local paths and options are refused."
        ),
        tag="pypkg",
        request=PackagesRequest,
        response=Success[ChangeModel],
        errors=_CHANGE_ERRORS,
        needs=("install_packages",),
        examples=(_INSTALLED,),
    ),
    Route(
        "GET",
        "/api/pypkg/list",
        ListHandler,
        summary="List the packages of an environment",
        tag="pypkg",
        query=ListQuery,
        response=Success[PackagesPage],
        errors=(InvalidInput, NotFound, Conflict, Unprocessable, Busy, Unavailable, DeadlineExceeded),
        needs=("list_packages",),
    ),
    Route(
        "DELETE",
        "/api/pypkg/uninstall",
        UninstallHandler,
        summary="Remove packages from an environment",
        description=(
            "Removes packages that were installed by name, and what only they needed. The names stand in the body or "
            "in the query."
        ),
        tag="pypkg",
        request=RemovalRequest,
        query=RemovalRequest,
        response=Success[ChangeModel],
        errors=_CHANGE_ERRORS,
        needs=("uninstall_packages",),
    ),
    Route(
        "GET",
        "/api/pypkg/environments",
        EnvironmentsHandler,
        summary="List the environments",
        tag="pypkg",
        query=Page,
        response=Success[EnvironmentsPage],
        errors=(InvalidInput, Unavailable),
        needs=("list_environments",),
    ),
    Route(
        "DELETE",
        "/api/pypkg/environments/{name}",
        EnvironmentHandler,
        summary="Delete an environment",
        description="The default environment always exists: deleting it empties it, down to the base packages.",
        tag="pypkg",
        response=Success[DeletedModel],
        errors=(InvalidInput, Forbidden, NotFound, Conflict, Unavailable),
        needs=("delete_environment",),
    ),
)
