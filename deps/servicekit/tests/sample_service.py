"""A small service made with servicekit, run in a thread or as a process."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import Field

from servicekit import (
    ApiHandler,
    ApiModel,
    Busy,
    Conflict,
    DeadlineExceeded,
    Example,
    FieldProblem,
    Forbidden,
    HealthRegistry,
    InvalidInput,
    NotFound,
    NotImplementedHere,
    ResponseModel,
    Route,
    RouteDoc,
    ServiceApplication,
    ServiceError,
    ServiceInfo,
    ServiceSettings,
    Success,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
    build_application,
    configure_logging,
    load_settings,
    serve,
)
from servicekit.lifecycle import Closer
from servicekit.server import make_server


class Settings(ServiceSettings):
    """Settings of the sample."""

    max_upload_mb: float = Field(2, gt=0, description="Largest upload, in MiB.")


class Item(ApiModel):
    """One item."""

    name: str = Field(min_length=1)
    count: int | None = None


class Order(ApiModel):
    """What is asked for."""

    text: str
    ratio: float = 1.0
    items: list[Item] = []
    anything: dict[str, Any] = {}


class Echoed(ResponseModel):
    """What was understood."""

    status: str
    result: str
    anything: dict[str, Any]


class Filter(ApiModel):
    """What to list."""

    limit: int = Field(10, ge=1, le=100, description="How many.")
    tag: list[str] = []


class Filtered(ResponseModel):
    """The filter as understood."""

    limit: int
    tag: list[str]


@dataclass
class Gate:
    """Lets a test hold a request until it says so, and see what became of it."""

    entered: threading.Event = field(default_factory=threading.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)


class EchoHandler(ApiHandler):
    def initialize(self, suffix: str) -> None:
        self.suffix = suffix

    async def post(self) -> None:
        order = self.read_json(Order)
        self.reply(order.text + self.suffix, anything=order.anything)


class ListHandler(ApiHandler):
    async def get(self) -> None:
        self.reply(self.read_query(Filter))


class ItemHandler(ApiHandler):
    async def get(self, item_id: str) -> None:
        self.reply(item_id)


class RaiseHandler(ApiHandler):
    async def get(self, kind: str) -> None:
        raise FAILURES[kind]


class UploadHandler(ApiHandler):
    size = 0

    def body_received(self, chunk: bytes) -> Awaitable[None] | None:
        if chunk.startswith(b"reject"):
            raise Unprocessable("this content is refused")
        self.size += len(chunk)
        return None

    async def put(self) -> None:
        self.reply(self.size, http_status=201)


class WaitHandler(ApiHandler):
    def initialize(self, gate: Gate) -> None:
        self.gate = gate

    async def post(self) -> None:
        self.gate.entered.set()
        try:
            await self.gate.opened.wait()
        except asyncio.CancelledError:
            self.gate.cancelled.set()
            raise
        self.reply("waited")


class CancellableHandler(WaitHandler):
    cancel_on_disconnect = True


class SurrogateHandler(ApiHandler):
    async def get(self) -> None:
        self.reply({"text": "a\ud800b"}, stdout="\udcff")


class SleepHandler(ApiHandler):
    async def post(self) -> None:
        await asyncio.sleep(1)
        self.reply("slept")


FAILURES: dict[str, Exception] = {
    "invalid": InvalidInput("bad", details=[FieldProblem("a.b", "is wrong")]),
    "unauthorized": Unauthorized("who"),
    "forbidden": Forbidden("no"),
    "missing": NotFound("gone"),
    "conflict": Conflict("taken", code="name_taken"),
    "large": TooLarge("big"),
    "media": UnsupportedMedia("found x, accepted y"),
    "impossible": Unprocessable("cannot"),
    "busy": Busy(retry_after=1.2),
    "absent": NotImplementedHere("no such part here"),
    "down": Unavailable("redis at secret-host refused"),
    "slow": DeadlineExceeded("secret-host took 9 s"),
    "unknown": ServiceError("secret detail"),
    "bug": RuntimeError("secret detail"),
}

ROUTES = (
    Route(
        "POST",
        "/api/echo",
        EchoHandler,
        summary="Echo",
        tag="echo",
        request=Order,
        response=Echoed,
        errors=(Busy,),
        needs=("suffix",),
        examples=(
            Example(
                "hello",
                request={"text": "hello"},
                response={"status": "success", "result": "hello!", "anything": {}},
            ),
        ),
    ),
    Route("GET", "/api/items", ListHandler, query=Filter, response=Success[Filtered]),
    Route("GET", "/api/items/{item_id}", ItemHandler, response=Success[str], errors=(NotFound,)),
    Route("GET", "/api/raise/{kind}", RaiseHandler),
    Route(
        "PUT",
        "/api/upload",
        UploadHandler,
        status=201,
        response=Success[int],
        body_limit="max_upload_mb",
        doc=RouteDoc(request_content={"application/octet-stream": {}}),
    ),
    Route("POST", "/api/wait", WaitHandler, needs=("gate",)),
    Route("POST", "/api/cancellable", CancellableHandler, needs=("gate",)),
    Route("GET", "/api/surrogates", SurrogateHandler),
    Route("POST", "/api/sleep", SleepHandler),
)


@dataclass
class Running:
    """A service that runs in a thread, and a client for it."""

    app: ServiceApplication
    port: int
    gate: Gate
    client: httpx.Client
    loop: asyncio.AbstractEventLoop

    def call(self, function: Any, *args: Any) -> None:
        """Calls a function in the service's event loop and waits for its end."""

        async def run() -> None:
            function(*args)

        asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def wait(self, awaitable: Any) -> None:
        """Awaits in the service's event loop."""
        asyncio.run_coroutine_threadsafe(awaitable, self.loop).result(10)


def build(settings: Settings, gate: Gate, health: HealthRegistry | None = None) -> ServiceApplication:
    dependencies = {"suffix": "!", "gate": gate}
    info = ServiceInfo("sample", "1.2.3", description="A sample.")
    return build_application(info, ROUTES, dependencies, settings, health=health)


def settings_for(**values: Any) -> Settings:
    """Settings from arguments alone, whatever the environment says."""
    return Settings(_env_file=None, **{"log_format": "json", **values})


@contextmanager
def running(*, health: HealthRegistry | None = None, serving: bool = True, **values: Any) -> Iterator[Running]:
    settings = settings_for(**values)
    gate = Gate()
    app = build(settings, gate, health)
    if serving:
        app.mark_serving()
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = []
    ready = threading.Event()

    async def main() -> None:
        server = make_server(app, settings)
        server.listen(0, "127.0.0.1")
        port = next(iter(server._sockets.values())).getsockname()[1]
        stop = asyncio.Event()
        started.append((asyncio.get_running_loop(), stop, port))
        ready.set()
        await stop.wait()
        server.stop()
        gate.opened.set()
        await server.close_all_connections()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    loop, stop, port = started[0]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            yield Running(app, port, gate, client, loop)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


async def _start_slowly() -> None:
    await asyncio.Event().wait()


async def _fail_to_start() -> None:
    raise RuntimeError("the sandbox is broken")


def _closer(name: str) -> Closer:
    def close() -> None:
        sys.stdout.write(f"closed {name}\n")
        sys.stdout.flush()

    return close


def main(arguments: list[str]) -> int:
    settings = load_settings(Settings)
    configure_logging(settings)
    starters = {"stuck": [_start_slowly], "broken": [_fail_to_start]}
    app = build(settings, Gate())
    return serve(
        app,
        settings,
        on_start=[starter for name in arguments for starter in starters[name]],
        closers=[_closer("first"), _closer("second")],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
