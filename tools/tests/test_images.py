"""What can be said of the images without building them."""

import re
from pathlib import Path

import pytest

from chart.helm import CHART
from provision.layout import SERVICES, Layout
from verify_images.base_image import external_image
from verify_images.flags import PIDS, run_flags
from verify_images.pip_secrets import pip_conf

ROOT = CHART.parent
DOCKERFILES = [ROOT / f"Dockerfile.{service}" for service in SERVICES]
every_dockerfile = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
POD = {
    "securityContext": {
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10002,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
    "containers": [
        {
            "name": "one",
            "env": [{"name": "HOST", "value": "0.0.0.0"}, {"name": "PORT", "value": "8080"}],
            "securityContext": {
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
                "allowPrivilegeEscalation": False,
            },
            "resources": {"limits": {"cpu": "2", "memory": "1Gi"}},
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        }
    ],
}


@every_dockerfile
def test_a_dockerfile_needs_no_frontend_and_one_base(dockerfile: Path) -> None:
    assert external_image(dockerfile) == "python:3.11-slim-bookworm"
    assert "syntax=" not in dockerfile.read_text(encoding="utf-8")


@every_dockerfile
def test_everything_that_pip_installs_into_an_image_is_hashed(dockerfile: Path) -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install(?:[^\n]|\\\n)*", dockerfile.read_text(encoding="utf-8"))
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []


@every_dockerfile
def test_what_a_dockerfile_copies_is_sent_to_the_builder(dockerfile: Path) -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    copies = re.findall(r"^COPY (?!--from)(.+)$", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    sources = {word for line in copies for word in line.split()[:-1]}
    assert sources
    for source in sources:
        assert any(source == path or source.startswith(f"{path}/") for path in allowed), source
        assert (ROOT / source).exists(), source


def test_both_images_begin_with_the_same_layers() -> None:
    def beginning(dockerfile: Path) -> str:
        text = dockerfile.read_text(encoding="utf-8")
        return text[text.index("FROM ") : text.index("# --- what", text.index("AS installers"))]

    assert len({beginning(dockerfile) for dockerfile in DOCKERFILES}) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_the_lock_of_a_service_holds_all_that_it_requires_with_hashes_and_no_hosts(service: str) -> None:
    layout = Layout.of_checkout()
    lock = layout.service_lock(service).read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    required = re.findall(r"^([A-Za-z0-9._-]+)[>=<]", layout.service_requirements(service).read_text(), re.MULTILINE)
    assert {name.lower().replace("_", "-") for name in required} <= locked
    assert lock.count("--hash=sha256:") >= len(locked)
    assert re.findall(r"://|file:|index-url|find-links|(?:^|\s)/\w+", lock) == []


def test_a_container_runs_with_what_its_manifest_says() -> None:
    deployment = {"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": {"spec": POD}}}
    flags = " ".join(run_flags([deployment], "Deployment/a", "one"))
    for part in (
        "--user 10001:10001", "--cap-drop=ALL", "--read-only", "--security-opt=no-new-privileges",
        f"--memory={1 << 30} --memory-swap={1 << 30} --cpus=2 --pids-limit={PIDS}",
        f"--tmpfs /tmp:exec,nosuid,nodev,mode=1777,uid=10001,gid=10002,size={1 << 30}",
        "--env HOST=0.0.0.0 --env PORT=8080",
    ):  # fmt: skip
        assert part in flags


def test_folders_of_this_machine_are_not_passed_to_a_build() -> None:
    options = {
        "extra-index-url": "file:///opt/a https://mirror.example/simple",
        "find-links": "/opt/wheels",
        "timeout": "9",
    }
    assert pip_conf(options).splitlines()[2:] == ["extra-index-url = https://mirror.example/simple", "timeout = 9"]
