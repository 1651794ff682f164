"""Closed forms of compound losses against each other and against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcpec.verification.theory.checks.consequences.money import (
    DISCOUNT,
    RATE,
    SPENDING,
    YEAR,
    paid_evenly,
    stopped_days,
)
from simcpec.verification.theory.checks.statistics.common_random_numbers import student_coverage
from simcpec.verification.theory.closed_forms import losses as forms


def test_the_transform_is_panjers_recursion() -> None:
    sizes = forms.hurdle(forms.lognormal_sizes(0.5, 0.9, 25, shift=1), 0.4)
    np.testing.assert_allclose(
        forms.compound_poisson(7.75, sizes)[:200], forms.panjer(7.75, sizes, length=200), rtol=0, atol=1e-14
    )


def test_single_deaths_make_a_poisson_law() -> None:
    found = forms.compound_poisson(3.0, np.array([0.0, 1.0]), length=128)
    np.testing.assert_allclose(found, stats.poisson(3.0).pmf(np.arange(128)), atol=1e-15)


def test_sizes_are_laws_and_their_moments_those_of_the_sum() -> None:
    for sizes in (
        forms.lognormal_sizes(0.8, 0.8, 30, shift=0), forms.lognormal_sizes(0.5, 0.9, 25, shift=1),
        forms.power_sizes(3.5, 1.0, 60), forms.hurdle(forms.power_sizes(2.4, 2.0, 100), 0.3),
    ):  # fmt: skip
        assert sizes.sum() == pytest.approx(1.0, abs=1e-12) and (sizes >= 0.0).all()
        law, n = forms.compound_poisson(5.0, sizes), np.arange(1 << 13)
        mean = float(law @ n)
        assert mean == pytest.approx(5.0 * forms.moment(sizes, 1), rel=1e-9)
        assert float(law @ (n - mean) ** 2) == pytest.approx(5.0 * forms.moment(sizes, 2), rel=1e-6)


def test_a_floored_log_normal_starts_where_it_should() -> None:
    whole = forms.lognormal_sizes(0.0, 1.0, 4, shift=0)
    assert whole[0] == pytest.approx(0.5) and whole[4] == pytest.approx(stats.lognorm(1.0).sf(4.0))
    shifted = forms.lognormal_sizes(0.0, 1.0, 4, shift=1)
    assert shifted[0] == 0.0 and shifted[1] == pytest.approx(0.5)
    assert shifted[4] == pytest.approx(stats.lognorm(1.0).sf(3.0))


def test_injured_have_the_moments_of_a_mixture() -> None:
    deaths = forms.hurdle(forms.lognormal_sizes(0.5, 0.9, 25, shift=1), 0.4)
    means = 0.5 + 1.25 * np.arange(26)
    law = forms.injured_sizes(deaths, means, 0.8)
    assert law.sum() == pytest.approx(1.0, abs=1e-9) and forms.moment(law, 1) == pytest.approx(means @ deaths)
    assert forms.moment(law, 2) == pytest.approx((means + means**2 / 0.8 + means**2) @ deaths, rel=1e-8)


def test_the_tail_of_a_law_splits_its_atom() -> None:
    assert forms.discrete_tail(np.array([0.9, 0.08, 0.02]), 0.95) == (1, pytest.approx((0.03 + 0.04) / 0.05))


def test_the_coverage_of_student_is_near_nominal_for_many_counts() -> None:
    assert student_coverage(3.7, 12) == pytest.approx(0.9464, abs=5e-4)
    rng = np.random.default_rng(1)
    x = rng.poisson(3.7, (200_000, 12))
    half = stats.t.isf(0.025, 11) * x.std(axis=1, ddof=1) / np.sqrt(12)
    assert student_coverage(3.7, 12) == pytest.approx((np.abs(x.mean(axis=1) - 3.7) <= half).mean(), abs=0.003)


def test_what_is_paid_evenly_over_equal_years_is_an_annuity() -> None:
    annuity = SPENDING * (1.0 - (1.0 + DISCOUNT) ** -4.0) / np.log1p(DISCOUNT)
    assert paid_evenly(np.full(4, YEAR)) == pytest.approx(annuity, rel=1e-12)


def test_works_stand_still_nearly_a_fixed_share_of_time_after_a_while() -> None:
    days = stopped_days(np.array([400.0, 401.0]))
    assert days[1] == pytest.approx(1.0 - np.exp(-RATE * 1.1 * 30.0), rel=1e-3)
