"""Each layer with all the others off, and each attack with every layer off.

The second half keeps the first honest: an attack that fails where nothing confines it
would prove nothing.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hostile import specs
from hostile.attack import REACHED, REFUSED, Attack
from hostile.catalogue import ATTACKS
from hostile.victims import Victims
from sandboxkit.layers import Layer
from sandboxkit.pool import Pool

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have something to take away")

# What a layer rests on: a filter needs no_new_privs, a private view needs private mounts.
_GROUND = {
    Layer.LANDLOCK: (Layer.NO_NEW_PRIVS, Layer.LANDLOCK),
    Layer.SECCOMP: (Layer.NO_NEW_PRIVS, Layer.SECCOMP),
    Layer.VIEW: (Layer.NAMESPACES, Layer.VIEW),
}
_CASES = [pytest.param(layer, attack, id=f"{layer}-{attack.name}") for attack in ATTACKS for layer in attack.stopped_by]


class Pools:
    """Pools by the layers that they apply, each started when it is first asked for."""

    def __init__(self) -> None:
        self._pools: dict[tuple[Layer, ...], Pool] = {}

    async def applying(self, *layers: Layer) -> Pool:
        """Return the pool that applies these layers."""
        if layers not in self._pools:
            self._pools[layers] = Pool(specs.alone(*layers), ready=1)
            await self._pools[layers].start()
        return self._pools[layers]

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.close()


@pytest_asyncio.fixture(scope="session")
async def pools() -> AsyncIterator[Pools]:
    pools = Pools()
    yield pools
    await pools.close()


@pytest.mark.parametrize(("layer", "attack"), _CASES)
async def test_a_layer_stops_an_attack_without_any_other(
    pools: Pools, layer: Layer, attack: Attack, victims: Victims
) -> None:
    pool = await pools.applying(*_GROUND.get(layer, (layer,)))
    if not pool.report[layer].active:
        pytest.skip(f"{layer}: {pool.report[layer].detail}")

    outcome = await pool.run(specs.errand(victims.fill_in(attack.program())))

    assert outcome.stdout.decode().startswith(REFUSED), (outcome.stdout, outcome.result)
    assert victims.traces() == victims.untouched


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.bare], ids=lambda attack: attack.name)
async def test_an_attack_succeeds_where_nothing_confines_it(pools: Pools, attack: Attack, victims: Victims) -> None:
    pool = await pools.applying()
    assert not any(state.active for state in pool.report.values())

    outcome = await pool.run(specs.errand(victims.fill_in(attack.program())))

    assert outcome.stdout.decode().strip() == REACHED, (outcome.stdout, outcome.result)
