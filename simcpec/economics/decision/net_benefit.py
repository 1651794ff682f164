"""Net benefit over a grid of values: which option is best, how surely, and what knowing the truth would be worth.

Net benefit of an option at a value v (USD a unit of effect) is v x effect - cost, in a state of the world.  It is made
of conditional means of parameter draws.  These carry what is left of Monte Carlo noise, which looks like uncertainty:
the best of noisy options looks better than the best option.  Where the noise is known, deviations from the mean over
draws are shrunk to the covariance that is left without it (moment matching: Heath, Manolopoulou, Baio 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.economics.decision.options import SAME, Options
from simcpec.model.world import Floats


@dataclass(frozen=True, kw_only=True)
class Acceptability:
    """Over V values and S options; see `acceptability`.

    values : (V,) USD a unit of effect.      expected : (V, S) expected net benefit, USD.
    probability : (V, S) share of the draws in which an option has the highest net benefit, ties split equally; rows
        add up to 1 (the acceptability curve, CEAC).      best : (V,) option of the highest expected net benefit.
    frontier : (V,) `probability` of the best (CEAF).      loss : (V, S) expected loss of choosing an option, USD.
    perfect : (V,) expected value of perfect information, USD: the loss of the best.
    corrected : whether Monte Carlo noise was taken out.
    """

    values: Floats
    expected: Floats
    probability: Floats
    best: np.ndarray
    frontier: Floats
    loss: Floats
    perfect: Floats
    corrected: bool


def net_benefit(of: Options, value: float) -> Floats:
    """(D, S) net benefit at one value, its Monte Carlo noise taken out where that is known."""
    raw = value * of.effect - of.cost
    noise = of.net_benefit_noise(value)
    return raw if noise is None else without_noise(raw, of.weights, noise)


def without_noise(values: Floats, weights: Floats, noise: Floats) -> Floats:
    """(D, S) values with the same means over draws and the covariance that is left without the noise.

    noise : (S, S) Monte Carlo covariance of one draw's values, the mean over draws.
    Where noise explains a direction wholly, no spread is left in it.
    """
    mean = weights @ values
    away = values - mean
    if len(values) < 2:
        return np.broadcast_to(mean, values.shape).copy()
    seen = (away * weights[:, None]).T @ away / (1.0 - float((weights**2).sum()))
    return np.asarray(mean + away @ _root(seen, inverse=True) @ _root(seen - noise))


def without_noise_of_units(values: Floats, weights: Floats, noise: Floats) -> Floats:
    """Return `without_noise` of columns of different units (attacks, USD), every one measured by its own spread."""
    away = values - weights @ values
    scale = np.sqrt(weights @ away**2)
    scale = np.where(scale > 0.0, scale, 1.0)
    return np.asarray(without_noise(values / scale, weights, noise / np.outer(scale, scale)) * scale)


def _root(matrix: Floats, *, inverse: bool = False) -> Floats:
    """The symmetric square root of the part of a symmetric matrix that is not negative, or its pseudo-inverse."""
    sizes, axes = np.linalg.eigh((matrix + matrix.T) / 2.0)
    least = SAME * max(float(np.abs(sizes).max(initial=0.0)), np.finfo(np.float64).tiny)
    roots = np.where(sizes > least, np.sqrt(np.maximum(sizes, least)), 0.0)
    if inverse:
        roots = np.divide(1.0, roots, out=np.zeros_like(roots), where=roots > 0.0)
    return np.asarray((axes * roots) @ axes.T)


def acceptability(of: Options, values: Sequence[float]) -> Acceptability:
    """Return everything that net benefit says at each value.

    values : USD a unit of effect, >= 0, at least one.      Raises ValueError for others.
    """
    grid = np.asarray(values, dtype=np.float64)
    if grid.ndim != 1 or not len(grid) or not np.isfinite(grid).all() or (grid < 0.0).any():
        raise ValueError(f"values {list(values)}; allowed: at least one, finite, none below 0")
    parts = [_at(net_benefit(of, float(value)), of.weights) for value in grid]
    expected, probability, loss = (np.array([part[k] for part in parts]) for k in range(3))
    best = np.array([int(np.argmax(row)) for row in expected])
    rows = np.arange(len(grid))
    return Acceptability(
        values=grid,
        expected=expected,
        probability=probability,
        best=best,
        frontier=probability[rows, best],
        loss=loss,
        perfect=loss[rows, best],
        corrected=of.cost_noise is not None,
    )


def _at(benefit: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """(S,) expected net benefit, share of draws in which each is best, and expected loss."""
    highest = benefit.max(axis=1, keepdims=True)
    ties = benefit >= highest - SAME * np.maximum(np.abs(highest), np.abs(benefit).max(initial=0.0))
    shares = ties / ties.sum(axis=1, keepdims=True)
    return weights @ benefit, weights @ shares, np.maximum(weights @ (highest - benefit), 0.0)


def values_around(ratios: Sequence[float]) -> tuple[float, ...]:
    """Return a grid of values for ratios of a frontier: 0, and 1, 2, 5 times powers of ten from below to above them.

    Nobody knows the value of an averted attack; the grid covers every value at which the choice changes.
    Returns (0,) without a ratio above 0.
    """
    positive = [ratio for ratio in ratios if ratio > 0.0 and np.isfinite(ratio)]
    if not positive:
        return (0.0,)
    low, high = min(positive) / 5.0, max(positive) * 5.0
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = [factor * 10.0**power for power in powers for factor in (1.0, 2.0, 5.0)]
    return (0.0, *(step for step in steps if low <= step <= high))
