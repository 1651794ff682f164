"""Ratios of variances and their intervals; the means of the laws of deaths against the laws themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.variance_reduction import NONE, VarianceRatio, gain
from simcpec.economics.expected_severity import per_breach
from simcpec.model import modes
from simcpec.model.rules import harm as rules
from simcpec.model.world import Harm
from simcpec.verification.worlds.neutral_world import bare_world

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


# ------------------------------------------------------------------------------------------------ what a breach does

LAWS: tuple[tuple[int, dict[str, float]], ...] = (
    (modes.HARMLESS, {}),
    (modes.LOGNORMAL, {"mu": 0.4, "sigma": 1.1, "cap": 60.0}),
    (modes.LOGNORMAL, {"mu": 0.4, "sigma": 0.0, "cap": 60.0}),
    (modes.LOGNORMAL, {"mu": 1.5, "sigma": 1.0, "cap": 7.6}),
    (modes.HURDLE, {"zero": 0.4, "mu": -0.04, "sigma": 1.52, "cap": 400.0}),
    (modes.HURDLE, {"zero": 0.2, "mu": 1.0, "sigma": 1.0, "cap": 5.5}),
    (modes.HURDLE, {"zero": 0.2, "mu": 1.0, "sigma": 1.0, "cap": 0.0}),
    (modes.POWER, {"zero": 0.3, "mu": 2.4, "start": 1.7, "cap": 90.0}),
    (modes.SPLICED, {"zero": 0.1, "mu": 1.3, "sigma": 2.2, "start": 8.0, "cap": 50.0}),
)


@pytest.mark.parametrize(("severity", "numbers"), LAWS)
def test_the_mean_of_a_law_is_that_of_what_the_engines_draw(severity: int, numbers: dict[str, float]) -> None:
    given = replace(bare_world().harm, severity=severity, injured_base=0.9, injured_per_death=1.25, **numbers)
    n = 200_000
    u = (np.arange(n) + 0.5) / n

    def drawn(u_zero: float) -> float:
        law = (given.severity, given.zero, given.mu, given.sigma, given.start, given.cap)
        return float(np.mean([rules.deaths(*law, u_zero, x) for x in u[:: n // 20_000]]))

    expected = given.zero * drawn(0.0) + (1 - given.zero) * drawn(1.0 - 1e-9)
    deaths, injured = per_breach(given)
    assert deaths == pytest.approx(expected, rel=5e-3, abs=1e-12)
    assert injured == pytest.approx(0.9 + 1.25 * deaths)


def test_the_mean_of_a_table() -> None:
    table = np.array([[0.0, 0.5], [2.0, 0.8], [40.0, 1.0]])
    given: Harm = replace(bare_world().harm, severity=modes.EMPIRICAL, table=table, cap=10.5)
    assert per_breach(given)[0] == pytest.approx(0.3 * 2 + 0.2 * 10)
