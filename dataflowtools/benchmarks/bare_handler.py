"""What Tornado alone needs: a body into a file as it comes, and the file back; no name, no digest, no record."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler, stream_request_body

_PIECE = 256 << 10


@stream_request_body
class BareHandler(RequestHandler):
    """Writes in the event loop, as the shortest handler would."""

    def initialize(self, folder: Path) -> None:
        """Take the folder to write into."""
        self._path = folder / "bare"

    def prepare(self) -> None:
        """Open the file of a POST."""
        self._file = self._path.open("wb" if self.request.method == "POST" else "rb")

    def data_received(self, chunk: bytes) -> None:
        """Write."""
        self._file.write(chunk)

    def post(self) -> None:
        """Answer."""
        self._file.close()
        self.set_status(201)

    async def get(self) -> None:
        """Read and send."""
        while piece := self._file.read(_PIECE):
            self.write(piece)
            await self.flush()
        self._file.close()


async def main(folder: Path) -> None:
    """Serve until the process is ended; the first line of standard output is the port."""
    application = Application([("/", BareHandler, {"folder": folder})], log_function=lambda _: None)
    server = HTTPServer(application, max_body_size=1 << 40)
    server.listen(0, "127.0.0.1")
    print(next(iter(server._sockets.values())).getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
