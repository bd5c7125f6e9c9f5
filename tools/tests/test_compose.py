"""The compose file names images, services, volumes and settings that exist."""

from typing import Any

import pytest
import yaml

from chart import settings as chart_settings
from chart.helm import CHART
from provision.layout import SERVICES

ROOT = CHART.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in CONTAINERS.items() if "build" in one}


def service_of(container: dict[str, Any]) -> str:
    return str(container["image"]).partition(":")[0]


@pytest.mark.parametrize("name", OURS)
def test_settings_are_those_of_the_service(name: str) -> None:
    service = service_of(OURS[name])
    known = chart_settings.plain_names(service) | chart_settings.secret_names(service)
    assert set(OURS[name]["environment"]) - known == set()


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_and_a_read_only_root(name: str) -> None:
    one = OURS[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["pids_limit"]
    assert one["mem_limit"]
    assert one["tmpfs"][0].startswith("/tmp:")


@pytest.mark.parametrize("name", OURS)
def test_images_are_built_from_the_dockerfiles(name: str) -> None:
    service = service_of(OURS[name])
    assert service in SERVICES
    assert (ROOT / OURS[name]["build"]["dockerfile"]).name == f"Dockerfile.{service}"


def test_both_services_answer_on_this_machine_only() -> None:
    ports = [port for one in CONTAINERS.values() for port in one.get("ports", [])]
    assert ports == ["127.0.0.1:8080:8080", "127.0.0.1:8081:8081"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_what_a_container_waits_for_is_there_and_can_tell_that_it_is_ready(name: str) -> None:
    for other, how in CONTAINERS[name].get("depends_on", {}).items():
        waited_for = CONTAINERS[other]
        if how["condition"] == "service_healthy":
            assert "test" in waited_for["healthcheck"]
        else:
            assert waited_for["restart"] == "no"


def test_volumes_are_declared_and_used() -> None:
    used = {volume.partition(":")[0] for one in CONTAINERS.values() for volume in one.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_hosts_that_settings_name_are_containers() -> None:
    environment = CONTAINERS["dataflowtools"]["environment"]
    hosts = {
        environment["DB_HOST"],
        environment["REDIS_HOST"],
        environment["CODERUNNER_URL"].split("/")[2].split(":")[0],
    }
    assert hosts <= set(CONTAINERS)


def test_the_database_is_the_one_that_the_service_asks_for() -> None:
    ours, theirs = CONTAINERS["dataflowtools"]["environment"], CONTAINERS["mysql"]["environment"]
    pairs = (("DB_NAME", "MYSQL_DATABASE"), ("DB_USER", "MYSQL_USER"), ("DB_PASSWORD", "MYSQL_PASSWORD"))
    assert [(ours[a], b) for a, b in pairs] == [(theirs[b], b) for _, b in pairs]
