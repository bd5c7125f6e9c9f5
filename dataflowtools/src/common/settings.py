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
    task_seconds: float = Field(120, gt=0, le=86_400, description="Longest time that processing one file may take.")
    task_memory_mb: int = Field(1024, ge=64, description="Memory that processing one file may take, in MiB.")
    task_disk_mb: int = Field(1024, ge=16, description="Size of each file that processing may write, in MiB.")
    max_concurrent_tasks: int | None = Field(
        None, ge=1, description="Files processed at a time; unset: one a core, as many as fit in memory."
    )
    queue_limit: int = Field(64, ge=0, description="Tasks that may wait for a slot; one more gets 429.")
    queue_seconds: float = Field(30, gt=0, description="Longest wait for a slot; then 429.")
    max_image_body_mb: float = Field(
        64, gt=0, le=1024, description="Largest request body with images for OCR or barcodes, in MiB."
    )
    max_images: int = Field(50, ge=1, le=1000, description="Images in one OCR or barcode request.")
    max_image_megapixels: float = Field(
        80, gt=0, le=500, description="Largest image or page for OCR and barcodes, in millions of pixels."
    )
    max_ocr_pages: int = Field(
        200, ge=1, le=10_000, description="Pages read of one file by OCR or for barcodes; more are refused."
    )
    ocr_pdf_dpi: int = Field(
        200, ge=72, le=600, description="Resolution at which PDF pages are drawn for OCR and barcodes."
    )
    ocr_page_seconds: float = Field(120, gt=0, le=3600, description="Longest time that recognising one page may take.")
    ocr_memory_mb: int = Field(3072, ge=1024, description="Memory that the embedded OCR engine may take, in MiB.")
    ocr_recycle_mb: int = Field(
        1200, ge=512, description="Memory in use from which on the OCR engine is replaced after a page, in MiB."
    )
    ocr_recycle_pages: int = Field(1000, ge=1, description="Pages after which the OCR engine is replaced.")
    ocr_threads: int | None = Field(None, ge=1, le=64, description="Threads of the OCR engine; unset: one a core.")
    ocr_queue_limit: int = Field(64, ge=0, description="Pages that may wait for the OCR engine; one more gets 429.")
    ocr_queue_seconds: float = Field(600, gt=0, description="Longest wait of a page for the OCR engine; then 429.")
    ocr_service_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s@/?#]+(/[^\s#]*)?$",
        description="Address of an OCR service that is asked instead of the embedded engine; see README.",
    )
    ocr_service_key: SecretStr | None = Field(None, description="Sent to the OCR service as bearer token.")
    ocr_service_seconds: float = Field(120, gt=0, le=3600, description="Longest wait for the OCR service's answer.")
    ocr_service_retries: int = Field(
        2, ge=0, le=10, description="Further attempts where the OCR service did not work on a request."
    )
    ocr_service_fallback: bool = Field(
        True, description="Whether the embedded engine reads what the OCR service does not answer for."
    )
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
