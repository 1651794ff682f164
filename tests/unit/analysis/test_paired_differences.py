"""Paired differences and rate ratios: known truths, coverage, and controls that must fail."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.estimates import student
from simcpec.analysis.exact_bounds import Nature
from simcpec.analysis.paired_differences import (
    IDENTICAL,
    SIGNS,
    Difference,
    bootstrap_sums,
    paired,
    ratio_of_sums,
    resampled,
)
from simcpec.analysis.scenario_analysis import analysis_of, rate_ratio
from simcpec.model.outcome import CELL_ATTACKS
from simcpec.model.world import Floats
from simcpec.numerics.streams import S_BOOTSTRAP, block, key_word
from simcpec.results.records import ScenarioResult


def pairs(seed: int, experiments: int, replications: int) -> tuple[Floats, Floats]:
    """Thinned pairs: b Poisson(14), a keeps each of its attacks with probability 0.8; E(a - b) = -2.8, Var = 2.8."""
    rng = np.random.default_rng(seed)
    b = rng.poisson(14.0, (experiments, replications))
    return rng.binomial(b, 0.8).astype(float), b.astype(float)


def unpaired(a: Floats, b: Floats) -> float:
    return student(2 * (a.size - 1)) * math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / a.size)


def test_the_paired_half_width_covers_the_truth_and_the_unpaired_one_does_not() -> None:
    a, b = pairs(seed=99, experiments=3000, replications=40)
    found = [paired(x[None], y[None]) for x, y in zip(a, b, strict=True)]
    hits = np.mean([abs(d.mean + 2.8) <= (d.half_width or 0.0) for d in found])
    error = math.sqrt(0.95 * 0.05 / len(found))
    assert abs(hits - 0.95) < 4.0 * error
    wrong = np.mean([abs(float((x - y).mean()) + 2.8) <= unpaired(x, y) for x, y in zip(a, b, strict=True)])
    assert abs(wrong - 0.95) > 4.0 * error  # the control: it covers nearly always


def test_a_biased_difference_is_caught_by_the_coverage_check() -> None:
    a, b = pairs(seed=99, experiments=3000, replications=40)
    found = [paired(x[None] * 1.05, y[None]) for x, y in zip(a, b, strict=True)]
    hits = np.mean([abs(d.mean + 2.8) <= (d.half_width or 0.0) for d in found])
    assert abs(hits - 0.95) > 4.0 * math.sqrt(0.95 * 0.05 / len(found))


def test_variance_ratio_and_correlation_are_those_of_the_pairs() -> None:
    a, b = pairs(seed=5, experiments=1, replications=20_000)
    found = paired(a, b)
    # Var b = 14, Var a = 11.2, Var (a - b) = 2.8, cov = 11.2
    assert found.variance_ratio == pytest.approx(25.2 / 2.8, rel=4.0 * math.sqrt(2 * 2 / 20_000))
    assert found.correlation == pytest.approx(11.2 / math.sqrt(14.0 * 11.2), abs=4.0 / math.sqrt(20_000))
    assert found.verdict == "less" and found.p_less is None and found.n == 20_000


def test_independent_values_gain_nothing_by_pairing() -> None:
    rng = np.random.default_rng(6)
    found = paired(rng.normal(size=(1, 20_000)), rng.normal(size=(1, 20_000)))
    assert found.variance_ratio == pytest.approx(1.0, abs=4.0 * math.sqrt(4.0 / 20_000))
    assert found.correlation == pytest.approx(0.0, abs=4.0 / math.sqrt(20_000))


def test_identical_scenarios_differ_by_exactly_nothing() -> None:
    values = np.random.default_rng(2).lognormal(size=(3, 8))
    found = paired(values, values.copy())
    assert found == Difference(
        mean=0.0, half_width=None, low=None, high=None, variance_ratio=None, correlation=1.0, verdict="identical",
        p_less=None, n=24, differs=pytest.approx(1.0 - 0.05 ** (1 / 24)),
        note="the same in all 24 pairs: another one differs with a probability below 12 %",
    )  # fmt: skip
    assert paired(values, values.copy(), nature=Nature(fixed=True)).half_width == 0.0


def test_one_bit_more_is_not_identical() -> None:
    values = np.ones((1, SIGNS))
    assert paired(values, np.nextafter(values, 2.0)).verdict == "less"


def test_a_constant_difference_has_no_half_width_and_no_ratio() -> None:
    """A sign that all pairs have is shown by an exact sign test, from six pairs on."""
    assert 2 * 0.5**SIGNS < 0.05 < 2 * 0.5 ** (SIGNS - 1)
    for n, verdict in ((SIGNS, "more"), (SIGNS - 1, "not distinguishable")):
        found = paired(np.full((1, n), 3.0), np.full((1, n), 2.0))
        assert (found.mean, found.half_width, found.monte_carlo, found.verdict) == (1.0, None, None, verdict)
        assert (found.variance_ratio, found.correlation) == (None, None) and found.differs is not None
    fixed = paired(np.full((1, 2), 3.0), np.full((1, 2), 2.0), nature=Nature(fixed=True))
    assert (fixed.half_width, fixed.verdict, fixed.differs) == (0.0, "more", None)


def test_draws_of_equal_differences_decide_by_the_spread_over_draws() -> None:
    """Six pairs of one sign prove a sign; six pairs that turn it with the parameters prove none."""
    base = np.zeros((2, SIGNS))
    turned = paired(base + np.array([[1.0], [-2.0]]), base)
    assert (turned.mean, turned.half_width) == (-0.5, None)
    assert turned.low is not None and turned.high is not None and turned.low < 0.0 < turned.high
    assert turned.verdict == "not distinguishable"
    assert paired(base + np.array([[-1.0], [-2.0]]), base).verdict == "less"


def test_one_replication_distinguishes_nothing() -> None:
    found = paired(np.array([[3.0]]), np.array([[9.0]]))
    assert (found.half_width, found.variance_ratio, found.correlation) == (None, None, None)
    assert found.verdict == "not distinguishable" and "half-width not estimable" in found.note


def test_a_difference_that_turns_with_the_parameters_is_not_distinguishable() -> None:
    rng = np.random.default_rng(4)
    base = rng.normal(size=(10, 400))
    shift = np.array([-1.0] * 7 + [1.0] * 3)[:, None] + 0.01 * rng.normal(size=(10, 400))
    found = paired(base + shift, base)
    assert found.half_width is not None and found.mean + found.half_width < 0.0  # the Monte Carlo interval alone: less
    assert found.verdict == "not distinguishable"
    assert found.p_less == 0.7
    assert paired(base - np.abs(shift), base).verdict == "less"
    assert paired(base + np.abs(shift), base).verdict == "more"


def test_pairing_uses_variances_within_draws_only() -> None:
    rng = np.random.default_rng(14)
    level = 100.0 * np.arange(20)[:, None]  # shared by both scenarios, no work of common random numbers
    found = paired(level + rng.normal(size=(20, 500)), level + rng.normal(size=(20, 500)))
    assert found.correlation == pytest.approx(0.0, abs=4.0 / math.sqrt(10_000))


def test_values_that_are_not_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="not paired"):
        paired(np.zeros((1, 4)), np.zeros((1, 5)))


def test_a_difference_of_what_cannot_be_estimated() -> None:
    found = paired(np.full((1, 3), np.nan), np.zeros((1, 3)))
    assert (found.verdict, found.mean, found.half_width) == ("not estimable", 0.0, None)


# ------------------------------------------------------------------------------------------------ ratios


def test_resampling_draws_are_those_of_their_addresses() -> None:
    chosen = resampled(seed=7, draw=3, replications=10, resamples=4).ravel()
    told = [u for e in range(1, 11) for u in block(key_word(7, 3), 0, e, 0, S_BOOTSTRAP, 0)]
    assert [int(10 * u) for u in told] == chosen.tolist()
    assert not np.array_equal(chosen, resampled(seed=8, draw=3, replications=10, resamples=4).ravel())
    assert not np.array_equal(chosen, resampled(seed=7, draw=4, replications=10, resamples=4).ravel())


def test_resampling_is_uniform() -> None:
    chosen = resampled(seed=0, draw=0, replications=8, resamples=10_000)
    counts = np.bincount(chosen.ravel(), minlength=8)
    expected = 10_000.0
    statistic = float(((counts - expected) ** 2 / expected).sum())
    assert statistic < 7 + 4.0 * math.sqrt(14.0)  # chi-square, 7 degrees of freedom


def test_the_bootstrap_spread_is_that_of_theory() -> None:
    a, b = pairs(seed=12, experiments=1, replications=200)
    sums_a, sums_b = bootstrap_sums(a, b, seed=1, resamples=4000)
    theory = math.sqrt(200 * float(np.var(a - b)))  # bootstrap variance of a sum of n: n times the plug-in variance
    assert float(np.std(sums_a - sums_b)) == pytest.approx(theory, rel=4.0 / math.sqrt(2 * 4000))


def test_the_ratio_is_of_means_and_its_interval_covers() -> None:
    a, b = pairs(seed=21, experiments=400, replications=40)
    found = [ratio_of_sums(x[None], y[None], scale=1.0, seed=3, resamples=400) for x, y in zip(a, b, strict=True)]
    assert found[0].ratio == pytest.approx(a[0].sum() / b[0].sum())
    hits = np.mean([(r.low or 0.0) <= 0.8 <= (r.high or 0.0) for r in found])
    delta = np.mean([(r.delta_low or 0.0) <= 0.8 <= (r.delta_high or 0.0) for r in found])
    error = math.sqrt(0.95 * 0.05 / len(found))
    assert abs(hits - 0.95) < 4.0 * error
    assert abs(delta - 0.95) < 4.0 * error
    biased = np.mean([(r.low or 0.0) <= 0.85 <= (r.high or 0.0) for r in found])
    assert abs(biased - 0.95) > 4.0 * error  # the control: a truth that is not the truth


def test_bootstrap_and_delta_method_agree() -> None:
    a, b = pairs(seed=22, experiments=1, replications=2000)
    found = ratio_of_sums(a, b, scale=1.0, seed=3)
    assert found.low is not None and found.high is not None
    assert found.delta_low is not None and found.delta_high is not None
    assert (found.high - found.low) == pytest.approx(found.delta_high - found.delta_low, rel=0.1)
    assert found == ratio_of_sums(a, b, scale=1.0, seed=3)
    assert found != ratio_of_sums(a, b, scale=1.0, seed=4)


def test_a_zero_baseline_is_not_estimable_and_zero_against_some_has_an_exact_bound(make_result) -> None:
    some = make_result(seed=1, replications=10, attacks=(3.0, 2.0))
    none = make_result(seed=1, replications=10, attacks=(3.0, 0.0))
    zero_base = rate_ratio(some, none, province="BAL", seed=1)
    assert not zero_base.estimable
    assert (zero_base.ratio, zero_base.low, zero_base.high) == (0.0, None, None)
    assert zero_base.note == "not estimable: no incident in the baseline"
    zero = rate_ratio(none, some, province="BAL", seed=1)
    assert zero.estimable and zero.ratio == 0.0 == zero.low
    events = int(some.cell[..., 1, :, :, 4].sum())
    assert zero.high is not None and events > 0
    # exact: with this ratio all of the events fall into the baseline with probability 2.5 %
    assert (1.0 / (1.0 + zero.high)) ** events == pytest.approx(0.025, rel=1e-9)


def test_identical_scenarios_have_a_ratio_of_exactly_one(make_result) -> None:
    result, copy = make_result(seed=1), make_result(seed=1, name="Copy")
    found = rate_ratio(result, copy, seed=5)
    assert (found.ratio, found.low, found.high, found.note) == (1.0, None, None, IDENTICAL)
    other = rate_ratio(result, replace(copy, digest="1" * 64), seed=5)  # another world may differ, if not here
    assert other.ratio == 1.0 and other.note == f"{IDENTICAL}: another one differs with a probability below 53 %"


def test_the_ratio_is_of_rates_not_of_counts(make_result) -> None:
    narrow = make_result(seed=1, exposure=(1000.0, 250.0))
    wide = make_result(seed=1, exposure=(2000.0, 500.0))
    assert rate_ratio(wide, narrow, seed=5).ratio == 0.5
    assert rate_ratio(wide, narrow, seed=5).low is None  # identical counts have no spread
    assert rate_ratio(make_result(seed=1, exposure=(0.0, 0.0)), wide, seed=5).note == "not estimable: nobody is exposed"


def test_few_incidents_give_no_upper_end_and_never_infinity(make_result) -> None:
    base = np.zeros((1, 4))
    base[0, 0] = 1.0
    found = ratio_of_sums(np.array([[1.0, 2.0, 0.0, 1.0]]), base, scale=1.0, seed=1)
    assert found.high is None and "no upper end" in found.note
    single = ratio_of_sums(np.array([[2.0]]), np.array([[1.0]]), scale=1.0, seed=1)
    assert (single.ratio, single.low, single.high, single.delta_low) == (2.0, None, None, None)


def counted(make_result, counts: Floats, **others: Any) -> ScenarioResult:
    """A result of one province with these attacks (D, R)."""
    shape = {"draws": counts.shape[0], "replications": counts.shape[1]}
    made = make_result(seed=1, attacks=(1.0,), exposure=(1000.0,), years=1, **shape, **others)
    cell = np.zeros_like(made.cell)
    cell[:, :, 0, 0, 0, 0, CELL_ATTACKS] = counts
    return replace(made, cell=cell)


def test_each_draw_is_divided_by_its_own_exposure(make_result) -> None:
    counts = np.full((2, 3), 4.0)
    wide = counted(make_result, counts, exposures=np.array([[2000.0], [4000.0]]))
    base = counted(make_result, counts, exposures=np.array([[1000.0], [1000.0]]))
    found = rate_ratio(wide, base, seed=1)
    assert found.ratio == pytest.approx(2000.0 / 6000.0)  # person-years add up over draws
    ends = (found.uncertainty_low, found.uncertainty_high)
    assert ends == pytest.approx((0.25 * 2**0.05, 0.5 / 2**0.05))
    assert analysis_of(base).rate().mean == 4.0 and analysis_of(wide).rate().mean == pytest.approx((2.0 + 1.0) / 2.0)


def test_the_ratio_over_draws_is_freed_of_noise(make_result) -> None:
    rng = np.random.default_rng(31)
    b = rng.poisson(30.0, (300, 10)).astype(float)
    truths = np.exp(rng.normal(math.log(0.7), 0.2, 300))
    a = rng.poisson(30.0 * truths[:, None], (300, 10)).astype(float)
    found = rate_ratio(counted(make_result, a), counted(make_result, b), seed=1, resamples=50)
    low, high = 0.7 * math.exp(-1.645 * 0.2), 0.7 * math.exp(1.645 * 0.2)
    error = math.sqrt(0.05 * 0.95 / 300) / 0.1031 * 0.2 + 1.645 * 0.2 * 0.06  # of quantile and shrinking
    assert found.uncertainty_low is not None and found.uncertainty_high is not None
    assert abs(math.log(found.uncertainty_low / low)) < 4.0 * error
    assert abs(math.log(found.uncertainty_high / high)) < 4.0 * error
