"""One run: hand the job to a ready child, listen, enforce the deadline, judge the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandboxkit import child, files, frames, kernel_usage, outputs
from sandboxkit.confinement import Confinement
from sandboxkit.errors import StagingFailed
from sandboxkit.files import Collection, CollectLimits, InputFile
from sandboxkit.frames import Frame, FrameKind, ProtocolViolation
from sandboxkit.outcome import ExitReport, Outcome, Usage, Verdict, judge_exit
from sandboxkit.supervisor import Worker

_READ_BYTES = 1 << 18
_WATCH_SECONDS = 0.05
_EXIT_SECONDS = 5.0
_CLOSING_SECONDS = 2.0
_MOST_REQUESTS = 16
_MOST_BLIND = 4
_FAULT_CHARACTERS = 4000
# What a child may send, in bytes by kind; a result has the cap of its worker's kind.
_CAPS = {FrameKind.NOTE: 384 << 10, FrameKind.REQUEST: 16 << 10, FrameKind.FAULT: 16 << 10}
_T = TypeVar("_T")

Answer = tuple[bytes, tuple[int, ...]]


@dataclass(frozen=True)
class RunLimits:
    """Limits of one run.

    Attributes:
        wall_seconds: until it is killed.
        memory_bytes: address space beyond what the ready worker has mapped.
        cpu_seconds: processor time, whole seconds.
    """

    wall_seconds: float
    memory_bytes: int
    cpu_seconds: int


@dataclass(frozen=True)
class Errand:
    """One job and everything that goes with it.

    Attributes:
        body: opaque bytes for the guest.
        limits: of this run.
        header: JSON-ready values for the guest.
        inputs: files to find in the work folder.
        collect: how much to take out of the work folder afterwards.
        answer: serves the child's requests; without it they are refused. The
            returned descriptors are sent and then closed.
        note: hears the child's notes.
        most_frames: notes and requests that the child may send; more is a violation,
            so that none can keep the supervisor busy.
        fault: hears once, in few words, what broke in the guest itself, for the log.
    """

    body: bytes
    limits: RunLimits
    header: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[InputFile, ...] = ()
    collect: CollectLimits = field(default_factory=CollectLimits)
    answer: Callable[[bytes], Awaitable[Answer]] | None = None
    note: Callable[[bytes], None] | None = None
    fault: Callable[[str], None] | None = None
    most_frames: int = 16


class Run:
    """Drives one child through one errand."""

    def __init__(self, worker: Worker, errand: Errand, spec: Confinement, largest_result: int) -> None:
        self._worker = worker
        self._errand = errand
        self._spec = spec
        self._loop = asyncio.get_running_loop()
        self._decoder = frames.Decoder(0, {**_CAPS, FrameKind.RESULT: largest_result})
        self._ended: asyncio.Future[Verdict | None] = self._loop.create_future()
        self._result: bytes | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._requests = 0
        self._sending = asyncio.Lock()
        self._frames_left = errand.most_frames
        self._fault = errand.fault

    async def execute(self, *, watch_folder: bool) -> Outcome:
        """Run the errand to its end; a worker that gave a result waits to be killed afterwards."""
        staged = await self._stage()
        resident = kernel_usage.resident_bytes(self._worker.pid)
        spent = kernel_usage.cpu_seconds(self._worker.pid)
        started = self._loop.time()
        deadline = self._loop.call_later(self._errand.limits.wall_seconds, self._end, Verdict.WALL_TIME_EXCEEDED)
        self._loop.add_reader(self._worker.connection.fileno(), self._on_readable)
        try:
            if watch_folder:
                self._start(self._watch())
            await self._send_job()
            verdict = await self._ended
            usage = self._usage(started, spent, resident)
            if verdict is None and not await self._is_ending():
                verdict = Verdict.PROTOCOL_VIOLATED
        finally:
            deadline.cancel()
            self._loop.remove_reader(self._worker.connection.fileno())
            if self._result is None:
                self._worker.kill()
            await self._end_tasks()
        return await self._conclude(verdict, usage, spent, resident, staged)

    async def _stage(self) -> files.Manifest:
        if not self._errand.inputs:
            return {}
        owner = os.fstat(self._worker.folder)
        try:
            return await _in_thread(files.stage, self._worker.folder, self._errand.inputs, owner.st_uid, owner.st_gid)
        except OSError as reason:
            raise StagingFailed(reason.strerror or str(reason)) from reason

    async def _send_job(self) -> None:
        limits = self._errand.limits
        header = {
            **self._errand.header,
            "limits": {"memory_bytes": limits.memory_bytes, "cpu_seconds": limits.cpu_seconds},
        }
        frame = frames.encode(FrameKind.JOB, child.encode_job(header, self._errand.body))
        try:
            sent = self._worker.connection.send(frame)
            if sent < len(frame):
                self._start(self._send_rest(memoryview(frame)[sent:]))
        except BlockingIOError:
            self._start(self._send_rest(memoryview(frame)))
        except ConnectionError:
            self._end(None)

    async def _send_rest(self, rest: memoryview) -> None:
        with contextlib.suppress(ConnectionError):
            await self._loop.sock_sendall(self._worker.connection, rest)

    def _on_readable(self) -> None:
        try:
            data = self._worker.connection.recv(_READ_BYTES)
            if not data:
                self._loop.remove_reader(self._worker.connection.fileno())
                self._end(None)
                return
            for frame in self._decoder.feed(data):
                self._on_frame(frame)
        except BlockingIOError:
            return
        except ConnectionError:
            self._end(None)
        except ProtocolViolation:
            self._end(Verdict.PROTOCOL_VIOLATED)

    def _on_frame(self, frame: Frame) -> None:
        self._frames_left -= 1
        if self._frames_left < 0:
            raise ProtocolViolation("too many frames")
        if frame.kind is FrameKind.RESULT and self._result is None:
            self._result = frame.payload
            self._end(Verdict.COMPLETED)
        elif frame.kind is FrameKind.NOTE and self._errand.note is not None:
            self._errand.note(frame.payload)
        elif frame.kind is FrameKind.REQUEST:
            self._on_request(frame.payload)
        elif frame.kind is FrameKind.FAULT and self._fault is not None:
            self._fault(frame.payload.decode("utf-8", "replace")[:_FAULT_CHARACTERS])
            self._fault = None

    def _on_request(self, payload: bytes) -> None:
        if self._requests == _MOST_REQUESTS:
            self._end(Verdict.PROTOCOL_VIOLATED)  # a guest's channel asks one thing at a time
            return
        self._requests += 1
        self._start(self._serve_request(payload))

    async def _serve_request(self, payload: bytes) -> None:
        try:
            answer, descriptors = await (self._errand.answer or _refuse)(payload)
            try:
                async with self._sending:
                    await self._send_reply(memoryview(frames.encode(FrameKind.REPLY, answer)), descriptors)
            finally:
                for fd in descriptors:
                    os.close(fd)
        finally:
            self._requests -= 1

    async def _send_reply(self, frame: memoryview, descriptors: tuple[int, ...]) -> None:
        with contextlib.suppress(ConnectionError):
            try:
                sent = socket.send_fds(self._worker.connection, [frame], list(descriptors))
            except BlockingIOError:
                self._end(Verdict.PROTOCOL_VIOLATED)  # it asks and does not read the answers
                return
            if sent < len(frame):
                await self._loop.sock_sendall(self._worker.connection, frame[sent:])

    async def _watch(self) -> None:
        """Bound a plain work folder from outside, where no kernel limit holds its total."""
        blind = 0
        while blind < _MOST_BLIND:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                if not await _in_thread(self._is_within_limits):
                    break
                blind = 0
            except OSError:
                if kernel_usage.is_exiting(self._worker.pid):
                    return  # it writes no more, and its connection will tell of its end
                blind += 1  # what cannot be watched for longer is not let grow
        self._end(Verdict.FILES_EXCEEDED)

    def _is_within_limits(self) -> bool:
        used, entries = files.usage(self._worker.folder, self._spec.workdir_entries)
        used += files.deleted_bytes(self._worker.pid, self._worker.folder)
        return used <= self._spec.workdir_bytes and entries <= self._spec.workdir_entries

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_tasks(self) -> None:
        """Wait for what was begun: nothing may use the worker's descriptors once they are closed."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, verdict: Verdict | None) -> None:
        """Record the first reason; None means that the child closed the connection."""
        if not self._ended.done():
            self._ended.set_result(verdict)

    def _usage(self, started: float, spent: float, resident: int) -> Usage:
        return Usage(
            wall_seconds=self._loop.time() - started,
            cpu_seconds=max(0.0, kernel_usage.cpu_seconds(self._worker.pid) - spent),
            peak_bytes=max(0, kernel_usage.peak_bytes(self._worker.pid) - resident),
        )

    async def _conclude(
        self, verdict: Verdict | None, usage: Usage, spent: float, resident: int, staged: files.Manifest
    ) -> Outcome:
        detail = ""
        if verdict is None:
            report = await self._wait_for_exit()
            verdict, detail = judge_exit(report, self._errand.limits.cpu_seconds)
            usage = _from_exit(usage, report, spent, resident)
        collection = await self._collect(staged)
        cap = self._spec.output_bytes
        return Outcome(
            verdict=verdict,
            detail=detail,
            result=self._result if verdict is Verdict.COMPLETED else None,
            stdout=outputs.read(self._worker.stdout, cap),
            stderr=outputs.read(self._worker.stderr, cap),
            output_full=outputs.is_full(self._worker.stdout, cap) or outputs.is_full(self._worker.stderr, cap),
            files=tuple(collection.files),
            files_left_out=tuple(collection.left_out),
            usage=usage,
        )

    async def _is_ending(self) -> bool:
        """Whether a child that closed its connection did so by ending, not yet killed by us."""
        done, _ = await asyncio.wait([self._worker.exited], timeout=_CLOSING_SECONDS)
        return bool(done)

    async def _wait_for_exit(self) -> ExitReport:
        try:
            return await asyncio.wait_for(asyncio.shield(self._worker.exited), _EXIT_SECONDS)
        except TimeoutError:
            self._worker.kill()
            return await self._worker.exited

    async def _collect(self, staged: files.Manifest) -> Collection:
        if not os.listdir(self._worker.folder):
            return Collection()
        self._worker.kill()
        await self._wait_for_exit()  # nothing may change while it is read
        return await _in_thread(files.collect, self._worker.folder, staged, self._errand.collect)


async def _in_thread(function: Callable[..., _T], *arguments: Any) -> _T:
    """Call a function in a thread, and wait for its end even when cancelled.

    It works on descriptors of the worker: were these closed under it, their numbers would
    soon stand for those of another run.
    """
    call = asyncio.get_running_loop().run_in_executor(None, function, *arguments)
    cancelled: asyncio.CancelledError | None = None
    while not call.done():
        try:
            await asyncio.wait([call])
        except asyncio.CancelledError as request:
            cancelled = request
    if cancelled is not None:
        raise cancelled
    return call.result()


async def _refuse(_: bytes) -> Answer:
    return b'{"error": "not available"}', ()


def _from_exit(usage: Usage, report: ExitReport, spent: float, resident: int) -> Usage:
    """Prefer what the kernel said at the exit over a reading that came too late."""
    cpu = max(usage.cpu_seconds, report.cpu_seconds - spent)
    peak = max(usage.peak_bytes, report.peak_bytes - resident)
    return Usage(usage.wall_seconds, max(0.0, cpu), max(0, peak))
