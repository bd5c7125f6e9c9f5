"""The kind of worker that reads documents."""

from __future__ import annotations

from drivenadapters.workers.specification import WorkerKind

TASKS = "drivenadapters.documents.guest.tasks"
DOCUMENTS = WorkerKind("documents", (TASKS,), ready=2, largest_result=4 << 20)  # what is large goes to files
