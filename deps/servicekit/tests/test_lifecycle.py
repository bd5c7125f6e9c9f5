"""A real process: how it starts and how it stops."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).parent
SECONDS = 30


class Process:
    """The sample service as a process of its own, and what it logged."""

    def __init__(self, *arguments: str, folder: Path, **environment: str) -> None:
        inherited = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "sample_service.py"), *arguments],
            env={**inherited, "PORT": "0", "PYTHONPATH": str(HERE.parent / "src"), **environment},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.logged: list[dict[str, Any]] = []

    def until(self, event: str) -> dict[str, Any]:
        """Reads the log until an event, and returns its line."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.logged.append(json.loads(line))
            if self.logged[-1]["event"] == event:
                return self.logged[-1]
        raise AssertionError(f"{event} was never logged, only {self.logged}")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Waits for the end; returns the exit status and the standard output."""
        output, rest = self._process.communicate(timeout=SECONDS)
        self.logged += [json.loads(line) for line in rest.splitlines()]
        return self._process.returncode, output

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    processes: list[Process] = []

    def one(*arguments: str, **environment: str) -> Process:
        processes.append(Process(*arguments, folder=tmp_path, **environment))
        return processes[-1]

    yield one
    for process in processes:
        process.stop()


def in_background(call: Callable[[], Any]) -> Callable[[], Any]:
    """Runs a call in a thread; the returned function waits for its result."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()

    def join() -> Any:
        thread.join(SECONDS)
        return results[0]

    return join


def begin_sleeping(address: str) -> Callable[[], Any]:
    """Begins a request that takes a second, and returns once the service has it."""
    join = in_background(lambda: httpx.post(f"{address}/api/sleep", timeout=SECONDS, trust_env=False))
    until_in_flight(address)
    return join


def until_in_flight(address: str) -> None:
    """Asks until the service counts another request than the one that asks."""
    for _ in range(1000):
        if "http_requests_in_flight 2.0" in httpx.get(f"{address}/metrics", trust_env=False).text:
            return
    raise AssertionError("the request never began")


def listening(process: Process) -> str:
    port = process.until("listening")["port"]
    return f"http://127.0.0.1:{port}"


def test_sigterm_drains_finishes_what_runs_closes_in_reverse_and_exits_0(
    launch: Callable[..., Process],
) -> None:
    process = launch(SHUTDOWN_DRAIN_SECONDS="0.5")
    address = listening(process)
    process.until("ready")
    answer = begin_sleeping(address)
    process.signal(signal.SIGTERM)
    process.until("stopping")
    ready = httpx.get(f"{address}/api/health/ready", trust_env=False)
    assert ready.status_code == 503
    assert ready.json()["error"]["code"] == "not_ready"
    assert ready.headers["connection"] == "close"
    served = httpx.post(f"{address}/api/echo", json={"text": "late"}, trust_env=False)
    assert served.status_code == 200
    assert answer().json()["result"] == "slept"
    assert process.end() == (0, "closed second\nclosed first\n")
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_a_request_over_the_deadline_is_cut_off_and_the_exit_is_still_0(
    launch: Callable[..., Process],
) -> None:
    process = launch(SHUTDOWN_DRAIN_SECONDS="0", SHUTDOWN_GRACE_SECONDS="0.05")
    address = listening(process)
    process.until("ready")

    def ask() -> object:
        try:
            return httpx.post(f"{address}/api/wait", timeout=SECONDS, trust_env=False)
        except httpx.RemoteProtocolError as exc:
            return exc

    answer = in_background(ask)
    until_in_flight(address)
    process.signal(signal.SIGTERM)
    status, output = process.end()
    assert status == 0
    assert "closed first" in output
    assert isinstance(answer(), httpx.RemoteProtocolError)
    assert "requests_cut_off" in [line["event"] for line in process.logged]


def test_a_second_signal_ends_the_waiting_and_still_closes(launch: Callable[..., Process]) -> None:
    process = launch(SHUTDOWN_DRAIN_SECONDS="600", SHUTDOWN_GRACE_SECONDS="600")
    listening(process)
    process.until("ready")
    process.signal(signal.SIGTERM)
    process.until("stopping")
    process.signal(signal.SIGTERM)
    assert process.end() == (128 + signal.SIGTERM, "closed second\nclosed first\n")


def test_an_interrupt_at_the_terminal_does_not_wait_to_drain(launch: Callable[..., Process]) -> None:
    process = launch(SHUTDOWN_DRAIN_SECONDS="600")
    listening(process)
    process.until("ready")
    process.signal(signal.SIGINT)
    assert process.end()[0] == 0


def test_a_signal_while_starting_ends_the_start(launch: Callable[..., Process]) -> None:
    process = launch("stuck", SHUTDOWN_DRAIN_SECONDS="600")
    address = listening(process)
    assert httpx.get(f"{address}/api/health/live", trust_env=False).status_code == 200
    assert httpx.post(f"{address}/api/echo", json={"text": "a"}, trust_env=False).status_code == 503
    process.signal(signal.SIGTERM)
    assert process.end() == (0, "closed second\nclosed first\n")


def test_a_failed_start_is_logged_closes_and_exits_1(launch: Callable[..., Process]) -> None:
    process = launch("broken")
    assert process.end() == (1, "closed second\nclosed first\n")
    (line,) = [line for line in process.logged if line["event"] == "start_failed"]
    assert "the sandbox is broken" in line["exception"]


def test_a_port_that_is_taken_is_said_so_and_exits_1(launch: Callable[..., Process]) -> None:
    first = launch()
    port = first.until("listening")["port"]
    second = launch(PORT=str(port))
    assert second.end()[0] == 1
    (line,) = [line for line in second.logged if line["event"] == "cannot_listen"]
    assert (line["port"], line["reason"]) == (port, "Address already in use")


@pytest.mark.parametrize(("keys", "warned"), [("", True), ("some-key", False)])
def test_listening_to_the_network_without_keys_is_warned_about_once(
    launch: Callable[..., Process], keys: str, warned: bool
) -> None:
    process = launch(HOST="0.0.0.0", API_KEYS=keys)
    process.until("ready")
    process.signal(signal.SIGINT)
    process.end()
    assert [line["event"] for line in process.logged].count("open_to_the_network") == int(warned)


def test_wrong_settings_exit_2_before_anything_opens(launch: Callable[..., Process]) -> None:
    process = launch(PORT="eighty")
    process._process.wait(SECONDS)
    assert process._process.returncode == 2
    assert process._process.stderr is not None
    assert "PORT" in process._process.stderr.read()
