"""Operations (4.5): the order of leads, what an operation brings, and trust."""

from __future__ import annotations

import math

from simcpec.model.modes import PLOTS_FIRST
from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import negative_binomial
from simcpec.numerics.special_functions import exp, power


@kernel
def lead_priority(on_plot: bool, mode: int) -> int:
    """0 goes before 1; equal ones in order of arrival."""
    if mode == PLOTS_FIRST and not on_plot:
        return 1
    return 0


@kernel
def planned(teams: int, at_start: float, elasticity: float) -> float:
    """Routine leads that are sought with so many teams, against those of the start:  (teams / at_start) ** elasticity.

    elasticity : >= 0; 0 is off: leads come whatever the number of teams.      at_start : teams; 0 gives 1.
    """
    if elasticity <= 0.0 or at_start <= 0.0:
        return 1.0
    return power(teams / at_start, elasticity)


@kernel
def mark_mean(rate: float, relative_stock: float, follows: bool) -> float:
    """Mean of a mark per operation: the rate at the starting stock, times the stock against it where that is on."""
    if follows:
        return rate * relative_stock
    return rate


@kernel
def mark(mean: float, size: float, u: float) -> int:
    """Arrests, deaths or losses of one operation: negative binomial, or Poisson where the size is infinite."""
    return negative_binomial(mean, size, u)


@kernel
def trust_at(value: float, start: float, days: float, recovery: float) -> float:
    """Trust `days` after it stood at `value`: it returns to its start at rate 1 / recovery (inf: never)."""
    if value == start or recovery == math.inf:
        return value
    return start + (value - start) * exp(-days / recovery)


@kernel
def trust_after(trust: float, loss: float) -> float:
    """Trust after a loss, not below 0."""
    return max(0.0, trust - loss)
