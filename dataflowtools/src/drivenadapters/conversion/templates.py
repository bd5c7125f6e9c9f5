"""Templates in confined workers."""

from __future__ import annotations

from drivenadapters.conversion import writing
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.tasks import Task, TaskWorkers
from logics.templates import Filling, TemplateFacts


class WorkerTemplates:
    """Satisfies ``TemplateEngine``."""

    def __init__(self, workers: TaskWorkers, limits: Limits, seconds: float) -> None:
        self._workers = workers
        self._limits = vars(limits)
        self._seconds = seconds

    async def generate(self, source: int, sink: int, filling: Filling) -> tuple[str, ...]:
        """See the port."""
        arguments = {
            "kind": filling.kind,
            "data": dict(filling.data),
            "strict": filling.strict,
            "password": filling.password,
            "limits": self._limits,
            "seconds": self._seconds,
        }
        sources = {**filling.images, "source": source}
        task = Task(f"{writing.TEMPLATES}:generate", arguments, sources, {"sink": sink})
        told = await self._workers.run(writing.KIND, task)
        return tuple(str(warning)[:500] for warning in told["warnings"])

    async def inspect(self, source: int, kind: str, password: str) -> TemplateFacts:
        """See the port."""
        arguments = {"kind": kind, "password": password, "limits": self._limits, "seconds": self._seconds}
        task = Task(f"{writing.TEMPLATES}:inspect", arguments, {"source": source})
        told = await self._workers.run(writing.KIND, task)
        return TemplateFacts(tuple(told["variables"]), tuple(told["mistakes"]))
