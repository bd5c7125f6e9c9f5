"""Settings of dataflowtools: every environment variable that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode
from servicekit import ServiceSettings

LayerName = Literal["no_new_privs", "landlock", "seccomp", "rlimits", "capabilities", "user", "namespaces", "view"]


class Settings(ServiceSettings):
    """The service's settings; names in the environment are these in capitals."""

    port: int = Field(8081, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(
        Path(".state/data"), description="Folder of the stored files and, with DB_HOST unset, of the database."
    )
    task_seconds: float = Field(120, gt=0, le=86_400, description="Longest time that processing one file may take.")
    task_memory_mb: int = Field(1024, ge=64, description="Memory that processing one file may take, in MiB.")
    task_disk_mb: int = Field(1024, ge=16, description="Size of each file that processing may write, in MiB.")
    max_concurrent_tasks: int | None = Field(
        None, ge=1, description="Files processed at a time; unset: one a core, as many as fit in memory."
    )
    queue_limit: int = Field(64, ge=0, description="Tasks that may wait for a slot; one more gets 429.")
    queue_seconds: float = Field(30, gt=0, description="Longest wait for a slot; then 429.")
    max_archive_entries: int = Field(10_000, ge=1, description="Parts of an office file, which is a zip archive.")
    max_archive_ratio: int = Field(
        250, ge=10, description="Times that a part of more than 8 MiB may have been compressed; more is a bomb."
    )
    max_unpacked_mb: int = Field(512, ge=1, description="Size of an office file or of the streams of a PDF, unpacked.")
    max_pages: int = Field(5_000, ge=1, description="Pages of a document that is read.")
    max_cells: int = Field(
        5_000_000, ge=1, description="Cells of a sheet or table that is read, empty ones in between included."
    )
    max_image_megapixels: float = Field(100, gt=0, description="Largest image, in millions of pixels.")
    max_text_mb: int = Field(
        64, ge=1, description="Size of a file that is text, and of what draws the pages of a PDF, in MiB."
    )
    max_extract_mb: int = Field(64, ge=1, description="Size of what is taken out of one file, in MiB.")
    max_extract_images: int = Field(500, ge=0, description="Images taken out of one file.")
    max_inline_image_kb: int = Field(256, ge=0, description="Size of an image that may stand in an answer, in KiB.")
    max_cached_answer_mb: int = Field(8, ge=0, description="Size of an extraction that is remembered, in MiB.")
    site_packages_dir: Path | None = Field(
        None,
        description="Store of the workers' packages, filled by init_site_packages.sh --set dataflow; "
        "unset: .state/site-packages of the checkout, else the service's own interpreter's packages.",
    )
    sandbox_required_layers: Annotated[tuple[LayerName, ...], NoDecode] = Field(
        ("no_new_privs", "landlock", "seccomp", "rlimits"),
        description="Comma-separated layers of confinement without which the service refuses to start.",
    )
    sandbox_user: int = Field(
        65534, ge=1, description="User and group id of the workers when the service runs as root."
    )

    @field_validator("sandbox_required_layers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())
