"""Finite chains against laws known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcpec.verification.theory.closed_forms.chains import (
    Chain,
    area_moments,
    chain_of,
    count_moments,
    law_at,
    mean_area,
    steady,
)
from simcpec.verification.theory.closed_forms.queues import birth_death


def immigrants(rate: float, leaving: float, most: int = 60) -> Chain:
    """Poisson arrivals, each of which leaves at a rate: M/M/inf."""
    return chain_of((0,), lambda s: [((s[0] + 1,), rate if s[0] < most else 0.0), ((s[0] - 1,), leaving * s[0])])


def test_only_what_can_be_reached_is_a_state() -> None:
    chain = chain_of((0, 0), lambda s: [((1 - s[0], 0), 2.0), ((5, 5), 0.0)])
    assert chain.states == ((0, 0), (1, 0))
    assert np.array_equal(chain.generator.toarray(), [[-2.0, 2.0], [2.0, -2.0]])


def test_the_steady_state_is_that_of_the_balance_of_births_and_deaths() -> None:
    chain = immigrants(3.0, 0.5, most=40)
    law = birth_death(lambda n: 3.0, lambda n: 0.5 * n, 41)
    assert steady(chain)[: len(law)] == pytest.approx(law, abs=1e-14)
    assert steady(chain) == pytest.approx(stats.poisson(6.0).pmf(np.arange(41)), abs=1e-10)


def test_from_empty_immigrants_are_poisson_at_any_time() -> None:
    chain, n = immigrants(3.0, 0.5), np.arange(61)
    for days in (0.1, 1.0, 4.0):
        assert law_at(chain, days) == pytest.approx(stats.poisson(6.0 * (1 - np.exp(-0.5 * days))).pmf(n), abs=1e-12)
    assert law_at(chain, 100.0) == pytest.approx(steady(chain), abs=1e-12)
    late = law_at(chain, 3.0, law_at(chain, 1.0))
    assert late == pytest.approx(law_at(chain, 4.0), abs=1e-12)


def test_counts_of_immigrants_and_of_leavers_are_poisson() -> None:
    chain, days = immigrants(3.0, 0.5), 4.0
    came = count_moments(chain, lambda a, b: float(b > a), days)
    assert came == pytest.approx((12.0, 12.0), rel=1e-9)
    left = 12.0 - 6.0 * (1 - np.exp(-2.0))
    assert count_moments(chain, lambda a, b: float(b < a), days) == pytest.approx((left, left), rel=1e-9)
    half = count_moments(chain, lambda a, b: 0.25 * (b > a), days)
    assert half == pytest.approx((3.0, 3.0), rel=1e-9)  # a quarter of a Poisson process, not a quarter of each jump


def test_the_time_on_of_a_switch_has_the_known_mean_and_variance() -> None:
    on, off, days = 0.7, 0.4, 5.0
    chain = chain_of((0,), lambda s: [((1,), on)] if s == (0,) else [((0,), off)])
    share, speed = on / (on + off), on + off
    mean = share * (days - (1 - np.exp(-speed * days)) / speed)
    assert mean_area(chain, chain.values[:, 0], days) == pytest.approx(mean, rel=1e-10)
    start = np.array([1 - share, share])
    variance = 2 * share * (1 - share) * (days / speed - (1 - np.exp(-speed * days)) / speed**2)
    assert area_moments(chain, chain.values[:, 0], days, start) == pytest.approx((share * days, variance), rel=1e-9)
