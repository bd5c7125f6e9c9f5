"""Health checks of the parts that a service depends on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from servicekit.errors import ServiceError
from servicekit.schemas import CheckResult, HealthReport

Probe = Callable[[], Awaitable[Mapping[str, Any] | None]]
"""Returns details to show, or raises: then the part is not well. A ServiceError's public text is shown."""

_log = structlog.get_logger("servicekit.health")


@dataclass(frozen=True, slots=True)
class Check:
    """A probe, whether the service cannot serve without its part, and how long it may take (seconds)."""

    probe: Probe
    critical: bool = True
    timeout: float = 2.0


class HealthRegistry:
    """Runs checks together and remembers their results for a moment.

    The health address needs no key: without `fresh_for` (seconds) and the lock, anybody could
    make the service probe its dependencies as often as they like.
    """

    def __init__(
        self,
        checks: Mapping[str, Check] | None = None,
        *,
        fresh_for: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checks = dict(checks or {})
        self._fresh_for = fresh_for
        self._clock = clock
        self._started = clock()
        self._lock = asyncio.Lock()
        self._results: dict[str, CheckResult] = {}
        self._taken_at: float | None = None

    def add(self, name: str, probe: Probe, *, critical: bool = True, timeout: float = 2.0) -> None:
        """Registers a check. Raises ValueError for a name already taken."""
        if name in self._checks:
            raise ValueError(f"a health check named {name} exists already")
        self._checks[name] = Check(probe, critical, timeout)

    async def report(self, service: str, version: str) -> HealthReport:
        """The present report; checks run again once their results are older than `fresh_for`."""
        async with self._lock:
            if self._taken_at is None or self._clock() - self._taken_at >= self._fresh_for:
                self._results = await self._run_all()
                self._taken_at = self._clock()
        uptime = round(self._clock() - self._started, 3)
        return HealthReport(service=service, version=version, uptime_s=uptime, checks=self._results)

    async def _run_all(self) -> dict[str, CheckResult]:
        results = await asyncio.gather(*(_run(name, check) for name, check in self._checks.items()))
        return dict(zip(self._checks, results, strict=True))


def failed_checks(report: HealthReport) -> list[str]:
    """The names of the failed checks without which the service cannot serve."""
    return [name for name, result in report.checks.items() if result.critical and not result.ok]


async def _run(name: str, check: Check) -> CheckResult:
    try:
        async with asyncio.timeout(check.timeout):
            details = await check.probe()
    except TimeoutError:
        return _failure(name, check, f"no answer within {check.timeout:g} s")
    except ServiceError as exc:
        return _failure(name, check, exc.shown)
    except Exception:  # noqa: BLE001 - whatever a probe raises means that its part is not well
        return _failure(name, check, "the check failed; the log has the reason")
    return CheckResult(**{**(details or {}), "ok": True, "critical": check.critical})


def _failure(name: str, check: Check, reason: str) -> CheckResult:
    _log.warning("health_check_failed", check=name, reason=reason, exc_info=True)
    return CheckResult.model_validate({"ok": False, "critical": check.critical, "error": reason})
