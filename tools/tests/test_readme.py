"""Every command of the README works, and answers what the README shows."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sample_files import make_samples
from servicekit.testing.process import ServiceProcess

from chart.helm import CHART, running
from verify_images.__main__ import IMAGES

ROOT = CHART.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [(language, text.strip()) for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)]
PORTS = {"8080": "coderunner", "8081": "dataflowtools"}
# Different each time, whatever is asked.
_VARYING = re.compile(r"usage|.*_ms|.*_id|.*_at|.*_seconds|uptime_s|duration.*|sha256|eta_s|request_id")


@dataclass(frozen=True)
class Example:
    """A command of the README and what it answers there, one JSON document after the other."""

    command: str
    answers: tuple[Any, ...]


def examples() -> list[Example]:
    found = []
    for (language, text), (next_language, following) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
        if not language and re.match(r"curl ", text):
            found.append(Example(text, tuple(documents(following)) if next_language == "json" else ()))
    return found


def documents(text: str) -> Iterator[Any]:
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].strip()


def shape(value: Any, name: str = "") -> Any:
    """Return a value with what varies left out."""
    if _VARYING.fullmatch(name):
        return "..."
    if isinstance(value, dict):
        return {key: shape(inner, key) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def service_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of a service, started when it is first asked for."""
    with ExitStack() as stack:
        known: dict[str, str] = {}

        def address(service: str) -> str:
            if service not in known:
                folder = tmp_path_factory.mktemp(service)
                folders: dict[str, Any] = {"PACKAGES_DIR": str(folder / "packages"), "DATA_DIR": str(folder / "data")}
                process = ServiceProcess(folder, main=ROOT / service / "src" / "main.py", **folders)
                stack.callback(process.end)
                known[service] = process.url.removeprefix("http://")
            return known[service]

        yield address


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files that the commands send."""
    return make_samples(tmp_path_factory.mktemp("samples"))


def stored_file(address: str, samples: Path) -> str:
    """Store a file, for a command that names one by its id."""
    command = ["curl", "-s", f"{address}/api/file/upload", "-F", "file=@scan.pdf"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=samples)
    return str(json.loads(done.stdout)["result"]["file_id"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("example", examples(), ids=lambda example: example.command[:70])
def test_a_request_is_answered_as_shown(example: Example, service_of: Callable[[str], str], samples: Path) -> None:
    command = re.sub(r"localhost:(808[01])", lambda match: service_of(PORTS[match[1]]), example.command)
    if '"file_id": "..."' in command:
        command = command.replace("...", stored_file(service_of("dataflowtools"), samples), 1)
    shell = ["bash", "-euo", "pipefail", "-c", command]
    done = subprocess.run(shell, capture_output=True, text=True, check=True, timeout=120, cwd=samples)
    answers = list(documents(done.stdout))
    if any(answer.get("error") and answer["error"].get("code") == "unavailable" for answer in answers):
        pytest.skip("no package index answers")
    assert [shape(answer) for answer in answers[: len(example.answers)]] == [shape(one) for one in example.answers]
    assert all(answer["status"] == "success" for answer in answers)


def test_there_are_requests_to_try() -> None:
    assert len(examples()) >= 3


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.M)) <= targets


def test_images_are_built_as_the_verification_builds_them() -> None:
    built = set(re.findall(r"^docker build -t (\S+) -f (\S+) \.$", README, re.M))
    assert built == {(f"{image.service}:latest", f"Dockerfile.{image.service}") for image in IMAGES}


def test_values_for_the_chart_can_be_installed() -> None:
    (values,) = [yaml.safe_load(text) for language, text in BLOCKS if language == "yaml"]
    with running() as helm:
        assert helm.lint("v4", values) == []
        assert helm.render("v4", values)


def test_files_that_are_linked_exist() -> None:
    linked = re.findall(r"\]\((?!http|#)([^)#]+)\)", README)
    assert [path for path in linked if not Path(ROOT, path).exists()] == []
