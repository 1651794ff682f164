"""Rules of detection, operations and network: intensities, clocks, marks, trust, transitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simcpec.model import modes
from simcpec.model.rules import detection, network, operations
from simcpec.numerics.samplers import LAW_DETERMINISTIC, LAW_EXPONENTIAL, LAW_GAMMA, LAW_LOGNORMAL, LAW_WEIBULL
from tests.support.forms import both

MIDDLES = (np.arange(2000) + 0.5) / 2000

# ---------------------------------------------------------------------------------------------- detection


def test_intelligence_is_one_at_the_start_concave_and_off_without_gain() -> None:
    factor, reference = both(detection.intelligence_factor), 1.0 - math.exp(-0.3 * 5.0)
    values = [factor(float(n), 0.3, reference) for n in range(0, 30, 5)]
    assert values[0] == 0.0
    assert values[1] == pytest.approx(1.0, rel=1e-15)
    assert (np.diff(values) > 0).all() and (np.diff(values, 2) < 0).all() and values[-1] < 1.0 / reference
    assert factor(0.0, 0.0, 1.0) == factor(99.0, 0.0, 1.0) == 1.0


def test_intensities_of_leads_and_search() -> None:
    assert both(detection.lead_intensity)(0.02, 1.5, 0.01, 0.6) == 0.02 * 1.5 + 0.01 * 0.6
    assert both(detection.lead_intensity)(0.02, 0.0, 0.01, 0.0) == 0.0
    assert [both(detection.search_intensity)(0.03, n) for n in (0, 1, 4)] == [0.0, 0.03, 0.12]


def test_steps_of_the_detection_clock() -> None:
    step, u = both(detection.find_step), math.exp(-2.0)
    assert step(0.5, 30.0, False, u) == pytest.approx(4.0, rel=1e-15)
    assert step(0.5, 30.0, True, u) == pytest.approx(2.0 / 15.0, rel=1e-15)
    assert step(0.0, 30.0, False, u) == step(0.0, 30.0, True, u) == math.inf


LAWS = {
    (LAW_EXPONENTIAL, 30.0, 1.0): stats.expon(scale=30.0),
    (LAW_GAMMA, 12.0, 2.5): stats.gamma(2.5, scale=12.0),
    (LAW_WEIBULL, 40.0, 1.7): stats.weibull_min(1.7, scale=40.0),
    (LAW_LOGNORMAL, 25.0, 0.8): stats.lognorm(0.8, scale=25.0),
}


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("clock", [0.01, 0.7, 5.0])
def test_a_proportional_clock_shows_the_cumulated_hazard(law: tuple[int, float, float], clock: float) -> None:
    age = both(detection.find_age_days)(clock, *law, True)
    assert -LAWS[law].logsf(age) == pytest.approx(clock, rel=1e-8)
    assert both(detection.find_age_days)(clock, *law, False) == clock


def test_for_an_exponential_preparation_the_proportional_clock_is_the_plain_one() -> None:
    age = both(detection.find_age_days)(0.25, LAW_EXPONENTIAL, 30.0, 1.0, True)
    assert age == pytest.approx(7.5, rel=1e-14)


def test_a_fixed_preparation_has_no_hazard_that_detection_could_follow() -> None:
    age = both(detection.find_age_days)
    assert age(0.3, LAW_DETERMINISTIC, 30.0, 1.0, True) == age(0.3, LAW_GAMMA, 0.0, 1.0, True) == math.inf
    assert age(math.inf, LAW_GAMMA, 30.0, 2.0, True) == math.inf
    assert age(0.3, LAW_DETERMINISTIC, 30.0, 1.0, False) == 0.3


# ---------------------------------------------------------------------------------------------- operations


def test_leads_on_plots_go_first_only_where_it_is_said() -> None:
    order = both(operations.lead_priority)
    assert [order(plot, mode) for mode in (modes.PLOTS_FIRST, modes.FIFO) for plot in (True, False)] == [0, 1, 0, 0]


def test_marks_follow_the_stock_only_where_it_is_said() -> None:
    assert both(operations.mark_mean)(0.4, 1.5, True) == 0.4 * 1.5
    assert both(operations.mark_mean)(0.4, 1.5, False) == 0.4


@pytest.mark.parametrize("size", [math.inf, 0.7, 3.0])
def test_marks_are_poisson_or_negative_binomial(size: float) -> None:
    known = stats.poisson(0.9) if size == math.inf else stats.nbinom(size, size / (size + 0.9))
    u = MIDDLES[::20]
    assert [both(operations.mark)(0.9, size, x) for x in u] == known.ppf(u).tolist()
    assert both(operations.mark)(0.0, size, 0.999) == 0


def test_trust_returns_to_its_start_and_falls_to_zero_at_most() -> None:
    at, after = both(operations.trust_at), both(operations.trust_after)
    assert at(0.2, 0.6, 30.0, 30.0) == pytest.approx(0.6 - 0.4 / math.e, rel=1e-15)
    assert at(0.2, 0.6, 0.0, 30.0) == pytest.approx(0.2, rel=1e-15)
    assert at(0.2, 0.6, 900.0, math.inf) == 0.2
    assert at(0.6, 0.6, 5.0, 30.0) == 0.6
    path = [at(0.2, 0.6, float(t), 30.0) for t in range(0, 300, 10)]
    assert path == sorted(path) and path[-1] < 0.6
    assert (after(0.5, 0.2), after(0.1, 0.2), after(0.1, 0.0)) == (0.3, 0.0, 0.1)


# ---------------------------------------------------------------------------------------------- network


def test_provoked_recruits_follow_the_footprint_beyond_its_reference() -> None:
    per_head = both(network.per_head_recruits)
    assert per_head(0.05, 0.5, 0.2, 0.2) == 0.05
    assert per_head(0.05, 0.5, 0.6, 0.2) == pytest.approx(0.25, rel=1e-15)
    assert per_head(0.05, 0.5, 0.15, 0.2) == pytest.approx(0.025, rel=1e-15)
    assert per_head(0.05, 0.5, 0.0, 0.2) == 0.0


def test_tips_fall_with_the_footprint_beyond_its_reference_and_never_exceed_full_trust() -> None:
    willing = both(network.willing)
    assert willing(0.6, 0.0, 9.0, 0.2) == 0.6
    assert willing(0.6, 0.5, 1.2, 0.2) == pytest.approx(0.6 * math.exp(-0.5), rel=1e-15)
    assert willing(0.6, 0.5, 0.0, 0.2) == pytest.approx(0.6 * math.exp(0.1), rel=1e-15)
    assert willing(0.9, 5.0, 0.0, 0.2) == 1.0


def test_teams_seek_leads_by_an_elasticity() -> None:
    planned = both(operations.planned)
    assert planned(7, 3.0, 0.0) == planned(7, 0.0, 0.5) == 1.0
    assert planned(12, 3.0, 0.5) == pytest.approx(2.0, rel=1e-14)
    assert planned(0, 3.0, 0.5) == 0.0


def test_recruits_are_linear_or_stop_at_the_carrying_capacity() -> None:
    recruits = both(network.recruit_intensity)
    assert recruits(modes.LINEAR, 50, 0.3, 0.01, 100.0) == pytest.approx(0.8)
    assert recruits(modes.LOGISTIC, 50, 0.3, 0.01, 100.0) == pytest.approx(0.55)
    assert recruits(modes.LOGISTIC, 100, 0.3, 0.01, 100.0) == recruits(modes.LOGISTIC, 900, 0.3, 0.01, 100.0) == 0.3
    assert recruits(modes.LINEAR, 0, 0.0, 0.01, 100.0) == 0.0


def test_fire_provokes_above_its_threshold_and_water_does_not() -> None:
    recruits = both(network.fire_recruit_intensity)
    assert recruits(100, 0.1, 0.02, 0.5, 2.0, 0.0, 0.5) == pytest.approx(0.3, rel=1e-12)
    assert recruits(100, 0.1, 0.02, 0.5, 2.0, 1.0, 0.5) == pytest.approx(0.5, rel=1e-12)
    exits = both(network.fire_exit_intensity)
    assert exits(100, 0.01, 0.02, 1.0, 0.3, 0.5) == pytest.approx(1.0 + 2.0 + 3.0, rel=1e-12)
    assert exits(0, 0.01, 0.02, 1.0, 0.3, 0.0) == 0.0


def test_a_transition_is_each_kind_in_proportion_to_its_intensity() -> None:
    each = {}
    for flow in (network.ARRIVALS, network.DEPARTURES):
        kinds = [both(network.transition)(flow, 0.4, 0.3, 0.1, 2.0 * u) for u in MIDDLES]
        each[flow] = (np.bincount(kinds, minlength=4) / len(MIDDLES)).tolist()
    order = (network.NOTHING, network.RECRUIT, network.EXIT, network.RETALIATE)
    assert [each[network.ARRIVALS][k] for k in order] == pytest.approx([0.75, 0.2, 0.0, 0.05], abs=1e-3)
    assert [each[network.DEPARTURES][k] for k in order] == pytest.approx([0.85, 0.0, 0.15, 0.0], abs=1e-3)


def test_more_recruitment_never_turns_an_exit_into_something_else() -> None:
    kind = both(network.transition)
    for level in (2.0 * MIDDLES[::20]).tolist():
        for flow in (network.ARRIVALS, network.DEPARTURES):
            few, many = kind(flow, 0.4, 0.3, 0.0, level), kind(flow, 1.2, 0.3, 0.0, level)
            assert (few == network.EXIT) == (many == network.EXIT)
            assert few != network.RECRUIT or many == network.RECRUIT


def test_backlash_comes_after_exponential_delays_and_is_off_at_zero() -> None:
    assert both(network.retaliation_intensity)(6, 90.0) == 6 / 90.0
    assert both(network.retaliation_intensity)(0, 90.0) == 0.0
    provoked = both(network.provoked)
    assert [provoked(3, 0.4, u) for u in MIDDLES[::50]] == stats.poisson(1.2).ppf(MIDDLES[::50]).tolist()
    assert provoked(0, 0.4, 0.999) == provoked(3, 0.0, 0.999) == 0


def test_no_more_are_removed_than_there_are() -> None:
    removed = both(network.removed)
    assert [removed(5, n, modes.LINEAR) for n in (0, 3, 5, 9)] == [0, 3, 5, 5]
    assert removed(5, 3, modes.FIRE_WATER) == 0
