"""A coderunner that answers as told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logics.packages import PassedOn


class FakePackageInstaller:
    """Satisfies the port ``PackageInstaller``."""

    def __init__(self, answer: PassedOn) -> None:
        self.answer = answer
        self.asked: list[Mapping[str, Any] | str] = []

    async def install(self, request: Mapping[str, Any]) -> PassedOn:
        """See the port."""
        self.asked.append(request)
        return self.answer

    async def list(self, environment: str) -> PassedOn:
        """See the port."""
        self.asked.append(environment)
        return self.answer
