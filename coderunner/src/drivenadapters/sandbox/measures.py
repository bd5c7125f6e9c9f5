"""Metrics of the sandbox, by kind of worker and by outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from logics.domain import RunReport

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class RunMeasures:
    """Counts runs, and shows what is running, waiting and ready."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._runs = Counter("coderunner_runs", "Runs ended.", ("worker", "status"), registry=registry)
        self._wall = Histogram(
            "coderunner_run_seconds",
            "From the job handed over to its end.",
            ("worker",),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._queued = Histogram("coderunner_queue_seconds", "Wait for a slot.", buckets=_BUCKETS, registry=registry)
        self._refused = Counter("coderunner_runs_refused", "Runs refused for lack of capacity.", registry=registry)

    def ended(self, worker: str, report: RunReport) -> None:
        """Count a run that ended."""
        self._runs.labels(worker, report.status.value).inc()
        self._wall.labels(worker).observe(report.usage.wall_ms / 1000)
        self._queued.observe(report.usage.queued_ms / 1000)

    def refused(self) -> None:
        """Count a run for which there was no slot."""
        self._refused.inc()

    def show(self, name: str, description: str, value: Callable[[], float]) -> None:
        """Show a present value whenever the metrics are read."""
        Gauge(f"coderunner_{name}", description, registry=self._registry).set_function(value)
