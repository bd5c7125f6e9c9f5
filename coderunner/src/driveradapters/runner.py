"""POST /api/runner/execute: run a program and tell how it went."""

from __future__ import annotations

import base64
import mimetypes
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from servicekit import ApiHandler, ApiModel, Example, ResponseModel, Route

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
from logics.domain import DEFAULT_ENVIRONMENT, NamedFile, Program, RunReport, RunStatus
from logics.run_code import RunCode

_LONGEST_NAME = 255  # bytes, in every common file system


def _short_enough(name: str) -> str:
    if len(name.encode()) > _LONGEST_NAME:
        raise ValueError(f"a name has at most {_LONGEST_NAME} bytes of UTF-8")
    return name


def _decode(content: object) -> bytes:
    """Decode Base64 (RFC 4648, 4) with or without line breaks; nothing else is skipped."""
    if not isinstance(content, str):
        raise ValueError("Base64 text is expected")  # noqa: TRY004 - pydantic listens to ValueError
    try:
        return base64.b64decode(content.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError as reason:
        raise ValueError(f"not valid Base64: {reason}") from None


FileName = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^/\x00]+$"), AfterValidator(_short_enough)
]
Base64Content = Annotated[
    bytes, BeforeValidator(_decode), WithJsonSchema({"type": "string", "contentEncoding": "base64"})
]


class InputFileModel(ApiModel):
    """A file that the program finds in its working directory."""

    name: FileName = Field(description="A name without folders.")
    content_base64: Base64Content = Field(description="The content, Base64.")


class ExecuteRequest(ApiModel):
    """A program, and what it is run with."""

    code: str = Field(description="Python source.")
    timeout: float | None = Field(
        None,
        gt=0,
        strict=True,
        description="Seconds until the run is stopped; the default and the maximum are MAX_EXECUTION_TIME.",
    )
    memory_mb: int | None = Field(
        None,
        ge=1,
        strict=True,
        description="Memory that the run may take, in MiB; the default and the maximum are MAX_MEMORY_MB.",
    )
    inputs: dict[str, Any] = Field({}, description="Become variables, and arguments of `main` by name.")
    stdin: str = Field("", description="What `input()` and `sys.stdin` read.")
    files: tuple[InputFileModel, ...] = Field((), description="Files in the working directory.")
    environment: EnvironmentName = Field(DEFAULT_ENVIRONMENT, description="The package environment.")
    packages: tuple[str, ...] = Field(
        (),
        description="Packages for this run beside those of its environment, as `name==version`; the same may stand "
        "in the code as inline script metadata (PEP 723).",
    )
    network: bool = Field(
        False,
        strict=True,
        description="Whether the program may connect out to public addresses, where the operator allows it.",
    )


class ErrorModel(ResponseModel):
    """What went wrong in the program, by its own lines."""

    type: str
    message: str
    line: int | None = Field(description="From 1.")
    column: int | None = Field(description="From 1.")
    traceback: str = Field(description="The program's own frames only.")
    hint: str | None = Field(description="What to change.")


class ArtifactModel(ResponseModel):
    """A file that the program wrote, or a figure that it left open."""

    name: str
    mime: str
    size: int = Field(description="Bytes.")
    content_base64: str


class UsageModel(ResponseModel):
    """What the run took, as the kernel counted it."""

    wall_ms: float
    cpu_ms: float
    peak_memory_mb: float
    queued_ms: float = Field(description="The wait for a free slot.")


class ExecuteResponse(ResponseModel):
    """How the run went. A program that fails is a served request: the HTTP status is 200."""

    status: Literal["success", "error", "timeout", "memory_exceeded", "output_exceeded", "rejected", "crashed"]
    result: str = Field(description="Standard output.")
    stderr: str
    return_value: Any = Field(description="The value of `main`, of a top-level `return`, or of the last expression.")
    error: ErrorModel | None
    artifacts: list[ArtifactModel]
    truncated: bool = Field(description="Whether output or files are missing for their size.")
    left_out: list[str] = Field(description="Files that are missing, with the reason.")
    usage: UsageModel


class ExecuteHandler(ApiHandler):
    """Runs a program, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, run_code: RunCode, execute_limits: ExecuteLimits) -> None:
        """Take the use case and the limits of a request."""
        self._run_code = run_code
        self._limits = execute_limits

    async def post(self) -> None:
        """Run the program of the request."""
        request = self.read_json(ExecuteRequest)
        report = await self._run_code(self._limits.program(request), request.packages)
        self.reply(report.stdout, status_word=str(report.status), **_extra(report))


class ExecuteLimits:
    """Limits on a request that no schema knows, since they are settings."""

    def __init__(self, timeout_s: float, memory_mb: int, code_kb: int, files: int) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._code_kb = code_kb
        self._files = files

    def program(self, request: ExecuteRequest) -> Program:
        """Return the program of a request.

        Raises:
            TooLarge: the code is too long.
            InvalidInput: too many files, or two of one name.
        """
        if len(request.code.encode("utf-8", "surrogatepass")) > self._code_kb << 10:
            raise TooLarge(f"code is longer than {self._code_kb} KiB (MAX_CODE_KB)")
        names = [file.name for file in request.files]
        if len(names) > self._files:
            raise _invalid("files", f"{len(names)} files; at most {self._files} (MAX_INPUT_FILES)")
        if len(set(names)) < len(names) or {".", ".."} & set(names):
            raise _invalid("files", "names must be file names, each used once")
        return Program(
            code=request.code,
            timeout_s=self._timeout_s if request.timeout is None else request.timeout,
            memory_mb=self._memory_mb if request.memory_mb is None else request.memory_mb,
            inputs=request.inputs,
            stdin=request.stdin,
            files=tuple(NamedFile(file.name, file.content_base64) for file in request.files),
            environment=request.environment,
            network=request.network,
        )


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", details=[FieldProblem(field, message)])


def _extra(report: RunReport) -> dict[str, Any]:
    error = report.error
    return {
        "stderr": report.stderr,
        "return_value": report.return_value,
        "error": None if error is None else ErrorModel(**vars(error)),
        "artifacts": [_artifact(file) for file in report.artifacts],
        "truncated": report.truncated,
        "left_out": [f"{name}: {reason}" for name, reason in report.left_out],
        "usage": UsageModel(**vars(report.usage)),
    }


def _artifact(file: NamedFile) -> ArtifactModel:
    return ArtifactModel(
        name=file.name,
        mime=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        size=len(file.content),
        content_base64=base64.b64encode(file.content).decode("ascii"),
    )


_HELLO = Example(
    name="hello",
    summary="Print a line",
    request={"code": "print('Hello')", "timeout": 30},
    response={
        "status": str(RunStatus.SUCCESS),
        "result": "Hello\n",
        "stderr": "",
        "return_value": None,
        "error": None,
        "artifacts": [],
        "truncated": False,
        "left_out": [],
        "usage": {"wall_ms": 0.9, "cpu_ms": 0.6, "peak_memory_mb": 0.3, "queued_ms": 0.0},
    },
)

ROUTES = (
    Route(
        "POST",
        "/api/runner/execute",
        ExecuteHandler,
        summary="Run a program",
        description=(
            "Compiles the code under the language policy and runs it in a single-use, confined worker. "
            "`status` says how it ended; a program that fails is still HTTP 200."
        ),
        tag="runner",
        request=ExecuteRequest,
        response=ExecuteResponse,
        errors=(
            *(InvalidInput, Forbidden, NotFound, Conflict, TooLarge, Unprocessable),
            *(Busy, Unavailable, DeadlineExceeded),
        ),
        needs=("run_code", "execute_limits"),
        examples=(_HELLO,),
    ),
)
