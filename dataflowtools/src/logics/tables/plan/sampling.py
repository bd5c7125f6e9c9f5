"""Which rows a sample takes: numbers scrambled alike in every engine, in integers that stay below 2 to the 63."""

from __future__ import annotations

PRIME = 2_147_483_647
ROUNDS = ((1_103_515_245, 12_345), (48_271, 1_013_904_223), (69_621, 362_437))


def threshold(fraction: float) -> int:
    """Return the number below which a row's scrambled number has to be."""
    return round(fraction * PRIME)
