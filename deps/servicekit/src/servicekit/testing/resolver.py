"""A resolver of names that the test made up."""

from __future__ import annotations

import socket
from ipaddress import ip_address


class FakeResolver:
    """Resolves from a table; literal addresses are their own."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[str]:
        """Return the addresses of a name; raises OSError for an unknown one."""
        self.asked.append(name)
        if _is_address(name):
            return [name]
        if name not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.names[name]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
