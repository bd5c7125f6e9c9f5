"""Settings of dataflowtools: every environment variable that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode
from servicekit import ServiceSettings

LayerName = Literal["no_new_privs", "landlock", "seccomp", "rlimits", "capabilities", "user", "namespaces", "view"]


class Settings(ServiceSettings):
    """The service's settings; names in the environment are these in capitals."""

    port: int = Field(8081, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(
        Path(".state/data"), description="Folder of the stored files and, with DB_HOST unset, of the database."
    )
    coderunner_url: str = Field("http://127.0.0.1:8080", description="Address of coderunner.")
    coderunner_api_key: SecretStr = Field(SecretStr(""), description="Its key, where it has one.")
    max_table_rows: int = Field(50_000_000, ge=1, description="Most rows of a table, in and between steps.")
    max_table_columns: int = Field(10_000, ge=1, description="Most columns of a table.")
    max_table_steps: int = Field(100, ge=1, description="Most steps of a transformation.")
    max_preview_rows: int = Field(1000, ge=0, description="Most rows of a table in an answer.")
    max_custom_mb: int = Field(
        12,
        ge=1,
        description="Largest table that a custom step sends to coderunner, deflated, in MiB; see its MAX_BODY_MB.",
    )
    task_seconds: float = Field(120, gt=0, le=86_400, description="Longest time that processing one file may take.")
    task_memory_mb: int = Field(1024, ge=64, description="Memory that processing one file may take, in MiB.")
    task_disk_mb: int = Field(1024, ge=16, description="Size of each file that processing may write, in MiB.")
    max_concurrent_tasks: int | None = Field(
        None, ge=1, description="Files processed at a time; unset: one a core, as many as fit in memory."
    )
    queue_limit: int = Field(64, ge=0, description="Tasks that may wait for a slot; one more gets 429.")
    queue_seconds: float = Field(30, gt=0, description="Longest wait for a slot; then 429.")
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
