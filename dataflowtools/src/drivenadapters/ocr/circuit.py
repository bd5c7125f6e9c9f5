"""A circuit breaker: what failed several times in a row is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from errors import Busy, DeadlineExceeded, Unavailable


class Circuit:
    """Counts failures in a row.

    Args:
        failures: after which it opens.
        seconds: that it stays open; then one call may try, and closes it or opens it again.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._failed = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now."""
        return self._opened_at is not None and (self._trying or self._clock() - self._opened_at < self._seconds)

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Make a call in the block.

        Raises:
            Unavailable: the circuit is open.
        """
        if self.is_open:
            raise Unavailable(f"the OCR service failed {self._failed} times in a row and is left alone for a while")
        self._trying = self._opened_at is not None
        try:
            yield
        except (Unavailable, DeadlineExceeded, Busy):
            self._failed += 1
            if self._failed >= self._most:
                self._opened_at = self._clock()
            raise
        else:
            self._failed, self._opened_at = 0, None
        finally:
            self._trying = False
