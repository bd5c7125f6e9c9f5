"""Attacks by code that no language policy restrains, wherever the sandbox must hold."""

from __future__ import annotations

import pytest

from conftest import Sandbox
from hostile import specs
from hostile.attack import REACHED, REFUSED, Attack
from hostile.catalogue import ATTACKS
from hostile.victims import Victims
from sandboxkit.layers import Layer
from sandboxkit.outcome import Verdict


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_attack_is_refused_and_leaves_no_trace(sandbox: Sandbox, attack: Attack, victims: Victims) -> None:
    if not _promised(sandbox, attack):
        pytest.skip("promised by layers that are not active here")

    outcome = await sandbox.run(specs.errand(victims.fill_in(attack.program())))

    assert outcome.verdict is Verdict.COMPLETED
    assert outcome.stdout.decode().startswith(REFUSED), (outcome.stdout, outcome.result)
    assert REACHED.encode() not in outcome.stdout
    assert victims.traces() == victims.untouched


def _promised(sandbox: Sandbox, attack: Attack) -> bool:
    """Attacks that only optional layers stop are stopped only where those are active."""
    stoppers = {layer for layer in attack.stopped_by if layer not in (Layer.USER,)}
    return not stoppers or any(sandbox.report[layer].active for layer in stoppers)
