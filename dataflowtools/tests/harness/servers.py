"""Real servers for the tests, each in a temporary folder and on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pymysql
import pytest
import redis
from moto.server import ThreadedMotoServer

_SECONDS = 60.0
_NOBODY = "nobody"  # whom a server that refuses to be root runs as
_MARIADB = ("mariadbd", "mariadb-install-db", "my_print_defaults")
_REDIS = ("redis-check-rdb",)  # the same program: its name decides what it does


@dataclass
class Server:
    """A server process.

    Attributes:
        command: starts it again on the same data.
        program: where it is not the command's first word.
    """

    host: str
    port: int
    command: Sequence[str]
    answers: Callable[[], Any]
    program: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            self.command, executable=self.program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + _SECONDS
        while True:
            assert self.process.poll() is None, f"{self.command[0]} ended by itself"
            try:
                self.answers()
            except (OSError, pymysql.Error, redis.RedisError):
                assert time.monotonic() < end, f"{self.command[0]} does not answer"
                time.sleep(0.05)  # it has no other sign of being ready
            else:
                return

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(_SECONDS)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing(programs: Sequence[str]) -> str:
    """Return why tests that need the programs are skipped; empty when they are there."""
    absent = [name for name in programs if shutil.which(name, path=_path()) is None]
    return f"{', '.join(absent)} not installed; `make setup-dev` does that where it may" if absent else ""


@contextmanager
def mariadb() -> Iterator[Server]:
    """Run MariaDB, with a user ``root`` who needs no password; skip where it is missing."""
    _skip_without(_MARIADB)
    # Pytest's own folders are for its user alone, and each run of pytest sees to that anew.
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        Path(folder).chmod(0o755)
        yield from _running(_mariadb_in(Path(folder, "data")))


def _mariadb_in(data: Path) -> Server:
    user = [f"--user={_NOBODY}"] if os.geteuid() == 0 else []
    data.mkdir()
    if user:
        shutil.chown(data, _NOBODY)
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db", *user]
    subprocess.run(
        [*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True, env=_environment()
    )
    port = free_port()
    command = [
        str(shutil.which("mariadbd", path=_path())),
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={data}/socket",
        f"--pid-file={data}/pid",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=64M",
        *user,
    ]
    return Server("127.0.0.1", port, command, lambda: _connect(port).close())


def new_database(server: Server, name: str) -> str:
    """Make an empty database, with a collation that the service must not depend on."""
    with _connect(server.port) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    return name


def _connect(port: int) -> Any:
    return pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=2)


@contextmanager
def redis_server(folder: Path) -> Iterator[Server]:
    """Run Redis; skip where it is missing."""
    _skip_without(_REDIS)
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def answers() -> None:
        with redis.Redis(port=port) as client:
            client.ping()

    yield from _running(Server("127.0.0.1", port, [*command, "--dir", str(folder)], answers, shutil.which(_REDIS[0])))


@contextmanager
def s3_store(bucket: str) -> Iterator[str]:
    """Run an S3 store with an empty bucket; return its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        s3_client(url).create_bucket(Bucket=bucket)
        yield url
    finally:
        server.stop()


def s3_client(url: str) -> Any:
    """Return a client of such a store."""
    return boto3.session.Session().client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="key"
    )


def _running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _skip_without(programs: Sequence[str]) -> None:
    reason = missing(programs)
    if reason:
        pytest.skip(reason)


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _path()}
