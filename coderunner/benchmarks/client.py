"""The client process: sends requests in one of three rhythms and notes how long each took.

Each rhythm returns the seconds in which it counted.

It is a process of its own, so that neither server nor benchmark share its interpreter.
Started by ``load.py``: the order comes as JSON on standard input, the result leaves as JSON
on standard output.
"""

from __future__ import annotations

import json
import select
import sys
import time
from collections.abc import Iterator
from itertools import count, repeat
from typing import Any

from http_client import Connection, Response, request
from programs import body

_SUCCESS = b'"status":"success"'
_STRAGGLER_SECONDS = 30.0


class Tally:
    """What became of the requests."""

    def __init__(self) -> None:
        self.sent = 0
        self.served: list[float] = []
        self.refused: list[float] = []
        self.wrong: list[str] = []

    def add(self, response: Response, seconds: float) -> None:
        """Count one answer: 200 with a successful run, 429, or anything else."""
        if response.status == 200 and _SUCCESS in response.body:
            self.served.append(seconds)
        elif response.status == 429:
            self.refused.append(seconds)
        else:
            self.wrong.append(f"{response.status} {response.body[:200]!r}")


def messages(order: dict[str, Any]) -> Iterator[bytes]:
    """Return the requests, without end: all alike, or each with a text of its own."""
    path, code = order["path"], order["code"]
    if order["fresh"]:
        return (request(path, body(code, number)) for number in count(time.monotonic_ns()))
    return repeat(request(path, None if code is None else body(code)))


def paced(order: dict[str, Any], tally: Tally) -> float:
    """One request at a time at a steady rate: what a user of an idle service feels."""
    connection, source = Connection(order["port"]), messages(order)
    interval = 1 / order["rate"]
    begin = due = time.perf_counter()
    end = due + order["seconds"]
    while due < end:
        message = next(source)
        started = _wait_until(due)
        tally.sent += 1
        tally.add(connection.ask(message), time.perf_counter() - started)
        due += interval
    connection.close()
    return time.perf_counter() - begin


def _wait_until(due: float) -> float:
    """Return the moment to measure from: now, or earlier if an answer delayed this request."""
    left = due - time.perf_counter()
    if left <= 0:
        return due
    time.sleep(left)
    return time.perf_counter()


def closed(order: dict[str, Any], tally: Tally) -> float:
    """A number of clients, each sending its next request on the answer to its last."""
    crowd = Crowd(order, tally)
    begin = time.perf_counter()
    end = begin + order["seconds"]
    crowd.send_on_all_idle()
    while (now := time.perf_counter()) < end:
        crowd.answer(end - now)
        crowd.send_on_all_idle()
    crowd.finish()
    return now - begin


def opened(order: dict[str, Any], tally: Tally) -> float:
    """Requests at a rate that ignores the answers, as callers who do not know of each other."""
    crowd = Crowd(order, tally)
    interval = 1 / order["rate"]
    begin = due = time.perf_counter()
    end = due + order["seconds"]
    while (now := time.perf_counter()) < end:
        while due <= now and crowd.send_on_one_idle():
            due += interval
        crowd.answer(max(0.0, due - now) if due > now else 0.001)
    crowd.finish()
    return now - begin


RHYTHMS = {"paced": paced, "closed": closed, "open": opened}


class Crowd:
    """Several connections in one poller."""

    def __init__(self, order: dict[str, Any], tally: Tally) -> None:
        self._tally = tally
        self._source = messages(order)
        self._idle = [Connection(order["port"]) for _ in range(order["clients"])]
        self._busy: dict[int, tuple[Connection, float]] = {}
        self._poll = select.epoll()
        for connection in self._idle:
            self._poll.register(connection.socket.fileno(), select.EPOLLIN)

    def send_on_one_idle(self) -> bool:
        """Send a request; False where all connections wait for answers."""
        if not self._idle:
            return False
        connection = self._idle.pop()
        self._busy[connection.socket.fileno()] = (connection, time.perf_counter())
        connection.socket.sendall(next(self._source))
        self._tally.sent += 1
        return True

    def send_on_all_idle(self) -> None:
        """Give every connection something to wait for."""
        while self.send_on_one_idle():
            pass

    def answer(self, seconds: float) -> None:
        """Wait at most so long, and take every answer that is there."""
        for fd, _ in self._poll.poll(seconds):
            connection, started = self._busy[fd]
            response = connection.receive()
            if response is not None:
                self._tally.add(response, time.perf_counter() - started)
                del self._busy[fd]
                self._idle.append(connection)

    def finish(self) -> None:
        """Take the answers still on their way, uncounted, so that the next measurement starts on a quiet server."""
        self._tally = Tally()
        end = time.perf_counter() + _STRAGGLER_SECONDS
        while self._busy and (left := end - time.perf_counter()) > 0:
            self.answer(left)


def main() -> None:
    """Obey one order."""
    order = json.load(sys.stdin)
    tally = Tally()
    started, used = time.perf_counter(), time.process_time()
    measured = RHYTHMS[order["rhythm"]](order, tally)
    result = {
        "sent": tally.sent,
        "served": tally.served,
        "refused": tally.refused,
        "wrong": len(tally.wrong),
        "example": tally.wrong[0] if tally.wrong else "",
        "seconds": measured,
        "elapsed": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - used,
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
