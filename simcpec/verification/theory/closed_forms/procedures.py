"""Known means of compliance that decays and is refreshed, and of a regime that switches between two states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ComplianceDecay:
    """How compliance moves: shares of 1, days, and attacks a day that refresh it wholly (0: it reacts to none)."""

    fresh: float
    floor: float
    decay: float
    start: float  # on day 0
    refreshes: tuple[tuple[float, float], ...] = ()  # (day, share that it reaches), ascending
    reactions: float = 0.0


def compliance_areas(world: ComplianceDecay, edges: Sequence[float]) -> Floats:
    """Integral of the mean compliance between neighbouring `edges` (days, ascending, the first 0).

    Its excess x over the floor has the mean  x' = -x / decay + reactions (fresh - floor - x)  between refreshes, for
    attacks that come as a Poisson stream do not look at x, and a refresh adds share x (fresh - floor - x); solved
    piece by piece. With attacks alone x(t) is the transform of the age of a renewal process (Cox 1962, ch. 5).
    """
    whole, pull = world.fresh - world.floor, 1.0 / world.decay + world.reactions
    steady = world.reactions * whole / pull
    x, areas = world.start - world.floor, np.zeros(len(edges) - 1)
    stops = sorted({*edges, *(day for day, _ in world.refreshes if day < edges[-1])})
    reached = dict(world.refreshes)
    for begin, end in pairwise(stops):
        x += reached.get(begin, 0.0) * (whole - x) if begin > 0.0 else 0.0
        gone = -np.expm1(-pull * (end - begin))
        period = int(np.searchsorted(edges, begin, side="right")) - 1
        areas[period] += (world.floor + steady) * (end - begin) + (x - steady) * gone / pull
        x += (steady - x) * gone
    return areas


def compliance_after(world: ComplianceDecay, days: float) -> float:
    """Compliance after some days without any refresh:  floor + (start - floor) exp(-days / decay)."""
    return float(world.floor + (world.start - world.floor) * np.exp(-days / world.decay))


def audited(fresh: float, floor: float, decay: float, every: float, coverage: float) -> float:
    """Compliance just after an audit, where audits were held for ever: x = k w + (1 - k) x exp(-every / decay)."""
    return float(floor + coverage * (fresh - floor) / (1.0 - (1.0 - coverage) * np.exp(-every / decay)))


def occupancy_moments(onset: float, found: float, days: float) -> tuple[float, float]:
    """Mean and variance of the time that a stationary two-state chain spends in its second state.

    With q = onset / s, s = onset + found the autocovariance is q (1 - q) exp(-s t), so the variance is
    2 q (1 - q) (s T - 1 + exp(-s T)) / s^2   (Parzen 1962, ch. 6).
    """
    s = onset + found
    q = onset / s
    return q * days, 2.0 * q * (1.0 - q) * (s * days + np.expm1(-s * days)) / s**2
