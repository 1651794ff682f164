"""Findings: their errors, scores and power are those of the laws they are drawn from, and wrong truths are biased."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcpec.economics.appraisal import tail
from simcpec.errors import UserError
from simcpec.verification.theory import finding as f
from simcpec.verification.theory.checks.consequences import appraisal
from simcpec.verification.theory.closed_forms import losses
from simcpec.verification.theory.families import FAMILIES, chosen, findings_of
from simcpec.verification.theory.simulate import FULL, TheorySimulator

CLAIM = f.Claim(family="none", name="none", formula="none", unit="1", scenario="")
RNG = 20250101


def test_the_limit_is_that_of_the_level_shared_among_all_findings() -> None:
    assert stats.norm.isf(f.LEVEL / f.MOST / 2.0) == pytest.approx(f.LIMIT, rel=1e-12)


def test_a_half_width_at_the_tolerance_catches_three_tolerances_seven_times_in_eight() -> None:
    values = np.random.default_rng(RNG).normal(10.0, 1.0, 100_000)
    half = f.mean_finding(values, 10.0, CLAIM).half_width
    found = f.mean_finding(values, 10.0, CLAIM, tolerance=half / 10.0)
    assert found.power == pytest.approx(stats.norm.cdf(3.0 * 1.959963984540054 - f.LIMIT), rel=1e-6)
    assert found.power > 0.87


def test_scores_of_means_ratios_and_variances_are_standard_normal() -> None:
    rng, found = np.random.default_rng(RNG), []
    for _ in range(400):
        x, y = rng.gamma(2.0, 1.0, 400), rng.gamma(3.0, 1.0, 400)
        findings = (
            f.mean_finding(x, 2.0, CLAIM), f.ratio_finding(x, y, 2.0 / 3.0, CLAIM), f.variance_finding(x, 2.0, CLAIM),
            f.share_finding(int((x > 2.0).sum()), 400, stats.gamma(2.0).sf(2.0), CLAIM),
            f.continuous_finding(stats.gamma(2.0).cdf(x), CLAIM, cells=10),
        )  # fmt: skip
        found.append([one.z for one in findings])
    scores = np.array(found)
    assert np.abs(scores.mean(axis=0)).max() < 0.35 and np.abs(scores.std(axis=0) - 1.0).max() < 0.15


def test_scores_of_a_variance_with_a_long_tail_need_the_true_kurtosis() -> None:
    """With that of the values a small variance comes with a small error of it: far too many scores far below 0."""
    law = losses.compound_poisson(7.75, losses.power_sizes(3.5, 1.0, 60))[:600]
    law, n, draws = law / law.sum(), 2000, 1500
    truth, kurtosis = 7.75 * losses.moment(losses.power_sizes(3.5, 1.0, 60), 2), f.kurtosis_of(law)
    rng = np.random.default_rng(RNG)
    samples = [rng.choice(600, n, p=law).astype(float) for _ in range(draws)]
    known = np.array([f.variance_finding(x, truth, CLAIM, kurtosis=kurtosis).z for x in samples])
    guessed = np.array([f.variance_finding(x, truth, CLAIM).z for x in samples])
    assert kurtosis == pytest.approx(16.375, abs=0.01) and abs(known.std() - 1.0) < 0.1
    assert (known < -3.0).mean() < 0.01 < (guessed < -3.0).mean()


def test_a_wrong_truth_is_biased_and_too_few_values_have_no_power() -> None:
    x = np.random.default_rng(RNG).normal(10.0, 1.0, 10_000)
    assert f.mean_finding(x, 10.0, CLAIM).verdict == "pass"
    assert f.mean_finding(x, 10.1, CLAIM).verdict == "biased" and f.mean_finding(x, 10.1, CLAIM).z < 0.0
    assert f.mean_finding(x[:20], 10.0, CLAIM).verdict == "not powered"
    assert f.variance_finding(x, 1.2, CLAIM).verdict == "biased"
    assert f.ratio_finding(x, 2.0 * x, 0.51, CLAIM).verdict == "biased"
    assert f.mean_finding(np.full(9, 3.0), 3.0, CLAIM).z == 0.0
    assert f.mean_finding(np.full(9, 3.0), 3.1, CLAIM).z == -f.SURELY


def test_a_tolerance_is_a_share_of_the_truth_or_absolute_where_that_is_zero() -> None:
    x = np.random.default_rng(RNG).normal(0.0, 1.0, 10_000)
    assert f.mean_finding(x, 0.0, CLAIM, tolerance=0.05).verdict == "pass"
    assert f.mean_finding(x, 0.0, CLAIM, tolerance=0.001).verdict == "not powered"


def test_distributions_are_told_apart_and_rare_cells_are_pooled() -> None:
    rng, k = np.random.default_rng(RNG), np.arange(60)
    counts = np.bincount(rng.poisson(7.0, 20_000), minlength=60)
    good = f.distribution_finding(counts, stats.poisson(7.0).pmf(k), CLAIM)
    assert good.verdict == "pass" and good.power > 0.9 and good.truth == 0.0
    wrong = f.distribution_finding(counts, stats.nbinom(50, 50 / 57).pmf(k), CLAIM)
    assert wrong.verdict == "biased" and wrong.estimate > 0.05
    assert f.distribution_finding(counts // 100, stats.poisson(7.0).pmf(k), CLAIM).verdict == "not powered"
    exact = np.round(stats.poisson(7.0).pmf(k) * 1e8)
    assert f.distribution_finding(exact, stats.poisson(7.0).pmf(k), CLAIM).z < -5.0  # too good: no chance in it


def test_a_tolerance_is_lowered_with_its_power_and_never_raised() -> None:
    x, k = np.random.default_rng(RNG).poisson(7.0, 5000), np.arange(60)
    law, counts = stats.poisson(7.0).pmf(k), np.bincount(x, minlength=60)
    for loose, tight in (
        (f.mean_finding(x, 7.0, CLAIM, tolerance=0.08), f.mean_finding(x, 7.0, CLAIM, tolerance=0.02)),
        (f.distribution_finding(counts, law, CLAIM), f.distribution_finding(counts, law, CLAIM, tolerance=0.02)),
    ):
        assert loose.within(0.02) == tight and tight.within(0.08) is tight and tight.power < loose.power
        assert loose.power == loose.power_at(3.0 * loose.allowed)
    assert f.mean_finding(x, 7.0, CLAIM).within(0.001).verdict == "not powered"
    exact = f.exact_finding(1.0, 1.0, CLAIM)
    assert exact.within(0.02) is exact and exact.power_at(1e-9) == 1.0


def test_the_full_level_allows_two_per_cent_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(RNG).normal(10.0, 1.0, 1000)
    monkeypatch.setattr(appraisal, "findings", lambda stage: [f.mean_finding(x, 10.0, CLAIM, tolerance=0.08)])
    [family] = chosen(["appraisal"])
    assert [one.tolerance for one in findings_of(family, TheorySimulator(scale=1.0))] == [0.08]
    assert [one.tolerance for one in findings_of(family, TheorySimulator(scale=FULL))] == [f.TOLERANCE]


def test_a_tail_that_was_estimated_wrongly_is_biased() -> None:
    """The score is of the estimate, not of the values it was made from."""
    sizes = losses.hurdle(losses.lognormal_sizes(0.5, 0.9, 25, shift=1), 0.4)
    law = losses.compound_poisson(7.75, sizes)
    var, truth = losses.discrete_tail(law, 0.95)
    x = np.random.default_rng(RNG).choice(len(law), 200_000, p=law / law.sum()).astype(float)
    right, whole = tail(x, level=0.95).tvar, float(x[x >= var].mean())
    assert f.tail_finding(x, var, right, truth, CLAIM, level=0.95).verdict == "pass"
    assert f.tail_finding(x, var, whole, truth, CLAIM, level=0.95).verdict == "biased"  # the atom is not split


def test_identities_hold_to_rounding_only() -> None:
    assert f.exact_finding(1.0 + 1e-15, 1.0, CLAIM).verdict == "pass"
    assert f.exact_finding(1.0 + 1e-9, 1.0, CLAIM).verdict == "biased"
    assert f.exact_finding(0.0, 0.0, CLAIM).verdict == "pass"


def test_what_is_no_number_is_no_pass() -> None:
    assert f.mean_finding(np.array([np.nan, 1.0, 2.0]), 1.0, CLAIM).verdict == "biased"


def test_families_are_named_once_and_an_unknown_one_is_refused() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names) and all(name == name.lower() for name in names)
    with pytest.raises(UserError, match=r"'thining'.*Did you mean thinning\?"):
        chosen(["thining"])
