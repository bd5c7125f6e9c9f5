"""Opens the files that a request on tables speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from errors import FieldProblem, InvalidInput, UnknownFile
from logics.files import StoredFile
from logics.ports import StoredFiles
from logics.tables.sources import Source
from logics.tables.steps import ConcatStep, JoinStep, SqlStep


@dataclass(frozen=True)
class Gathered:
    """Sources of a request with their files open.

    Attributes:
        described: JSON-ready, by name.
        kinds: formats of the files by content.
        sizes: bytes of the files.
        descriptors: of the files.
        files: what is known of them.
    """

    described: Mapping[str, Any]
    kinds: Mapping[str, str]
    sizes: Mapping[str, int]
    descriptors: Mapping[str, int]
    files: Mapping[str, StoredFile]


async def gather(sources: Mapping[str, Source], files: StoredFiles, opened: AsyncExitStack) -> Gathered:
    """Find and open the files of sources; they stay open as long as ``opened``.

    Raises:
        UnknownFile: one does not exist; the details name its field.
        Unavailable: the store does not answer.
    """
    kinds, sizes, descriptors, found = {}, {}, {}, {}
    for name, source in sources.items():
        if source.file_id is None:
            continue
        file = found[name] = await _find(name, source.file_id, files)
        kinds[name], sizes[name] = kind_of(file), file.size
        descriptors[name] = await opened.enter_async_context(files.opened(file))
    described = {name: source.model_dump(mode="json", exclude_unset=True) for name, source in sources.items()}
    return Gathered(described, kinds, sizes, descriptors, found)


async def _find(name: str, file_id: str, files: StoredFiles) -> StoredFile:
    try:
        return await files.find(file_id)
    except UnknownFile as reason:
        raise UnknownFile(reason.message, details=[FieldProblem(f"{name}.file_id", reason.message)]) from reason


def kind_of(file: StoredFile) -> str:
    """Return the format of a file: by its name where the content alone says only that it is text."""
    ending = file.name.rpartition(".")[2].lower()
    textual = {"csv", "tsv", "json", "jsonl", "ndjson"}
    if ending in textual and file.kind in {*textual, "txt", "text", "unknown", "md", "html"}:
        return ending
    return file.kind


def sources_of_steps(steps: tuple[Any, ...]) -> dict[str, Source]:
    """Return the sources that steps bring in, by their fields."""
    found: dict[str, Source] = {}
    for index, step in enumerate(steps):
        match step:
            case JoinStep():
                found[f"steps.{index}.other"] = step.other
            case ConcatStep():
                found |= {f"steps.{index}.others.{number}": source for number, source in enumerate(step.others)}
            case SqlStep():
                found |= {f"steps.{index}.tables.{name}": source for name, source in step.tables.items()}
    return found


def check_count(count: int, most: int, field: str, setting: str) -> None:
    """Refuse lists that are too long.

    Raises:
        InvalidInput: it is.
    """
    if count > most:
        message = f"{count} given; at most {most} ({setting})"
        raise InvalidInput(f"{field}: {message}", details=[FieldProblem(field, message)])
