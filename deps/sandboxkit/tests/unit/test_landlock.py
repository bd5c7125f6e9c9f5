"""The request that each Landlock ABI understands: unknown rights and fields left out."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from sandboxkit import landlock
from sandboxkit.landlock import Scope

# From linux/landlock.h and its documentation: rights of files, of TCP, scopes, size of the structure.
_BY_ABI = {
    1: (0x1FFF, 0, 0, 8),
    2: (0x3FFF, 0, 0, 8),
    3: (0x7FFF, 0, 0, 8),
    4: (0x7FFF, 3, 0, 16),
    5: (0xFFFF, 3, 0, 16),
    6: (0xFFFF, 3, 3, 24),
    7: (0xFFFF, 3, 3, 24),
}


@pytest.mark.parametrize("abi", _BY_ABI)
def test_a_ruleset_asks_for_all_that_its_abi_knows_and_no_more(abi: int) -> None:
    files, tcp, scopes, size = _BY_ABI[abi]
    attributes = Scope(abi).attributes()
    assert len(attributes) == size
    assert struct.unpack("QQQ", attributes.ljust(24, b"\0")) == (files, tcp, scopes)


@pytest.mark.parametrize("abi", _BY_ABI)
def test_no_rule_grants_a_right_that_the_ruleset_does_not_govern(abi: int) -> None:
    scope = Scope(abi)
    granted, descriptor = struct.unpack("=Qi", landlock.rule(scope, 7, landlock.READ_WRITE, folder=True))
    assert granted & ~scope.filesystem == 0
    assert descriptor == 7


@pytest.mark.parametrize("abi", _BY_ABI)
def test_a_file_is_granted_no_rights_of_folders(abi: int) -> None:
    granted, _ = struct.unpack("=Qi", landlock.rule(Scope(abi), 7, landlock.READ_WRITE, folder=False))
    assert granted & (landlock.READ_DIR | landlock.MAKE_REG | landlock.REMOVE_FILE | landlock.REFER) == 0
    assert granted & landlock.READ_FILE


def test_reading_grants_neither_writing_nor_executing() -> None:
    assert landlock.READ & (landlock.WRITE_FILE | landlock.EXECUTE | landlock.TRUNCATE | landlock.MAKE_REG) == 0
    assert landlock.READ_WRITE & landlock.EXECUTE == 0


def test_a_work_folder_may_hold_files_and_folders_only() -> None:
    special = 0b1011101 << 6  # MAKE_CHAR, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM around MAKE_DIR and MAKE_REG
    kinds = landlock.READ_WRITE & (0b1111111 << 6)
    assert kinds == landlock.MAKE_DIR | landlock.MAKE_REG
    assert special & (landlock.MAKE_DIR | landlock.MAKE_REG) == landlock.MAKE_REG & special


def test_a_path_that_does_not_exist_gives_no_rule(tmp_path: Path) -> None:
    assert landlock.open_path(str(tmp_path / "missing")) is None
    descriptor = landlock.open_path(str(tmp_path))
    assert descriptor is not None
    os.close(descriptor)


@pytest.mark.skipif(landlock.abi() == 0, reason="the kernel has no Landlock")
def test_the_kernel_accepts_the_request_of_every_abi_up_to_its_own() -> None:
    for abi in range(1, min(landlock.abi(), 7) + 1):
        before = set(os.listdir("/proc/self/fd"))
        landlock.Ruleset(Scope(abi))
        for opened in set(os.listdir("/proc/self/fd")) - before:
            if os.path.lexists(f"/proc/self/fd/{opened}"):
                os.close(int(opened))
