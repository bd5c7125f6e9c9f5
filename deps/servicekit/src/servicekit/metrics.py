"""Prometheus metrics, in a registry of the application's own.

Labels are handler class, method and status: never an address or an id, whose number is unbounded.
"""

import asyncio
import platform
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder

_DURATION_BUCKETS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
    300,
)
_LAG_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_LAG_INTERVAL_SECONDS: Final = 1.0


class Metrics:
    """What every service measures. A service registers its own metrics with `registry`."""

    def __init__(self, service: str, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = Gauge("build_info", "What is running.", ("service", "version", "python"), registry=self.registry)
        build.labels(service, version, platform.python_version()).set(1)
        self._requests = Counter(
            "http_requests", "Requests ended.", ("handler", "method", "status"), registry=self.registry
        )
        self._duration = Histogram(
            "http_request_duration_seconds",
            "From the headers read to the answer handed over.",
            ("handler", "method"),
            buckets=_DURATION_BUCKETS,
            registry=self.registry,
        )
        self._in_flight = Gauge("http_requests_in_flight", "Requests begun and not ended.", registry=self.registry)
        self._lag = Histogram(
            "event_loop_lag_seconds",
            "How much later than asked the event loop woke a sleeper.",
            buckets=_LAG_BUCKETS,
            registry=self.registry,
        )

    def request_began(self) -> None:
        """Counts a request in."""
        self._in_flight.inc()

    def request_ended(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Counts a request out; `status` 499 stands for a client that left."""
        self._in_flight.dec()
        self._requests.labels(handler, method, str(status)).inc()
        self._duration.labels(handler, method).observe(seconds)

    async def watch_event_loop(self) -> None:
        """Measures the event loop's lag until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            asleep = loop.time()
            await asyncio.sleep(_LAG_INTERVAL_SECONDS)
            self._lag.observe(max(0.0, loop.time() - asleep - _LAG_INTERVAL_SECONDS))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The metrics as text and its content type, in the form that an Accept header asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
