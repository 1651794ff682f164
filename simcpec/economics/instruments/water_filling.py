"""How a budget is best laid out over instruments of falling returns: the last dollar averts equally much everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """A budget laid out.

    spent : (I,) USD a year, adding up to the budget or to all that instruments can take.
    averted : (I,) units a year.
    left : USD a year that no instrument can use.      price : units averted by the last dollar; 0 where money is left.
    """

    spent: Floats
    averted: Floats
    left: float
    price: float


def allocate(curves: Sequence[Floats], budget: float) -> Allocation:
    """Return the best layout over instruments whose returns are known at some points.

    curves : of each instrument (n, 2) points (USD a year, units averted a year); (0, 0) is added.  Between points
        returns are linear; where they do not fall, mixtures of points take their place (concave envelope).
    budget : USD a year, >= 0.      Overlap between instruments is not in it.  Raises ValueError for a negative budget.
    """
    if not 0.0 <= budget < np.inf:
        raise ValueError(f"budget {budget}; allowed: at least 0")
    hulls = [envelope(curve) for curve in curves]
    segments = [
        (float(rise / run), i, float(run), float(rise))
        for i, hull in enumerate(hulls)
        for run, rise in np.diff(hull, axis=0)
    ]
    spent = np.zeros(len(curves))
    averted = np.array([hull[0, 1] for hull in hulls])
    left, price = budget, 0.0
    for slope, i, run, _ in sorted(segments, key=lambda each: (-each[0], each[1])):
        taken = min(run, left)
        spent[i] += taken
        averted[i] += slope * taken
        left -= taken
        if left <= 0.0:
            price = slope
            break
    return Allocation(spent=spent, averted=averted, left=left, price=price)


def envelope(points: Floats) -> Floats:
    """Return the corners of the smallest concave, rising curve above the points and (0, 0), from left to right.

    The first corner stands at 0 USD: at what is averted without spending, where a point says so.
    """
    given = np.vstack([np.zeros((1, 2)), np.asarray(points, np.float64).reshape(-1, 2)])
    if not (np.isfinite(given).all() and (given[:, 0] >= 0.0).all()):
        raise ValueError("a point of a return is not finite, or spends less than nothing")
    rows = sorted(map(tuple, given.tolist()), key=lambda row: (row[0], -row[1]))
    kept: list[tuple[float, ...]] = []
    for row in rows:
        if kept and (row[1] <= kept[-1][1] or row[0] == kept[-1][0]):
            continue
        while len(kept) > 1 and _below(kept[-2], kept[-1], row):
            kept.pop()
        kept.append(row)
    return np.array(kept)


def _below(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> bool:
    """Whether b lies on or below the line from a to c."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])
