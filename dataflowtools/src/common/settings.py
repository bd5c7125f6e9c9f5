"""Settings of dataflowtools: every environment variable that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode
from servicekit import ServiceSettings

LayerName = Literal["no_new_privs", "landlock", "seccomp", "rlimits", "capabilities", "user", "namespaces", "view"]


class Settings(ServiceSettings):
    """The service's settings; names in the environment are these in capitals."""

    port: int = Field(8081, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    body_timeout_seconds: float = Field(
        3600, gt=0, description="Longest time that receiving one request body may take."
    )
    max_file_mb: float = Field(2048, gt=0, description="Largest file, in MiB.")
    max_upload_mb: float = Field(2112, gt=0, description="Largest body of an upload, all its files together, in MiB.")
    max_upload_files: int = Field(100, ge=1, description="Most files of one upload.")
    data_dir: Path = Field(
        Path(".state/data"),
        description="Folder of the stored files, unless S3_BUCKET is set, and, with DB_HOST unset, of the database; "
        "replicas share it.",
    )
    db_host: str = Field("", description="Host of MySQL or MariaDB; unset: SQLite under DATA_DIR.")
    db_port: int = Field(3306, ge=1, le=65535, description="Its port.")
    db_name: str = Field("dataflowtools", min_length=1, description="Its database.")
    db_user: str = Field("dataflowtools", description="The user to connect as.")
    db_password: SecretStr = Field(SecretStr(""), description="The user's password.")
    db_tls_ca: Path | None = Field(
        None, description="File of the authorities that the server's certificate must come from; unset: no TLS."
    )
    db_connections: int = Field(8, ge=1, le=200, description="Connections to the database, and threads that use them.")
    db_answer_seconds: int = Field(30, ge=1, description="Longest wait for an answer of the database.")
    db_wait_seconds: float = Field(60, ge=0, description="How long a start waits for the database to come up.")
    s3_bucket: str = Field("", description="Bucket of an S3-compatible store for the files; unset: DATA_DIR.")
    s3_endpoint_url: str = Field("", description="Address of the store; unset: Amazon's.")
    s3_region: str = Field("us-east-1", description="Region of the bucket.")
    s3_prefix: str = Field("", description="What the keys in the bucket begin with, such as dataflowtools/.")
    s3_access_key_id: str = Field("", description="Key id; unset: what the machine's own identity gives.")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="The key.")
    s3_path_style: bool = Field(True, description="Whether the bucket is in the path instead of the host name.")
    spool_dir: Path | None = Field(
        None, description="Folder of the local copies while files of S3 are in use; unset: DATA_DIR/spool."
    )
    redis_host: str = Field("", description="Host of Redis, for the cache and the queue; unset: within the process.")
    redis_port: int = Field(6379, ge=1, le=65535, description="Its port.")
    redis_db: int = Field(0, ge=0, description="Number of its database.")
    redis_user: str = Field("", description="The user to connect as, where it has users.")
    redis_password: SecretStr = Field(SecretStr(""), description="The password.")
    redis_tls: bool = Field(False, description="Whether to connect with TLS.")
    cache_hours: float = Field(168, gt=0, description="How long Redis keeps a result.")
    idempotency_hours: float = Field(24, gt=0, description="How long an answer is kept for its Idempotency-Key.")
    cache_mb: int = Field(64, ge=0, description="Memory of the cache in the process, in MiB.")
    batch_embedded: bool = Field(
        True, description="Whether this process works on batch jobs; if not, `python src/worker.py` has to."
    )
    batch_workers: int = Field(2, ge=1, le=64, description="Files of batch jobs that a process works on at a time.")
    max_batch_files: int = Field(1000, ge=1, le=100_000, description="Most files of a batch job.")
    batch_lease_seconds: float = Field(
        30, ge=1, description="Without a sign of life for so long, a worker's file is given to another."
    )
    batch_keep_days: float = Field(7, gt=0, description="How long jobs are known after their end.")
    callback_secret: SecretStr = Field(
        SecretStr(""), description="Signs the notices of jobs; unset: each job has a secret, shown to its caller."
    )
    callback_allow_private: bool = Field(False, description="Whether notices may go to private and local addresses.")
    max_tag_text_kb: int = Field(1024, ge=1, description="Longest text for tag extraction, in KiB of UTF-8.")
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
    max_archive_entries: int = Field(10_000, ge=1, description="Parts of an office file, which is a zip archive.")
    max_archive_ratio: int = Field(
        250, ge=10, description="Times that a part of more than 8 MiB may have been compressed; more is a bomb."
    )
    max_unpacked_mb: int = Field(512, ge=1, description="Size of an office file or of the streams of a PDF, unpacked.")
    max_pages: int = Field(5_000, ge=1, description="Pages of a document that is read.")
    max_cells: int = Field(
        5_000_000, ge=1, description="Cells of a sheet or table that is read, empty ones in between included."
    )
    max_text_mb: int = Field(
        64, ge=1, description="Size of a file that is text, and of what draws the pages of a PDF, in MiB."
    )
    max_extract_mb: int = Field(64, ge=1, description="Size of what is taken out of one file, in MiB.")
    max_extract_images: int = Field(500, ge=0, description="Images taken out of one file.")
    max_inline_image_kb: int = Field(256, ge=0, description="Size of an image that may stand in an answer, in KiB.")
    max_cached_answer_mb: int = Field(8, ge=0, description="Size of an extraction that is remembered, in MiB.")
    office_program_dir: Path | None = Field(
        None, description="LibreOffice's folder `program`; unset: where Debian and others install it."
    )
    template_seconds: float = Field(15, gt=0, le=3_600, description="Longest time that filling a template may take.")
    max_created_rows: int = Field(100_000, ge=1, description="Rows of a request for a new file.")
    max_image_body_mb: float = Field(
        64, gt=0, le=1024, description="Largest request body with images for OCR or barcodes, in MiB."
    )
    max_images: int = Field(50, ge=1, le=1000, description="Images in one OCR or barcode request.")
    max_image_megapixels: float = Field(
        80, gt=0, le=500, description="Largest image or drawn page, in millions of pixels."
    )
    max_ocr_pages: int = Field(
        200, ge=1, le=10_000, description="Pages read of one file by OCR or for barcodes; more are refused."
    )
    ocr_pdf_dpi: int = Field(
        200, ge=72, le=600, description="Resolution at which PDF pages are drawn for OCR and barcodes."
    )
    ocr_preload: bool = Field(
        True, description="Whether the embedded OCR engine is loaded when the service starts, or with the first page."
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

    @model_validator(mode="after")
    def _an_upload_holds_a_file(self) -> Self:
        if self.max_upload_mb < self.max_file_mb:
            raise ValueError("MAX_UPLOAD_MB is less than MAX_FILE_MB")
        return self
