"""Ordinary Python runs unchanged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.cases import Case, read_cases
from unit.policy.conftest import Run

PROGRAMS = read_cases(Path(__file__).with_name("programs"))


def speaks(case: Case) -> bool:
    """Whether this Python knows the syntax of the program."""
    return all(sys.version_info >= tuple(map(int, tag.split("."))) for tag in case.tags)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_unchanged(name: str, execute: Run) -> None:
    if not speaks(PROGRAMS[name]):
        pytest.skip(f"syntax of Python {PROGRAMS[name].tags[0]}")
    execute(PROGRAMS[name].code)
