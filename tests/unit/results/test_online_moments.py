"""Sums in the place of rows: they merge exactly, and say what the rows would have said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcpec.results.online_moments import BUCKETS, LEAST, MOST, WORST, CoMoments, Histograms, bucket, ends, quantile

SMALLEST, LARGEST = 2.0**LEAST, 2.0**MOST


def summed(values: np.ndarray, pairs: list[tuple[int, int]], block: int) -> CoMoments:
    found = CoMoments(*zip(*pairs, strict=True))
    for at in range(0, len(values), block):
        found.add(values[at : at + block])
    return found


# ------------------------------------------------------------------------------------------------ co-moments


@pytest.mark.parametrize("block", [1, 7, 100, 1000])
def test_means_variances_and_covariances_are_those_of_all_values(block: int) -> None:
    rng = np.random.default_rng(3)
    values = rng.lognormal(3.0, 1.0, (1000, 2, 1)) * [1.0, -2.0, 0.5] + rng.normal(1e6, 1.0, (1000, 2, 3))
    found = summed(values, [(0, 0), (2, 2), (0, 1), (2, 0)], block)
    np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=1e-14)
    for p in range(2):
        covariance = np.cov(values[:, p], rowvar=False)
        expected = [covariance[0, 0], covariance[2, 2], covariance[0, 1], covariance[2, 0]]
        np.testing.assert_allclose(found.products[p] / 999, expected, rtol=1e-9)
    assert found.count == 1000


def test_equal_values_have_a_variance_of_exactly_0_and_their_own_mean() -> None:
    found = summed(np.full((350, 1, 1), 0.1), [(0, 0)], 100)
    assert found.products.tolist() == [[0.0]] and found.mean.tolist() == [[0.1]]


def test_a_small_spread_on_a_large_mean_is_not_lost() -> None:
    values = 1e9 + np.random.default_rng(0).normal(0.0, 1e-3, (500, 1, 1))
    assert summed(values, [(0, 0)], 100).products[0, 0] / 499 == pytest.approx(values.var(ddof=1), rel=1e-6)


# ------------------------------------------------------------------------------------------------ histograms


@given(st.floats(SMALLEST, LARGEST, exclude_max=True))
def test_a_value_lies_in_its_bucket_and_the_bucket_is_narrow(value: float) -> None:
    (low,), (high,) = ends(bucket(np.array([value])))
    assert low <= value < high and (high - low) / 2 <= WORST * low * 1.000001
    assert WORST < 0.0033


@given(st.integers(0, 511))
def test_whole_numbers_up_to_512_have_a_bucket_each(value: int) -> None:
    number, following = bucket(np.array([float(value), value + 1.0]))
    assert number != following
    assert quantile(np.array([number]), np.array([1]), 0.5, whole=True) == value


def test_the_ends_of_the_scale() -> None:
    assert bucket(np.array([0.0, SMALLEST / 2, SMALLEST, LARGEST, 1e300])).tolist() == [
        0, 0, 1, BUCKETS - 1, BUCKETS - 1,
    ]  # fmt: skip
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="no negative value and no nan"):
            bucket(np.array([wrong]))
    with pytest.raises(ValueError, match="nothing was counted"):
        quantile(*Histograms.empty().of(0), 0.5)


def test_histograms_merge_exactly_in_any_order() -> None:
    values = np.random.default_rng(1).lognormal(2.0, 2.0, (900, 3))
    whole, parts = Histograms.empty(), [Histograms.empty() for _ in range(3)]
    whole.add(values)
    for part, some in zip(parts, np.split(values, 3), strict=True):
        part.add(some)
    back = Histograms.empty()
    for part in reversed(parts):
        back.merge(part)
    assert whole.keys.tolist() == back.keys.tolist() and whole.counts.tolist() == back.counts.tolist()
    assert back.counts.sum() == values.size


@pytest.mark.parametrize("law", ["poisson", "lognormal", "exponential"])
@pytest.mark.parametrize("share", [0.025, 0.05, 0.5, 0.9, 0.95, 0.999, 1.0])
def test_quantiles_are_within_a_third_of_a_per_cent(law: str, share: float) -> None:
    rng = np.random.default_rng(5)
    values = {"poisson": rng.poisson(300.0, 5000), "lognormal": rng.lognormal(12.0, 2.0, 5000),
              "exponential": rng.exponential(1e-2, 5000)}[law].astype(float)  # fmt: skip
    counted = Histograms.empty()
    counted.add(np.stack([values, values + 1.0], axis=1))
    exact = float(np.quantile(values, share, method="inverted_cdf"))
    found = quantile(*counted.of(0), share, whole=law == "poisson")
    assert found == exact if law == "poisson" else abs(found / exact - 1.0) <= 0.0033
