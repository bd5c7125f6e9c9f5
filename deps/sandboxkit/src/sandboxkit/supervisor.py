"""The supervisor's end of one fork server: start it, ask it for children, hear of deaths."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandboxkit import layers, messages
from sandboxkit.confinement import Confinement
from sandboxkit.errors import ConfinementUnavailable, ZygoteFailed
from sandboxkit.layers import Report
from sandboxkit.messages import ZygoteConfig
from sandboxkit.outcome import ExitReport
from sandboxkit.scratch import Scratch

_BOOT = """import sys
sys.path.insert(0, sys.argv[1])
from sandboxkit.forking import decline_needless_calls
decline_needless_calls()
from sandboxkit.zygote import main
sys.exit(main(int(sys.argv[2])))"""
_STOP_SECONDS = 5.0
_LIBRARY_FOLDER = str(Path(__file__).resolve().parent.parent)

CLEAN_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "random",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_MAX_THREADS": "1",
    "JOBLIB_MULTIPROCESSING": "0",  # its semaphores need a shared folder, which workers lack
    "MALLOC_ARENA_MAX": "1",
}


@dataclass(frozen=True)
class WorkerSpec:
    """Everything about one kind of worker.

    Attributes:
        name: for logs, metrics and reports.
        guest: ``module:attribute`` of the guest's factory.
        guest_paths: folders to import the guest from.
        package_paths: folders of packages that jobs may import.
        options: keyword arguments of the factory, JSON-ready.
        environment: added to :data:`CLEAN_ENVIRONMENT`.
        confinement: what workers may use.
        python: the interpreter; it needs no packages of its own.
        largest_frame: bytes of the largest job.
        largest_result: bytes of the largest result.
        start_seconds: how long the fork server may take to get ready.
    """

    name: str
    guest: str
    guest_paths: tuple[str, ...] = ()
    package_paths: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    confinement: Confinement = field(default_factory=Confinement)
    python: str = sys.executable
    largest_frame: int = 64 << 20
    largest_result: int = 16 << 20
    start_seconds: float = 60.0


@dataclass
class Worker:
    """A child as its supervisor holds it, ready for one job."""

    owner: Supervisor
    identifier: int
    pid: int
    connection: socket.socket
    pidfd: int
    stdout: int
    stderr: int
    folder: int
    exited: asyncio.Future[ExitReport]

    def kill(self) -> None:
        """Kill it, unless it is dead already."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Close every descriptor that came with it."""
        self.connection.close()
        for fd in (self.pidfd, self.stdout, self.stderr, self.folder):
            os.close(fd)


class Supervisor:
    """One fork server's lifetime.

    ``on_worker`` is called with every new child; ``on_refusal`` instead of it where the
    machine had no room for the child, with the reason; ``on_death`` once, when the fork
    server is gone without having been told to stop; :meth:`stop` then buries it.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        on_worker: Callable[[Worker], None],
        on_death: Callable[[Supervisor], None],
        on_refusal: Callable[[Supervisor, str], None] = lambda _, __: None,
    ) -> None:
        self.spec = spec
        self.report: Report = {}
        self.spawned = 0
        self._on_worker = on_worker
        self._on_death = on_death
        self._on_refusal = on_refusal
        self._exits: dict[int, asyncio.Future[ExitReport]] = {}
        self._groups: dict[int, int] = {}
        self._next_identifier = 0
        self._scratch: Scratch | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._stopping = False
        self._burial = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether children can be asked for."""
        return self._control is not None and not self._stopping

    async def start(self) -> None:
        """Start the fork server and wait until it has proved its confinement.

        Raises:
            ConfinementUnavailable: a required layer does not hold here.
            ZygoteFailed: it died or took too long.
        """
        loop = asyncio.get_running_loop()
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as reason:
            raise ZygoteFailed(f"{self.spec.name}: {reason}") from reason
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, messages.LARGEST_MESSAGE * 2)
        # Shielded: a process that starts while the wait for it is cancelled must still be ended.
        launch = loop.run_in_executor(None, self._execute, theirs)
        try:
            await asyncio.shield(launch)
            ours.sendall(self._config().encode())
            answer = await asyncio.wait_for(self._first_answer(ours), self.spec.start_seconds)
        except (TimeoutError, OSError) as reason:
            await self._abandon(ours, launch)
            raise ZygoteFailed(f"{self.spec.name}: {str(reason) or 'took too long to start'}") from reason
        except asyncio.CancelledError:
            await self._abandon(ours, launch)
            raise
        if answer["say"] != "ready":
            await self._abandon(ours, launch)
            raise _start_error(self.spec.name, answer["reason"])
        self.report = layers.decode(answer["report"])
        self._control = ours
        loop.add_reader(ours.fileno(), self._on_message)

    def spawn(self) -> None:
        """Ask for one more child; it comes through ``on_worker``."""
        assert self._control is not None
        self._next_identifier += 1
        self.spawned += 1
        self._exits[self._next_identifier] = asyncio.get_running_loop().create_future()
        self._send({"do": "spawn", "id": self._next_identifier})

    def release(self, worker: Worker) -> None:
        """Say that the child's work folder has been read."""
        if self._control is not None:
            self._send({"do": "release", "id": worker.identifier})

    async def drained(self) -> None:
        """Wait until every child that was asked for is dead."""
        while self._exits:
            await asyncio.wait(list(self._exits.values()))

    async def stop(self) -> None:
        """End the fork server and, with it, all of its children; bury it if it is dead."""
        self._stopping = True
        if self._control is not None:
            self._disconnect()
        await asyncio.get_running_loop().run_in_executor(None, self._join)

    def kill(self) -> None:
        """Kill the fork server as a crash would (for tests of recovery)."""
        assert self._process is not None
        self._process.kill()

    @property
    def pid(self) -> int:
        """Process id of the fork server."""
        assert self._process is not None
        return self._process.pid

    def _config(self) -> ZygoteConfig:
        assert self._scratch is not None
        return ZygoteConfig(
            guest=self.spec.guest,
            guest_paths=(_LIBRARY_FOLDER, *self.spec.guest_paths),
            package_paths=self.spec.package_paths,
            options=self.spec.options,
            environment={**CLEAN_ENVIRONMENT, **self.spec.environment},
            scratch=self._scratch.path,
            largest_frame=self.spec.largest_frame,
            confinement=self.spec.confinement,
        )

    def _execute(self, control: socket.socket) -> None:
        self._scratch = Scratch.create()
        command = [self.spec.python, "-I", "-S", "-X", "utf8", "-c", _BOOT, _LIBRARY_FOLDER]
        with control:
            self._process = subprocess.Popen(
                [*command, str(control.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[control.fileno()],
                env={**CLEAN_ENVIRONMENT, **self.spec.environment},
                start_new_session=True,
            )

    async def _first_answer(self, control: socket.socket) -> dict[str, Any]:
        control.setblocking(False)
        data = await asyncio.get_running_loop().sock_recv(control, messages.LARGEST_MESSAGE)
        if not data:
            raise ConnectionError("the fork server died while starting")
        answer: dict[str, Any] = messages.parse(data)
        return answer

    async def _abandon(self, control: socket.socket, launch: asyncio.Future[None]) -> None:
        control.close()
        self._stopping = True
        await asyncio.wait([launch])
        await asyncio.get_running_loop().run_in_executor(None, self._bury)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._control is not None
        with contextlib.suppress(ConnectionError):  # its death is seen by the reader
            messages.send(self._control, message)

    def _on_message(self) -> None:
        assert self._control is not None
        while self._control is not None:
            try:
                received = messages.receive(self._control)
            except BlockingIOError:
                return
            except ConnectionError:
                received = None
            if received is None:
                self._died()
                return
            self._handle(*received)

    def _handle(self, message: dict[str, Any], descriptors: tuple[int, ...]) -> None:
        identifier = message["id"]
        if message["say"] == "spawned":
            self._receive_worker(identifier, message["pid"], descriptors)
        elif message["say"] == "refused":
            _settle(self._exits.pop(identifier), ExitReport(None, 0.0, 0))
            self._on_refusal(self, message["reason"])
        else:
            report = ExitReport(message["status"], message["cpu_seconds"], message["peak_kb"] << 10)
            self._groups.pop(identifier, None)
            _settle(self._exits.pop(identifier), report)

    def _receive_worker(self, identifier: int, pid: int, descriptors: tuple[int, ...]) -> None:
        if self.spec.confinement.processes:
            self._groups[identifier] = pid
        if len(descriptors) < messages.DESCRIPTORS_OF_A_CHILD:
            # The kernel delivers only as many as this process may still open. The child
            # finds its connection closed and ends.
            for fd in descriptors:
                os.close(fd)
            self._send({"do": "release", "id": identifier})
            self._on_refusal(self, "this process has too many open files")
            return
        job, pidfd, stdout, stderr, folder = descriptors
        connection = socket.socket(fileno=job)
        connection.setblocking(False)
        exited = self._exits[identifier]
        self._on_worker(Worker(self, identifier, pid, connection, pidfd, stdout, stderr, folder, exited))

    def _died(self) -> None:
        self._disconnect()
        self._kill_groups()
        self._on_death(self)

    def _kill_groups(self) -> None:
        """Kill what workers started: their own death does not, and nobody else is left to.

        A group's id stays taken as long as it has a member, so it names no other group.
        """
        for leader in self._groups.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(leader, signal.SIGKILL)
        self._groups.clear()

    def _disconnect(self) -> None:
        assert self._control is not None
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._control = None
        for future in self._exits.values():
            _settle(future, ExitReport(None, 0.0, 0))
        self._exits.clear()

    def _join(self) -> None:
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self._bury()

    def _bury(self) -> None:
        """Kill the process if it still lives, reap it, and remove what it left."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        with self._burial:  # a cancelled stop goes on in its thread while the next one begins
            scratch, self._scratch = self._scratch, None
        if scratch is not None:
            scratch.remove()


def _settle(future: asyncio.Future[ExitReport], report: ExitReport) -> None:
    if not future.done():
        future.set_result(report)


def _start_error(name: str, reason: str) -> Exception:
    kind, _, text = reason.partition(": ")
    if kind in ("ConfinementUnavailable", "UnsupportedMachine"):
        return ConfinementUnavailable(text)
    return ZygoteFailed(f"{name}: {reason}")
