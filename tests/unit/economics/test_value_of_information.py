"""The value of partial and of sample information against closed forms and a published example."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from simcpec.economics.decision.net_benefit import acceptability
from simcpec.economics.decision.options import Options
from simcpec.economics.value_of_information.nested import nested_value
from simcpec.economics.value_of_information.sample import (
    conjugate_value,
    counts_likelihood,
    outcomes,
    value_of_outcomes,
)
from simcpec.errors import EnvironmentFault
from simcpec.model.world import Floats


def normal_loss(mean: float, sd: float) -> float:
    """What knowing a normal difference of two net benefits is worth (unit normal loss integral)."""
    z = abs(mean) / sd
    return float(sd * stats.norm.pdf(z) - abs(mean) * stats.norm.cdf(-z))


def value_of_data(benefit: Floats, weights: Floats, *seen: Floats) -> float:
    found = outcomes(benefit, weights, *seen)
    return value_of_outcomes(found[:, :-1], found[:, -1])


def linear_gaussian(draws: int, noise: float = 0.0, weights: Floats | None = None) -> Options:
    """The example of the R package voi: effect p1 ~ N(1, 1), cost p2 ~ N(0, 2), against nothing; an idle parameter."""
    z = stats.norm.ppf(stats.qmc.Sobol(3, seed=1).random(draws))
    one, two = 1.0 + z[:, 0], 2.0 * z[:, 1]
    extra = noise * stats.zscore(np.random.default_rng(2).normal(size=draws))
    nothing = np.zeros(draws)
    return Options(
        names=("none", "some"), cost=np.stack([nothing, two], axis=1), effect=np.stack([nothing, one + extra], axis=1),
        weights=np.full(draws, 1.0 / draws) if weights is None else weights, keys=("p1", "p2", "idle"),
        parameters=np.stack([one, two, z[:, 2]], axis=1),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------- partial information


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_partial_information_of_a_linear_gaussian_case_is_its_closed_form(noise: float) -> None:
    """Within 2 %; with Monte Carlo noise of the draws (sd 1) within three standard errors, while perfect information
    rises: by chance noise of 2,048 draws goes along with p1 with a correlation of 1 / sqrt(2048)."""
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    from simcpec.economics.value_of_information.partial import partial_information

    of = linear_gaussian(2048, noise)
    groups: dict[str, Sequence[str]] = {"p1": ["p1"], "p2": ["p2"], "both": ["p1", "p2"], "idle": ["idle"]}
    one, two, both, idle = partial_information(of, [1.0, 2.0], groups)
    chance = 3.0 * noise / math.sqrt(2048)  # of the slope, and so of the sd of what is learnt
    for found, mean, sd in ((one, 1.0, 1.0), (two, 1.0, 2.0), (both, 1.0, math.sqrt(5.0))):
        truth = normal_loss(mean, sd)
        assert found.worth[0] == pytest.approx(truth, abs=0.02 * truth + chance * stats.norm.pdf(mean / sd))
    assert one.worth[1] == pytest.approx(normal_loss(2.0, 2.0), abs=0.02 * 0.167 + 2.0 * chance * 0.242)
    # what says nothing is told so, and a choice by it gains nothing on unseen draws
    assert not idle.told_apart(0) and idle.worth[0] < 0.01 and idle.unseen[0] < 0.005
    assert one.told_apart(0) and both.told_apart(1)
    np.testing.assert_allclose(one.unseen, one.worth, rtol=0.05 if not noise else 0.15)
    if noise:  # the control: without the regression noise counts as information
        raw = acceptability(of, [1.0]).perfect[0]
        assert raw > 1.1 * normal_loss(1.0, math.sqrt(5.0))


def test_the_numbers_of_the_published_example_are_reproduced() -> None:
    """Overview of the R package voi 1.0 (Jackson 2023): 10,000 draws each, so that both sides have a sampling error.

    Published for values 1, 2, 3: EVPI 0.4759885, 0.4028003, 0.4174207; exact at 1: 0.4798107.  EVPPI of p1 0.08210074,
    of p2 0.39029827.  EVSI of n normal observations of p1 (sd 1): 0.07440250, 0.08106261, 0.08189925 for 10, 100, 1000.
    """
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    from simcpec.economics.value_of_information.partial import partial_information

    of = linear_gaussian(2048)
    assert normal_loss(1.0, math.sqrt(5.0)) == pytest.approx(0.4798107, abs=5e-8)
    perfect = acceptability(of, [1.0, 2.0, 3.0]).perfect
    for value, found, published in zip((1.0, 2.0, 3.0), perfect, (0.4759885, 0.4028003, 0.4174207), strict=True):
        mean, sd = value, math.sqrt(value * value + 4.0)
        exact, z = normal_loss(mean, sd), mean / sd
        square = (mean * mean + sd * sd) * stats.norm.cdf(-z) - mean * sd * stats.norm.pdf(z)
        error = math.sqrt((square - exact * exact) / 10_000)  # of their mean regret over 10,000 draws
        assert found == pytest.approx(exact, rel=0.01)
        assert abs(found - published) < 2.0 * error < 0.06 * published
    one, two = partial_information(of, [1.0], {"p1": ["p1"], "p2": ["p2"]})
    assert abs(one.worth[0] - 0.08210074) < 2.0 * 0.25 / 100.0
    assert abs(two.worth[0] - 0.39029827) < 2.0 * 0.9 / 100.0
    # EVSI: the mean of n observations, by a grid of its values
    first = stats.norm(1.0, 1.0).ppf((np.arange(1000) + 0.5) / 1000)
    benefit, weights = np.stack([np.zeros(1000), first], axis=1), np.full(1000, 1e-3)
    for n, published in ((10, 0.07440250), (100, 0.08106261), (1000, 0.08189925)):
        edges = np.linspace(-4.0, 6.0, 301)
        below = stats.norm(first, 1.0 / math.sqrt(n)).cdf(edges[:, None])
        found = value_of_data(benefit, weights, np.diff(below, axis=0))
        assert found == pytest.approx(normal_loss(1.0, math.sqrt(n / (n + 1.0))), rel=0.03)
        assert abs(found - published) < 2.0 * 0.25 / 100.0


def test_nested_monte_carlo_agrees_and_its_bias_upwards_is_shown() -> None:
    """Knowing p1 alone, by 4,096 outer and 16 inner values: too high by a bias that halving the inner values shows."""
    z = stats.norm.ppf(stats.qmc.Sobol(1, seed=3).random(4096))
    inner = np.random.default_rng(4).normal(0.0, 2.0, (4096, 16))
    some = 1.0 + z - inner
    found = nested_value(np.stack([np.zeros_like(some), some], axis=2))
    truth = normal_loss(1.0, 1.0)
    assert found.inner == (16, 8, 4, 2, 1) and (np.diff(found.worth) > 0.0).all()
    # with n inner values the inner means add a variance of 4 / n: the bias has a closed form here
    for n, worth in zip(found.inner, found.worth, strict=True):
        assert worth == pytest.approx(normal_loss(1.0, math.sqrt(1.0 + 4.0 / n)), abs=0.02)
    assert found.bias is not None and found.bias > 0.02 and found.worth[0] > truth + 0.02
    assert abs(found.corrected - truth) < 3.0 * found.standard_error < 0.03
    with pytest.raises(ValueError, match="two outer or more"):
        nested_value(np.zeros((1, 4, 2)))


def test_a_constant_parameter_and_few_draws() -> None:
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    from simcpec.economics.value_of_information.partial import partial_information

    of = linear_gaussian(64)
    flat = Options(names=of.names, cost=of.cost, effect=of.effect, weights=of.weights, keys=("x",),
                   parameters=np.ones((64, 1)))  # fmt: skip
    (found,) = partial_information(flat, [1.0], {"x": ["x"]})
    assert found.worth[0] == 0.0 and not found.told_apart(0)
    with pytest.raises(ValueError, match="at least 30"):
        partial_information(linear_gaussian(16), [1.0], {"p1": ["p1"]})
    with pytest.raises(ValueError, match="no parameter 'p9'"):
        partial_information(of, [1.0], {"p9": ["p9"]})


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from simcpec.economics.value_of_information.partial import partial_information

    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(EnvironmentFault, match=r"needs scikit-learn, which is not installed; allowed: .* extra uq"):
        partial_information(linear_gaussian(64), [1.0], {"p1": ["p1"]})
    assert EnvironmentFault.exit_code == 5


def test_draws_of_different_weights() -> None:
    """Weights that tilt p1 from N(1, 1) to N(0.5, 1): the closed form of the tilted law, within 5 %."""
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    from simcpec.economics.value_of_information.partial import partial_information

    one = linear_gaussian(4096).parameters[:, 0]
    weights = np.exp(-0.5 * one)
    of = linear_gaussian(4096, weights=weights / weights.sum())
    (found,) = partial_information(of, [1.0], {"p1": ["p1"]})
    assert found.worth[0] == pytest.approx(normal_loss(0.5, 1.0), rel=0.05)


def test_a_group_of_many_parameters_with_products() -> None:
    """Twelve parameters, of which two matter by their product alone, on 512 draws: within four standard errors of the
    closed form. Either of the two alone is worth next to nothing."""
    pytest.importorskip("sklearn", reason="the extra uq is not installed")
    from simcpec.economics.value_of_information.partial import partial_information

    z = stats.norm.ppf(stats.qmc.Sobol(21, seed=5).random(512))
    some = 2.0 * z[:, 0] * z[:, 1] + 0.5 * z[:, 20]
    of = Options(
        names=("none", "some"), cost=np.zeros((512, 2)), effect=np.stack([np.zeros(512), some], axis=1),
        weights=np.full(512, 1 / 512), keys=tuple("abcdefghijklmnopqrst"), parameters=z[:, :20],
    )  # fmt: skip
    pair, alone = partial_information(of, [1.0], {"pair": list("abcdefghijkl"), "alone": ["a"]})
    truth = 2.0 / math.pi  # E max(0, 2 x y) = E|x| E|y| for independent normal x and y
    assert abs(pair.worth[0] - truth) < 4.0 * pair.standard_error[0] < 0.3
    assert pair.worth[0] > 2.0 * pair.idle[0] and pair.unseen[0] > 0.7 * truth
    assert not alone.told_apart(0) or alone.worth[0] < 0.2 * truth


# ---------------------------------------------------------------------------------------------- sample information

PRIOR = {"shape": 4.0, "rate": 2.0}
SLOPES, INTERCEPTS = np.array([0.0, 1.0]), np.array([0.0, -2.2])


def gamma_draws(count: int = 2000) -> Floats:
    return np.asarray(stats.gamma(4.0, scale=0.5).ppf((np.arange(count) + 0.5) / count))


@pytest.mark.parametrize("years", [1.0, 5.0])
@pytest.mark.parametrize(("dispersion", "near"), [(1.0, 2e-3), (1.7, 1e-2)])
def test_counts_of_a_gamma_prior_are_worth_their_closed_form(years: float, dispersion: float, near: float) -> None:
    """Exact for Poisson counts; for dispersed ones the closed form shortens the time, a close approximation."""
    draws = gamma_draws()
    likelihood = counts_likelihood(draws, years=years, dispersion=dispersion)
    np.testing.assert_allclose(likelihood.sum(axis=0), 1.0, atol=1e-12)
    found = value_of_data(INTERCEPTS + SLOPES * draws[:, None], np.full(2000, 1 / 2000), likelihood)
    truth = conjugate_value(**PRIOR, years=years, slopes=SLOPES, intercepts=INTERCEPTS, dispersion=dispersion)
    assert found == pytest.approx(truth, rel=near)
    # the control: dispersed counts tell less, so that the wrong law is told apart
    poisson = conjugate_value(**PRIOR, years=years, slopes=SLOPES, intercepts=INTERCEPTS)
    assert dispersion == 1.0 or abs(found - poisson) > 5.0 * near * truth


def test_watching_longer_is_worth_more_and_never_more_than_the_rate_itself() -> None:
    values = [
        conjugate_value(**PRIOR, years=n, slopes=SLOPES, intercepts=INTERCEPTS) for n in (0.0, 1.0, 3.0, 30.0, 1e4)
    ]
    assert values[0] == 0.0 and values == sorted(values)
    gains = stats.gamma(4.0, scale=0.5).expect(lambda rate: rate - 2.2, lb=2.2)
    assert values[-1] < gains and values[-1] == pytest.approx(gains, rel=0.001)


def test_two_counts_tell_as_much_as_one_of_their_sum() -> None:
    """Counts of one rate in 2 and in 3 years are worth what a count in 5 years is: the sum is sufficient."""
    draws = gamma_draws(500)
    benefit, weights = INTERCEPTS + SLOPES * draws[:, None], np.full(500, 1 / 500)
    parts = [counts_likelihood(draws, years=n) for n in (2.0, 3.0)]
    both = value_of_data(benefit, weights, *parts)
    assert both == pytest.approx(value_of_data(benefit, weights, counts_likelihood(draws, years=5.0)), rel=1e-3)
    assert both > value_of_data(benefit, weights, parts[1]) * 1.05


def test_many_counts_are_put_into_classes_and_lose_little() -> None:
    draws = 200.0 * gamma_draws(500)
    likelihood = counts_likelihood(draws, years=1.0)
    assert len(likelihood) <= 160
    found = value_of_data(200.0 * INTERCEPTS + SLOPES * draws[:, None], np.full(500, 1 / 500), likelihood)
    truth = conjugate_value(shape=4.0, rate=0.01, years=1.0, slopes=SLOPES, intercepts=200.0 * INTERCEPTS)
    assert found == pytest.approx(truth, rel=0.01)


def test_where_nothing_happens_nothing_is_learnt() -> None:
    likelihood = counts_likelihood(np.zeros(3), years=4.0)
    np.testing.assert_allclose(likelihood.sum(axis=0), 1.0)
    assert value_of_data(np.array([[0.0, 1.0], [0.0, -2.0], [0.0, 0.5]]), np.full(3, 1 / 3), likelihood) < 1e-12
    with pytest.raises(ValueError, match="rates of at least 0"):
        counts_likelihood(np.array([-1.0]), years=1.0)
    with pytest.raises(ValueError, match="shape and rate above 0"):
        conjugate_value(shape=0.0, rate=1.0, years=1.0, slopes=SLOPES, intercepts=INTERCEPTS)
