"""Likelihoods in closed form, against known laws and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcpec.calibration.models import compound_harm, drift_fit
from simcpec.calibration.models.birth_posterior import GammaPrior, LognormalPrior, births_given
from simcpec.calibration.models.compound_harm import HarmCounts, HarmLaw
from simcpec.calibration.models.mixed_poisson import (
    Dispersion,
    distribution,
    drawn,
    level_variance,
    log_probability,
)
from simcpec.model.expected_severity import probabilities, unmitigated
from simcpec.scenario import load
from simcpec.scenario.building.build import build

# ---- counts


def test_without_dispersion_a_count_is_poisson() -> None:
    numbers = np.arange(40)
    found = log_probability(numbers, np.full(40, 7.5), 1.0, 0.0)
    assert np.allclose(found, stats.poisson.logpmf(numbers, 7.5), atol=1e-12)


@pytest.mark.parametrize(("clusters", "level"), [(1.0, 0.3), (1.4, 0.0), (1.4, 0.3)])
def test_a_mixed_count_has_the_moments_it_says(clusters: float, level: float) -> None:
    chance = distribution(5.0, Dispersion(clusters, level), 400)
    numbers = np.arange(401)
    mean = chance @ numbers
    assert chance.sum() == pytest.approx(1.0, abs=1e-9)
    assert mean == pytest.approx(5.0, rel=1e-9)
    assert chance @ (numbers - mean) ** 2 == pytest.approx(clusters * 5.0 + level * 25.0, rel=1e-6)


def test_drawn_counts_have_these_moments() -> None:
    counts = drawn(np.full(40_000, 6.0), Dispersion(1.3, 0.25), np.random.default_rng(4))
    variance = 1.3 * 6.0 + 0.25 * 36.0
    assert counts.mean() == pytest.approx(6.0, abs=4.0 * np.sqrt(variance / 40_000))
    assert counts.var() == pytest.approx(variance, rel=0.06)


def test_the_variance_of_a_drifting_level_is_that_of_simulated_levels() -> None:
    persistence, innovation, quarters = 0.8, 0.35, 15.75
    rng = np.random.default_rng(7)
    x = innovation / np.sqrt(1.0 - persistence**2) * rng.standard_normal(60_000)
    weights = np.minimum(1.0, quarters - np.arange(16))
    total = np.zeros(60_000)
    for weight in weights:
        total += weight * np.exp(x)
        x = persistence * x + innovation * rng.standard_normal(60_000)
    found = total.var() / total.mean() ** 2
    assert level_variance(persistence, innovation, quarters) == pytest.approx(found, rel=0.06)
    assert level_variance(persistence, 0.0, quarters) == 0.0


# ---- births


def weighted(births: np.ndarray, log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights = np.exp(log_weights - log_weights.max())
    mean = weights @ births / weights.sum()
    return mean, weights @ (births - mean) ** 2 / weights.sum()


def test_with_poisson_counts_births_are_the_gamma_posterior() -> None:
    uniforms = np.random.default_rng(1).random((20_000, 1))
    found = births_given(
        np.array([8]), np.array([[2.0]]), [GammaPrior(2.0, 0.5)], [Dispersion(1.0, 0.0)], uniforms
    )  # fmt: skip
    mean, variance = weighted(found.births, found.log_weights)
    shape, rate = 8.5, 0.25 + 2.0
    assert mean[0] == pytest.approx(shape / rate, rel=0.02)
    assert variance[0] == pytest.approx(shape / rate**2, rel=0.04)
    assert float(np.exp(found.log_weights - found.log_weights.mean()).std()) < 0.1  # proposed from the posterior itself


def test_a_dispersed_count_weighs_as_many_attacks_as_it_should() -> None:
    over_mean, counts = 2.48, np.array([14])
    level = (over_mean - 1.0) / 14.0
    uniforms = np.random.default_rng(2).random((20_000, 1))
    found = births_given(counts, np.array([[1.0]]), [GammaPrior(10.0, 1e-3)], [Dispersion(1.0, level)], uniforms)
    logs = np.log(found.births)
    _, variance = weighted(logs, found.log_weights)
    assert 1.0 / variance[0] == pytest.approx(14.0 / over_mean, abs=1.2)  # about six attacks, not fourteen


def test_what_comes_from_other_provinces_is_taken_into_account() -> None:
    response = np.array([[2.0, 1.0], [0.2, 1.5]])  # half as many in the second from births in the first
    priors = [GammaPrior(2.0, 1.0), GammaPrior(1.0, 1.0)]
    laws, counts = [Dispersion(1.2, 0.1)] * 2, np.array([6, 5])
    uniforms = np.random.default_rng(3).random((40_000, 2))
    found = births_given(counts, response, priors, laws, uniforms)
    mean, _ = weighted(found.births, found.log_weights)
    one, two = np.meshgrid(np.exp(np.linspace(-8, 4, 400)), np.exp(np.linspace(-8, 4, 400)), indexing="ij")
    logs = priors[0].log_density(np.log(one)) + priors[1].log_density(np.log(two))
    logs = logs + log_probability(6, 2.0 * one + 0.2 * two, 1.2, 0.1)
    logs = logs + log_probability(5, one + 1.5 * two, 1.2, 0.1)
    chance = np.exp(logs - logs.max())
    exact = np.array([(chance * one).sum(), (chance * two).sum()]) / chance.sum()
    assert np.allclose(mean, exact, rtol=0.03)


def test_a_lognormal_prior_has_its_density() -> None:
    x = np.linspace(-3, 3, 7)
    assert np.allclose(LognormalPrior(0.5, 1.2).log_density(x), stats.norm.logpdf(x, 0.5, 1.2))


# ---- drift


def months_of(persistence: float, innovation: float, level: float, quarters: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x, found = innovation / np.sqrt(1.0 - persistence**2) * rng.standard_normal(), []
    for _ in range(quarters):
        found += rng.poisson(np.exp(level + x), 3).tolist()
        x = persistence * x + innovation * rng.standard_normal()
    return np.array(found)


def grid(points: int) -> drift_fit.DriftGrid:
    return drift_fit.DriftGrid(np.linspace(0.45, 0.95, points), np.linspace(0.1, 0.8, points))


def test_drift_is_recovered_from_long_series() -> None:
    series = [months_of(0.8, 0.35, np.log(20.0), 60, seed) for seed in range(4)]
    fit = drift_fit.pooled(series, grid(8))
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    persistence = float(chance.sum(axis=1) @ grid(8).persistence)
    innovation = float(chance.sum(axis=0) @ grid(8).innovation)
    spread = float(np.sqrt(chance.sum(axis=1) @ (grid(8).persistence - persistence) ** 2))
    assert abs(persistence - 0.8) < 3.0 * spread + 0.03
    assert innovation == pytest.approx(0.35, abs=0.07)


def test_a_series_without_drift_asks_for_little_innovation() -> None:
    flat = np.random.default_rng(5).poisson(20.0, 84)
    drifting = months_of(0.8, 0.5, np.log(20.0), 28, 6)
    least = [float(np.argmax(drift_fit.pooled([each], grid(6)).max(axis=0))) for each in (flat, drifting)]
    assert least[0] == 0.0
    assert least[1] > 1.0


def test_the_filter_sums_to_one() -> None:
    step = drift_fit.transition(0.7)
    assert np.allclose(step.sum(axis=1), 1.0)
    months = np.array([[n, 0, 0] for n in range(200)])
    logs = drift_fit.emission_logs(months, np.array([1e-9]), np.array([np.log(3.0)]))
    poisson = logs[:, 0, -1, 0, drift_fit.STATES // 2] - 2.0 * stats.poisson.logpmf(0, 3.0)
    assert np.exp(poisson).sum() == pytest.approx(1.0, abs=1e-3)


# ---- harm


@pytest.fixture(scope="module")
def law() -> HarmLaw:
    world = build(load("base")).world
    cells = np.zeros((1, len(world.cohorts), len(world.settings)))
    cells[0, 0, 0] = 1.0
    return HarmLaw(harm=world.harm, breach=0.6, cells=cells)


def test_the_law_of_a_breach_has_its_mean(law: HarmLaw) -> None:
    chance = probabilities(law.harm, 400)
    assert np.allclose(chance.sum(axis=-1), 1.0)
    assert np.allclose(chance @ np.arange(401), unmitigated(law.harm)[..., 0])


def test_the_likelihood_of_harm_is_that_of_simulated_attacks(law: HarmLaw) -> None:
    counts, rng = HarmCounts(attacks=3, killed=1, injured=2, local_killed=1), np.random.default_rng(8)
    drawn_ = [compound_harm.drawn(law, 3, 0.0, rng) for _ in range(3_000)]
    share = np.mean([each == (1, 2, 1) for each in drawn_])
    exact = np.exp(compound_harm.log_likelihood(law, counts, 0.0))
    assert share == pytest.approx(exact, abs=4.0 * np.sqrt(exact / 3_000))


def test_the_likelihood_of_harm_adds_up_to_one(law: HarmLaw) -> None:
    total = sum(
        np.exp(compound_harm.log_likelihood(law, HarmCounts(attacks=1, killed=k, injured=i, local_killed=n), 0.3))
        for k in range(4) for i in range(5) for n in range(3)
    )  # fmt: skip
    assert 0.6 < total < 1.0  # what lies beyond the table is the rest
    nothing = HarmCounts(attacks=0, killed=0, injured=0, local_killed=0)
    assert np.exp(compound_harm.log_likelihood(law, nothing, 0.3)) == pytest.approx(1.0)
