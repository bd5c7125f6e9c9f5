"""Documents that ask for a file of the machine and an address of the network."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docx
from PIL import Image

_PLACEHOLDER = "http://placeholder.invalid/"


def docx_with_linked_images(*addresses: str) -> bytes:
    """A Word document whose pictures lie elsewhere."""
    document = docx.Document()
    for color in range(len(addresses)):
        document.add_picture(io.BytesIO(png((10 + color, 0, 0))))
    made = io.BytesIO()
    document.save(made)
    return _relinked(made.getvalue(), addresses)


def html_with_links(*addresses: str) -> bytes:
    """A page whose pictures, frames and styles lie elsewhere."""
    pictures = "".join(f'<img src="{address}" alt="x">' for address in addresses)
    styles = "".join(f'<link rel="stylesheet" href="{address}">' for address in addresses)
    frames = "".join(f'<object data="{address}"></object><iframe src="{address}"></iframe>' for address in addresses)
    return f"<html><head>{styles}</head><body>{pictures}{frames}<p>hello</p></body></html>".encode()


def png(color: tuple[int, int, int]) -> bytes:
    """A small picture."""
    made = io.BytesIO()
    Image.new("RGB", (23, 17), color).save(made, "PNG")
    return made.getvalue()


def secret_picture(folder: Path) -> Path:
    """A picture of the machine that any user may read."""
    path = folder / "secret.png"
    path.write_bytes(png((1, 2, 3)))
    folder.chmod(0o755)
    path.chmod(0o644)
    return path


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that serves a picture: its address, and the requests that it got."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, heard), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/picture.png", heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(server: socket.socket, heard: list[bytes]) -> None:
    body = png((4, 5, 6))
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            heard.append(connection.recv(4096))
            connection.sendall(answer + body)


def _relinked(document: bytes, addresses: tuple[str, ...]) -> bytes:
    made = io.BytesIO()
    left = iter(addresses)
    with zipfile.ZipFile(io.BytesIO(document)) as given, zipfile.ZipFile(made, "w") as copy:
        for entry in given.infolist():
            content = given.read(entry)
            if entry.filename == "word/_rels/document.xml.rels":
                parts = content.decode().split('Target="media/')
                rebuilt = parts[0]
                for part in parts[1:]:
                    rest = part.partition('"')[2]
                    rebuilt += f'TargetMode="External" Target="{next(left)}"{rest}'
                content = rebuilt.encode()
            if entry.filename == "word/document.xml":
                content = content.replace(b"r:embed=", b"r:link=")
            copy.writestr(entry, content)
    return made.getvalue()
