"""What a batch can do with documents: the same as the requests for one file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from servicekit import ApiModel, FieldProblem, InvalidInput
from servicekit.body import validate

from composition.documents import Documents
from composition.making import Making
from composition.storage import Storage
from drivenadapters.conversion.converter import FileDescriptors
from driveradapters.extraction import ExtractRequest, wish_of_extraction
from driveradapters.making.convert import ConvertRequest, wish_of_conversion
from driveradapters.making.models import MadeFile
from logics.files import StoredFile
from logics.jobs import Operation, OperationRun, Progress

_LARGEST_RESULT = 64 << 10  # bytes of an item's result; what is larger becomes a file
_ANY_FILE = "any"

ModelT = TypeVar("ModelT", bound=ApiModel)


def document_operations(documents: Documents, making: Making, storage: Storage) -> Mapping[str, Operation]:
    """Return the operations by the names that batches know."""
    return {
        "extract": Operation(extraction(documents, storage), check=_checked(ExtractRequest)),
        "convert": Operation(conversion(making), check=_checked(ConvertRequest)),
    }


def extraction(documents: Documents, storage: Storage) -> OperationRun:
    """Return what takes the parts out of each file; a long answer becomes a file of its own."""

    descriptors = FileDescriptors(asyncio.to_thread)

    async def run(file: StoredFile, options: Mapping[str, Any], _: Progress) -> Mapping[str, Any]:
        wish = wish_of_extraction(_request(ExtractRequest, options, file.file_id))
        body = await documents.extract_document(wish)
        if len(body) <= _LARGEST_RESULT:
            result: dict[str, Any] = json.loads(body)
            return result
        async with storage.files.new() as sink:
            await descriptors.fill(sink, body)
            made = await storage.files.add(f"{file.name}.json", sink, description=f"extracted from {file.name}")
        return {"result_file_id": made.file_id, "size": made.size}

    return run


def conversion(making: Making) -> OperationRun:
    """Return what converts each file."""

    async def run(file: StoredFile, options: Mapping[str, Any], _: Progress) -> Mapping[str, Any]:
        wish = wish_of_conversion(_request(ConvertRequest, options, file.file_id))
        made = await making.convert_file.convert(file.file_id, wish)
        return MadeFile.made(made).model_dump(mode="json")

    return run


def _checked(model: type[ApiModel]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return what looks at the options of a job before it is taken."""

    def check(options: Mapping[str, Any]) -> Mapping[str, Any]:
        if "file_id" in options:
            message = "the files are named by file_ids"
            raise InvalidInput(f"options.file_id: {message}", details=[FieldProblem("options.file_id", message)])
        _request(model, options, _ANY_FILE)
        return options

    return check


def _request(model: type[ModelT], options: Mapping[str, Any], file_id: str) -> ModelT:
    return validate({**options, "file_id": file_id}, model)
