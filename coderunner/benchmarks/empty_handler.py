"""A Tornado server with an empty handler: the least that an answer over HTTP can take.

A script: it serves on the listening socket whose descriptor it is given, until its standard
input ends.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler


class Empty(RequestHandler):
    """Answers without doing anything."""

    def post(self) -> None:
        """Ignore the body and answer success."""
        self.set_header("Content-Type", "application/json")
        self.finish(b'{"status":"success"}')


async def main(descriptor: int) -> None:
    """Serve until standard input ends."""
    listening = socket.socket(fileno=descriptor)
    listening.setblocking(False)
    HTTPServer(Application([("/", Empty)])).add_socket(listening)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
