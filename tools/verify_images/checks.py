"""What checks of an image have in common."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chart.checks import pod_of, where
from chart.helm import Manifest
from verify_images.containers import Container, container
from verify_images.engine import Engine
from verify_images.flags import command, run_flags

_HEALTHY_SECONDS = 60.0


@dataclass(frozen=True)
class Subject:
    """An image, and how the chart runs it.

    Attributes:
        flags: of `docker run`.
        start: the command, empty for the image's own.
        patience: seconds that the chart gives it to end.
        objects: of the rendered chart.
    """

    engine: Engine
    image: str
    flags: tuple[str, ...]
    start: tuple[str, ...]
    patience: int
    objects: list[Manifest]

    @classmethod
    def of(cls, engine: Engine, image: str, objects: list[Manifest], workload: str, name: str) -> "Subject":
        """Return a container of a workload of a rendered chart."""
        pod = pod_of(next(item for item in objects if where(item) == workload)) or {"spec": {}}
        return cls(
            engine,
            image,
            tuple(run_flags(objects, workload, name)),
            tuple(command(objects, workload, name)),
            int(pod["spec"].get("terminationGracePeriodSeconds", 30)),
            objects,
        )

    @contextlib.contextmanager
    def container(self, *flags: str, command: Sequence[str] = ()) -> Iterator[Container]:
        """Run a container as the chart says, with further flags; later ones win."""
        with container(self.engine, self.image, [*self.flags, *flags], command or self.start) as service:
            yield service

    def wait_until_healthy(self, service: Container) -> None:
        """Wait until the image's own health check has passed."""
        end = time.monotonic() + _HEALTHY_SECONDS
        while service.inspect("{{.State.Health.Status}}") != "healthy":
            expect(time.monotonic() < end, service.inspect("{{json .State.Health}}"))
            time.sleep(0.2)


def expect_confinement(layers: Mapping[str, Mapping[str, Any]]) -> None:
    """Fail unless the layers hold that need no privilege."""
    needed = ("no_new_privs", "landlock", "seccomp", "rlimits", "capabilities")
    missing = [name for name in needed if not layers[name]["active"]]
    expect(not missing, f"layers that do not hold: {missing}")


Check = Callable[[Subject], str]


def expect(condition: object, found: object) -> None:
    """Fail a check with what was found instead."""
    if not condition:
        raise AssertionError(str(found))
