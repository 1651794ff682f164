"""Movements and escorts (4.8): which rule lets a movement wait, and what an attack meets on the road."""

from __future__ import annotations

from simcpec.model.modes import LOSS, WAIT
from simcpec.numerics.jit import kernel


@kernel
def may_wait(rule: int, patience_tick: int) -> bool:
    """Whether a movement that finds no free team waits at all (`patience_tick` 0: no patience; WAIT never ends)."""
    return rule == WAIT or (rule != LOSS and patience_tick > 0)


@kernel
def meets_escort(escorted: int, alone: int, escorted_before: int, alone_before: int, u: float) -> bool:
    """Whether an attack on movements meets an escorted party.

    It meets one of those under way at that moment; with none under way, one like those that went before; with none
    before either, an escorted one.
    """
    under_way = escorted + alone
    if under_way > 0:
        return u * under_way < escorted
    before = escorted_before + alone_before
    if before > 0:
        return u * before < escorted_before
    return True


@kernel
def escorted_share(escorted_before: int, alone_before: int) -> float:
    """Share of movements that went with an escort so far; 1 before the first."""
    before = escorted_before + alone_before
    if before <= 0:
        return 1.0
    return escorted_before / before
