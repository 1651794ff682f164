"""The value of partial information by nested Monte Carlo, as a check of the regression: slow, and biased upwards.

The best of noisy inner means looks better than the best option, by about c / n for n inner values; the bias is shown by
halving n, and taken out by extrapolation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats


@dataclass(frozen=True, kw_only=True)
class NestedValue:
    """What knowing the outer parameters is worth, in the unit of the net benefits.

    inner : (M,) numbers of inner values, falling by halves.      worth : (M,) with each of them, upward bias included.
    bias : estimate of the bias of the first; None with one inner value.      corrected : the first without it.
    standard_error : of `corrected`, between outer values.
    """

    inner: tuple[int, ...]
    worth: Floats
    bias: float | None
    corrected: float
    standard_error: float


def nested_value(benefit: Floats) -> NestedValue:
    """Return the worth of the outer parameters.

    benefit : (O, I, S) net benefits of S options, I inner values for each of O outer ones; O >= 2.
    Raises ValueError for another shape.  Source: Brennan, Kharroubi, O'Hagan, Chilcott (2007).
    """
    table = np.asarray(benefit, dtype=np.float64)
    if table.ndim != 3 or len(table) < 2 or not table.size:
        raise ValueError(
            f"net benefits of the shape {table.shape}; allowed: (outer, inner, options), two outer or more"
        )
    inner, sizes = table.shape[1], []
    while inner >= 1:
        sizes.append(inner)
        inner //= 2
    best = int(np.argmax(table.mean(axis=(0, 1))))
    # with fewer inner values all blocks are used, so that only the bias differs
    gains = [_gain(table[:, : size * (table.shape[1] // size)], size, best) for size in sizes]
    bias = float((gains[1] - gains[0]).mean()) if len(gains) > 1 else None
    kept = 2.0 * gains[0] - gains[1] if len(gains) > 1 else gains[0]
    return NestedValue(
        inner=tuple(sizes), worth=np.array([gain.mean() for gain in gains]), bias=bias,
        corrected=max(float(kept.mean()), 0.0), standard_error=float(kept.std(ddof=1) / np.sqrt(len(kept))),
    )  # fmt: skip


def _gain(table: Floats, size: int, best: int) -> Floats:
    """(O,) gain of the best option of means of `size` inner values over the one chosen beforehand."""
    outer, inner, count = table.shape
    means = table.reshape(outer, inner // size, size, count).mean(axis=2)
    return np.asarray((means.max(axis=2) - means[..., best]).mean(axis=1))
