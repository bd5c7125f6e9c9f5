"""How the chart runs a container, in the words of `docker run`: what is verified cannot drift from what is deployed."""

from collections.abc import Collection, Mapping
from typing import Any

from chart.checks import containers, pod_of, quantity, where
from chart.helm import Manifest

# Kubernetes sets it for the node, not in the pod; this is a common limit.
PIDS = 1024
_MOUNT_OPTIONS = "exec,nosuid,nodev,mode=1777"


def run_flags(objects: list[Manifest], workload: str, container: str, *, without: Collection[str] = ()) -> list[str]:
    """Return the flags for a container of a workload, without the mounts at some paths."""
    pod = pod_of(next(item for item in objects if where(item) == workload))
    if pod is None:
        raise ValueError(f"{workload} makes no pod")
    one = next(one for one in containers(pod) if one["name"] == container)
    mounts = [mount for mount in one["volumeMounts"] if mount["mountPath"] not in without]
    return [
        *_security(pod["spec"]["securityContext"], one["securityContext"]),
        *_resources(one["resources"]["limits"]),
        *_volumes(pod["spec"], mounts),
        *(word for item in one["env"] for word in ("--env", f"{item['name']}={item['value']}")),
    ]


def command(objects: list[Manifest], workload: str, container: str) -> list[str]:
    """Return the command that the chart gives a container; empty for the image's own."""
    pod = pod_of(next(item for item in objects if where(item) == workload)) or {"spec": {"containers": []}}
    one = next(one for one in containers(pod) if one["name"] == container)
    return [*one.get("command", []), *one.get("args", [])]


def _security(pod: Mapping[str, Any], container: Mapping[str, Any]) -> list[str]:
    flags = ["--user", f"{pod['runAsUser']}:{pod['runAsGroup']}"]
    flags += [f"--cap-drop={name}" for name in container["capabilities"]["drop"]]
    if container["readOnlyRootFilesystem"]:
        flags.append("--read-only")
    if not container["allowPrivilegeEscalation"]:
        flags.append("--security-opt=no-new-privileges")
    if pod["seccompProfile"] != {"type": "RuntimeDefault"}:
        raise ValueError("the engine's default seccomp profile is what is verified")
    return flags


def _resources(limits: Mapping[str, str]) -> list[str]:
    memory = int(quantity(limits["memory"]) or 0)
    return [f"--memory={memory}", f"--memory-swap={memory}", f"--cpus={limits['cpu']}", f"--pids-limit={PIDS}"]


def _volumes(pod: Mapping[str, Any], mounts: list[Mapping[str, Any]]) -> list[str]:
    """A volume becomes memory of its size that the pod's user may write to, as fsGroup has it."""
    kinds = {volume["name"]: volume for volume in pod["volumes"]}
    owner = f"uid={pod['securityContext']['runAsUser']},gid={pod['securityContext']['fsGroup']}"
    flags = []
    for mount in mounts:
        size = int(quantity(kinds[mount["name"]].get("emptyDir", {}).get("sizeLimit", "1Gi")) or 0)
        flags += ["--tmpfs", f"{mount['mountPath']}:{_MOUNT_OPTIONS},{owner},size={size}"]
    return flags
