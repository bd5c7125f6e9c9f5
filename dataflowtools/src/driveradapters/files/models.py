"""What the answers about files have in common."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from servicekit import ResponseModel

from logics.files import StoredFile


class FileModel(ResponseModel):
    """A stored file."""

    file_id: str
    name: str = Field(description="As it was uploaded, without what is unsafe in a file name.")
    size: int = Field(description="Bytes.")
    sha256: str
    media_type: str = Field(description="By content.")
    kind: str = Field(description="The format by content, such as `docx`; `unknown` where none was recognised.")
    description: str
    tags: list[str]
    created_at: datetime

    @classmethod
    def of(cls, file: StoredFile) -> FileModel:
        """Return the model of a file."""
        return cls(**{**vars(file), "tags": list(file.tags)})
