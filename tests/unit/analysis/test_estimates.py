"""Estimates: truths that are known, errors computed from how much was drawn, and controls that must fail."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simcpec.analysis.estimates import Estimate, alike, estimate, interval, moments, significant, student, text
from simcpec.analysis.exact_bounds import Nature
from simcpec.analysis.responses import ASKED, RATIOS, RESPONSES, VALUED, incidents, linearised, response, total
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.errors import UserError
from simcpec.model.outcome import CELL_ATTACKS, CELL_BREACHES, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.world import Floats

HalfWidth = Callable[[Floats], float]


def coverage(half_width: HalfWidth, experiments: Floats, truth: float) -> float:
    """Share of experiments (M, R) whose interval holds the truth."""
    hits = [abs(float(x.mean()) - truth) <= half_width(x) for x in experiments]
    return sum(hits) / len(hits)


def ours(x: Floats) -> float:
    found = estimate(x[None, :]).half_width
    assert found is not None
    return found


def by_the_normal(x: Floats) -> float:
    return 1.959964 * float(x.std(ddof=1)) / math.sqrt(x.size)


def with_the_wrong_deviation(x: Floats) -> float:
    return student(x.size - 1) * float(x.std(ddof=0)) / math.sqrt(x.size)


def test_the_half_width_covers_the_truth_in_95_percent_of_experiments() -> None:
    experiments = np.random.default_rng(20241210).normal(3.0, 2.0, (4000, 5))
    error = math.sqrt(0.95 * 0.05 / len(experiments))
    assert abs(coverage(ours, experiments, 3.0) - 0.95) < 4.0 * error


@pytest.mark.parametrize("wrong", [by_the_normal, with_the_wrong_deviation])
def test_a_wrong_half_width_is_caught_by_the_coverage_check(wrong: HalfWidth) -> None:
    experiments = np.random.default_rng(20241210).normal(3.0, 2.0, (4000, 5))
    error = math.sqrt(0.95 * 0.05 / len(experiments))
    assert abs(coverage(wrong, experiments, 3.0) - 0.95) > 4.0 * error


def test_over_draws_the_half_width_holds_the_draws_fixed() -> None:
    rng = np.random.default_rng(7)
    means = np.linspace(0.0, 50.0, 8)  # far apart: unpooled variance would cover always
    experiments = means[:, None] + rng.normal(0.0, 1.0, (3000, 8, 3))
    found = [estimate(x) for x in experiments]
    hits = [abs(e.mean - means.mean()) <= (e.half_width or 0.0) for e in found]
    error = math.sqrt(0.95 * 0.05 / len(hits))
    assert abs(np.mean(hits) - 0.95) < 4.0 * error
    naive = [abs(x.mean() - means.mean()) <= by_the_normal(x.ravel()) for x in experiments]
    assert np.mean(naive) > 0.95 + 4.0 * error  # the control: pooling all values as if from one draw


def test_the_uncertainty_interval_is_freed_of_monte_carlo_noise() -> None:
    rng = np.random.default_rng(11)
    draws, replications = 4000, 4
    truths = rng.normal(10.0, 1.0, draws)  # conditional means: 5-95 % is 10 -+ 1.645
    values = truths[:, None] + rng.normal(0.0, 3.0, (draws, replications))  # noise of the means: 1.5
    found = estimate(values)
    raw_low, raw_high = np.quantile(values.mean(axis=1), [0.05, 0.95])
    # error of a 5 % quantile of n normals of deviation sqrt(1 + 2.25), shrunk to 1, and of the shrinking itself (5 %)
    error = math.sqrt(0.05 * 0.95 / draws) / 0.1031 + 1.645 * 0.05
    assert found.low is not None and found.high is not None
    assert abs(found.low - (10.0 - 1.645)) < 4.0 * error
    assert abs(found.high - (10.0 + 1.645)) < 4.0 * error
    assert abs(raw_high - (10.0 + 1.645)) > 4.0 * error  # the control: uncorrected it is too wide
    assert abs(raw_low - (10.0 - 1.645)) > 4.0 * error


def test_noise_alone_gives_no_uncertainty_interval_and_says_why() -> None:
    values = np.array([[0.0, 4.0, 2.0, 2.0], [1.0, 3.0, 2.0, 2.5]])
    found = estimate(values)
    assert (found.low, found.high) == (None, None) and "within Monte Carlo noise" in found.note


def test_one_draw_has_no_uncertainty_interval_and_one_replication_no_half_width() -> None:
    single = estimate(np.array([[3.0]]))
    assert (single.mean, single.half_width, single.low, single.high, single.n) == (3.0, None, None, None, 1)
    assert "half-width not estimable" in single.note
    assert text(single, "attacks") == "3 attacks (half-width not estimable)"
    several = estimate(np.array([[3.0], [5.0], [4.0]]))
    assert several.half_width is None
    assert several.low is not None and several.high is not None and several.low < 4.0 < several.high
    assert "holds Monte Carlo noise" in several.note


@pytest.mark.parametrize("value", [0.1, 1e9 + 0.1, 0.0, 2.52e7 / 3.0])
def test_equal_values_in_which_chance_has_no_part_are_exact(value: float) -> None:
    found = estimate(np.full((3, 7), value), nature=Nature(fixed=True))
    assert (found.mean, found.half_width, found.low, found.high, found.note) == (value, 0.0, value, value, "")
    assert text(found, "USD").endswith(" USD (exact)")


def test_draws_of_equal_values_are_exact_to_the_last_digit() -> None:
    """Money spent does not vary within a draw; the rounding of its mean is no noise."""
    values = np.repeat(np.array([[3.457e7], [3.0910000000000004e7], [5.0239e7 / 3.0]]), 100, axis=1)
    assert moments(values).half_width == 0.0 and estimate(values, nature=Nature(fixed=True)).half_width == 0.0
    values[0, 5] += 1.0
    assert moments(values).half_width > 0.0


def test_the_order_of_replications_changes_no_bit() -> None:
    values = np.random.default_rng(3).lognormal(0.0, 3.0, (2, 101))
    shuffled = values[:, ::-1]
    # the first value of a row is what deviations are taken from; keep it, move all others
    moved = np.concatenate([values[:, :1], shuffled[:, :-1]], axis=1)
    assert estimate(values).half_width == estimate(moved).half_width
    assert estimate(values).mean == estimate(moved).mean


def test_values_that_are_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="failed replication"):
        moments(np.array([[1.0, np.nan]]))
    with pytest.raises(ValueError, match="draws, replications"):
        moments(np.zeros((0, 4)))
    with pytest.raises(ValueError, match="draws, replications"):
        moments(np.zeros(4))


def test_nothing_to_divide_by_is_not_estimable(make_result) -> None:
    found = estimate(np.full((1, 4), np.nan))
    assert not found.estimable
    assert (found.mean, found.half_width, found.note) == (0.0, None, "nothing to divide by")
    assert text(found) == "not estimable"


def test_a_rate_is_incidents_per_1000_person_years(make_result) -> None:
    result = make_result(seed=1, replications=2000, attacks=(3.0, 1.0), exposure=(2000.0, 500.0), years=2)
    found = analysis_of(result).rate()
    truth = 4.0 / (2500.0 * 2.0) * 1000.0
    error = math.sqrt(4.0 / 2000.0) / (2500.0 * 2.0) * 1000.0  # Poisson: variance 4 a replication
    assert abs(found.mean - truth) < 4.0 * error
    assert found.half_width == pytest.approx(1.96 * error, rel=0.1)
    assert abs(analysis_of(result).rate("BAL").mean - 1.0) < 4.0 * math.sqrt(1.0 / 2000.0)
    with pytest.raises(UserError, match="no province XXX; allowed: SIN, BAL"):
        analysis_of(result).rate("XXX")


def test_a_province_without_attacks_is_not_estimable_and_has_an_exact_bound(make_result) -> None:
    result = make_result(seed=1, replications=10, attacks=(3.0, 0.0), exposure=(2000.0, 500.0), years=2)
    found = analysis_of(result).rate("BAL")
    assert not found.estimable
    person_years = 500.0 * 2.0 * 10 / 1000.0
    assert found.upper is not None
    # the bound is the rate at which no event in all that time has probability 5 %, and that is exact
    assert math.exp(-found.upper * person_years) == pytest.approx(0.05, rel=1e-12)
    assert text(found, "per 1000") == "not estimable (below 0.3 per 1000)"


def test_the_bound_for_no_events_covers_as_it_says() -> None:
    experiments, person_years = 20_000, 10.0
    bound = -math.log(0.05) / person_years
    zero = np.random.default_rng(5).poisson(bound * person_years, experiments) == 0
    assert abs(zero.mean() - 0.05) < 4.0 * math.sqrt(0.05 * 0.95 / experiments)
    half = np.random.default_rng(5).poisson(bound / 2 * person_years, experiments) == 0  # the control
    assert abs(half.mean() - 0.05) > 4.0 * math.sqrt(0.05 * 0.95 / experiments)


def test_nobody_exposed_is_not_estimable(make_result) -> None:
    found = analysis_of(make_result(seed=1, exposure=(2000.0, 0.0))).rate("BAL")
    assert (found.estimable, found.upper, found.note) == (False, None, "nobody is exposed")


def test_incidents_are_what_the_scenario_counts(make_result) -> None:
    by_attack = make_result(seed=2)
    by_breach = make_result(seed=2, incident_basis="breach")
    assert np.array_equal(incidents(by_attack), by_attack.cell[..., CELL_ATTACKS].sum(axis=(2, 3, 4, 5)))
    assert np.array_equal(incidents(by_breach), by_breach.cell[..., CELL_BREACHES].sum(axis=(2, 3, 4, 5)))
    assert not np.array_equal(incidents(by_attack), incidents(by_breach))


@pytest.mark.parametrize("each", RESPONSES, ids=lambda each: each.id)
def test_every_response_is_finite_and_its_provinces_have_the_right_shape(each, make_result) -> None:
    result = make_result(seed=4, draws=2, replications=3)
    values, parts = each.of(result), each.by_province(result)
    assert values.shape == (2, 3) and parts.shape == (2, 3, 2)
    assert np.isfinite(values).all() and np.isfinite(parts).all()
    if each.unit != "share" and each.id != "mean_wait":
        np.testing.assert_allclose(parts.sum(axis=-1), values, rtol=1e-14)  # provinces add up to the nation


def test_response_ids_differ_and_an_unknown_one_is_refused() -> None:
    ids = [each.id for each in (*RESPONSES, *VALUED, *RATIOS)]
    assert len(ids) == len(ASKED) > 40
    assert response("deaths").label == "Foreign deaths"
    with pytest.raises(UserError, match="no response 'death'; allowed: incidents"):
        response("death")


def test_a_count_is_per_year(make_result) -> None:
    result = make_result(seed=6, years=2)
    attacks = result.cell[..., CELL_ATTACKS].sum(axis=(2, 3, 4, 5))
    assert np.array_equal(response("attacks").of(result), attacks / 2.0)


def test_a_share_is_a_ratio_of_means_not_a_mean_of_ratios(make_result) -> None:
    result = make_result(seed=8, replications=50)
    busy = result.province[..., PROVINCE_COUNTS.index("busy_team_days")].sum()
    there = result.province[..., PROVINCE_COUNTS.index("team_days")].sum()
    assert estimate(response("team_use").of(result)).mean == pytest.approx(busy / there, rel=1e-12)


def test_a_replication_without_movements_does_not_spoil_their_share(make_result) -> None:
    result = make_result(seed=8, replications=5)
    cohort = result.cohort.copy()
    cohort[0, 2] = 0.0
    assert estimate(response("escorted_share").of(make_result(seed=8, replications=5, cohort=cohort))).estimable
    none = estimate(response("escorted_share").of(make_result(seed=8, replications=5, cohort=cohort * 0.0)))
    assert not none.estimable
    assert COHORT_COUNTS[1] == "escorted"


def test_the_spread_of_linearised_ratios_is_that_of_repeated_experiments() -> None:
    rng = np.random.default_rng(9)
    below = rng.poisson(20.0, (3000, 30)).astype(float) + 1.0
    above = rng.binomial(below.astype(int), 0.3).astype(float)
    ratios = above.sum(axis=1) / below.sum(axis=1)
    errors = [estimate(linearised(a[None], b[None])).half_width for a, b in zip(above, below, strict=True)]
    told = float(np.mean([e / student(29) for e in errors if e is not None]))
    seen = float(ratios.std(ddof=1))
    assert abs(told / seen - 1.0) < 4.0 / math.sqrt(2 * len(ratios)) + 1.0 / 30  # its error, and a bias of order 1/R


def test_sums_are_exact_whatever_the_order() -> None:
    values = np.array([[1e16, 1.0, -1e16, 0.25]])
    assert total(values)[0] == 1.25
    assert total(values[:, ::-1])[0] == 1.25
    assert values.sum() != 1.25  # the control: a plain sum loses it


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.0, "0"), (-0.0, "0"), (12.0, "12"), (1234.5, "1,230"), (999.9, "1,000"), (0.00012345, "0.000123"),
        (2.52e7, "25,200,000"), (-3.456, "-3.46"), (1e-9, "0.000000001"), (99.96, "100"),
    ],
)  # fmt: skip
def test_at_most_three_significant_digits_and_no_exponent(x: float, shown: str) -> None:
    assert significant(x) == shown


@pytest.mark.parametrize(
    ("mean", "half", "shown"),
    [
        (12.345, 0.4123, "12.3 ± 0.4"), (12.345, 0.0412, "12.3 ± 0.04"), (0.0123, 0.5, "0.01 ± 0.50"),
        (1234567.0, 23456.0, "1,230,000 ± 20,000"), (0.0, 0.2, "0.00 ± 0.20"), (-0.001, 0.3, "0.00 ± 0.30"),
        (99.96, 0.3, "100 ± 0.3"),
    ],
)  # fmt: skip
def test_the_half_width_decides_how_many_digits_of_the_mean_are_shown(mean: float, half: float, shown: str) -> None:
    assert text(Estimate(mean=mean, half_width=half, low=None, high=None, n=9)) == shown
    assert text(Estimate(mean=mean, half_width=half, low=None, high=None, n=9), "USD") == shown + " USD"


def test_the_two_intervals_are_written_differently() -> None:
    found = Estimate(mean=3.0, half_width=0.1, low=2.0, high=4.567, n=9)
    assert interval(found) == "[2.00, 4.57]"
    assert interval(Estimate(mean=3.0, half_width=0.1, low=None, high=None, n=9)) == ""


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((5.897, 6.55), ["5.90", "6.55"]),
        ((9.87, 10.23), ["9.9", "10.2"]),
        ((-0.5, 0.25), ["-0.50", "0.25"]),
        ((3.0, 4.0), ["3", "4"]),
        ((0.0123, 45.6), ["0.0123", "45.6"]),
        ((1234.0, 0.0), ["1,230", "0"]),
        ((0.0, 0.0), ["0", "0"]),
    ],
)
def test_numbers_side_by_side_have_equally_many_decimals(numbers: tuple[float, ...], shown: list[str]) -> None:
    assert alike(*numbers) == shown
