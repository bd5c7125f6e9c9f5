"""The measured import graph of the base packages, as the service uses it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import structlog
from sandboxkit.supervisor import CLEAN_ENVIRONMENT

from drivenadapters.sandbox.guest import preloads
from drivenadapters.sandbox.specification import GUEST_FOLDER, SandboxSettings, worker_environment

_log = structlog.get_logger("coderunner.sandbox")
_MEASURE = (
    "import sys, json; paths = json.loads(sys.argv[1]); sys.path.insert(0, paths[0]); "
    "from guest import import_graph; sys.path[:1] = []; sys.path += paths[1:]; import_graph.main()"
)
_SECONDS = 120.0

Graph = Mapping[str, frozenset[str]]


class ImportGraph:
    """Tells what must not be imported before an environment's packages are in sight.

    It is measured when the first environment needs it, in a process of its own that sees the
    base packages alone, and kept on disk: it takes some seconds.

    Args:
        settings: of the sandbox.
        file: where it is kept; called in a thread.
    """

    def __init__(self, settings: SandboxSettings, file: Callable[[], Path]) -> None:
        self._settings = settings
        self._file = file
        self._measured: asyncio.Task[Graph | None] | None = None

    def start(self) -> asyncio.Task[Graph | None]:
        """Begin to measure, unless that is done or under way."""
        if self._measured is None:
            self._measured = asyncio.get_running_loop().create_task(self._get())
        return self._measured

    async def left_out(self, modules: Iterable[str]) -> tuple[str, ...]:
        """Return the packages of the base that look, directly or not, for one of ``modules``.

        Where that cannot be measured, all of them: slower, and never wrong.
        """
        graph = await asyncio.shield(self.start())
        provided = frozenset(modules)
        everything = {name.partition(".")[0] for name in preloads.packages()}
        if graph is None:
            self._measured = None
            return tuple(sorted(everything))
        return tuple(sorted(name for name in everything if _reach(graph, name) & provided))

    async def close(self) -> None:
        """End a measurement."""
        if self._measured is not None:
            self._measured.cancel()
            await asyncio.wait([self._measured])

    async def _get(self) -> Graph | None:
        file = await asyncio.to_thread(self._file)
        known = await asyncio.to_thread(_read, file)
        if known is not None:
            return known
        measured = await self._measure()
        if measured is not None:
            await asyncio.to_thread(_write, file, measured)
        return measured

    async def _measure(self) -> Graph | None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _MEASURE),
            json.dumps([GUEST_FOLDER, *self._settings.packages.folders]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**CLEAN_ENVIRONMENT, **worker_environment(self._settings.packages)},
        )
        stderr = b""
        try:
            async with asyncio.timeout(_SECONDS):
                stdout, stderr = await process.communicate()
            return _parse(stdout.splitlines()[-1])
        except (TimeoutError, ValueError, IndexError) as reason:
            _log.error("import_graph_failed", reason=str(reason), trace=stderr.decode("utf-8", "replace")[-2000:])
            return None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _parse(text: bytes) -> Graph:
    return {name: frozenset(asked) for name, asked in json.loads(text).items()}


def _read(file: Path) -> Graph | None:
    try:
        return _parse(file.read_bytes())
    except (OSError, ValueError):
        return None


def _write(file: Path, graph: Graph) -> None:
    with contextlib.suppress(OSError):  # the next start measures again
        temporary = file.with_name(f"{file.name}.{os.getpid()}")
        temporary.write_text(json.dumps({name: sorted(asked) for name, asked in graph.items()}), encoding="utf-8")
        temporary.replace(file)


def _reach(graph: Graph, start: str) -> set[str]:
    """Return ``start`` and every package that importing it asks for."""
    found: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += graph.get(name, ())
    return found
