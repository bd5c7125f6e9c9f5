"""Functions that read or write any buffer they are given: not the memory of objects."""

from __future__ import annotations

from ..buffers import check_buffers
from ..tools import Tools, wrapped
from ..values import Rule

_READING_INTO = ("readinto", "readinto1", "recv_into", "recvfrom_into")


def install(tools: Tools) -> None:
    """Register the rules for struct."""
    packing = dict.fromkeys(("pack_into", "unpack_from", "iter_unpack"), wrapped(check_buffers))
    for package in ("struct", "_struct"):
        tools.attributes.values.add_rules(package, packing)


def reading_into() -> dict[str, Rule]:
    """Rules for methods of files that fill a buffer."""
    return dict.fromkeys(_READING_INTO, wrapped(check_buffers))
