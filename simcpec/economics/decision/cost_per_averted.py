"""What one averted attack, breach or death costs: a ratio of two paired differences, or words where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from simcpec.economics.decision.incremental import Trade, against_current
from simcpec.economics.decision.options import Options
from simcpec.economics.decision.plane import difference_noise
from simcpec.model.world import Floats

NORMAL_95 = 1.959963984540054


class SetKind(Enum):
    """What Fieller's set of a ratio looks like."""

    BOUNDED = "an interval"
    UNBOUNDED = "no bounded interval: the effect cannot be told from none"
    UNKNOWN = "not estimable from one value"


@dataclass(frozen=True, kw_only=True)
class FiellerSet:
    """Fieller's 95 % set of a ratio; low and high only where it is bounded."""

    kind: SetKind
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class CostPerAverted:
    """One option against current practice.

    cost : USD a year more.      effect : units a year averted more.
    ratio : USD a unit, above 0; None unless the option averts more at a cost, or less for a saving.
    monte_carlo : Fieller's set of the ratio of expectations, where there is a ratio; it says how well simulation knows
        the ratio, not how sure the world is.
    """

    option: int
    unit: str
    trade: Trade
    cost: float
    effect: float
    ratio: float | None
    monte_carlo: FiellerSet | None


def cost_per_averted(of: Options, unit: str) -> tuple[CostPerAverted, ...]:
    """Return what a unit of effect costs with every other option; () without current practice."""
    found = []
    for row in against_current(of):
        known = None
        if row.ratio is not None and of.current is not None:
            spread = spread_of_means(of, row.option, of.current)
            known = FiellerSet(kind=SetKind.UNKNOWN) if spread is None else fieller(row.cost, row.effect, spread)
        found.append(
            CostPerAverted(
                option=row.option, unit=unit, trade=row.trade, cost=row.cost, effect=row.effect, ratio=row.ratio,
                monte_carlo=known,
            )
        )  # fmt: skip
    return tuple(found)


def fieller(cost: float, effect: float, spread: Floats, *, normal: float = NORMAL_95) -> FiellerSet:
    """Return all ratios r for which cost - r effect lies within `normal` standard errors of 0.

    spread : (2, 2) covariance of the two means, effect first.      normal : quantile, 1.96 for 95 %.
    The set is an interval exactly where the effect itself is told from 0; else it is the whole line or two rays, which
    are not printed.  Source: Fieller (1954).
    """
    z = normal**2
    a = effect**2 - z * float(spread[0, 0])
    b = cost * effect - z * float(spread[0, 1])
    c = cost**2 - z * float(spread[1, 1])
    if a <= 0.0:
        return FiellerSet(kind=SetKind.UNBOUNDED)
    half = float(np.sqrt(max(b * b - a * c, 0.0)))
    return FiellerSet(kind=SetKind.BOUNDED, low=(b - half) / a, high=(b + half) / a)


def spread_of_means(of: Options, s: int, now: int) -> Floats | None:
    """(2, 2) covariance of the mean differences over draws, effect first: what sampling leaves unknown.

    Between draws where there are several, which contains what is left of noise within them; else the noise of the one.
    """
    if of.draws == 1:
        noise = difference_noise(of, s, now)
        return None if noise is None or not noise.any() else noise
    pair = np.stack([of.effect[:, s] - of.effect[:, now], of.cost[:, s] - of.cost[:, now]], axis=1)
    away = pair - of.weights @ pair
    squares = float((of.weights**2).sum())
    return np.asarray((away * of.weights[:, None]).T @ away * squares / (1.0 - squares))
