"""The measured import graph of the base packages, as the service uses it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import sandboxkit
import structlog
from sandboxkit.supervisor import CLEAN_ENVIRONMENT

from drivenadapters.sandbox.flavours import Flavour
from drivenadapters.sandbox.guest import preloads
from drivenadapters.sandbox.specification import GUEST_FOLDER, SandboxSettings, worker_environment

_log = structlog.get_logger("coderunner.sandbox")
_MEASURE = (
    "import sys, json; paths = json.loads(sys.argv[1]); sys.path[:0] = paths[:2]; "
    "from guest import import_graph; sys.path[:2] = []; sys.path += paths[2:]; import_graph.main(sys.argv[2])"
)


_LIBRARY_FOLDER = str(Path(sandboxkit.__file__).resolve().parent.parent)

Graph = Mapping[str, frozenset[str]]


class ImportGraph:
    """Tells what must not be imported before an environment's packages are in sight.

    It is measured when the first environment needs it, in a process of its own that sees the
    base packages alone, and kept on disk: it takes as long as the imports do.

    Args:
        settings: of the sandbox.
        file: where it is kept, by kind of worker; called in a thread.
        seconds: how long a measurement may take.
    """

    def __init__(self, settings: SandboxSettings, file: Callable[[str], Path], seconds: float = 120.0) -> None:
        self._settings = settings
        self._seconds = seconds
        self._file = file
        self._measured: dict[Flavour, asyncio.Task[Graph | None]] = {}

    async def left_out(self, flavour: Flavour, modules: Iterable[str]) -> tuple[str, ...]:
        """Return the packages that workers of a kind must not import before one of ``modules`` is in sight.

        Where that cannot be measured, all of them: slower, and never wrong.
        """
        everything = sorted({name.partition(".")[0] for name in preloads.packages(flavour)})
        if not everything:
            return ()
        if flavour not in self._measured:
            self._measured[flavour] = asyncio.get_running_loop().create_task(self._get(flavour))
        graph = await asyncio.shield(self._measured[flavour])
        if graph is None:
            self._measured.pop(flavour, None)
            return tuple(everything)
        provided = frozenset(modules)
        return tuple(name for name in everything if _reach(graph, name) & provided)

    async def close(self) -> None:
        """End what is being measured."""
        for task in self._measured.values():
            task.cancel()
        await asyncio.gather(*self._measured.values(), return_exceptions=True)

    async def _get(self, flavour: Flavour) -> Graph | None:
        file = await asyncio.to_thread(self._file, flavour)
        known = await asyncio.to_thread(_read, file)
        if known is not None:
            return known
        measured = await self._measure(flavour)
        if measured is not None:
            await asyncio.to_thread(_write, file, measured)
        return measured

    async def _measure(self, flavour: Flavour) -> Graph | None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _MEASURE),
            *(json.dumps([GUEST_FOLDER, _LIBRARY_FOLDER, *self._settings.packages.folders]), flavour),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**CLEAN_ENVIRONMENT, **worker_environment(self._settings.packages)},
        )
        stderr = b""
        try:
            async with asyncio.timeout(self._seconds):
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
