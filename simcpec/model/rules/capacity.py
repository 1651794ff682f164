"""How bought units arrive and leave (4.1): in tranches, each after its own lag."""

from __future__ import annotations

from simcpec.kernel import kernel


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
