"""The chart renders, on Helm 3 and 4, what Kubernetes takes and the services understand."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chart import settings as chart_settings
from chart.checks import containers, pod_of, problems, where
from chart.helm import CHART, VERSIONS, Helm, HelmError, Manifest, running
from provision.layout import SERVICES
from service_settings import settings_of

ROOT = CHART.parent
OLDEST, NEWEST = "1.25", "1.37"
EXTERNAL: dict[str, Any] = {
    "database": {"mode": "external", "host": "mysql.example", "existingSecret": "my-database"},
    "cache": {"mode": "external", "host": "redis.example", "existingSecret": "my-cache"},
    "storage": {"mode": "s3", "s3": {"bucket": "files", "endpoint": "https://s3.example", "existingSecret": "my-s3"}},
}
SHARED = {"storage": {"volume": {"accessModes": ["ReadWriteMany"]}}}
SCALED = {"enabled": True, "minReplicas": 2, "maxReplicas": 5, "targetCPU": 80}
INGRESS = {
    "enabled": True,
    "className": "nginx",
    "hosts": [{"host": "a.example", "paths": [{"path": "/", "pathType": "Prefix"}]}],
    "tls": [{"secretName": "my-tls", "hosts": ["a.example"]}],
}
MATRIX: dict[str, dict[str, Any]] = {
    "as it stands": {},
    "external": EXTERNAL,
    "bundled": {"database": {"mode": "bundled"}, "cache": {"mode": "bundled"}, **SHARED},
    "bundled with a secret": {
        "database": {"mode": "bundled", "existingSecret": "my-database"},
        "cache": {"mode": "bundled"},
        "storage": {"volume": {"existingClaim": "my-files"}},
    },
    "coderunner alone": {"dataflowtools": {"enabled": False}, "serviceAccount": {"create": False}},
    "dataflowtools alone": {"coderunner": {"enabled": False}, "dataflowtools": {"coderunnerUrl": "http://a:8080"}},
    "everything": {
        **EXTERNAL,
        "commonLabels": {"team": "flow"},
        "imagePullSecrets": [{"name": "my-registry"}],
        "apiKeys": {"existingSecret": "my-keys"},
        "monitoring": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
        "coderunner": {
            "autoscaling": SCALED,
            "ingress": INGRESS,
            "settings": {"MAX_EXECUTION_TIME": 90, "QUEUE_SECONDS": 2.5, "MAX_CODE_KB": 1000000, "ALLOW_NETWORK": True},
            "secretSettings": {"PACKAGE_INDEX_URL": {"name": "my-index", "key": "url"}},
            "networkPolicy": {"egress": [{"ports": [{"port": 443, "protocol": "TCP"}]}]},
            "packages": {"extra": ["polars==1.34.0", "rich"], "volume": {"size": "20Gi", "storageClass": "fast"}},
            "image": {"digest": f"sha256:{'a' * 64}"},
            "podLabels": {"a": "b"},
            "podAnnotations": {"a.example/b": "c"},
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"key": "only", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "priorityClassName": "high",
            "runtimeClassName": "kata",
        },
        "dataflowtools": {
            "autoscaling": SCALED,
            "ingress": INGRESS,
            "podDisruptionBudget": {"enabled": True},
            "settings": {"TASK_SECONDS": 300},
            "ocrServiceUrl": "http://ocr.example",
            "worker": {"autoscaling": SCALED, "podDisruptionBudget": {"enabled": True}},
            "podAnnotations": {"a.example/b": "c"},
        },
    },
    "nothing that can be off is on": {
        "coderunner": {
            "podDisruptionBudget": {"enabled": False},
            "networkPolicy": {"enabled": False},
            "topologySpread": False,
            "replicas": 0,
            "tmp": {"medium": "", "sizeLimit": "2Gi"},
        },
        "dataflowtools": {"worker": {"enabled": False}, "networkPolicy": {"enabled": False}, "topologySpread": False},
        "migrations": {"enabled": False},
    },
    "other names": {"fullnameOverride": "x" * 63, "nameOverride": "y" * 63},
}


@pytest.fixture(scope="module")
def helm() -> Iterator[Helm]:
    with running() as helm:
        yield helm


@pytest.fixture(scope="module")
def render(helm: Helm) -> Callable[..., list[Manifest]]:
    """Rendering, each combination once."""
    known: dict[str, list[Manifest]] = {}

    def rendered(values: Mapping[str, Any], version: str = "v3", **options: str) -> list[Manifest]:
        key = json.dumps([values, version, options], sort_keys=True)
        if key not in known:
            known[key] = helm.render(version, values, **options)
        return copy.deepcopy(known[key])

    return rendered


Render = Callable[..., list[Manifest]]
every_combination = pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)


def find(objects: list[Manifest], kind_and_name: str) -> Manifest:
    return next(item for item in objects if where(item) == kind_and_name)


def variables(objects: list[Manifest], service: str) -> set[str]:
    """Return the names in the environments of a service's containers, its workers' among them."""
    images = {"coderunner": "coderunner", "dataflowtools": "dataflowtools"}
    return {
        variable["name"]
        for item in objects
        if (pod := pod_of(item))
        for container in containers(pod)
        if container["image"].startswith(images[service]) and container["name"] != "packages"
        for variable in container.get("env", [])
    }


@every_combination
@pytest.mark.parametrize("version", VERSIONS)
def test_lint_finds_nothing(helm: Helm, version: str, values: dict[str, Any]) -> None:
    assert helm.lint(version, values) == []


@every_combination
@pytest.mark.parametrize("version", VERSIONS)
def test_rendered_objects_have_no_mistake_that_schemas_miss(
    render: Render, version: str, values: dict[str, Any]
) -> None:
    assert problems(render(values, version)) == []


@every_combination
@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
def test_rendered_objects_fit_the_schemas_of_kubernetes(
    render: Render, kubernetes: str, values: dict[str, Any]
) -> None:
    for item in render(values):
        if not item["apiVersion"].startswith("monitoring.coreos.com/"):
            kubernetes_validate.validate(item, kubernetes, strict=True)


@every_combination
def test_helm_3_and_4_render_the_same(render: Render, values: dict[str, Any]) -> None:
    def comparable(version: str) -> list[Manifest]:
        objects = [item for item in render(values, version) if item["kind"] != "Secret"]  # a new password each time
        return sorted(objects, key=where)

    assert comparable("v3") == comparable("v4")


@pytest.mark.parametrize("service", SERVICES)
def test_no_environment_name_is_unknown_to_the_settings(render: Render, service: str) -> None:
    names = {name for values in MATRIX.values() for name in variables(render(values), service)}
    files = {f"{name}_FILE" for name in chart_settings.secret_names(service)}
    assert names
    assert names - chart_settings.plain_names(service) - files == set()


@pytest.mark.parametrize("service", SERVICES)
def test_names_that_the_settings_have_are_no_longer_called_promised(service: str) -> None:
    """When this fails take the name off PROMISED: the settings have it now."""
    known = {setting.name for setting in settings_of(service)}
    promised = chart_settings.PROMISED[service] | chart_settings.PROMISED_SECRETS[service]
    assert promised & known == set()


def test_the_schema_of_the_values_lists_every_setting() -> None:
    """When this fails: make docs."""
    schema = json.loads(chart_settings.SCHEMA.read_text(encoding="utf-8"))
    assert schema == chart_settings.with_names(schema)


def test_every_value_of_the_chart_is_documented_and_known_to_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads(chart_settings.SCHEMA.read_text(encoding="utf-8"))
    assert set(schema["properties"]) - {"global"} == set(values)
    for name, value in values.items():
        known = schema["properties"][name].get("properties")
        assert known is None or set(known) == set(value), name


@pytest.mark.parametrize("service", SERVICES)
def test_the_tag_is_the_version_of_the_service(render: Render, service: str) -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    source = (ROOT / service / "src" / "container.py").read_text(encoding="utf-8")
    assert f'VERSION = "{chart["appVersion"]}"' in source
    images = {one["image"] for item in render({}) if (pod := pod_of(item)) for one in containers(pod)}
    assert f"{service}:{chart['appVersion']}" in images


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [({}, 58), ({"MAX_EXECUTION_TIME": 90, "QUEUE_SECONDS": 2.5}, 111), ({"SHUTDOWN_GRACE_SECONDS": 7}, 20)],
)
def test_coderunner_has_the_time_to_end_that_its_settings_ask_for(
    render: Render, settings: dict[str, float], seconds: int
) -> None:
    deployment = find(render({"coderunner": {"settings": settings}}), "Deployment/coderunner")
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == seconds


@pytest.mark.parametrize("service", SERVICES)
def test_the_defaults_that_the_time_to_end_is_reckoned_from_are_those_of_the_service(service: str) -> None:
    defaults = {setting.name: setting.default for setting in settings_of(service)}
    assert defaults["SHUTDOWN_DRAIN_SECONDS"] == "3"
    if service == "coderunner":
        assert (defaults["QUEUE_SECONDS"], defaults["MAX_EXECUTION_TIME"]) == ("10", "30")
        assert "QUEUE_SECONDS + MAX_EXECUTION_TIME + 5" in str(settings_of(service))
    else:
        assert defaults["SHUTDOWN_GRACE_SECONDS"] == "35"


def test_large_numbers_reach_the_service_as_written(render: Render) -> None:
    deployment = find(render(MATRIX["everything"]), "Deployment/coderunner")
    env = {one["name"]: one.get("value") for one in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert (env["MAX_CODE_KB"], env["QUEUE_SECONDS"], env["ALLOW_NETWORK"]) == ("1000000", "2.5", "true")


def test_coderunner_reaches_nothing_by_default(render: Render) -> None:
    policy = find(render({}), "NetworkPolicy/coderunner")
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"]["egress"] == []


def test_the_schema_is_changed_before_an_installation_and_an_upgrade(render: Render) -> None:
    job = find(render(EXTERNAL), "Job/coderunner-migrations")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["command"] == ["python", "src/migrate.py", "upgrade"]


def test_a_value_of_a_secret_never_stands_in_the_environment(render: Render) -> None:
    secret = {name for service in SERVICES for name in chart_settings.secret_names(service)}
    for values in MATRIX.values():
        for service in SERVICES:
            assert variables(render(values), service) & secret == set()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"dataflowtools": {"replicas": 2}}, "more than one replica needs database.mode"),
        ({"dataflowtools": {"autoscaling": SCALED}}, "more than one replica needs database.mode"),
        ({"storage": {"mode": "s3", "s3": {"bucket": "a"}}}, "needs database.mode external or bundled"),
        ({"database": {"mode": "external"}}, "needs database.host and database.existingSecret"),
        ({**EXTERNAL, "cache": {"mode": "external"}}, "needs cache.host"),
        ({**EXTERNAL, "cache": {"mode": "none"}}, "need cache.mode external or bundled"),
        ({**EXTERNAL, "storage": {"mode": "s3"}}, "needs storage.s3.bucket"),
        ({**EXTERNAL, "storage": {"mode": "volume"}}, "ReadWriteMany"),
        ({"coderunner": {"packages": {"volume": {"size": "1Gi", "accessModes": ["ReadWriteOnce"]}}}}, "ReadWriteMany"),
        ({"coderunner": {"packages": {"extra": ["polars"]}}}, "networkPolicy.egress"),
        ({"coderunner": {"settings": {"MAX_EXECUTION_TIMES": 1}}}, "MAX_EXECUTION_TIMES"),
        ({"coderunner": {"settings": {"PORT": 1}}}, "PORT"),
        ({"coderunner": {"settings": {"API_KEYS": "secret"}}}, "API_KEYS"),
        ({"coderunner": {"resources": {"limits": {"memory": "4 GB"}}}}, "memory"),
        ({"coderunner": {"replica": 2}}, "replica"),
        ({"coderunner": {"ingress": {"enabled": True}}}, "hosts"),
    ],
    ids=str,
)
@pytest.mark.parametrize("version", VERSIONS)
def test_values_that_could_not_work_are_refused_with_the_reason(
    helm: Helm, version: str, values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(HelmError, match=reason):
        helm.render(version, values)


def test_scripts_that_the_chart_starts_are_those_of_the_services(render: Render) -> None:
    started = {
        word
        for values in MATRIX.values()
        for item in render(values)
        if (pod := pod_of(item))
        for one in containers(pod)
        for word in one.get("command", [])
        if word.endswith(".py")
    }
    assert started == {"src/worker.py", "src/migrate.py"}
    assert [name for name in started if not (ROOT / "dataflowtools" / name).exists()] == []


BREAKING: dict[str, tuple[Callable[[list[Manifest]], Any], str]] = {
    "quantity": (lambda o: _container(o)["resources"]["limits"].update(memory="4GB"), "request and limit for memory"),
    "request over limit": (lambda o: _container(o)["resources"]["requests"].update(cpu="3"), "more cpu than"),
    "selector without labels": (lambda o: _pod(o)["metadata"]["labels"].pop("app.kubernetes.io/name"), "selects no"),
    "missing volume": (lambda o: _pod(o)["spec"]["volumes"].pop(), "volumes"),
    "port name": (lambda o: _container(o)["ports"][0].update(name="a_name_too_long_for_it"), "port name"),
    "probe port": (lambda o: _container(o)["livenessProbe"]["httpGet"].update(port="web"), "livenessProbe"),
    "label": (lambda o: _pod(o)["metadata"]["labels"].update(a="not allowed"), "label a="),
    "number as environment": (lambda o: _container(o)["env"][0].update(value=1), "is no text"),
    "variable twice": (lambda o: _container(o)["env"].append(_container(o)["env"][0]), "variable"),
    "secret file that is not there": (
        lambda o: _container(o)["env"].append({"name": "API_KEYS_FILE", "value": "/elsewhere"}),
        "not mounted",
    ),
    "root": (lambda o: _pod(o)["spec"]["securityContext"].update(runAsNonRoot=False), "security context"),
    "writable root": (lambda o: _container(o)["securityContext"].pop("readOnlyRootFilesystem"), "security context"),
    "token": (lambda o: _pod(o)["spec"].update(automountServiceAccountToken=True), "token"),
    "claim": (lambda o: o.remove(find(o, "PersistentVolumeClaim/coderunner-data")), "no claim"),
    "account": (lambda o: o.remove(find(o, "ServiceAccount/coderunner")), "no ServiceAccount"),
    "service port": (
        lambda o: find(o, "Service/coderunner")["spec"]["ports"][0].update(targetPort="web"),
        "no pod has",
    ),
    "object twice": (lambda o: o.append(copy.deepcopy(o[0])), "stands twice"),
}


def _pod(objects: list[Manifest]) -> Manifest:
    template: Manifest = find(objects, "Deployment/coderunner")["spec"]["template"]
    return template


def _container(objects: list[Manifest]) -> Manifest:
    container: Manifest = _pod(objects)["spec"]["containers"][0]
    return container


@pytest.mark.parametrize(("break_it", "found"), BREAKING.values(), ids=BREAKING)
def test_each_check_finds_the_mistake_it_is_for(
    render: Render, break_it: Callable[[list[Manifest]], Any], found: str
) -> None:
    objects = render({})
    break_it(objects)
    assert any(found in problem for problem in problems(objects)), problems(objects)


def test_images_of_the_chart_are_those_that_the_dockerfiles_make() -> None:
    for service in SERVICES:
        text = Path(ROOT, f"Dockerfile.{service}").read_text(encoding="utf-8")
        assert f"-t {service}:latest" in text
