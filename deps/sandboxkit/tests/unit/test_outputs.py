"""Outputs keep what was written, and no more than their cap, whoever writes it."""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Callable, Iterator

import pytest

from sandboxkit import outputs

_CAP = 8192


@pytest.fixture
def output() -> Iterator[int]:
    descriptor = outputs.create(_CAP)
    yield descriptor
    os.close(descriptor)


def test_what_was_written_is_read_and_the_rest_is_not(output: int) -> None:
    os.write(output, b"first ")
    os.write(output, b"second")
    assert outputs.read(output, _CAP) == b"first second"
    assert not outputs.is_full(output, _CAP)


def test_nothing_written_is_nothing_read(output: int) -> None:
    assert outputs.read(output, _CAP) == b""


def test_reading_does_not_disturb_who_still_writes(output: int) -> None:
    writer = os.dup(output)
    os.write(writer, b"one ")
    assert outputs.read(output, _CAP) == b"one "
    os.write(writer, b"two")
    assert outputs.read(output, _CAP) == b"one two"
    os.close(writer)


def _write_for_ever(output: int) -> None:
    while True:
        os.write(output, b"x" * 1000)


def test_writing_ends_at_the_cap(output: int) -> None:
    with pytest.raises(PermissionError):
        _write_for_ever(output)
    assert outputs.is_full(output, _CAP)
    assert len(outputs.read(output, _CAP)) == _CAP


@pytest.mark.parametrize(
    "attempt",
    [
        lambda fd: os.ftruncate(fd, _CAP + 1),
        lambda fd: os.ftruncate(fd, 0),
        lambda fd: os.pwrite(fd, b"x", _CAP),
        lambda fd: os.posix_fallocate(fd, 0, _CAP * 2),
        lambda fd: fcntl.fcntl(fd, 1033, 8),  # F_ADD_SEALS, F_SEAL_WRITE
    ],
    ids=["grow", "shrink", "write beyond", "allocate", "seal against its reader"],
)
def test_its_size_and_seals_are_fixed(output: int, attempt: Callable[[int], object]) -> None:
    with pytest.raises(PermissionError):
        attempt(output)
    assert os.fstat(output).st_size == _CAP


def test_a_position_beyond_the_cap_reads_no_more_than_the_cap(output: int) -> None:
    os.lseek(output, 1 << 40, os.SEEK_SET)
    assert len(outputs.read(output, _CAP)) == _CAP
    assert outputs.is_full(output, _CAP)


def test_mapping_it_does_not_make_it_larger(output: int) -> None:
    with mmap.mmap(output, _CAP) as mapped:
        mapped[-1:] = b"x"
        with pytest.raises((ValueError, SystemError, OSError)):
            mapped.resize(_CAP * 2)
    assert os.fstat(output).st_size == _CAP


def test_it_cannot_be_executed(output: int) -> None:
    assert os.fstat(output).st_mode & 0o111 == 0 or fcntl.fcntl(output, 1034) & 0x20 == 0
