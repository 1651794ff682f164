"""What stands in the place of rows that are not kept: sums of each parameter draw, and what can be asked of them.

Everything that a report asks is made of `responses.PARTS` (sums of columns over the counted time), of the nation and of
each province. Their means, variances and covariances are kept, those against the baseline's too, so that half-widths,
paired differences and ratios are those of all replications, to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np

from simcpec.analysis.responses import MEASURES, PARTS
from simcpec.model.world import Floats, Ints
from simcpec.results.records import Aggregates, Axes
from simcpec.results.response_definitions import INCIDENTS, Measure, Names

NATION = 0  # place of the nation; provinces follow in the order of the axes

_AT: Mapping[Names, int] = {names: k for k, names in enumerate(PARTS)}
_LINEAR = tuple(_AT[each.above] for each in MEASURES.values() if not each.below)
_DIVIDED = tuple(dict.fromkeys((_AT[each.above], _AT[each.below]) for each in MEASURES.values() if each.below))

#: pairs of parts whose products are kept: each with itself, and numerators with denominators
OWN: tuple[tuple[int, int], ...] = (*((k, k) for k in range(len(PARTS))), *_DIVIDED)
#: pairs of columns (part of the scenario, part of the baseline behind them, their difference behind those)
AGAINST: tuple[tuple[int, int], ...] = (
    *((2 * len(PARTS) + k, 2 * len(PARTS) + k) for k in dict.fromkeys(_LINEAR)),
    *dict.fromkeys((i, len(PARTS) + j) for pair in _DIVIDED for i, j in product(pair, pair)),
)
#: quantities whose distribution is kept: every national sum that no other sum divides and that is no conditional mean
DISTRIBUTIONS: tuple[str, ...] = tuple(
    name for name, each in MEASURES.items() if not each.below and not each.conditional and not each.valued
)
_OWN_AT = {pair: q for q, pair in enumerate(OWN)}
_AGAINST_AT = {pair: q for q, pair in enumerate(AGAINST)}


class HasSums(Protocol):
    """Whatever has sums: the analysis of a scenario, or what stands for it while it is played."""

    @property
    def aggregates(self) -> Aggregates:
        """The sums."""

    @property
    def axes(self) -> Axes:
        """Labels."""

    @property
    def draws(self) -> int:
        """Parameter draws."""


def part_of(measure_id: str) -> int:
    """Index in `PARTS` of what a measure without a denominator adds up."""
    return _AT[MEASURES[measure_id].above]


@dataclass(frozen=True, kw_only=True)
class Summed:
    """Means (D,) of a measure, their Monte Carlo variances of one replication (D,), and replications (D,)."""

    means: Floats
    variances: Floats
    counts: Ints

    @property
    def within(self) -> float | None:
        """The pooled variance of one replication; None where every draw has one replication."""
        return pooled(self.variances, self.counts)

    @property
    def carried_by(self) -> float | None:
        """Effective number of values, none of them negative, that carry the mean (see `nothing_seen.carrying`)."""
        return self.carrying(0.0)

    def carrying(self, size: float) -> float | None:
        """Effective number of values of either sign, whose sizes add up to about `size` and at least to their sum."""
        squares = math.fsum(self.variances * (self.counts - 1) + self.means**2 * self.counts)
        most = max(size, abs(math.fsum(self.means * self.counts)))
        return min(most**2 / squares, float(self.counts.sum())) if squares > 0.0 else None

    def divided(self, divisor: float | Floats) -> Summed:
        """Return the sums in another unit, or in one of each draw (D,)."""
        return Summed(means=self.means / divisor, variances=self.variances / divisor**2, counts=self.counts)


def pooled(variances: Floats, counts: Ints) -> float | None:
    """Mean of the variances by degrees of freedom; None where there are none."""
    freedom = int((counts - 1).sum())
    return math.fsum(variances * (counts - 1)) / freedom if freedom else None


def summed(result: HasSums, measure: Measure, province: str | None = None) -> Summed | None:
    """A measure of one scenario, of the nation or of a province; None where a draw has nothing to divide by."""
    of = result.aggregates
    place = NATION if province is None else 1 + result.axes.provinces.index(province)
    weights, scale = _weights(of.means[:, place], measure), _scale(measure, result)
    if weights is None:
        return None
    means, parts = weights
    return Summed(
        means=scale * means,
        variances=scale**2 * _quadratic(of.products[:, place], parts, _OWN_AT) / _freedom(of.counts),
        counts=of.counts,
    )


def difference(result: HasSums, baseline: HasSums, measure: Measure) -> Summed | None:
    """Scenario minus baseline, paired, of the nation; None where a draw of one has nothing to divide by."""
    of, base = result.aggregates, baseline.aggregates
    ours, theirs = (_weights(each.means[:, NATION], measure) for each in (of, base))
    scales = _scale(measure, result), _scale(measure, baseline)
    if ours is None or theirs is None:
        return None
    if measure.below or scales[0] != scales[1]:
        means = scales[0] * ours[0] - scales[1] * theirs[0]
        within = scales[0] ** 2 * _quadratic(of.products[:, NATION], ours[1], _OWN_AT)
        within = within + scales[1] ** 2 * _quadratic(base.products[:, NATION], theirs[1], _OWN_AT)
        crossed = scales[0] * scales[1] * _crossed(of, base, ours[1], theirs[1])
        products = np.where(differs(result, baseline, measure), np.maximum(within - 2.0 * crossed, 0.0), 0.0)
    else:
        k = _AT[measure.above]
        means = scales[0] * of.apart[:, NATION, k]
        products = scales[0] ** 2 * of.against[:, NATION, _apart_at(k)]
    return Summed(means=means, variances=products / _freedom(of.counts), counts=of.counts)


def differs(result: HasSums, baseline: HasSums, measure: Measure) -> np.ndarray:
    """(D,) whether a measure differed from the baseline's in any replication of a draw."""
    of, base = result.aggregates, baseline.aggregates
    parts = [_AT[names] for names in (measure.above, measure.below) if names]
    unlike = (_scale(measure, result) != _scale(measure, baseline)) & (base.means[:, NATION, parts[0]] != 0.0)
    return np.asarray(of.differs[:, NATION, parts].any(axis=1) | unlike)


def incident_products(
    result: HasSums, baseline: HasSums, province: str | None
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Incidents of two scenarios at one place: (D,) means of both, variances of both, and their covariance."""
    of, base, k = result.aggregates, baseline.aggregates, _AT[(INCIDENTS,)]
    here, there = (0 if province is None else 1 + each.axes.provinces.index(province) for each in (result, baseline))
    joint = 0 if province is None else 1 + of.common.index(province)
    freedom = _freedom(of.counts)
    ours = of.products[:, here, _OWN_AT[k, k]] / freedom
    theirs = base.products[:, there, _OWN_AT[k, k]] / freedom
    apart = of.against[:, joint, _apart_at(k)] / freedom
    return of.means[:, here, k], base.means[:, there, k], ours, theirs, (ours + theirs - apart) / 2.0


def incidents_differ(of: Aggregates, province: str | None) -> bool:
    """Return whether incidents at one place differed from the baseline's in any replication."""
    joint = 0 if province is None else 1 + of.common.index(province)
    return bool(of.differs[:, joint, _AT[(INCIDENTS,)]].any())


# ------------------------------------------------------------------------------------------------ how a measure is made

_Weights = tuple[tuple[int, Floats], ...]  # part and its weight (D,) in the value of one replication


def _weights(means: Floats, measure: Measure) -> tuple[Floats, _Weights] | None:
    """Means (D,) of a measure, unscaled, and the weights of its parts: 1, or those of the delta method."""
    above = _AT[measure.above]
    if not measure.below:
        return means[:, above], ((above, np.ones(len(means))),)
    below = _AT[measure.below]
    if not (means[:, below] > 0.0).all():
        return None
    ratio = means[:, above] / means[:, below]
    return ratio, ((above, 1.0 / means[:, below]), (below, -ratio / means[:, below]))


def _quadratic(products: Floats, parts: _Weights, at: Mapping[tuple[int, int], int]) -> Floats:
    """(D,) sum of products of deviations of a weighted sum of parts."""
    found = np.zeros(len(products))
    for (i, u), (j, v) in product(parts, parts):
        found = found + u * v * products[:, at[(i, j) if (i, j) in at else (j, i)]]
    return np.maximum(found, 0.0)


def _crossed(of: Aggregates, base: Aggregates, ours: _Weights, theirs: _Weights) -> Floats:
    """(D,) sum of products of deviations of two weighted sums, one of the scenario, one of the baseline."""
    found = np.zeros(len(of.counts))
    for (i, u), (j, v) in product(ours, theirs):
        if (i, len(PARTS) + j) in _AGAINST_AT:
            products = of.against[:, NATION, _AGAINST_AT[i, len(PARTS) + j]]
        else:  # a part with itself: from the variance of the difference
            own = of.products[:, NATION, _OWN_AT[i, i]] + base.products[:, NATION, _OWN_AT[j, j]]
            products = (own - of.against[:, NATION, _apart_at(i)]) / 2.0
        found = found + u * v * products
    return found


def _apart_at(part: int) -> int:
    """Return where the products of the difference of a part with itself stand in `AGAINST`."""
    return _AGAINST_AT[2 * len(PARTS) + part, 2 * len(PARTS) + part]


def _scale(measure: Measure, result: HasSums) -> float:
    """What a sum is multiplied with."""
    axes = result.axes
    divisor = {"year": axes.years, "day": math.fsum(axes.period_days), "": 1.0}[measure.per]
    return measure.factor / divisor


def _freedom(counts: Ints) -> Floats:
    """n - 1 of each draw; 1 where there is one replication, whose products are 0."""
    return np.maximum(counts - 1, 1).astype(np.float64)
