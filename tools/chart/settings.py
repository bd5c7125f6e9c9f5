"""Which environment names the services know, for the chart, its schema and the compose file."""

import json
from pathlib import Path
from typing import Any

from provision.layout import SERVICES
from service_settings import settings_of

SCHEMA = Path(__file__).resolve().parents[2] / "helm" / "values.schema.json"
# The chart decides these: a probe or a Service would not follow a change.
OF_THE_CHART = frozenset({"HOST", "PORT"})
# Names that http-api.md promises and the settings do not have yet; a test fails for one that they have.
PROMISED: dict[str, frozenset[str]] = {
    "coderunner": frozenset(),
    "dataflowtools": frozenset(),
}
PROMISED_SECRETS: dict[str, frozenset[str]] = {"coderunner": frozenset(), "dataflowtools": frozenset()}


def plain_names(service: str) -> set[str]:
    """Return the names of a service's settings that are no secrets."""
    return {setting.name for setting in settings_of(service) if not setting.secret} | PROMISED[service]


def secret_names(service: str) -> set[str]:
    """Return the names of a service's settings that are secrets."""
    return {setting.name for setting in settings_of(service) if setting.secret} | PROMISED_SECRETS[service]


def with_names(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the chart's values with the settings that each service has."""
    definitions = dict(schema["definitions"])
    for service in SERVICES:
        for kind, names in (
            ("Settings", plain_names(service) - OF_THE_CHART),
            ("SecretSettings", secret_names(service)),
        ):
            key = f"{service}{kind}"
            definitions[key] = {**definitions[key], "propertyNames": {"enum": sorted(names)}}
    return {**schema, "definitions": definitions}


def rewrite_schema() -> None:
    """Bring the names in values.schema.json up to date."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    SCHEMA.write_text(json.dumps(with_names(schema), indent=2) + "\n", encoding="utf-8")
