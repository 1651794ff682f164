"""Looks that are declared beforehand, and how wide an interval must be for all of them together to hold at 95 %.

Whoever looks again and again at a 95 % interval and stops as soon as it is short enough stops too often where the
variance happens to look small, and no longer covers at 95 %. So there are few looks, each twice as far as the one
before, and at each of them the interval is as wide as is needed for all of them together to hold at 95 % (Pocock 1977;
repeated confidence intervals, Jennison and Turnbull 1989). Then it may be stopped at any look and for any reason.
The price is 1.3 to 1.9 times the replications of a single look at the right moment; `verification.coverage` measures
what is covered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from simcpec.results.online_moments import BLOCK
from simcpec.results.records import PrecisionTarget

CONFIDENCE = 0.95  # of all looks together
FIRST = 200  # replications at the first look, at least: below that a mean of counts is not yet normal
APART = 1.25  # no look is nearer than that to the last one
NODES = 64  # of the quadrature
HIGHEST = 6.0  # of the critical point: enough for any number of looks


def looks_of(first: int, at_most: int) -> tuple[int, ...]:
    """Replications of a draw at which a goal is looked at: the first, rounded up, then double, at last `at_most`."""
    look, found = max(FIRST, -(-first // BLOCK) * BLOCK), []
    while look * APART <= at_most:
        found.append(look)
        look *= 2
    return (*found, at_most)


def all_looks(first: int, goals: Sequence[PrecisionTarget]) -> tuple[int, ...]:
    """The looks of all goals together."""
    return tuple(sorted({look for goal in goals for look in looks_of(first, goal.at_most)}))


@cache
def critical(looks: tuple[int, ...], confidence: float = CONFIDENCE) -> float:
    """The point c for which |Z| <= c at every look with this probability; Z is the standardised mean at each.

    By integrating the density of the sum from look to look within the bounds (Armitage, McPherson and Rowe 1969).
    For a single look it is the normal point.
    """
    low, high = 0.0, HIGHEST
    while high - low > 1e-8:
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(looks, middle) < confidence else (low, middle)
    return (low + high) / 2


def _inside(looks: tuple[int, ...], c: float) -> float:
    """Probability that the standardised mean is within c at every look."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    reach = c * np.sqrt(np.array(looks, dtype=np.float64))
    at, density = reach[0] * nodes, _normal(reach[0] * nodes, math.sqrt(looks[0]))
    for k in range(1, len(looks)):
        following = reach[k] * nodes
        kernel = _normal(following[:, None] - at[None, :], math.sqrt(looks[k] - looks[k - 1]))
        at, density = following, kernel @ (reach[k - 1] * weights * density)
    return float(reach[-1] * (weights * density).sum())


def _normal(x: np.ndarray, deviation: float) -> np.ndarray:
    return np.asarray(np.exp(-0.5 * (x / deviation) ** 2) / (deviation * math.sqrt(2.0 * math.pi)))


def confidence_at(looks: tuple[int, ...]) -> float:
    """Confidence of the interval of one look, for all of them to hold at 95 %."""
    return math.erf(critical(looks) / math.sqrt(2.0))


def wanted(goal: PrecisionTarget, mean: float) -> float:
    """The half-width that is enough."""
    return max(goal.relative * abs(mean), goal.floor)
