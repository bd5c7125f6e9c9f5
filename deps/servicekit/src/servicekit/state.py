"""Where the service is in its life, and how many requests are under way."""

import asyncio
from enum import StrEnum


class Phase(StrEnum):
    """The phases of a service's life, in order."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


class ServiceState:
    """The phase and the requests in flight; used from the event loop only."""

    def __init__(self) -> None:
        self.phase = Phase.STARTING
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def in_flight(self) -> int:
        """How many requests have begun and not ended."""
        return self._in_flight

    def request_began(self) -> None:
        """Counts a request in."""
        self._in_flight += 1
        self._idle.clear()

    def request_ended(self) -> None:
        """Counts a request out."""
        self._in_flight -= 1
        if self._in_flight == 0:
            self._idle.set()

    async def until_idle(self) -> None:
        """Returns once no request is in flight."""
        await self._idle.wait()
