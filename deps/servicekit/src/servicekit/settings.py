"""Settings: read once at start from the environment and `.env`, then frozen.

The name in the environment is the field's name in capitals. An empty value counts as unset.
A secret may come from a file instead: `API_KEYS_FILE=/run/secrets/keys` for `API_KEYS`.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

EXIT_USAGE = 2


class SettingsError(Exception):
    """The environment does not make valid settings; the message names each variable at fault."""


class SecretFileSource(PydanticBaseSettingsSource):
    """Reads secrets from the files that `<NAME>_FILE` variables point at."""

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        env: EnvSettingsSource,
        dotenv: DotEnvSettingsSource,
    ) -> None:
        super().__init__(settings_cls)
        self._variables = {**dotenv.env_vars, **env.env_vars}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's content without the final newline, or None where no file is named."""
        path = self._variables.get(f"{field_name}_file")
        if not path or not _holds_secret(field.annotation):
            return None, field_name, False
        name = field_name.upper()
        if self._variables.get(field_name):
            raise SettingsError(f"{name} and {name}_FILE are both set; keep one")
        return _read_secret(f"{name}_FILE", path), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The secrets found, by field name."""
        found = {
            name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class ServiceSettings(BaseSettings):
    """What every service can be told. A service derives its own class and adds fields."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe level that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto is console on a terminal and json elsewhere."
    )
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Comma-separated keys, any of which lets a caller in; empty lets everybody in."
    )
    metrics_public: bool = Field(False, description="Whether /metrics is open when keys are set.")
    max_body_mb: float = Field(20, gt=0, le=10_240, description="Largest request body, in MiB.")
    body_timeout_seconds: float = Field(
        300, gt=0, description="Longest time that receiving one request body may take."
    )
    keep_alive_seconds: float = Field(
        75, gt=0, description="How long an idle connection is kept, and the longest wait for headers."
    )
    shutdown_drain_seconds: float = Field(
        3, ge=0, description="From SIGTERM, how long to serve on while readiness says 503."
    )
    shutdown_grace_seconds: float = Field(
        35, ge=0, description="After the drain, how long requests in flight may take to end."
    )

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _case_does_not_matter(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(key.strip() for key in value.replace("\n", ",").split(",") if key.strip())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then `.env`, then files named by `<NAME>_FILE`."""
        sources = (init_settings, env_settings, dotenv_settings)
        if isinstance(env_settings, EnvSettingsSource) and isinstance(dotenv_settings, DotEnvSettingsSource):
            return (*sources, SecretFileSource(settings_cls, env_settings, dotenv_settings))
        return sources

    @classmethod
    def read(cls) -> Self:
        """Reads the settings; raises SettingsError, never with a secret's value in it."""
        try:
            return cls()
        except ValidationError as exc:
            raise SettingsError("\n".join(_explain(item) for item in exc.errors())) from None
        except SourceError as exc:
            raise SettingsError(str(exc)) from None


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def load_settings(kind: type[SettingsT]) -> SettingsT:
    """Reads the settings of a service's entry point; wrong ones end the process with status 2."""
    try:
        return kind.read()
    except SettingsError as exc:
        sys.stderr.write(f"The settings are wrong:\n{exc}\n")
        raise SystemExit(EXIT_USAGE) from None


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """One line of the settings table: the environment name, the default as written, the meaning.

    A secret can come from a file that `<NAME>_FILE` names.
    """

    name: str
    default: str
    description: str
    secret: bool = False


def describe_settings(kind: type[ServiceSettings]) -> list[SettingDescription]:
    """Every setting of a class, in the order of declaration, for documents and their tests."""
    return [
        SettingDescription(
            name.upper(), _written(field.default), field.description or "", _holds_secret(field.annotation)
        )
        for name, field in kind.model_fields.items()
    ]


def _written(default: object) -> str:
    if default is None or default == ():
        return ""
    if isinstance(default, tuple):
        return ",".join(str(part) for part in default)
    return str(default).lower() if isinstance(default, bool) else str(default)


def _explain(item: Any) -> str:
    name = str(item["loc"][0]).upper() if item["loc"] else "settings"
    return f"  {name}: {item['msg']}"


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def _read_secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
        raise SettingsError(f"  {variable}: cannot read the file it names: {reason}") from None
