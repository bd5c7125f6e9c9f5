"""Programs and workflow nodes that nobody wrote for this service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from servicekit.testing.corpus import corpus

from drivenadapters.sandbox.packages import read_modules
from harness.openapi import CheckedClient

_MODULES_FILE = Path(__file__).resolve().parents[3] / "deps" / "site-packages" / "modules.toml"
# The whole of what the node would do is left out: only that it compiles, and what it defines.
_DEFINES_MAIN = "\nprint(callable(main))\ndel main\n"
# How the sandbox says no; an ordinary program with guessed inputs may fail in any other way.
_REFUSALS = {"PolicyViolation", "PermissionError", "ProcessExited", "InterpreterCrashed"}
_GUESSES: dict[str, Any] = {
    "items": [{"json": {"a": 1}}],
    "data": {"a": 1},
    "list": ["a", "b"],
    "arr": [1, 2],
    "num": 3,
    "count": 3,
    "size": 3,
    "index": 0,
    "resp": {"code": []},
    "json": '{"a": 1}',
}


def run_all(client: CheckedClient, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda request: client.run(**request), requests))


def guess(variable: str) -> Any:
    """Return a value that a variable of this name may well have."""
    return next((value for word, value in _GUESSES.items() if word in variable.lower()), "1. a text\n2. of lines")


def test_every_program_runs_unchanged(client: CheckedClient) -> None:
    rows = corpus("programs", "programs.jsonl")
    answers = run_all(client, [{"code": row["code"], "timeout": 30} for row in rows])
    failed = {
        row["id"]: answer["error"]["message"]
        for row, answer in zip(rows, answers, strict=True)
        if answer["status"] != "success"
    }
    assert failed == {}
    assert len(rows) > 200


def test_every_node_that_needs_only_base_packages_compiles_and_defines_main(client: CheckedClient) -> None:
    rows = corpus("programs", "workflow_nodes.jsonl")
    answers = run_all(client, [{"code": row["code"] + _DEFINES_MAIN} for row in rows])
    base = set(read_modules(_MODULES_FILE)[0])
    failed, elsewhere = {}, {}
    for row, answer in zip(rows, answers, strict=True):
        if answer["status"] == "success":
            assert answer["result"].endswith("True\n"), row["id"]
        elif answer["error"]["type"] in ("ImportError", "ModuleNotFoundError"):
            elsewhere[row["id"]] = answer["error"]["message"]
        else:
            failed[row["id"]] = answer["error"]
    assert failed == {}
    assert [message for message in elsewhere.values() if any(f"'{module}'" in message for module in base)] == []
    assert len(elsewhere) <= len(rows) // 5, elsewhere


def test_no_node_is_stopped_by_the_sandbox_when_its_inputs_are_guessed(client: CheckedClient) -> None:
    rows = corpus("programs", "workflow_nodes.jsonl")
    requests = [
        {"code": row["code"], "inputs": {name: guess(name) for name in row["variables"]}, "timeout": 20} for row in rows
    ]
    answers = run_all(client, requests)
    refused = {
        row["id"]: answer["error"]
        for row, answer in zip(rows, answers, strict=True)
        if answer["status"] not in ("success", "error") or (answer["error"] or {}).get("type") in _REFUSALS
    }
    assert refused == {}
    assert sum(answer["status"] == "success" for answer in answers) > len(rows) // 3
