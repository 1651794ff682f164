"""Ratios of variances and their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.analysis.variance_reduction import NONE, VarianceRatio, gain

RNG = np.random.default_rng(11)


def test_a_gain_is_the_ratio_of_variances() -> None:
    a, b = RNG.normal(size=(2, 3, 50))
    found = gain([a, b], [a - b])
    above = a.var(axis=1, ddof=1).mean() + b.var(axis=1, ddof=1).mean()
    assert found.ratio == pytest.approx(above / (a - b).var(axis=1, ddof=1).mean())
    half = a.var(axis=1, ddof=1).mean() / b.var(axis=1, ddof=1).mean() / 2
    assert gain([a], [b], plays=2.0).ratio == pytest.approx(half)


def test_nothing_that_varies_has_no_gain() -> None:
    a, flat = RNG.normal(size=(1, 9)), np.ones((1, 9))
    assert gain([a], [flat]) == gain([flat], [a]) == gain([a], [a * np.nan]) == gain([a[:, :1]], [a[:, :1]]) == NONE
    assert gain([a], [a]).ratio == 1.0 and gain([a], [a]) == VarianceRatio(ratio=1.0, low=1.0, high=1.0)


@pytest.mark.parametrize("together", [True, False])
def test_intervals_cover_the_ratio(together: bool) -> None:
    """Of 400 intervals about 95 % hold the true ratio; those of values that stand together are the narrower ones."""
    held, width = 0, 0.0
    for _ in range(400):
        x, y = RNG.normal(size=(2, 1, 200))
        one, other = 2.0 * x, (x if together else y)
        found = gain([one + 0.5 * y], [other], together=together)
        assert found.low is not None and found.high is not None
        held += found.low <= 4.25 <= found.high
        width += np.log(found.high / found.low) / 400
    assert 0.90 <= held / 400 <= 0.985
    assert bool(width < 0.3) is together
