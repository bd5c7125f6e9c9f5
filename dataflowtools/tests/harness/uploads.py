"""Uploads for the tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx


def upload(client: httpx.Client, name: str, content: bytes, **fields: Any) -> dict[str, Any]:
    """Upload a file; return what the service says of it."""
    response = client.post("/api/file/upload", files={"file": (name, content)}, data=fields)
    assert response.status_code == 201, response.text
    result: dict[str, Any] = response.json()["result"]
    return result


def download(client: httpx.Client, file_id: str, **headers: str) -> httpx.Response:
    """Download a file."""
    return client.get(f"/api/file/download/{file_id}", headers=headers)


def error_code(response: httpx.Response) -> str:
    """Return the code of a failed request."""
    return str(response.json()["error"]["code"])


@contextmanager
def raw_connection(url: str) -> Iterator[socket.socket]:
    """Connect to a service without a client."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        yield connection


def upload_head(size: int, name: str = "raw.bin", more: str = "") -> bytes:
    """Return the head of a request whose body is the file."""
    return (
        f"POST /api/file/upload?name={name} HTTP/1.1\r\nHost: test\r\n{more}"
        f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
    ).encode()
