"""Incremental analysis: which options stand on the frontier of cost and effect, and what more effect costs there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from simcpec.economics.decision.options import SAME, Options
from simcpec.model.world import Floats


class Status(Enum):
    """How an option stands to the others; words as health economics uses them."""

    FRONTIER = "non-dominated"
    DOMINATED = "dominated"  # another one costs no more and has no less effect, one of both strictly
    EXTENDED = "extendedly dominated"  # a mixture of two others does better


@dataclass(frozen=True, kw_only=True)
class Increment:
    """One option against the one before it on the frontier.

    against : index of that option; None for the cheapest of the frontier, and for options off the frontier.
    cost, effect : differences from it, both above 0.      ratio : cost / effect, or None without `against`.
    same_as : index of an earlier option of equal cost and effect, or None.
    """

    option: int
    status: Status
    against: int | None = None
    cost: float | None = None
    effect: float | None = None
    ratio: float | None = None
    same_as: int | None = None


class Trade(Enum):
    """What an option does against current practice: the four quadrants of the plane, and its axes."""

    SAME = "no difference"
    DOMINATES = "averts no less and costs no more"
    DOMINATED = "averts no more and costs no less"
    BUYS = "averts more and costs more"
    SAVES = "averts less and costs less"


@dataclass(frozen=True, kw_only=True)
class PracticeComparison:
    """One option against current practice.

    cost, effect : differences.      ratio : USD per unit of effect, bought (BUYS) or given up (SAVES); None elsewhere,
        for a negative ratio says nothing.
    """

    option: int
    trade: Trade
    cost: float
    effect: float
    ratio: float | None = None


def incremental(of: Options) -> tuple[Increment, ...]:
    """Return the incremental analysis of expected costs and effects, cheapest first.

    An option is dominated where another costs no more and has no less effect, one of both strictly; extendedly
    dominated where its ratio is above that of the next more effective option, so that a mixture does better.  Options
    of equal cost and effect stand together.  Source: Gold et al. (1996); Briggs, Claxton, Sculpher (2006).
    """
    costs, effects = of.expected_cost, of.expected_effect
    order = sorted(range(len(of.names)), key=lambda s: (costs[s], -effects[s], s))
    twins = _twins(order, costs, effects)
    alone = [s for s in order if s not in twins]
    strong = [s for s in alone if not _is_dominated(s, alone, costs, effects)]
    frontier = _hull(strong, costs, effects)
    found = {s: _increment(s, frontier, strong, costs, effects) for s in alone}
    for twin, first in twins.items():
        found[twin] = Increment(option=twin, status=found[first].status, same_as=first)
    return tuple(found[s] for s in order)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= SAME * max(abs(a), abs(b))


def _twins(order: list[int], costs: Floats, effects: Floats) -> dict[int, int]:
    """Options that equal an earlier one in both, with that one."""
    found: dict[int, int] = {}
    for place, s in enumerate(order):
        for first in order[:place]:
            if first not in found and _equal(costs[first], costs[s]) and _equal(effects[first], effects[s]):
                found[s] = first
                break
    return found


def _is_dominated(s: int, among: list[int], costs: Floats, effects: Floats) -> bool:
    """Whether another option, which is no twin of it, costs no more and has no less effect."""

    def no_worse(other: int) -> bool:
        cheap = costs[other] < costs[s] or _equal(costs[other], costs[s])
        return cheap and (effects[other] > effects[s] or _equal(effects[other], effects[s]))

    return any(no_worse(other) for other in among if other != s)


def _hull(strong: list[int], costs: Floats, effects: Floats) -> list[int]:
    """Options of rising cost and effect whose ratios rise: the frontier."""
    kept: list[int] = []
    for s in strong:
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            rise = (costs[b] - costs[a]) * (effects[s] - effects[b])
            next_rise = (costs[s] - costs[b]) * (effects[b] - effects[a])
            if rise <= next_rise or _equal(rise, next_rise):
                break
            kept.pop()
        kept.append(s)
    return kept


def _increment(s: int, frontier: list[int], strong: list[int], costs: Floats, effects: Floats) -> Increment:
    if s not in frontier:
        return Increment(option=s, status=Status.EXTENDED if s in strong else Status.DOMINATED)
    place = frontier.index(s)
    if place == 0:
        return Increment(option=s, status=Status.FRONTIER)
    before = frontier[place - 1]
    cost, effect = float(costs[s] - costs[before]), float(effects[s] - effects[before])
    return Increment(option=s, status=Status.FRONTIER, against=before, cost=cost, effect=effect, ratio=cost / effect)


def against_current(of: Options) -> tuple[PracticeComparison, ...]:
    """Return every other option against current practice, in the order of the options; () without current practice."""
    if of.current is None:
        return ()
    costs, effects = of.expected_cost, of.expected_effect
    return tuple(
        _comparison(s, costs[s], costs[of.current], effects[s], effects[of.current])
        for s in range(len(of.names))
        if s != of.current
    )


def trade_of(more_cost: float, more_effect: float) -> Trade:
    """Return what differences of cost and effect from current practice mean."""
    return _TRADES[float(np.sign(more_cost)), float(np.sign(more_effect))]


def _comparison(s: int, cost: float, cost_now: float, effect: float, effect_now: float) -> PracticeComparison:
    dearer = 0.0 if _equal(cost, cost_now) else float(np.sign(cost - cost_now))
    better = 0.0 if _equal(effect, effect_now) else float(np.sign(effect - effect_now))
    trade = _TRADES[dearer, better]
    more_cost, more_effect = float(cost - cost_now), float(effect - effect_now)
    ratio = more_cost / more_effect if trade in (Trade.BUYS, Trade.SAVES) else None
    return PracticeComparison(option=s, trade=trade, cost=more_cost, effect=more_effect, ratio=ratio)


#: by the signs of the differences of cost and of effect
_TRADES = {
    (0.0, 0.0): Trade.SAME,
    (-1.0, 0.0): Trade.DOMINATES, (-1.0, 1.0): Trade.DOMINATES, (0.0, 1.0): Trade.DOMINATES,
    (1.0, 0.0): Trade.DOMINATED, (1.0, -1.0): Trade.DOMINATED, (0.0, -1.0): Trade.DOMINATED,
    (1.0, 1.0): Trade.BUYS, (-1.0, -1.0): Trade.SAVES,
}  # fmt: skip
