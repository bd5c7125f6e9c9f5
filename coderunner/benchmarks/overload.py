"""More requests than can be served: who is served, who is refused, and how soon it is over."""

from __future__ import annotations

from dataclasses import dataclass

from load import Load, Measurement, measure
from programs import Program
from samples import Latency
from service import Service

_FACTOR = 2.0
_CLIENTS = 256
_SECONDS = 5.0
_CALIBRATION = Load("closed", 2.0, clients=8)
_AFTERWARDS = Load("paced", 2.0, rate=50)


@dataclass(frozen=True)
class Overload:
    """A service offered twice of what it can do.

    Attributes:
        capacity_per_second: what it did just before with eight clients.
        afterwards: times of single requests as soon as the overload has ended.
    """

    capacity_per_second: float
    during: Measurement
    afterwards: Latency


def overload(service: Service, program: Program) -> Overload:
    """Offer twice the capacity from many connections, then see whether the service is itself again."""
    capacity = measure(service, program, _CALIBRATION).answers.per_second
    load = Load("open", _SECONDS, clients=_CLIENTS, rate=capacity * _FACTOR)
    during = measure(service, program, load)
    afterwards = measure(service, program, _AFTERWARDS, rested=False).answers.served
    return Overload(capacity, during, afterwards)
