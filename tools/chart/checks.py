"""What schemas do not see in manifests: mistakes that an API server, or the first pod, would complain about."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chart.helm import Manifest

_SUFFIXES = {
    "m": 0.001, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip
_QUANTITY = re.compile(r"^(\d+(?:\.\d+)?)([A-Za-z]*)$")
_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
_LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")
_LABEL_KEY = re.compile(r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
_PORT_NAME = re.compile(r"^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$")
_ENV_NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
_TEMPLATED = ("Deployment", "StatefulSet", "Job")
Labels = Mapping[str, str]


def problems(objects: list[Manifest]) -> list[str]:
    """Return every mistake found in the objects of a release, each with the object that has it."""
    return sorted({f"{where(item)}: {text}" for check in CHECKS for item in objects for text in check(item, objects)})


def where(item: Manifest) -> str:
    """Return kind and name of an object."""
    return f"{item.get('kind')}/{item.get('metadata', {}).get('name')}"


def pod_of(item: Manifest) -> Manifest | None:
    """Return the pod that an object is or makes: its metadata and its spec."""
    if item["kind"] == "Pod":
        return item
    return dict(item["spec"]["template"]) if item["kind"] in _TEMPLATED else None


def containers(pod: Manifest) -> list[Manifest]:
    """Return all containers of a pod, the initial ones among them."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def quantity(text: object) -> float | None:
    """Return what a quantity means, None for what is none."""
    match = _QUANTITY.match(str(text))
    factor = _SUFFIXES.get(match[2]) if match else None
    return float(match[1]) * factor if match and factor else None


def names(item: Manifest, objects: list[Manifest]) -> Iterator[str]:
    """Names are DNS labels and stand once a kind."""
    name = str(item["metadata"]["name"])
    if not _NAME.match(name):
        yield f"{name!r} is no name"
    if sum(where(other) == where(item) for other in objects) > 1:
        yield "stands twice"


def labels(item: Manifest, _: list[Manifest]) -> Iterator[str]:
    """Labels are written as Kubernetes wants them, on the object and on its pods."""
    pod = pod_of(item)
    for metadata in (item["metadata"], *([pod["metadata"]] if pod else [])):
        for key, value in metadata.get("labels", {}).items():
            if not _LABEL_KEY.match(key) or not isinstance(value, str) or not _LABEL_VALUE.match(value):
                yield f"label {key}={value!r}"
        for key, value in metadata.get("annotations", {}).items():
            if not isinstance(value, str):
                yield f"annotation {key} is no text"


def selectors(item: Manifest, objects: list[Manifest]) -> Iterator[str]:
    """What selects pods selects some, and a workload exactly its own."""
    for selector in _selectors(item):
        chosen = [other for other in objects if _selects(selector, other)]
        if not selector:
            yield "an empty selector selects everything"
        elif not chosen:
            yield f"selects no pod: {selector}"
        elif item["kind"] in _TEMPLATED and chosen != [item]:
            yield f"selects pods of {', '.join(map(where, chosen))}"


def quantities(item: Manifest, _: list[Manifest]) -> Iterator[str]:
    """Every container asks for something and is limited; no request is over its limit."""
    for container in containers(pod_of(item) or {"spec": {"containers": []}}):
        resources = container.get("resources", {})
        for kind in ("cpu", "memory"):
            request, limit = (quantity(resources.get(part, {}).get(kind)) for part in ("requests", "limits"))
            if request is None or limit is None:
                yield f"{container['name']}: no proper request and limit for {kind}"
            elif request > limit:
                yield f"{container['name']}: asks for more {kind} than its limit"


def volumes(item: Manifest, _: list[Manifest]) -> Iterator[str]:
    """Mounts name volumes that exist, each path once; no volume is left over."""
    pod = pod_of(item)
    if pod is None:
        return
    declared = [volume["name"] for volume in pod["spec"].get("volumes", [])]
    declared += [claim["metadata"]["name"] for claim in item["spec"].get("volumeClaimTemplates", [])]
    mounted = set()
    for container in containers(pod):
        mounts = container.get("volumeMounts", [])
        mounted |= {mount["name"] for mount in mounts}
        paths = [mount["mountPath"] for mount in mounts]
        if len(paths) != len(set(paths)):
            yield f"{container['name']}: a path is mounted twice"
    if mounted != set(declared) or len(declared) != len(set(declared)):
        yield f"volumes {sorted(declared)}, mounted {sorted(mounted)}"


def ports(item: Manifest, objects: list[Manifest]) -> Iterator[str]:
    """Port names are proper and unique; probes and services name ports that are there."""
    pod = pod_of(item)
    for container in containers(pod) if pod else []:
        known = [port["name"] for port in container.get("ports", [])]
        yield from (f"port name {name!r}" for name in known if not _PORT_NAME.match(name) or known.count(name) > 1)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = next((by.get("port") for by in _askers(container.get(probe, {}))), None)
            if asked is not None and asked not in known:
                yield f"{container['name']}: {probe} asks port {asked!r}"
    if item["kind"] == "Service":
        offered = {
            name for other in objects if _selects(item["spec"]["selector"], other) for name in _port_names(other)
        }
        yield from (
            f"no pod has port {port['targetPort']!r}"
            for port in item["spec"]["ports"]
            if port["targetPort"] not in offered
        )


def references(item: Manifest, objects: list[Manifest]) -> Iterator[str]:
    """What a release refers to and names like itself is part of it, keys and all."""
    own = {where(other): other for other in objects}
    pod = pod_of(item)
    for volume in pod["spec"].get("volumes", []) if pod else []:
        claim, config = volume.get("persistentVolumeClaim"), volume.get("configMap")
        if claim and f"PersistentVolumeClaim/{claim['claimName']}" not in own and not _is_foreign(claim["claimName"]):
            yield f"there is no claim {claim['claimName']}"
        if config and f"ConfigMap/{config['name']}" not in own:
            yield f"there is no ConfigMap {config['name']}"
    yield from _missing_secrets(item, own)
    account = pod["spec"].get("serviceAccountName", "default") if pod else "default"
    if account != "default" and f"ServiceAccount/{account}" not in own and not _is_foreign(account):
        yield f"there is no ServiceAccount {account}"
    if item["kind"] == "HorizontalPodAutoscaler":
        target = item["spec"]["scaleTargetRef"]
        scaled = own.get(f"{target['kind']}/{target['name']}")
        if scaled is None or "replicas" in scaled["spec"]:
            yield f"scales {target['name']}, which is missing or fixes its replicas"
        if item["spec"]["minReplicas"] > item["spec"]["maxReplicas"]:
            yield "its least replicas are more than its most"


def environment(item: Manifest, _: list[Manifest]) -> Iterator[str]:
    """Variables have proper names, text as values, and stand once; a file that one names is mounted."""
    pod = pod_of(item)
    for container in containers(pod) if pod else []:
        seen = [variable["name"] for variable in container.get("env", [])]
        yield from (f"variable {name!r}" for name in seen if not _ENV_NAME.match(name) or seen.count(name) > 1)
        paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        for variable in container.get("env", []):
            if not isinstance(variable.get("value"), str):
                yield f"{variable['name']} is no text"
            elif variable["name"].endswith("_FILE") and not variable["value"].startswith(tuple(paths)):
                yield f"{variable['name']}: {variable['value']} is not mounted"


def restricted(item: Manifest, _: list[Manifest]) -> Iterator[str]:
    """Pods meet the restricted Pod Security standard, and this chart's own rules beyond it."""
    pod = pod_of(item)
    if pod is None:
        return
    spec, security = pod["spec"], pod["spec"].get("securityContext", {})
    expected = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    if not expected.items() <= security.items():
        yield "the pod's security context"
    if any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares the host's namespaces"
    if any("hostPath" in volume for volume in spec.get("volumes", [])):
        yield "mounts a folder of the host"
    if spec.get("automountServiceAccountToken") is not False or spec.get("enableServiceLinks") is not False:
        yield "gets a token or the links to services"
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    yield from (
        f"{one['name']}: its security context" for one in containers(pod) if one.get("securityContext") != wanted
    )


Check = Callable[[Manifest, list[Manifest]], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    names, labels, selectors, quantities, volumes, ports, references, environment, restricted,
)  # fmt: skip


def _selectors(item: Manifest) -> list[Labels]:
    spec = item.get("spec", {})
    match item["kind"]:
        case "Service":
            return [spec["selector"]]
        case "Deployment" | "StatefulSet" | "PodDisruptionBudget":
            spread = pod_of(item) or {"spec": {}}
            constraints = spread["spec"].get("topologySpreadConstraints", [])
            return [spec["selector"]["matchLabels"], *(one["labelSelector"]["matchLabels"] for one in constraints)]
        case "NetworkPolicy":
            return [spec["podSelector"]["matchLabels"]]
    return []


def _selects(selector: Labels, item: Manifest) -> bool:
    pod = pod_of(item)
    return pod is not None and selector.items() <= pod["metadata"].get("labels", {}).items()


def _askers(probe: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (probe[kind] for kind in ("httpGet", "tcpSocket") if kind in probe)


def _port_names(item: Manifest) -> Iterator[str]:
    pod = pod_of(item)
    return (port["name"] for container in (containers(pod) if pod else []) for port in container.get("ports", []))


def _missing_secrets(item: Manifest, own: Mapping[str, Manifest]) -> Iterator[str]:
    for name, keys in _secrets_of(pod_of(item)):
        secret = own.get(f"Secret/{name}")
        if secret is None and not _is_foreign(name):
            yield f"there is no Secret {name}"
        elif secret is not None and not set(keys) <= secret["data"].keys():
            yield f"Secret {name} lacks one of {', '.join(keys)}"


def _secrets_of(pod: Manifest | None) -> Iterator[tuple[str, list[str]]]:
    for volume in pod["spec"].get("volumes", []) if pod else []:
        if "secret" in volume:
            yield volume["secret"]["secretName"], [entry["key"] for entry in volume["secret"]["items"]]
        for source in volume.get("projected", {}).get("sources", []):
            yield source["secret"]["name"], [entry["key"] for entry in source["secret"]["items"]]


def _is_foreign(name: str) -> bool:
    """Tell whether a name is one that the tests' values give to what is not of the release."""
    return name.startswith("my-")
