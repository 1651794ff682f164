"""Losses of single years as they may come: exceedance curve, value at risk and the mean beyond it (predictive)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.economics.appraisal import Tail, tail
from simcpec.model.world import Floats

LEVELS = (0.9, 0.95, 0.99)
NORMAL_95 = 1.959963984540054
MOST = 400  # points of a curve


@dataclass(frozen=True, kw_only=True)
class LossCurve:
    """Yearly losses over replications and parameter draws.

    mean : USD.      zero : share of the years without a loss.      tails : at `LEVELS`, in their order; only those with
        at least ten years beyond them.      years : of how many simulated years.      replications : of how many.
    losses : (N,) USD, rising.      exceeded : (N,) probability that a year loses more.      low, high : (N,) 95 % Monte
        Carlo limits of it, from the spread between replications.
    """

    mean: float
    zero: float
    tails: tuple[Tail, ...]
    years: int
    replications: int
    losses: Floats
    exceeded: Floats
    low: Floats
    high: Floats


def loss_curve(losses: Floats, *, levels: Sequence[float] = LEVELS) -> LossCurve:
    """Return the exceedance curve of yearly losses.

    losses : (M, Y) USD of M replications (all draws together) and Y years each; Y >= 1.
    Years of a replication hang together, so that limits count replications, not years.  Raises ValueError without any.
    """
    table = np.asarray(losses, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError(f"losses of the shape {table.shape}; allowed: finite, (replications, years)")
    count, years = table.shape
    flat = np.sort(table, axis=None)
    grid = np.unique(flat[np.linspace(0, flat.size - 1, min(MOST, flat.size)).astype(np.int64)])
    exceeded = 1.0 - np.searchsorted(flat, grid, side="right") / flat.size
    shares = np.array([(table > x).mean(axis=1).var(ddof=1) if count > 1 else 0.0 for x in grid])
    half = NORMAL_95 * np.sqrt(shares / count)
    # where no replication differs the spread says nothing: the exact bound for none in `count`
    bound = 1.0 - 0.025 ** (1.0 / count)
    half = np.where(shares > 0.0, half, bound)
    beyond = [level for level in levels if (1.0 - level) * flat.size >= 10.0 - 1e-9]
    return LossCurve(
        mean=float(flat.mean()), zero=float((flat <= 0.0).mean()), tails=tuple(tail(flat, level=x) for x in beyond),
        years=years * count, replications=count, losses=grid, exceeded=exceeded,
        low=np.clip(exceeded - half, 0.0, 1.0), high=np.clip(exceeded + half, 0.0, 1.0),
    )  # fmt: skip
