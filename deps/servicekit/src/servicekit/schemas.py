"""Pydantic bases for what comes in and goes out."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class ApiModel(BaseModel):
    """The base of request models: unknown fields are refused by name, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ResponseModel(BaseModel):
    """The base of response models."""

    model_config = ConfigDict(frozen=True)


class Success(ResponseModel, Generic[T]):
    """The envelope of an answer without fields beside `result`."""

    status: Literal["success"] = "success"
    result: T


class ErrorDetail(ResponseModel):
    """A problem with one field of the request."""

    field: str = Field(description="The field's dotted path, as in `files.0.name`.")
    message: str


class ErrorBody(ResponseModel):
    """What went wrong."""

    code: str = Field(description="A stable snake_case word to branch on.")
    message: str = Field(description="For people; it may change.")
    details: list[ErrorDetail]


class ErrorEnvelope(ResponseModel):
    """The body of every failed request."""

    status: Literal["error"] = "error"
    error: ErrorBody
    request_id: str = Field(description="Equals the X-Request-ID header; the log has it too.")


class CheckResult(ResponseModel):
    """The outcome of one health check; further fields depend on the check."""

    model_config = ConfigDict(frozen=True, extra="allow")

    ok: bool
    critical: bool = Field(description="Whether the service cannot serve without it.")


class HealthReport(ResponseModel):
    """The state of the service and of the parts it depends on."""

    service: str
    version: str
    uptime_s: float = Field(description="Seconds since the process was composed.")
    checks: dict[str, CheckResult]


class UnhealthyEnvelope(ErrorEnvelope):
    """The error envelope with the report beside it, where a healthy service has it too."""

    result: HealthReport


class Liveness(ResponseModel):
    """Where the process is in its life."""

    phase: Literal["starting", "serving", "draining"]


JsonObject = dict[str, Any]
