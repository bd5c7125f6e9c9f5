"""Collected escapes from restricted Python, through the service as users reach it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from servicekit.testing.corpus import corpus

from harness.attacks import ENVIRONMENT_SECRET, Surroundings, everything
from harness.service import RunningService

# Reached by plain Python without leaving the process; the kernel layer does not care.
_WITHIN_THE_PROCESS = {"getattr", "poison", "memread", "swallow", "bug"}


def execute_all(
    service: RunningService, surroundings: Surroundings, attacks: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Run every attack; return the answers by id."""

    def execute(attack: dict[str, Any]) -> dict[str, Any]:
        return service.client.run(surroundings.arm(attack), timeout=15, memory_mb=256)

    with ThreadPoolExecutor(4) as pool:
        return {attack["id"]: answer for attack, answer in zip(attacks, pool.map(execute, attacks), strict=True)}


def outside(surroundings: Surroundings, answers: dict[str, dict[str, Any]]) -> list[str]:
    """Return what reached beyond the sandbox: files written, connections, contents read."""
    passwd = Path("/etc/passwd").read_text().splitlines()[0]
    told = [
        f"{identifier} read {secret!r}"
        for identifier, answer in answers.items()
        for secret in (passwd, "OTHER-JOBS-SECRET", ENVIRONMENT_SECRET)
        if secret in everything(answer)
    ]
    return (
        told + [f"wrote {name}" for name in surroundings.marks()] + [f"sent {data!r}" for data in surroundings.reached]
    )


def test_nothing_collected_gets_through_both_layers(guarded: RunningService, surroundings: Surroundings) -> None:
    attacks = corpus("escapes", "escapes.jsonl")
    answers = execute_all(guarded, surroundings, attacks)
    assert outside(surroundings, answers) == []
    words = ("LEAK:", "GETATTR:", "POISON", "MEMREAD:", "SILENTNONE")
    assert [identifier for identifier, answer in answers.items() if answer["result"].startswith(words)] == []
    assert {answer["status"] for answer in answers.values()} <= {"success", "error", "rejected"}


def test_nothing_collected_gets_through_the_kernel_layer_alone(
    unguarded: RunningService, surroundings: Surroundings
) -> None:
    attacks = corpus("escapes", "escapes.jsonl")
    answers = execute_all(unguarded, surroundings, attacks)
    assert outside(surroundings, answers) == []


def test_without_the_language_layer_the_attacks_do_reach_what_is_inside_the_process(
    unguarded: RunningService, surroundings: Surroundings
) -> None:
    """So the test above met the kernel and not a compiler that refused the code beforehand."""
    attacks = [row for row in corpus("escapes", "escapes.jsonl") if _WITHIN_THE_PROCESS & set(row["reaches"])]
    answers = execute_all(unguarded, surroundings, attacks)
    hit = [answer for answer in answers.values() if answer["result"].startswith(("GETATTR:", "POISON", "MEMREAD:"))]
    assert len(hit) >= 8


@pytest.mark.parametrize("language_layer", ["guarded", "unguarded"])
def test_a_cached_program_is_confined_like_a_new_one(
    request: pytest.FixtureRequest, surroundings: Surroundings, language_layer: str
) -> None:
    service: RunningService = request.getfixturevalue(language_layer)
    code = f"open('{surroundings.folder}/cached', 'w').write('x')"
    assert [service.client.run(code)["status"] for _ in range(3)] == ["error"] * 3
    assert surroundings.marks() == []
