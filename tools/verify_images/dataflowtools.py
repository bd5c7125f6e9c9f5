"""What the image of dataflowtools is held to."""

import importlib
import logging
import struct
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from chart import helm
from chart.helm import CHART, Manifest
from verify_images.checks import Subject, expect, expect_confinement
from verify_images.containers import Container, container
from verify_images.engine import Engine
from verify_images.flags import command, run_flags

NAME, WORKLOAD = "dataflowtools", "Deployment/coderunner-dataflowtools"
_WORKER = "Deployment/coderunner-worker"
# So that there are workers of their own; the check itself says where the backends are.
_SHARED = {
    "database": {"mode": "bundled"},
    "cache": {"mode": "bundled"},
    "storage": {"mode": "s3", "s3": {"bucket": "files"}},
}
_FILES = 40
_JOB_SECONDS = 180.0
_LIBRARIES = (
    "pandas numpy pyarrow duckdb cv2 PIL pypdfium2 pdfplumber docx openpyxl rapidocr onnxruntime zxingcpp pyzbar.pyzbar"
)
_IMPORT = f"""
import importlib, sys
sys.path.insert(0, "/opt/site-packages/dataflow")
for name in {_LIBRARIES.split()!r}:
    importlib.import_module(name)
"""


def serves(subject: Subject) -> str:
    """It starts as the chart runs it, gets healthy, confines its workers, and ends by itself."""
    with subject.container() as service:
        seconds = service.wait_until_ready()
        health = service.get("/api/health")["result"]
        expect(health["service"] == NAME, health)
        expect_confinement(health["checks"]["workers"]["layers"])
        subject.wait_until_healthy(service)
        log = subject.engine.logs(service.name)
        expect("atplotlib" not in log and "Traceback" not in log, log[-2000:])
        subject.engine("stop", "--time", str(subject.patience), service.name)
        expect(service.inspect("{{.State.ExitCode}}") == "0", "it did not end by itself")
    return f"ready {seconds:.1f} s after `docker run` returned"


def has_its_libraries(subject: Subject) -> str:
    """What its workers read files with is there, with the shared libraries that wheels do not bring."""
    subject.engine(
        "run", "--rm", "--read-only", "--network=none", "--cap-drop=ALL", subject.image,
        "python", "-I", "-c", _IMPORT, seconds=180,
    )  # fmt: skip
    return f"{len(_LIBRARIES.split())} libraries"


def converts(subject: Subject) -> str:
    """Confined workers make a Word document, and a PDF of it by LibreOffice and of Markdown by WeasyPrint."""
    with subject.container() as service, _client(service) as client:
        service.wait_until_ready()
        document = _made(client, "/api/file/create", target_format="docx", markdown="# Hello\n\n你好, *world*")
        for printed in (
            _made(client, "/api/file/convert", file_id=document, target_format="pdf"),
            _made(client, "/api/file/create", target_format="pdf", markdown="# Hello\n\n你好"),
        ):
            content = client.get(f"/api/file/download/{printed}").content
            expect(content.startswith(b"%PDF-"), content[:100])
    return ""


def does_without_libreoffice(subject: Subject) -> str:
    """The slim image says what it lacks where LibreOffice would be needed, and does the rest."""
    with subject.container() as service, _client(service) as client:
        service.wait_until_ready()
        document = _made(client, "/api/file/create", target_format="docx", markdown="# Hello")
        refused = client.post("/api/file/convert", json={"file_id": document, "target_format": "pdf"})
        expect(refused.status_code in (422, 501) and "LibreOffice" in refused.text, refused.text)
        _made(client, "/api/file/create", target_format="pdf", markdown="# Hello")
    return ""


def keeps_what_it_was_given(subject: Subject) -> str:
    """What was answered with 201 is there after SIGKILL and a new container on the same volume."""
    folder = subject.engine.folder / "data"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    flags = [*run_flags(subject.objects, WORKLOAD, NAME, without=("/data",)), "--volume", f"{folder}:/data"]
    with container(subject.engine, subject.image, flags) as service, _client(service) as client:
        service.wait_until_ready()
        kept = _uploaded(client, "kept.txt", b"kept")
        subject.engine("kill", "--signal=KILL", service.name)
    with container(subject.engine, subject.image, flags) as service, _client(service) as client:
        service.wait_until_ready()
        expect(client.get(f"/api/file/download/{kept}").content == b"kept", "the file is gone")
    return ""


def shares_the_work(subject: Subject) -> str:
    """Two replicas and two batch workers on one database, cache and object store; one of each is killed meanwhile."""
    sys.path.append(str(CHART.parent / NAME / "tests"))
    servers = importlib.import_module("harness.servers")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the store's, which would tell of each request
    absent = servers.missing(("mariadbd", "mariadb-install-db", "redis-check-rdb"))
    if absent:
        return f"not tried: {absent}"
    with helm.running() as chart:
        subject = Subject.of(subject.engine, subject.image, chart.render("v3", _SHARED), WORKLOAD, NAME)
    with ExitStack() as stack:
        settings = stack.enter_context(_backends(servers, subject))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: _migrate(subject, settings), range(2)))
        first, second = (stack.enter_context(_replica(subject, settings)) for _ in range(2))
        workers = [stack.enter_context(_replica(subject, settings, _worker(subject))) for _ in range(2)]
        client, other = stack.enter_context(_client(first)), stack.enter_context(_client(second))
        files = [_uploaded(client, f"{number}.png", _picture(number)) for number in range(_FILES)]
        expect(other.get(f"/api/file/download/{files[0]}").content == _picture(0), "the other replica has another file")
        job = client.post("/api/file/batch", json={"operation": "barcode", "file_ids": files})
        expect(job.status_code == 202, job.text)
        identifier = job.json()["result"]["job_id"]
        _wait_for(other, identifier, lambda state: state["done"] > 0)
        subject.engine("kill", "--signal=KILL", first.name, workers[0].name)
        state = _wait_for(other, identifier, lambda state: state["state"] == "finished")
        expect((state["done"], state["failed"]) == (_FILES, 0), state)
        subject.engine("stop", "--time", str(subject.patience), second.name, workers[1].name)
        expect(second.inspect("{{.State.ExitCode}}") == workers[1].inspect("{{.State.ExitCode}}") == "0", "a bad end")
    return f"{_FILES} files, none lost and none failed"


COMMON = (serves, has_its_libraries)
FULL = (*COMMON, converts, keeps_what_it_was_given, shares_the_work)
SLIM = (serves, does_without_libreoffice)


def subject(engine: Engine, image: str, objects: list[Manifest]) -> Subject:
    """Return the image as the chart runs it."""
    return Subject.of(engine, image, objects, WORKLOAD, NAME)


def _client(service: Container) -> httpx.Client:
    return httpx.Client(base_url=service.url, trust_env=False, timeout=120)


def _made(client: httpx.Client, path: str, **body: Any) -> str:
    answer = client.post(path, json=body)
    expect(answer.status_code == httpx.codes.CREATED, answer.text)
    return str(answer.json()["result"]["file_id"])


def _uploaded(client: httpx.Client, name: str, content: bytes) -> str:
    answer = client.post("/api/file/upload", files={"file": (name, content)})
    expect(answer.status_code == httpx.codes.CREATED, answer.text)
    result = answer.json()["result"]
    return str((result[0] if isinstance(result, list) else result)["file_id"])


@contextmanager
def _backends(servers: Any, subject: Subject) -> Iterator[list[str]]:
    """Run a database, a cache and a store, and yield them as settings."""
    folder = subject.engine.folder / "backends"
    folder.mkdir(exist_ok=True)
    with (
        servers.mariadb() as database,
        servers.redis_server(folder) as cache,
        servers.s3_store("files") as store,
    ):
        settings = {
            "DB_HOST": "127.0.0.1", "DB_PORT": database.port, "DB_NAME": servers.new_database(database, "flow"),
            "DB_USER": "root", "REDIS_HOST": "127.0.0.1", "REDIS_PORT": cache.port,
            "S3_BUCKET": "files", "S3_ENDPOINT_URL": store, "S3_ACCESS_KEY_ID": "id", "S3_SECRET_ACCESS_KEY": "key",
            "DB_PASSWORD_FILE": "", "BATCH_EMBEDDED": "false", "BATCH_LEASE_SECONDS": 3,
        }  # fmt: skip
        yield [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]


def _migrate(subject: Subject, settings: Sequence[str]) -> None:
    flags = [*subject.flags, *settings, "--network=host", "--entrypoint", ""]
    subject.engine("run", "--rm", *flags, subject.image, *command(subject.objects, WORKLOAD, "migrate"))


def _worker(subject: Subject) -> list[str]:
    return command(subject.objects, _WORKER, "worker")[2:]  # the image's entry point is tini, too


@contextmanager
def _replica(subject: Subject, settings: Sequence[str], start: Sequence[str] = ()) -> Iterator[Container]:
    with container(subject.engine, subject.image, [*subject.flags, *settings], start) as one:
        one.wait_until_ready()  # one after the other: four that start at once take the processor from each other
        yield one


def _wait_for(client: httpx.Client, job: str, arrived: Any) -> dict[str, Any]:
    end = time.monotonic() + _JOB_SECONDS
    while True:
        state: dict[str, Any] = client.get(f"/api/file/batch/{job}").json()["result"]
        if arrived(state):
            return state
        expect(time.monotonic() < end, state)
        time.sleep(0.1)


def _picture(number: int) -> bytes:
    """Return a small grey PNG, another one for each number."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = 64
    rows = b"".join(b"\0" + bytes([200 + number % 50]) * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
