"""How bought units arrive and leave (4.1): in tranches, each after its own lag."""

from __future__ import annotations

from simcpec.kernel import kernel
from simcpec.streams import duration


@kernel
def tranche_units(units: int, tranche: int, tranches: int) -> int:
    """How many of `units` belong to a tranche: unit i belongs to tranche i mod tranches.

    More units never make a tranche smaller, so that more money never means less capacity at any moment.
    """
    return (units + tranches - 1 - tranche) // tranches


@kernel
def lag_days(
    rising: bool, hire: int, hire_scale: float, hire_shape: float, leave: int, leave_scale: float, leave_shape: float, u: float
) -> float:
    """Days from the decision until a tranche stands at its new size: the hiring law upwards, the leaving law downwards."""
    if rising:
        return duration(hire, hire_scale, hire_shape, u)
    return duration(leave, leave_scale, leave_shape, u)
