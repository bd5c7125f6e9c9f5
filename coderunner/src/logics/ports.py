"""What the use cases need from the outside."""

from __future__ import annotations

from typing import Protocol

from logics.domain import Program, RunReport


class Sandbox(Protocol):
    """Runs programs where they can do no harm."""

    async def run(self, program: Program) -> RunReport:
        """Run a program to its end, whatever it does.

        Raises:
            Busy: no capacity within the waiting time.
            TooLarge: the program's files do not fit into its working directory.
            Unavailable: the sandbox is not running.
        """
