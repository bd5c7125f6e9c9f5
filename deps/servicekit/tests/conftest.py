import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sample_service import Running, running, settings_for

from servicekit import configure_logging


@pytest.fixture(autouse=True)
def log() -> io.StringIO:
    """All that is logged during a test, as JSON lines."""
    stream = io.StringIO()
    configure_logging(settings_for(log_level="debug"), stream)
    return stream


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts sample services on free loopback ports; they stop when the test ends."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running(**options))


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    """A sample service with default settings, shared by the tests of a module."""
    with running() as one:
        yield one
