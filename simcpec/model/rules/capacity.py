"""How many bought units there are, and how they arrive and leave (4.1): in tranches, each after its own lag."""

from __future__ import annotations

from simcpec.numerics.jit import kernel


@kernel
def hired_units(units: int, part: float, u: float) -> int:
    """Units in one replication of `units` whole ones and a part of one more: the part is hired as one where u < part.

    The mean over u is units + part.  With one u for every amount of money, more money never means fewer units.
    """
    if u < part:
        return units + 1
    return units


@kernel
def tranche_units(units: int, tranche: int, tranches: int) -> int:
    """How many of `units` belong to a tranche: unit i belongs to tranche i mod tranches.

    More units never make a tranche smaller, so that more money never means less capacity at any moment.
    """
    return (units + tranches - 1 - tranche) // tranches


@kernel
def direction(size: int, wanted: int) -> int:
    """Which way a tranche must go: 1 upwards, -1 downwards, 0 nowhere."""
    if wanted > size:
        return 1
    if wanted < size:
        return -1
    return 0
