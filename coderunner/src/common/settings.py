"""Settings of coderunner: every environment variable that it reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode
from servicekit import ServiceSettings

LayerName = Literal["no_new_privs", "landlock", "seccomp", "rlimits", "capabilities", "user", "namespaces", "view"]

_ANSWER_SECONDS = 5.0


class Settings(ServiceSettings):
    """The service's settings; names in the environment are these in capitals."""

    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    shutdown_grace_seconds: float = Field(  # type: ignore[assignment]  # never None: see below
        None,
        ge=0,
        validate_default=False,
        description="After the drain, how long requests in flight may take to end; "
        "unset: QUEUE_SECONDS + MAX_EXECUTION_TIME + 5.",
    )
    max_execution_time: float = Field(
        30, gt=0, le=86_400, description="Longest `timeout` of a run, in seconds, and its default."
    )
    max_memory_mb: int = Field(
        512, ge=16, le=1 << 20, description="Largest `memory_mb` of a run, in MiB, and its default."
    )
    max_code_kb: int = Field(1024, ge=1, description="Longest `code`, in KiB of UTF-8.")
    max_output_kb: int = Field(1024, ge=1, description="Standard output, and standard error, of a run: KiB each.")
    max_result_mb: int = Field(8, ge=1, le=1024, description="Largest `return_value` of a run, in MiB of JSON.")
    max_input_files: int = Field(32, ge=0, description="Most `files` of a run.")
    max_artifacts: int = Field(64, ge=0, description="Most files that a run gives back.")
    max_artifacts_mb: int = Field(16, ge=1, description="Size of the files that a run gives back, in MiB in all.")
    workdir_mb: int = Field(64, ge=1, description="Size of a run's working directory, in MiB.")
    workdir_entries: int = Field(512, ge=8, description="Most files and folders in a run's working directory.")
    max_concurrent_runs: int | None = Field(
        None, ge=1, description="Runs at a time; unset: four a core, as many as fit in memory."
    )
    queue_limit: int = Field(64, ge=0, description="Runs that may wait for a slot; one more gets 429.")
    queue_seconds: float = Field(10, gt=0, description="Longest wait for a slot; then 429.")
    allow_network: bool = Field(
        False, description="Whether a run may ask for `network`: outgoing TCP to public addresses."
    )
    allowed_modules: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated changes to the importable modules: +name allows, -name forbids."
    )
    site_packages_dir: Path | None = Field(
        None,
        description="Store of the sandbox's packages, filled by init_site_packages.sh; "
        "unset: .state/site-packages of the checkout, else the service's own interpreter's packages.",
    )
    allow_package_install: bool = Field(True, description="Whether callers may install and remove packages.")
    package_index_url: SecretStr | None = Field(
        None,
        description="The only package index (PEP 503), with credentials if it wants some, or a folder of wheels as "
        "file:///wheels; unset: what pip is configured for.",
    )
    packages_dir: Path | None = Field(
        None,
        description="Store of the environments; replicas share them by sharing it; "
        "unset: .state/packages of the checkout.",
    )
    max_packages: int = Field(50, ge=1, description="Most packages of one request.")
    max_environments: int = Field(100, ge=0, description="Most named environments beside the default one.")
    max_install_mb: int = Field(
        1024, ge=1, description="Size of what one environment adds to the base packages, in MiB."
    )
    max_install_files: int = Field(
        50_000, ge=100, description="Files in what one environment adds to the base packages."
    )
    max_store_mb: int = Field(
        20_480, ge=1, description="Size of all environments together, in MiB; what nobody uses makes room."
    )
    max_concurrent_installs: int = Field(2, ge=1, le=64, description="Installations at a time; up to 64 more wait.")
    package_install_seconds: float = Field(
        300, gt=0, description="Longest time that one installation may take, its wait not counted."
    )
    package_refresh_minutes: float = Field(
        60, ge=0, description="How long `packages` of a run without exact versions mean what they meant the first time."
    )
    package_keep_hours: float = Field(
        72, gt=0, description="How long packages that no environment names are kept after their last use."
    )
    max_warm_environments: int = Field(
        4, ge=1, description="Most environments that workers are kept ready for, beside the base."
    )
    environment_idle_seconds: float = Field(
        900, gt=0, description="How long workers are kept ready for an environment that nobody uses."
    )
    sandbox_required_layers: Annotated[tuple[LayerName, ...], NoDecode] = Field(
        ("no_new_privs", "landlock", "seccomp", "rlimits"),
        description="Comma-separated layers of confinement without which the service refuses to start.",
    )
    sandbox_user: int = Field(
        65534, ge=1, description="User and group id of the workers when the service runs as root."
    )
    ready_workers: int | None = Field(
        None, ge=1, le=256, description="Workers kept ready of each kind; unset: by cores and memory."
    )

    @field_validator("allowed_modules", "sandbox_required_layers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("package_index_url")
    @classmethod
    def _is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("http://", "https://", "file:///", "/")):
            raise ValueError("it must start with http://, https:// or file:///")
        return value

    @model_validator(mode="after")
    def _outlast_the_longest_request(self) -> Self:
        if self.shutdown_grace_seconds is None:
            grace = self.queue_seconds + self.max_execution_time + _ANSWER_SECONDS
            object.__setattr__(self, "shutdown_grace_seconds", grace)  # frozen only from here on
        return self

    @model_validator(mode="after")
    def _hold_the_largest_request(self) -> Self:
        if self.workdir_mb < self.max_body_mb:
            raise ValueError(f"WORKDIR_MB is {self.workdir_mb} and must be at least MAX_BODY_MB, {self.max_body_mb:g}")
        if self.workdir_entries < self.max_input_files:
            raise ValueError(
                f"WORKDIR_ENTRIES is {self.workdir_entries} and must be at least MAX_INPUT_FILES, "
                f"{self.max_input_files}"
            )
        return self


# What installers are told of the environment: where packages come from, and how to get there.
_INSTALLER_VARIABLES = frozenset(
    "PATH HOME LANG LC_ALL NETRC SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE "
    "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY".split()
)
_INSTALLER_PREFIXES = ("PIP_", "UV_", "XDG_CONFIG_")


def installer_environment() -> dict[str, str]:
    """Return the variables of the service's environment that installers may see; none of its own settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _INSTALLER_VARIABLES or name.startswith(_INSTALLER_PREFIXES)
    }
