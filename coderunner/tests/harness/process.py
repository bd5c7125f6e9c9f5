"""A real ``python src/main.py``, watched through its log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.openapi import CheckedClient

SOURCE = Path(__file__).resolve().parents[2] / "src"
_WAIT_SECONDS = 120.0
_PASSED_ON = ("PATH", "SITE_PACKAGES_DIR")
# What belongs to the process here is what the service would have in a container.
_DEFAULTS = {"PORT": "0", "LOG_FORMAT": "json", "SHUTDOWN_DRAIN_SECONDS": "0", "MAX_MEMORY_MB": "256"}


class ServiceProcess:
    """One service process; every line of its log is kept, parsed.

    Args:
        folder: its working directory.
        main: the script to run.
        user: whom to run it as; None for the test's own.
        prefix: a command that runs it.
        env: settings.
    """

    def __init__(
        self,
        folder: Path,
        *,
        main: Path = SOURCE / "main.py",
        user: int | None = None,
        prefix: Sequence[str] = (),
        **env: str,
    ) -> None:
        inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self.log: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(main)],
            cwd=folder,
            env={**inherited, **_DEFAULTS, "PACKAGES_DIR": str(folder / "packages"), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self._reader = threading.Thread(target=self._read, name="log")
        self._reader.start()

    @property
    def url(self) -> str:
        """Where it listens; waits until it serves."""
        self.wait_for("ready")
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port that it listens on; waits until it does."""
        return int(self.wait_for("listening")["port"])

    def wait_for(self, event: str) -> dict[str, Any]:
        """Wait until the log has an event; return its line."""

        def found() -> dict[str, Any] | None:
            return next((line for line in self.log if line.get("event") == event), None)

        self._wait(lambda: found() is not None or self._ended)
        line = found()
        assert line is not None, f"no {event} in the log:\n{self.text()}"
        return line

    def wait_for_text(self, text: str, times: int) -> None:
        """Wait until the log has a text so many times."""
        self._wait(lambda: self.text().count(text) >= times or self._ended)

    def text(self) -> str:
        """The whole log so far."""
        return "\n".join(str(line.get("raw", line)) for line in self.log)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the service process."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end; return the exit status."""
        status: int = self.process.wait(_WAIT_SECONDS)
        self._reader.join(_WAIT_SECONDS)
        return status

    def end(self) -> None:
        """Stop the service if it still runs."""
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
        self.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.log.append(_parse(line))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(condition, _WAIT_SECONDS), self.text()


def _parse(line: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"raw": line.rstrip("\n")}
    return parsed


@contextmanager
def started(folder: Path, **options: Any) -> Iterator[ServiceProcess]:
    """Run a service process until the block ends."""
    process = ServiceProcess(folder, **options)
    try:
        yield process
    finally:
        process.end()


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[tuple[ServiceProcess, CheckedClient]]:
    """Run a service process, with a client for it."""
    with started(folder, **options) as process, CheckedClient(process.url) as client:
        yield process, client


def children(pid: int) -> list[int]:
    """Return the processes that a process started, directly."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]
