"""Movements and escorts (4.8): which rule lets a movement wait, what attackers see on the road, what they meet there.

Attackers watch the road: how many parties set out by road, with a memory.  So the setting `movement` attracts by what
is on the road, and what travels by air, is cancelled or stays at home is missing there.
"""

from __future__ import annotations

import math

from simcpec.model.modes import LOSS, WAIT
from simcpec.numerics.jit import kernel
from simcpec.numerics.special_functions import exp, log


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


@kernel
def traffic_at(last: float, days: float, memory: float) -> float:
    """Parties a day that attackers expect on the road, `days` after they last saw one; inf memory: as at the start."""
    if memory == math.inf:
        return last
    return last * exp(-days / memory)


@kernel
def traffic_after(now: float, memory: float) -> float:
    """Parties a day that attackers expect on the road once they have seen one more.      memory : days, finite."""
    return now + 1.0 / memory


@kernel
def road_utility(of_party_day: float, traffic: float) -> float:
    """Utility of attacking a movement: ln(attraction x person-days of a party x parties a day); -inf on an empty road.

    of_party_day : ln(attraction x person-days of a party), or -inf.      traffic : parties a day, >= 0.
    """
    if traffic <= 0.0:
        return -math.inf
    return of_party_day + log(traffic)


@kernel
def party_comes(traffic: float, days: float, u: float) -> bool:
    """Whether a party comes by while attackers lie in wait: with probability 1 - exp(-traffic x days)."""
    return u < 1.0 - exp(-traffic * days)
