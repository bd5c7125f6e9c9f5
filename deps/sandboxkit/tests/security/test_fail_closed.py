"""A fork server that cannot give what is required does not start, and says why."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from hostile import leaks, specs
from sandboxkit.errors import ConfinementUnavailable, UnsupportedMachine, ZygoteFailed
from sandboxkit.layers import ALL_LAYERS, KERNEL_LAYERS, Layer
from sandboxkit.pool import Pool
from sandboxkit.supervisor import WorkerSpec

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have something to take away")


async def _refusal(spec: WorkerSpec) -> str:
    with pytest.raises(ConfinementUnavailable) as refusal:
        await Pool(spec, ready=1).start()
    return str(refusal.value)


# Without no_new_privs the other layers cannot even be tried.
_OPTIONAL_TO_OTHERS = sorted(ALL_LAYERS - {Layer.NO_NEW_PRIVS})


@pytest.mark.parametrize("layer", _OPTIONAL_TO_OTHERS)
async def test_a_required_layer_that_is_switched_off_is_named(layer: Layer) -> None:
    spec = specs.spec(enabled=ALL_LAYERS - {layer}, required=frozenset({layer}))
    assert await _refusal(spec) == f"required confinement is missing: {layer}: switched off"


@pytest.mark.parametrize("layer", sorted(KERNEL_LAYERS))
async def test_the_kernel_layers_are_required_unless_told_otherwise(layer: Layer) -> None:
    assert f"{layer}: " in await _refusal(specs.spec(enabled=ALL_LAYERS - {layer}))


async def test_every_missing_layer_is_named_at_once() -> None:
    text = await _refusal(specs.spec(enabled=frozenset()))
    assert all(f"{layer}: switched off" in text for layer in KERNEL_LAYERS)


async def test_a_kernel_without_landlock_is_refused() -> None:
    text = await _refusal(specs.spec(guest="hostile.faulty:KernelWithoutLandlock"))
    assert text == "required confinement is missing: landlock: the kernel has no Landlock"


async def test_a_machine_without_a_table_of_calls_is_refused() -> None:
    assert "riscv64" in await _refusal(specs.spec(guest="hostile.faulty:UnknownMachine"))


_INEFFECTIVE = {
    "landlock": "the root directory can be listed",
    "seccomp": "a socket can be created",
    "rlimits": "descriptors are not limited",
    "no_new_privs": "the flag is not set",
}


@pytest.mark.parametrize(("layer", "reason"), _INEFFECTIVE.items(), ids=_INEFFECTIVE.keys())
async def test_a_layer_that_claims_to_hold_and_does_not_is_found_out(layer: str, reason: str) -> None:
    spec = specs.spec(guest="hostile.faulty:IneffectiveLayer")
    enabled = frozenset({Layer.NO_NEW_PRIVS}) if layer == "no_new_privs" else ALL_LAYERS
    confinement = replace(spec.confinement, enabled=enabled, required=frozenset({Layer(layer)}))
    spec = replace(spec, options={"layer": layer}, confinement=confinement)
    assert f"{layer}: {reason}" in await _refusal(spec)


@needs_root
async def test_the_report_says_what_is_missing_where_it_is_not_required() -> None:
    spec = specs.spec(enabled=specs.IN_CONTAINERS)
    pool = Pool(spec, ready=1)
    await pool.start()
    try:
        active = {layer for layer, state in pool.report.items() if state.active}
        assert active | {Layer.USER} == specs.IN_CONTAINERS
        assert (Layer.USER in active) == specs.anyone_can_start(spec.python)
        assert pool.report[Layer.NAMESPACES].detail == "switched off"
    finally:
        await pool.close()


async def test_a_guest_that_cannot_be_prepared_is_refused_with_its_reason() -> None:
    with pytest.raises(ZygoteFailed, match="RuntimeError: this guest cannot be prepared"):
        await Pool(specs.spec(guest="hostile.faulty:BrokenPreload"), ready=1).start()


async def test_an_interpreter_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ZygoteFailed, match="/nonexistent/python"):
        await Pool(replace(specs.spec(), python="/nonexistent/python"), ready=1).start()


async def test_a_start_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(ZygoteFailed, match="took too long to start"):
        await Pool(replace(specs.spec(guest="hostile.faulty:EndlessPreload"), start_seconds=0.3), ready=1).start()


async def test_a_refused_or_cancelled_start_leaves_nothing_behind() -> None:
    before = leaks.holdings()

    await _refusal(specs.spec(enabled=frozenset()))
    with pytest.raises(ZygoteFailed):
        await Pool(replace(specs.spec(), python="/nonexistent/python"), ready=1).start()
    starting = asyncio.create_task(Pool(specs.spec(guest="hostile.faulty:EndlessPreload"), ready=1).start())
    await leaks.until(lambda: leaks.holdings().processes != before.processes)
    starting.cancel()
    await asyncio.wait([starting])

    assert starting.cancelled()
    assert leaks.holdings() == before


def test_an_unsupported_machine_is_unavailable_confinement() -> None:
    assert issubclass(UnsupportedMachine, ConfinementUnavailable)
