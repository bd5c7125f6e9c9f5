"""Workers that never come: what needs none need not wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.settings import Settings
from composition.workers import admission, worker_settings
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import Unavailable


class IdleWorkers(TaskWorkers):
    """The workers of a service that is tested for what it does without them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__((), worker_settings(settings), admission(settings))

    async def run(self, kind: str, task: Task) -> Any:
        """Refuse: types are told by their first bytes then."""
        raise Unavailable(f"no worker of the kind {kind} in this test")

    async def health(self) -> Mapping[str, Any]:
        """Return nothing of interest."""
        return {}
