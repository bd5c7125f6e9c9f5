"""A policy, and a way to run a program under it in this process."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivenadapters.sandbox.guest.policy import AllowedModules, Policy, Returned, run

Run = Callable[..., Returned]


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy(AllowedModules.from_names(["pytest"], packages={"yaml": "pyyaml", "sklearn": "scikit-learn"}))


@pytest.fixture
def execute(policy: Policy) -> Run:
    """Run source text; ``output`` collects what it prints."""

    def execute(source: str, output: io.StringIO | None = None, workdir: Path | None = None) -> Returned:
        stream = output if output is not None else io.StringIO()
        where = None if workdir is None else str(workdir)
        namespace: dict[str, Any] = policy.namespace(stdin=io.StringIO(), stdout=stream, stderr=stream, workdir=where)
        return run(policy.compile(source), namespace)

    return execute
