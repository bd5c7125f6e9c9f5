"""Logging: structlog and the standard library through one formatter, one line an event.

Lines go to standard error: JSON in containers, readable on a terminal. Nothing here ever
receives bodies, queries, headers or keys, so nothing needs to be filtered out afterwards.
"""

import logging
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from servicekit.context import current_request
from servicekit.settings import ServiceSettings

_TALKATIVE: Final = ("asyncio", "httpx", "httpcore", "urllib3")
"""Loggers of libraries that tell of every call: addresses with queries, headers with keys."""


def configure_logging(settings: ServiceSettings, stream: TextIO | None = None) -> None:
    """Routes all logging of the process to `stream` (standard error); replaces earlier handlers."""
    output = stream or sys.stderr
    structlog.configure(
        processors=[*_shared_processors(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(_formatter(settings, output))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def add_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Adds the ids of the request being served, unless the line brings its own."""
    context = current_request.get()
    if context is not None:
        event.setdefault("request_id", context.request_id)
        if context.traceparent:
            event.setdefault("traceparent", context.traceparent)
    return event


def _shared_processors() -> list[Processor]:
    return [
        structlog.stdlib.filter_by_level,
        *_decorations(),
    ]


def _decorations() -> list[Processor]:
    return [
        add_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(settings: ServiceSettings, output: TextIO) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_decorations(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(_console(output) if _is_console(settings, output) else _json()),
        ],
    )


def _is_console(settings: ServiceSettings, output: TextIO) -> bool:
    if settings.log_format == "auto":
        return output.isatty()
    return settings.log_format == "console"


def _json() -> list[Processor]:
    # format_exc_info renders tracebacks without local variables, which could hold user data.
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _console(output: TextIO) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=output.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [renderer]
