"""The routes on tables behind HTTP, with stored files of the test, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sandboxkit.admission import Admission
from servicekit import Metrics, ServiceInfo, build_application
from servicekit.lifecycle import close_all
from servicekit.server import make_server
from servicekit.testing.openapi import CheckedClient

from common.settings import Settings
from composition.tables import make_custom_code, make_tables
from drivenadapters.tables.custom_code import HttpCustomCode
from drivenadapters.tables.workers import TABLES
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import data_analysis
from fakes.stored_files import FakeStoredFiles
from logics.ports import CustomCode

T = TypeVar("T")
_START_SECONDS = 120.0
_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class TableService:
    """A service that answers on loopback."""

    url: str
    client: CheckedClient
    files: FakeStoredFiles
    loop: asyncio.AbstractEventLoop
    dependencies: dict[str, Any]

    def await_(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await in the service's own thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(_START_SECONDS)

    def put(self, name: str, content: bytes) -> str:
        """Store a file and return its id."""
        return self.files.put(name, content).file_id

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """Ask for something that works, and return the result."""
        answer = self.client.post(f"/api/data_analysis/{operation}", json=request)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["result"]
        return result

    def refused(self, operation: str, **request: Any) -> tuple[int, str, str]:
        """Ask for something that does not work; returns status, the first field at fault, and the message."""
        answer = self.client.post(f"/api/data_analysis/{operation}", json=request)
        error = answer.json()["error"]
        details = error["details"]
        return answer.status_code, details[0]["field"] if details else "", error["message"]


@contextmanager
def table_service(folder: Path, *, custom: CustomCode | None = None, **values: Any) -> Iterator[TableService]:
    """Run the service until the block ends."""
    settings = Settings(_env_file=None, **{"log_format": "json", "log_level": "error", **values})
    files = FakeStoredFiles(folder)
    box: dict[str, Any] = {}
    ready = threading.Event()

    async def live() -> None:
        workers = _workers(settings)
        chosen = custom or make_custom_code(settings)
        box["dependencies"] = make_tables(settings, files, workers, chosen).dependencies()
        app = build_application(
            ServiceInfo("tables", "1.0.0"),
            data_analysis.ROUTES,
            box["dependencies"],
            settings,
            metrics=Metrics("tables", "1.0.0"),
        )
        await workers.start()
        app.mark_serving()
        server = make_server(app, settings)
        server.listen(0, "127.0.0.1")
        (socket,) = server._sockets.values()
        stop = asyncio.Event()
        box.update(port=socket.getsockname()[1], loop=asyncio.get_running_loop(), stop=stop)
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()
        await close_all((workers.close, *((chosen.close,) if isinstance(chosen, HttpCustomCode) else ())))

    def serve() -> None:
        try:
            asyncio.run(live())
        except BaseException as failure:  # noqa: BLE001 - raised again where the test waits
            box["failure"] = failure
            ready.set()

    thread = threading.Thread(target=serve, name="tables")
    thread.start()
    assert ready.wait(_START_SECONDS), "the service did not start"
    if "failure" in box:
        raise box["failure"]
    url = f"http://127.0.0.1:{box['port']}"
    try:
        with CheckedClient(url) as client:
            yield TableService(url, client, files, box["loop"], box["dependencies"])
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join(_START_SECONDS)


def _workers(settings: Settings) -> TaskWorkers:
    made = WorkerSettings(
        packages=find_packages(settings.site_packages_dir),
        seconds=settings.task_seconds,
        memory_bytes=settings.task_memory_mb * _MEBIBYTE,
        file_bytes=settings.task_disk_mb * _MEBIBYTE,
    )
    return TaskWorkers((TABLES,), made, Admission(2, 16, 60))
