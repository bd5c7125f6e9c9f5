"""Tables, and code of callers that works on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from logics.packages import PassedOn
from logics.tables.work import CustomOutcome, CustomProgram, TableTask


class TableWorkers(Protocol):
    """Confined workers that read, transform, analyse, check and write tables."""

    async def run(self, task: TableTask) -> dict[str, Any]:
        """Do a piece of work and return its result, JSON-ready.

        Raises:
            InvalidInput, Unprocessable, UnsupportedMedia, TooLarge: the task says what is wrong, with the field.
            FileDamaged, FileEncrypted: a file cannot be read.
            OverBudget: it took more time or memory than it may.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """


class CustomCode(Protocol):
    """Runs a caller's code on a table, elsewhere."""

    async def run(self, program: CustomProgram, table: int, result: int) -> CustomOutcome:
        """Run code on a table and write the one it leaves.

        Args:
            table: descriptor of the file to read, in the format `columns` of the workers.
            result: descriptor of the empty file to fill, in the same format.

        Raises:
            CodeFailed: the code failed; the message has its lines.
            InvalidInput, Forbidden, NotFound, TooLarge: coderunner refused the request, with its reason.
            Busy: it has no capacity.
            CoderunnerDown: it does not answer.
        """


class PackageInstaller(Protocol):
    """Installs and lists what ``custom`` steps may import, on the service that runs them."""

    async def install(self, request: Mapping[str, Any]) -> PassedOn:
        """Pass a request for an installation on.

        Raises:
            CoderunnerDown: it does not answer.
        """

    async def list(self, environment: str) -> PassedOn:
        """Pass the question on what is installed.

        Raises:
            CoderunnerDown: it does not answer.
        """
