"""The guest of the runner's workers: one program under the language policy."""

from __future__ import annotations

import ast
import contextlib
import gc
import io
import json
import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

from sandboxkit.frames import FrameKind

from . import entry, faults, figures, network, preloads, results, values
from .network import Broker
from .policy import AllowedModules, Policy, PolicyViolation, Returned, run, running
from .policy.audit import resolve_readable
from .streams import Streams

if TYPE_CHECKING:
    from sandboxkit.guest import Channel, Job

_REHEARSAL = "x = 1\nprint(x)\n"
_OUT_OF_MEMORY = b'{"status": "memory_exceeded", "return_value": null, "error": null}'
_LARGEST_CACHED_CODE = 256 << 10
_MOST_PROBLEMS = 20


class ProgramGuest:
    """Runs one program: compile, execute, call ``main``, tell what came of it.

    Args:
        flavour: which libraries to import beforehand, see :mod:`preloads`.
        modules: top-level modules that programs may import beyond the standard ones.
        packages: package names by the module they provide, for messages.
        adjustments: ``+name`` and ``-name`` entries that widen or narrow the list.
        readable: folders that libraries may read while a program runs.
        largest_value: bytes of the JSON of the return value.
        network: programs may connect out through the supervisor.
        packages_path: folders that programs import packages from, the first one first; those that are
            not on the path yet get there once the worker is confined.
        leave_out: packages not to be imported beforehand.
        language_layer: False runs plain Python; for tests of the kernel layer alone.
    """

    def __init__(
        self,
        flavour: str,
        modules: list[str],
        packages: dict[str, str],
        adjustments: list[str],
        readable: list[str],
        largest_value: int,
        network: bool = False,
        packages_path: Sequence[str] = (),
        leave_out: Sequence[str] = (),
        language_layer: bool = True,
    ) -> None:
        self._flavour = flavour
        self._modules = modules
        self._packages = packages
        self._adjustments = adjustments
        self._readable = tuple(readable)
        self._largest_value = largest_value
        self._network = network
        self._packages_path = packages_path
        self._leave_out = frozenset(leave_out)
        self._broker = Broker()
        self._rehearsal = b""
        self._language_layer = language_layer

    def preload(self) -> None:
        """Import the libraries of the flavour and build the policy."""
        preloads.preload(self._flavour, self._leave_out)
        allowed = AllowedModules.from_names(self._modules, self._adjustments, self._packages)
        self._policy = Policy(allowed)
        resolve_readable(self._readable)
        self._rehearse()

    def warm(self) -> None:
        """Touch the memory that the job will touch."""
        preloads.exercise(self._flavour)
        self._rehearse()

    def seal(self) -> None:
        """Give this worker random numbers of its own, and close what a program must not reach."""
        preloads.reseed()
        self._open_packages()
        if self._network:
            network.install(self._broker)
        if self._language_layer:
            self._policy.install_audit_hook(workdir=os.getcwd(), readable=self._readable, network=self._network)

    def _open_packages(self) -> None:
        """Let installed packages be found, after the standard library and before the base.

        Not earlier: the fork server, which is not confined, must never run what was installed.
        """
        if self._packages_path:
            sys.path[:] = [path for path in sys.path if path not in self._packages_path]
            sys.path += self._packages_path

    def run(self, job: Job, channel: Channel) -> bytes:
        """Run the program and return the result frame's JSON."""
        self._broker.channel = channel
        request = job.header["program"]
        streams = Streams.of_worker(request["stdin"], lambda: _end_full(channel))
        policy = self._policy if self._language_layer else None
        try:
            return self._encode(_Execution(policy, request, streams, channel.note).result(job.body))
        except MemoryError:  # while telling what happened: by now the program's own memory is free
            return _OUT_OF_MEMORY

    def _encode(self, result: dict[str, Any]) -> bytes:
        encoded = json.dumps(result, allow_nan=False).encode()
        if len(encoded) > self._largest_value:
            return _output_exceeded(results.too_many_bytes(len(encoded), self._largest_value))
        containers = results.count_containers(encoded)
        if containers > results.MOST_CONTAINERS:
            return _output_exceeded(results.too_many_containers(containers))
        return encoded

    def _rehearse(self) -> None:
        """Run a small program, so that the pages it needs are this process's own before the job.

        It is compiled once, in the fork server: a child pays for every page that it touches.
        """
        streams = Streams(io.StringIO(), io.StringIO(), io.StringIO())
        request = {"code": _REHEARSAL, "inputs": {}}
        json.dumps(_Execution(self._policy, request, streams, self._keep_rehearsal).result(self._rehearsal))

    def _keep_rehearsal(self, compiled: bytes) -> None:
        self._rehearsal = compiled


class _Execution:
    """One program on its way through the worker."""

    def __init__(
        self,
        policy: Policy | None,
        request: dict[str, Any],
        streams: Streams,
        remember: Callable[[bytes], None],
    ) -> None:
        self._policy = policy
        self._streams = streams
        self._remember = remember
        self._source: str = request["code"]
        self._inputs: dict[str, Any] = request["inputs"]

    def result(self, cached: bytes) -> dict[str, Any]:
        """Return status, value and error of the program."""
        self._streams.install()
        self._tell_errors_of_nobody()
        try:
            code, self_calling = self._code(cached)
            value = self._execute(code, self_calling)
        except PolicyViolation as refusal:
            return _rejected(refusal)
        except BaseException as error:  # noqa: BLE001 - what the user's code did wrong is a result
            return self._failed(error)
        finally:
            self._save_figures()
        return {"status": "success", "return_value": value, "error": None}

    def _tell_errors_of_nobody(self) -> None:
        """What a thread or a destructor raises goes to standard error, with the program's lines only."""

        def tell(thrown: threading.ExceptHookArgs | sys.UnraisableHookArgs) -> None:
            error = thrown.exc_value
            if error is not None and not isinstance(error, SystemExit):
                sys.stderr.write(faults.describe(error, self._source)["traceback"] + "\n")

        threading.excepthook = tell
        sys.unraisablehook = tell

    def _code(self, cached: bytes) -> tuple[CodeType, bool]:
        """Return the compiled program, from the cache or compiled now and offered to it."""
        if cached:
            code, self_calling = marshal.loads(cached)  # noqa: S302 - made by this class in a sibling
            return code, self_calling
        if self._policy is None:
            code = compile(self._source, faults.FILENAME, "exec")
        else:
            code = self._policy.compile(self._source, faults.FILENAME)
        self_calling = "main" in self._source and entry.calls_main(ast.parse(self._source))
        packed = marshal.dumps((code, self_calling))
        # Something is always said, so that the program cannot be the first to speak.
        self._remember(packed if len(packed) <= _LARGEST_CACHED_CODE else b"")
        return code, self_calling

    def _execute(self, code: CodeType, self_calling: bool) -> Any:
        """Return the program's value, JSON-ready; all of its own code runs in here."""
        if self._policy is None:
            namespace: dict[str, Any] = {"__name__": "__main__", **self._variables()}
            exec(code, namespace)  # noqa: S102 - the kernel layer alone, in its tests
            return values.plain(self._finish(namespace, Returned(), self_calling))
        namespace = self._guarded_namespace(self._policy)
        with running(namespace):
            return values.plain(self._finish(namespace, run(code, namespace), self_calling))

    def _finish(self, namespace: dict[str, Any], returned: Returned, self_calling: bool) -> Any:
        """Call ``main`` where there is one, and wait for threads."""
        main = namespace.get("main")
        value = returned.value
        if callable(main) and not self_calling and "main" not in self._inputs:
            value = entry.call_main(main, self._inputs)
        _join_threads()
        return value

    def _guarded_namespace(self, policy: Policy) -> dict[str, Any]:
        namespace = policy.namespace(stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, workdir=os.getcwd())
        namespace.update(self._variables())
        policy.end_preparations()
        return namespace

    def _variables(self) -> dict[str, Any]:
        return {name: value for name, value in self._inputs.items() if _is_variable(name)}

    def _failed(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return {"status": "success", "return_value": None, "error": None}
        status = "error"
        if faults.is_out_of_memory(error):
            status = "memory_exceeded"
            gc.collect()
        described = faults.describe(error, self._source)
        if isinstance(error, SystemExit):
            described["message"] = f"the program ended itself with exit code {error.code}"
        return {"status": status, "return_value": None, "error": described}

    def _save_figures(self) -> None:
        try:
            figures.save_open_figures()
        except BaseException as reason:  # noqa: BLE001 - a figure that cannot be drawn must not hide the result
            with contextlib.suppress(ValueError):  # the program closed its stream
                self._streams.stderr.write(f"a figure could not be saved: {faults.message(reason)}\n")


def _output_exceeded(error: dict[str, Any] | None = None) -> bytes:
    return json.dumps({"status": "output_exceeded", "return_value": None, "error": error}).encode()


def _end_full(channel: Channel) -> None:
    """End the run here and now: nothing the program catches can prolong it."""
    channel.send(FrameKind.RESULT, _output_exceeded())
    channel.wait_for_end()
    os._exit(0)


def _is_variable(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _join_threads() -> None:
    """Wait for the program's own threads, as the interpreter does at its end."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _rejected(refusal: PolicyViolation) -> dict[str, Any]:
    first = refusal.problems[0]
    lines = [str(problem) for problem in refusal.problems[:_MOST_PROBLEMS]]
    error = {
        "type": "PolicyViolation",
        "message": first.message,
        "line": first.line or None,
        "column": first.column or None,
        "traceback": "\n".join(lines),
        "hint": first.hint or None,
    }
    return {"status": "rejected", "return_value": None, "error": error}
