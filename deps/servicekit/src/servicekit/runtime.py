"""What every request handler is given: the parts of the running service."""

from dataclasses import dataclass

from servicekit.auth import ApiKeys
from servicekit.health import HealthRegistry
from servicekit.metrics import Metrics
from servicekit.state import ServiceState


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """The name and version that logs, metrics, health and OpenAPI speak of."""

    name: str
    version: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts of one running service."""

    info: ServiceInfo
    keys: ApiKeys
    metrics: Metrics
    health: HealthRegistry
    state: ServiceState
