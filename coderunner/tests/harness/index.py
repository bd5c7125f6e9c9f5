"""A package index on loopback (PEP 503, PEP 592), over a folder of wheels."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


@dataclass
class Index:
    """What the server serves, and how; tests change it while it runs.

    Attributes:
        wheels: the folder.
        yanked: reasons by file name.
        credentials: ``user:password`` that callers must give; empty for none.
        failing: answers 500 to everything.
        hold: requests for files wait for it.
        asked: paths that were asked for.
    """

    wheels: Path
    port: int = 0
    yanked: dict[str, str] = field(default_factory=dict)
    credentials: str = ""
    failing: bool = False
    hold: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold.set()

    @property
    def url(self) -> str:
        """The address of the index, with credentials if it wants some."""
        user = f"{self.credentials}@" if self.credentials else ""
        return f"http://{user}127.0.0.1:{self.port}/simple"

    def page(self, project: str) -> str | None:
        """Return the page of a project, None if there is none."""
        files = [path for path in sorted(self.wheels.iterdir()) if _normal(path.name.split("-")[0]) == project]
        if not files:
            return None
        return "<!DOCTYPE html>" + "".join(self._link(path) for path in files)

    def _link(self, path: Path) -> str:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yanked = f' data-yanked="{self.yanked[path.name]}"' if path.name in self.yanked else ""
        return f'<a href="/files/{path.name}#sha256={digest}"{yanked}>{path.name}</a>\n'


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class _Handler(BaseHTTPRequestHandler):
    index: Index
    wbufsize = -1  # head and body in one packet, or the second waits for the receipt of the first

    def do_GET(self) -> None:
        """Answer with a page or a file."""
        self.index.asked.append(self.path)
        wanted = base64.b64encode(self.index.credentials.encode()).decode()
        if self.index.credentials and self.headers.get("Authorization") != f"Basic {wanted}":
            self._answer(401, b"who are you?")
        elif self.index.failing:
            self._answer(500, b"out of order")
        elif match := re.fullmatch(r"/simple/([^/]+)/?", self.path):
            page = self.index.page(_normal(match[1]))
            self._answer(200 if page else 404, (page or "").encode(), "text/html")
        elif match := re.fullmatch(r"/files/([^/]+)", self.path):
            self.index.hold.wait(60)
            path = self.index.wheels / unquote(match[1])
            self._answer(200, path.read_bytes()) if path.is_file() else self._answer(404, b"")
        else:
            self._answer(404, b"")

    def do_HEAD(self) -> None:
        """Answer as GET, without the body."""
        self.do_GET()

    def _answer(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="packages"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # of five, as it is otherwise, the sixth connection waits for a second


@contextmanager
def serving_index(wheels: Path, **values: object) -> Iterator[Index]:
    """Serve a folder of wheels until the block ends."""
    index = Index(wheels, **values)  # type: ignore[arg-type]
    handler = type("Handler", (_Handler,), {"index": index})
    with _Server(("127.0.0.1", 0), handler) as server:
        index.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield index
        finally:
            index.hold.set()
            server.shutdown()
            thread.join(10)
