"""Closed forms of births and stocks against each other, limits and published values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simcpec.verification.theory.closed_forms import births, stock


def moments(law: np.ndarray) -> tuple[float, float]:
    n = np.arange(len(law))
    mean = float(law @ n)
    return mean, float(law @ (n - mean) ** 2)


def test_the_law_of_a_hawkes_count_has_the_moments_of_the_linear_equations() -> None:
    law = births.hawkes_law(0.2, 0.6, 4.0, 50.0, most=1024)
    mean, covariance = births.hawkes_moments((0.2,), np.array([[0.6]]), 4.0, 50.0)
    assert law.sum() == pytest.approx(1.0, abs=1e-12)
    assert moments(law) == pytest.approx((mean[0], covariance[0, 0]), rel=1e-7)
    assert law[0] == pytest.approx(np.exp(-0.2 * 50.0), rel=1e-6)  # nothing comes: no immigrant


def test_a_hawkes_count_grows_to_its_published_rates() -> None:
    """Hawkes (1971): rate base / (1 - n), variance a day base / (1 - n)^3; the mean from empty in closed form."""
    base, n, delay = 0.1, 0.5, 5.0
    (early, first), (late, second) = (births.hawkes_moments((base,), np.array([[n]]), delay, t) for t in (4e3, 5e3))
    assert (late - early)[0] == pytest.approx(1e3 * base / (1 - n), rel=1e-9)
    assert (second - first)[0, 0] == pytest.approx(1e3 * base / (1 - n) ** 3, rel=1e-9)
    a, t = (1 - n) / delay, 30.0
    closed = base * t / (1 - n) - base * n / (1 - n) * -np.expm1(-a * t) / a
    assert births.hawkes_moments((base,), np.array([[n]]), delay, t)[0][0] == pytest.approx(closed, rel=1e-9)


def test_without_follow_ons_provinces_are_poisson_and_types_that_do_not_meet_are_independent() -> None:
    mean, covariance = births.hawkes_moments((0.1, 0.3), np.zeros((2, 2)), 3.0, 20.0)
    assert mean == pytest.approx([2.0, 6.0]) and covariance == pytest.approx(np.diag([2.0, 6.0]))
    _, apart = births.hawkes_moments((0.1, 0.3), np.diag([0.4, 0.7]), 3.0, 20.0)
    assert apart[0, 1] == pytest.approx(0.0, abs=1e-9)
    assert apart[1, 1] == pytest.approx(births.hawkes_moments((0.3,), np.array([[0.7]]), 3.0, 20.0)[1][0, 0])
    mean, _ = births.hawkes_moments((0.1, 0.0), np.array([[0.0, 0.8], [0.0, 0.0]]), 1e-3, 20.0)
    assert mean[1] == pytest.approx(0.8 * 2.0, rel=1e-3)  # row the parent, column the child


def test_cascades_are_borel_tanner() -> None:
    law = births.borel_tanner(2, 0.5, most=2000)
    assert law[:2].sum() == 0.0 and law[2] == pytest.approx(np.exp(-1.0))
    assert law.sum() == pytest.approx(1.0, abs=1e-9)
    assert moments(law) == pytest.approx((2 / 0.5, 2 * 0.5 / 0.5**3), rel=1e-6)
    single = births.borel_tanner(1, 0.4, most=400)
    assert np.convolve(single, single)[:50] == pytest.approx(births.borel_tanner(2, 0.4, most=50), abs=1e-15)


def test_drift_spreads_counts_around_the_same_mean() -> None:
    flat = births.drift_moments(0.2, (10.0, 10.0), 0.9, 0.0, stationary=True)
    assert flat == pytest.approx((4.0, 4.0))
    mean, variance = births.drift_moments(0.5, (40.0,), 0.6, 0.4, stationary=True)
    assert (mean, variance) == pytest.approx((20.0, 20.0 + 400.0 * np.expm1(0.16 / 0.64)))
    still = births.drift_moments(0.5, (20.0, 20.0), 0.6, 0.4, stationary=False)
    assert still == pytest.approx((20.0, 20.0 + 100.0 * np.expm1(0.16)))  # the first stage does not drift


# ------------------------------------------------------------------------------------------------ stocks

FREE = stock.BacklashChain(start=20.0, inflow=0.2, birth=0.02, death=0.03)


def test_birth_and_death_in_closed_form_as_a_chain_and_by_moments() -> None:
    law = stock.birth_death_law(20, 0.2, 0.02, 0.03, 60.0, most=256)
    chain = stock.chain(lambda n: 0.2 + 0.02 * n, lambda n: 0.03 * n, most=255)
    moved, area = stock.chain_law(chain, 20, 60.0)
    assert law == pytest.approx(moved, abs=1e-10)
    truth = stock.backlash_moments(FREE, 60.0)
    assert (truth.mean, truth.variance) == pytest.approx(moments(law), rel=1e-8)
    assert truth.area == pytest.approx(area, rel=1e-8)
    assert truth.area == pytest.approx(1200.0) and truth.retaliations == 0.0  # 20 is the steady mean


def test_birth_and_death_come_to_the_negative_binomial_of_kendall() -> None:
    size, ratio = 0.2 / 0.02, 0.02 / 0.03
    law = stock.birth_death_law(0, 0.2, 0.02, 0.03, 3000.0, most=256)
    assert law == pytest.approx(stats.nbinom(size, 1.0 - ratio).pmf(np.arange(256)), abs=1e-9)
    balance = stock.chain_balance(lambda n: 0.2 + 0.02 * n, lambda n: 0.03 * n, most=255)
    assert law == pytest.approx(balance, abs=1e-9)


def test_operations_without_births_thin_the_stock_and_its_integral_has_a_closed_variance() -> None:
    """Deaths at mu alone: binomial survivors; integral of one life cut at T has a known variance."""
    dying, t, mu = stock.BacklashChain(start=50.0, inflow=0.0, birth=0.0, death=0.04), 30.0, 0.04
    truth, p = stock.backlash_moments(dying, t), np.exp(-mu * t)
    assert (truth.mean, truth.variance) == pytest.approx((50 * p, 50 * p * (1 - p)), rel=1e-8)
    mean = (1 - p) / mu
    square = 2.0 * (1 - p * (1 + mu * t)) / mu**2
    assert (truth.area, truth.area_variance) == pytest.approx((50 * mean, 50 * (square - mean**2)), rel=1e-8)


def test_backlash_at_its_threshold_keeps_stock_and_recruits_on_their_way() -> None:
    world = stock.BacklashChain(
        start=200.0, inflow=0.0, birth=0.01, death=0.005, operations=1.0, killed=1.0, arrested=1.0, per_death=0.8,
        per_arrest=0.2, delay=10.0,
    )  # fmt: skip
    assert world.growth == pytest.approx(0.0, abs=1e-15)
    end = stock.backlash_moments(world, 400.0)
    assert end.mean + end.pending == pytest.approx(200.0, rel=1e-9)
    assert end.mean == pytest.approx(200.0 / (1.0 + 10.0 * 0.005), rel=1e-6)
    for per_death, sign in ((0.7, -1.0), (0.9, 1.0)):
        moved = replace(world, per_death=per_death)
        later, sooner = stock.backlash_moments(moved, 900.0), stock.backlash_moments(moved, 800.0)
        assert np.sign(moved.growth) == np.sign(later.mean - sooner.mean) == sign


def test_a_chain_moves_to_its_balance_and_shows_both_stable_states() -> None:
    from simcpec.verification.theory.checks.attacks.network import fire_birth, fire_death

    balance = stock.chain_balance(fire_birth, fire_death, most=80)
    moved, _ = stock.chain_law(stock.chain(fire_birth, fire_death, most=80), 7, 20_000.0)
    assert moved == pytest.approx(balance, abs=1e-8)
    low, middle, high = stock.fixed_points(fire_birth, fire_death, most=60)
    assert (low, middle, high) == (2, 8, 24)
    assert balance[middle] < balance[low] / 5 and balance[middle] < balance[high] / 2
