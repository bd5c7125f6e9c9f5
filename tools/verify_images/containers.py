"""One container of a service, as a thing to talk to and to be hard on."""

import contextlib
import http.client
import itertools
import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

from verify_images.engine import Engine

_READY_SECONDS = 180.0  # as long as the chart gives a start
_numbers = itertools.count(1)


class Container:
    """A running container whose service listens on a port of loopback."""

    def __init__(self, engine: Engine, name: str, port: int) -> None:
        self._engine = engine
        self.name = name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_ready(self) -> float:
        """Wait until the service is ready; return the seconds that it took from here."""
        started = time.monotonic()
        while self.status("/api/health/ready") != http.client.OK:
            if not self.is_running() or time.monotonic() - started > _READY_SECONDS:
                raise AssertionError(f"{self.name} does not get ready:\n{self._engine.logs(self.name)[-2000:]}")
            time.sleep(0.05)
        return time.monotonic() - started

    def status(self, path: str) -> int:
        """Return the HTTP status of an address, 0 when nobody answers."""
        try:
            return self._ask("GET", path)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON of an address."""
        return dict(json.loads(self._ask("GET", path)[1]))

    def run(self, code: str, **fields: Any) -> dict[str, Any]:
        """Run a program; the answer has to be HTTP 200."""
        status, body = self._ask("POST", "/api/runner/execute", {"code": code, **fields})
        if status != http.client.OK:
            raise AssertionError(f"{status}: {body}")
        return dict(json.loads(body))

    def is_running(self) -> bool:
        """Tell whether the container lives."""
        return self.inspect("{{.State.Running}}") == "true"

    def inspect(self, template: str) -> str:
        """Return a part of what the engine knows of the container."""
        return self._engine("inspect", "--format", template, self.name)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            text = json.dumps(body) if body is not None else None
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


@contextlib.contextmanager
def container(engine: Engine, image: str, flags: Sequence[str], command: Sequence[str] = ()) -> Iterator[Container]:
    """Run a container of an image until the block ends, on a free port of loopback; print its log if it fails."""
    name, port = f"verify-{os.getpid()}-{next(_numbers)}", _free_port()
    place = ["--network=host", "--env", "HOST=127.0.0.1", "--env", f"PORT={port}"]
    engine("run", "--detach", "--name", name, *flags, *place, image, *command)
    try:
        yield Container(engine, name, port)
    except BaseException:
        lines = engine.logs(name).splitlines()
        print("\n".join(["--- the container's last words ---", *lines[-15:]]), flush=True)
        raise
    finally:
        engine("rm", "--force", "--volumes", name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
