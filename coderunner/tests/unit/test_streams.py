"""Standard output and error of a job."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Iterator

import pytest

from drivenadapters.sandbox.guest.streams import text_output


class Full(Exception):
    """The tests' end of the run."""


def end() -> None:
    raise Full


@pytest.fixture
def fd() -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        yield file.fileno()


def content(fd: int) -> bytes:
    return os.pread(fd, 1 << 20, 0)


def test_text_is_written_at_once_and_as_utf_8(fd: int) -> None:
    stream = text_output(fd, end)
    print("héllo 文", end="", file=stream)
    assert content(fd) == "héllo 文".encode()


def test_lines_end_as_the_program_wrote_them(fd: int) -> None:
    text_output(fd, end).write("a\nb\r\n")
    assert content(fd) == b"a\nb\r\n"


def test_lone_surrogates_are_escaped(fd: int) -> None:
    text_output(fd, end).write("a\ud800b")
    assert content(fd) == b"a\\ud800b"


def test_bytes_go_through_the_buffer_as_they_are(fd: int) -> None:
    text_output(fd, end).buffer.write(b"\xff\x00")
    assert content(fd) == b"\xff\x00"


def test_the_stream_has_its_descriptor(fd: int) -> None:
    stream = text_output(fd, end)
    assert stream.fileno() == fd
    assert stream.writable()


def test_a_descriptor_that_takes_no_more_ends_the_run() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        stream = text_output(full.fileno(), end)
        with pytest.raises(Full):
            stream.write("x")


def test_a_write_that_the_kernel_takes_in_parts_is_completed() -> None:
    reading, writing = os.pipe()
    try:
        assert text_output(writing, end).buffer.write(b"x" * 60_000) == 60_000
        assert len(os.read(reading, 1 << 17)) == 60_000
    finally:
        os.close(reading)
        os.close(writing)


def test_nothing_is_lost_when_threads_write_at_the_same_time() -> None:
    """The kernel moves the offset of a memory file without a lock."""
    fd = os.memfd_create("output")
    try:
        stream = text_output(fd, end)
        lines = [[f"{writer}:{number}" for number in range(3000)] for writer in range(4)]
        threads = [threading.Thread(target=_write_all, args=(stream, mine)) for mine in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(content(fd).decode().split()) == sorted(line for mine in lines for line in mine)
    finally:
        os.close(fd)


def _write_all(stream: io.TextIOWrapper, lines: list[str]) -> None:
    for line in lines:
        stream.write(f"{line}\n")
