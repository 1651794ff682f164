"""Samplers and duration laws against the quantiles of scipy, their edges, and what they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from simcpec.errors import UserError
from simcpec.numerics.samplers import (
    LAW_DETERMINISTIC,
    LAW_EXPONENTIAL,
    LAW_GAMMA,
    LAW_LOGNORMAL,
    LAW_NEVER,
    LAW_WEIBULL,
    NEVER,
    duration,
    duration_at_survival,
    exponential,
    gumbel,
    is_steady_lognormal,
    lognormal,
    negative_binomial,
    normal,
    poisson,
    scale_for_mean,
    steady_lognormal,
    surely_none,
    ticks,
)


def uniforms_of_test(count: int, seed: int) -> np.ndarray:
    """Uniforms of the kind `uniform` makes: odd multiples of 2**-53."""
    return (np.random.default_rng(seed).integers(0, 2**52, count) + 0.5) * 2.0**-52


def apply(function: Callable[..., float], *columns: np.ndarray) -> np.ndarray:
    return np.array([function(*row) for row in zip(*(column.tolist() for column in columns), strict=True)])


# ------------------------------------------------------------------------------------------------ samplers


def test_continuous_samplers_against_scipy() -> None:
    u = uniforms_of_test(5_000, 30)
    close = {"rtol": 1e-13, "atol": 1e-15}
    np.testing.assert_allclose(apply(exponential, u), stats.expon.isf(u), **close)
    np.testing.assert_allclose(apply(normal, u), stats.norm.ppf(u), **close)
    np.testing.assert_allclose(apply(gumbel, u), stats.gumbel_r.ppf(u), rtol=1e-11, atol=1e-13)
    ours = np.array([lognormal(0.5, 1.5, x) for x in u.tolist()])
    np.testing.assert_allclose(ours, stats.lognorm.ppf(u, 1.5, scale=math.exp(0.5)), rtol=1e-12)


def test_extreme_uniforms_give_finite_variates() -> None:
    for u in (2.0**-53, 1.0 - 2.0**-53):
        assert all(math.isfinite(sampler(u)) for sampler in (exponential, normal, gumbel))
        assert poisson(700.0, u) > 0
        assert negative_binomial(50.0, 0.5, u) >= 0


def away_from_ties(law: stats.rv_discrete, u: np.ndarray) -> np.ndarray:
    at = law.ppf(u)
    return (np.abs(law.cdf(at) - u) > 1e-11) & (np.abs(law.cdf(at - 1.0) - u) > 1e-11)


@pytest.mark.parametrize("mean", [1e-9, 0.04, 0.7, 3.0, 25.0, 310.0, 700.0, 2500.0])
def test_poisson_is_the_quantile_of_scipy(mean: float) -> None:
    u = uniforms_of_test(2_000, 32)
    law = stats.poisson(mean)
    keep = away_from_ties(law, u)
    assert keep.mean() > 0.99
    assert (np.array([poisson(mean, x) for x in u[keep].tolist()]) == law.ppf(u[keep])).all()


@pytest.mark.parametrize(
    ("mean", "size"), [(0.3, 0.2), (3.0, 0.5), (3.0, 8.0), (200.0, 1.5), (40.0, 1e6), (4e3, 300.0)]
)
def test_negative_binomial_is_the_quantile_of_scipy(mean: float, size: float) -> None:
    u = uniforms_of_test(2_000, 33)
    law = stats.nbinom(size, size / (size + mean))
    keep = away_from_ties(law, u)
    assert keep.mean() > 0.99
    assert (np.array([negative_binomial(mean, size, x) for x in u[keep].tolist()]) == law.ppf(u[keep])).all()


def test_a_negative_binomial_without_dispersion_is_poisson() -> None:
    for u in uniforms_of_test(500, 34).tolist():
        assert negative_binomial(4.0, math.inf, u) == negative_binomial(4.0, 1e20, u) == poisson(4.0, u)


@pytest.mark.parametrize("mean", [1e-12, 1e-6, 0.02, 0.3, 0.9, 1.0 - 1e-9, 1.5])
def test_what_is_surely_none_is_none_by_the_law(mean: float) -> None:
    bound = 1.0 - mean - 1e-9
    assert not surely_none(mean, bound)
    for u in (0.5 * bound, bound - 1e-15):
        assert surely_none(mean, u) == (u < bound)
        laws = [stats.poisson(mean), *(stats.nbinom(size, size / (size + mean)) for size in (0.01, 1.0, 1e6))]
        assert all(u < law.pmf(0) for law in laws) or not surely_none(mean, u)


def test_counts_with_no_mean_are_zero_and_a_nan_ends() -> None:
    assert [poisson(mean, 0.999) for mean in (0.0, -1.0, math.nan)] == [0, 0, 0]
    assert [negative_binomial(*bad, 0.999) for bad in ((0.0, 1.0), (1.0, 0.0), (math.nan, 1.0))] == [0, 0, 0]


# ------------------------------------------------------------------------------------------------ durations

LAWS = {
    LAW_EXPONENTIAL: (3.0, 1.0, stats.expon(scale=3.0)),
    LAW_GAMMA: (2.0, 2.5, stats.gamma(2.5, scale=2.0)),
    LAW_WEIBULL: (4.0, 0.7, stats.weibull_min(0.7, scale=4.0)),
    LAW_LOGNORMAL: (10.0, 1.2, stats.lognorm(1.2, scale=10.0)),
}


@pytest.mark.parametrize("law", LAWS)
def test_durations_are_the_quantiles_of_scipy(law: np.int64) -> None:
    scale, shape, reference = LAWS[law]
    u = uniforms_of_test(3_000, 35)
    ours = np.array([duration(law, scale, shape, x) for x in u.tolist()])
    np.testing.assert_allclose(ours, reference.ppf(u), rtol=1e-9)
    survival = np.array([duration_at_survival(law, scale, shape, x) for x in u.tolist()])
    np.testing.assert_allclose(survival, reference.isf(u), rtol=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_a_doubled_hazard_is_a_square_root_of_survival(law: np.int64) -> None:
    scale, shape, reference = LAWS[law]
    for u in (0.05, 0.5, 0.95):
        t = duration_at_survival(law, scale, shape, (1.0 - u) ** 0.5)
        assert reference.sf(t) ** 2 == pytest.approx(1.0 - u, rel=1e-9)


@pytest.mark.parametrize("law", [LAW_DETERMINISTIC, *LAWS])
@pytest.mark.parametrize("shape", [0.6, 1.0, 2.0])
def test_the_scale_for_a_mean_gives_that_mean(law: np.int64, shape: float) -> None:
    scale = scale_for_mean(law, 12.0, shape)
    u = (np.arange(200_000) + 0.5) / 200_000
    mean = np.mean([duration(law, scale, shape, x) for x in u.tolist()])
    assert mean == pytest.approx(12.0, rel=0.01)


@pytest.mark.parametrize("shape", [0.0, 0.6, 3.0, 80.0])
def test_steady_lognormals_are_durations_to_the_last_bit(shape: float) -> None:
    for x in [2.0**-53, 1.0 - 2.0**-53, *uniforms_of_test(2_000, 5).tolist()]:
        assert steady_lognormal(3.0, shape, x) == duration(LAW_LOGNORMAL, 3.0, shape, x)
    assert is_steady_lognormal(LAW_LOGNORMAL, shape)
    assert not is_steady_lognormal(LAW_LOGNORMAL, 80.1) and not is_steady_lognormal(LAW_GAMMA, shape)


def test_special_durations() -> None:
    assert duration(LAW_NEVER, 3.0, 1.0, 0.5) == math.inf
    assert scale_for_mean(LAW_NEVER, 3.0, 1.0) == math.inf
    assert [duration(LAW_DETERMINISTIC, 3.0, 1.0, u) for u in (0.01, 0.99)] == [3.0, 3.0]
    assert [duration(law, 0.0, 2.0, 0.5) for law in LAWS] == [0.0] * 4
    assert [duration_at_survival(law, 3.0, 2.0, 1.0) for law in LAWS][:3] == [0.0] * 3
    assert duration_at_survival(LAW_LOGNORMAL, 3.0, 2.0, 0.0) > 1e30
    assert duration_at_survival(LAW_EXPONENTIAL, 3.0, 2.0, 0.0) == math.inf
    assert math.isnan(duration(np.int64(99), 1.0, 1.0, 0.5))
    assert duration(LAW_LOGNORMAL, scale_for_mean(LAW_LOGNORMAL, 5.0, 0.0), 0.0, 0.3) == 5.0


@pytest.mark.parametrize(
    ("law", "mean", "shape", "match"),
    [
        (LAW_GAMMA, -1.0, 1.0, "mean of a duration is -1.0; allowed: a number of at least 0"),
        (LAW_GAMMA, math.nan, 1.0, "mean of a duration is nan"),
        (LAW_GAMMA, math.inf, 1.0, "mean of a duration is inf"),
        (LAW_GAMMA, 1.0, 0.0, "shape of a duration is 0.0; allowed: a number above 0"),
        (LAW_WEIBULL, 1.0, math.nan, "shape of a duration is nan"),
        (LAW_LOGNORMAL, 1.0, -0.1, "shape of a duration is -0.1"),
        (99, 1.0, 1.0, r"law of a duration is 99; allowed: one of the numbers LAW_... \(0 to 5\)"),
    ],
)
def test_bad_durations_are_refused(law: int, mean: float, shape: float, match: str) -> None:
    with pytest.raises(UserError, match=match):
        scale_for_mean(law, mean, shape)


def test_ticks_round_to_the_nearest_and_are_at_least_one() -> None:
    day = 86_400_000_000.0
    assert [ticks(days, day) for days in (0.0, 1e-20, 1.0, 1.5)] == [1, 1, 86_400_000_000, 129_600_000_000]
    assert [ticks(days, 24.0) for days in (0.02, 0.021, 0.0625, 1.0)] == [1, 1, 2, 24]
    assert [ticks(days, day) for days in (math.inf, math.nan, 1e300, 2.0**61)] == [NEVER] * 4
    assert ticks(2.0**61 - 1024.0, 1.0) == 2**61 - 1024
    assert int(NEVER) + int(NEVER) < 2**63
