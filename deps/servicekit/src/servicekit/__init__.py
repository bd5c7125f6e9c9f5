"""The base of our services: a Tornado application made from routes, and all that runs around it."""

from servicekit.application import ServiceApplication, build_application
from servicekit.body import BodyLimit
from servicekit.context import RequestContext, current_request
from servicekit.errors import (
    Busy,
    Conflict,
    DeadlineExceeded,
    FieldProblem,
    Forbidden,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    NotImplementedHere,
    RangeNotSatisfiable,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)
from servicekit.handler import ApiHandler, encode_json
from servicekit.health import Check, HealthRegistry
from servicekit.lifecycle import Closer, Starter, serve
from servicekit.logs import configure_logging
from servicekit.metrics import Metrics
from servicekit.openapi import OpenApi
from servicekit.routing import Example, Route, RouteDoc
from servicekit.runtime import ServiceInfo
from servicekit.schemas import ApiModel, ErrorEnvelope, ResponseModel, Success
from servicekit.settings import (
    ServiceSettings,
    SettingDescription,
    SettingsError,
    describe_settings,
    load_settings,
)
from servicekit.state import Phase

__all__ = [
    "ApiHandler",
    "ApiModel",
    "BodyLimit",
    "Busy",
    "Check",
    "Closer",
    "Conflict",
    "DeadlineExceeded",
    "ErrorEnvelope",
    "Example",
    "FieldProblem",
    "Forbidden",
    "HealthRegistry",
    "InvalidInput",
    "MethodNotAllowed",
    "Metrics",
    "NotFound",
    "NotImplementedHere",
    "OpenApi",
    "Phase",
    "RangeNotSatisfiable",
    "RequestContext",
    "ResponseModel",
    "Route",
    "RouteDoc",
    "ServiceApplication",
    "ServiceError",
    "ServiceInfo",
    "ServiceSettings",
    "SettingDescription",
    "SettingsError",
    "Starter",
    "Success",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
    "Unprocessable",
    "UnsupportedMedia",
    "build_application",
    "configure_logging",
    "current_request",
    "describe_settings",
    "encode_json",
    "load_settings",
    "serve",
]
