"""Rules of the threat: gaps, thinning, drift, clusters, follow-ons, plots at the start; against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from simcpec.model.rules import strips, threat
from simcpec.numerics.samplers import (
    LAW_DETERMINISTIC,
    LAW_EXPONENTIAL,
    LAW_GAMMA,
    LAW_LOGNORMAL,
    LAW_NEVER,
    LAW_WEIBULL,
    duration,
)
from tests.support.forms import both

MIDDLES = (np.arange(2000) + 0.5) / 2000
DENSITIES = {
    (LAW_EXPONENTIAL, 30.0, 1.0): stats.expon(scale=30.0),
    (LAW_GAMMA, 12.0, 2.5): stats.gamma(2.5, scale=12.0),
    (LAW_WEIBULL, 40.0, 1.7): stats.weibull_min(1.7, scale=40.0),
    (LAW_WEIBULL, 40.0, 0.6): stats.weibull_min(0.6, scale=40.0),
    (LAW_LOGNORMAL, 25.0, 0.8): stats.lognorm(0.8, scale=25.0),
}


def test_gaps_are_exponential_at_their_rate_and_never_come_at_zero() -> None:
    gap = both(threat.gap_days)
    assert gap(2.0, math.exp(-3.0)) == pytest.approx(1.5, rel=1e-15)
    assert gap(0.0, 0.5) == math.inf
    assert np.mean([gap(2.0, u) for u in MIDDLES]) == pytest.approx(0.5, rel=1e-3)
    assert gap(4.0, 0.3) == gap(2.0, 0.3) / 2.0


def test_strips_follow_each_other_without_gaps_and_double() -> None:
    edge, width, level, gap = (both(each) for each in (strips.lower_edge, strips.width, strips.level, strips.gap_days))
    assert [edge(j) for j in range(6)] == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0]
    for j in range(strips.STRIPS):
        assert edge(j) + width(j) == (edge(j + 1) if j + 1 < strips.STRIPS else strips.HIGHEST)
        assert edge(j) < level(j, 1e-12) and level(j, 1.0 - 2.0**-53) <= edge(j) + width(j)
        assert gap(0.5, j, 0.3) == threat.gap_days(0.5 * width(j), 0.3) and gap(0.0, j, 0.3) == math.inf
    assert np.mean([level(3, u) for u in MIDDLES]) == pytest.approx(6.0, rel=1e-6)


@pytest.mark.parametrize("u", [1e-300, 0.25, 1.0 - 2.0**-53])
def test_thinning_takes_all_at_the_ceiling_none_at_zero_and_only_more_with_more(u: float) -> None:
    keep = both(threat.thinned)
    assert keep(3.0, 3.0, u) and not keep(0.0, 3.0, u)
    kept = [keep(x, 3.0, u) for x in np.linspace(0.0, 3.0, 31)]
    assert kept == sorted(kept)


def test_thinning_keeps_the_share() -> None:
    assert np.mean([both(threat.thinned)(0.7, 2.0, u) for u in MIDDLES]) == pytest.approx(0.35, abs=1e-3)


def test_the_stock_is_relative_to_its_start_and_a_threat_without_a_network_is_constant() -> None:
    relative = both(threat.relative_stock)
    assert (relative(50, 100), relative(0, 100), relative(7, 0), relative(0, 0)) == (0.5, 0.0, 1.0, 1.0)


def test_the_drift_s_variance_is_that_of_a_stationary_ar1() -> None:
    variance = both(threat.drift_variance)(0.8, 0.3)
    assert variance == pytest.approx(0.09 / 0.36, rel=1e-15)
    assert both(threat.variance_step)(variance, 0.8, 0.3) == pytest.approx(variance, rel=1e-15)
    grown = 0.0
    for _ in range(200):
        grown = both(threat.variance_step)(grown, 0.8, 0.3)
    assert grown == pytest.approx(variance, rel=1e-12)


def test_a_drift_step_carries_the_past_and_adds_a_normal_innovation() -> None:
    step = both(threat.drift_step)
    assert step(2.0, 0.5, 0.4, 0.5) == pytest.approx(1.0, abs=1e-15)
    assert step(2.0, 0.5, 0.4, float(stats.norm.cdf(1.5))) == pytest.approx(1.6, rel=1e-12)
    assert step(3.0, 0.0, 0.0, 0.01) == 0.0


def test_the_drift_factor_has_mean_one_whatever_the_spread() -> None:
    for deviation in (0.0, 0.5, 1.2):
        nodes = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000) * deviation
        mean = np.mean([both(threat.drift_factor)(x, deviation**2) for x in nodes])
        assert mean == pytest.approx(1.0, abs=4e-3 if deviation else 0.0)
    assert both(threat.drift_factor)(0.3, 0.0) == pytest.approx(math.exp(0.3), rel=1e-15)


@pytest.mark.parametrize("size", [0.5, 2.0, 40.0])
def test_the_mixture_is_gamma_with_mean_one_and_variance_one_over_size(size: float) -> None:
    for u in (0.001, 0.3, 0.9, 0.9999):
        assert both(threat.mixture_factor)(size, u) == pytest.approx(stats.gamma(size, scale=1 / size).ppf(u), rel=1e-9)


def test_clusters_have_one_two_or_three_plots_by_cumulative_shares() -> None:
    cluster = both(threat.cluster_size)
    assert [cluster(0.85, 0.96, u) for u in (0.0, 0.8499, 0.85, 0.9599, 0.96, 0.999)] == [1, 1, 2, 2, 3, 3]
    assert {cluster(1.0, 1.0, u) for u in MIDDLES} == {1}


def test_lapses_are_exponential_and_off_at_zero() -> None:
    assert both(threat.lapse_days)(0.0, 0.5) == math.inf
    assert both(threat.lapse_days)(0.02, math.exp(-1.0)) == pytest.approx(50.0, rel=1e-14)


def test_follow_ons_are_poisson_and_off_at_zero() -> None:
    follow = both(threat.follow_ons)
    assert {follow(0.0, u) for u in MIDDLES} == {0}
    assert [follow(0.7, u) for u in MIDDLES[::50]] == stats.poisson(0.7).ppf(MIDDLES[::50]).tolist()


def test_a_race_is_won_in_proportion_to_the_weights() -> None:
    race, rng = both(threat.race_days), np.random.default_rng(5)
    weights, wins, n = (0.5, 0.3, 0.2, 0.0), np.zeros(4), 4000
    for row in rng.random((n, 4)):
        wins[np.argmin([race(w, u) for w, u in zip(weights, row, strict=True)])] += 1
    assert wins[3] == 0
    assert stats.chisquare(wins[:3], np.array(weights[:3]) * n).pvalue > 1e-4
    assert stats.chisquare(wins[:3], np.array([0.45, 0.3, 0.25]) * n).pvalue < 1e-4  # the control


def test_the_start_has_births_times_cluster_times_mean_plots() -> None:
    assert both(threat.start_mean)(0.2, 1.19, 60.0) == pytest.approx(14.28, rel=1e-15)


@pytest.mark.parametrize("law", DENSITIES, ids=str)
def test_means_of_the_laws(law: tuple[int, float, float]) -> None:
    assert both(threat.mean_days)(*law) == pytest.approx(DENSITIES[law].mean(), rel=1e-12)


def test_means_of_the_laws_without_a_density() -> None:
    assert both(threat.mean_days)(LAW_DETERMINISTIC, 30.0, 1.0) == 30.0
    assert both(threat.mean_days)(LAW_NEVER, math.inf, 1.0) == math.inf


@pytest.mark.parametrize("law", DENSITIES, ids=str)
@pytest.mark.parametrize("u", [0.05, 0.5, 0.97])
def test_a_plot_met_at_a_random_moment_has_the_length_biased_preparation(
    law: tuple[int, float, float], u: float
) -> None:
    """Its density is x f(x) / mean: the quantile is found here by integration, there in closed form."""
    known = DENSITIES[law]

    def below(x: float) -> float:
        return float(integrate.quad(lambda t: t * known.pdf(t) / known.mean(), 0.0, x, limit=200)[0]) - u

    want = optimize.brentq(below, 1e-6, known.ppf(1 - 1e-9))
    assert both(threat.start_span_days)(*law, u) == pytest.approx(want, rel=1e-6)
    assert abs(duration(*law, u) - want) > 1e-3 * want  # the control: the plain law is another one


def test_a_fixed_preparation_is_met_as_it_is_and_without_a_law_there_is_none() -> None:
    assert both(threat.start_span_days)(LAW_DETERMINISTIC, 30.0, 1.0, 0.2) == 30.0
    assert both(threat.start_span_days)(LAW_NEVER, math.inf, 1.0, 0.2) == 0.0
