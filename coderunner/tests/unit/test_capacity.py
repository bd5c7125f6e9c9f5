"""How much runs at once."""

from __future__ import annotations

from typing import Any

import pytest

from common.settings import Settings
from container import capacity

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **{"max_memory_mb": 512, **values})


@pytest.mark.parametrize(
    ("cores", "memory", "concurrent"),
    [
        (2, 64 * GIBIBYTE, 8),
        (1, 64 * GIBIBYTE, 4),
        (64, 4 * GIBIBYTE, 4),
        (2, 8 * GIBIBYTE, 8),
        (2, 4 * GIBIBYTE, 4),
        (2, 1 * GIBIBYTE, 1),
        (2, 256 * MEBIBYTE, 1),
    ],
)
def test_runs_at_a_time_are_bounded_by_cores_and_by_memory(cores: int, memory: int, concurrent: int) -> None:
    assert capacity(settings(), cores, memory).concurrent == concurrent


@pytest.mark.parametrize("memory", [512 * MEBIBYTE, GIBIBYTE, 3 * GIBIBYTE, 16 * GIBIBYTE])
@pytest.mark.parametrize("budget", [16, 64, 300, 512])
@pytest.mark.parametrize("workdir", [20, 64, 1000])
def test_all_runs_at_their_limit_fit_in_memory_with_their_folders(memory: int, budget: int, workdir: int) -> None:
    runs = capacity(settings(max_memory_mb=budget, workdir_mb=workdir), 64, memory).concurrent
    assert runs == 1 or runs * (budget + workdir + 128) * MEBIBYTE <= memory * 0.75


def test_a_larger_working_directory_means_fewer_runs() -> None:
    few = capacity(settings(workdir_mb=1000), 64, 16 * GIBIBYTE).concurrent
    assert few < capacity(settings(), 64, 16 * GIBIBYTE).concurrent


def test_what_the_operator_says_counts() -> None:
    found = capacity(settings(max_concurrent_runs=50, ready_workers=3, queue_limit=5, queue_seconds=1.5), 1, GIBIBYTE)
    assert (found.concurrent, found.ready, found.queue_limit, found.queue_seconds) == (50, 3, 5, 1.5)


def test_no_more_workers_stand_ready_than_may_run() -> None:
    found = capacity(settings(), 64, GIBIBYTE)
    assert found.ready == 1
    assert found.ready_full == 1
