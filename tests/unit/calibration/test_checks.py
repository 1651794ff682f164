"""Checks of calibrations: each passes where it should, and its control fails."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.stats import binom

from simcpec.calibration.checks import out_of_sample
from simcpec.calibration.checks.gaps import gaps_of
from simcpec.calibration.checks.out_of_sample import MODEL, RIVALS, crps, forecasts
from simcpec.calibration.checks.simulation_based import Family, rank_check, recoveries
from simcpec.calibration.models.birth_posterior import GammaPrior, LognormalPrior
from simcpec.calibration.targets.target_file import read_targets

FITS = 200  # a calibration makes more


@pytest.fixture(scope="module")
def family() -> Family:
    """Three provinces that hardly meet, over the days of the official count, with the drift of 2008 to 2014."""
    return Family(
        priors=[GammaPrior(2.0, 0.5), GammaPrior(2.0, 0.5), LognormalPrior(0.3, 0.8)],
        response=np.diag([2.5, 2.2, 2.4]) + 0.02, clusters=np.array([1.2, 1.1, 1.3]),
        persistence=0.85, innovation=0.34, years=3.94,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 5])
def test_ranks_of_truths_are_even(family: Family, seed: int) -> None:
    found = rank_check(family, seed=seed, fits=FITS)
    assert found.ranks.shape == (FITS, 3)
    assert found.passes, found.p
    assert 86.0 <= found.coverage <= 94.0


@pytest.mark.parametrize("seed", [1, 5])
def test_a_planted_error_of_the_likelihood_is_found(family: Family, seed: int) -> None:
    found = rank_check(family, seed=seed, fits=FITS, planted=True)
    assert not found.passes
    assert found.p < 1e-5
    assert found.coverage < 86.0


def test_births_are_found_again_and_better_in_longer_worlds(family: Family) -> None:
    four, ten, twenty = recoveries(family, np.array([3.3, 0.66, 1.5]), seed=3)
    assert (four.years, ten.years, twenty.years) == (4.0, 10.0, 20.0)
    assert twenty.width < ten.width < four.width
    assert twenty.error < four.error
    for each in (four, ten, twenty):  # 120 intervals: 90 % give or take three standard errors
        assert each.coverage / 100.0 >= binom.ppf(0.001, 120, 0.9) / 120


def test_the_score_of_a_sample_is_that_of_its_distribution() -> None:
    samples = np.array([0.0, 1.0, 1.0, 4.0])
    steps = np.arange(0, 10)
    upto = (samples[None, :] <= steps[:, None]).mean(axis=1)
    exact = float(((upto - (steps >= 3)) ** 2).sum())
    assert crps(samples, 3.0) == pytest.approx(exact)
    assert crps(np.full(5, 2.0), 2.0) == 0.0


def test_the_library_and_its_stand_in_give_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scoringrules", reason="the extra uq is not installed")
    rng = np.random.default_rng(3)
    samples, observed = rng.poisson(20.0, (5, 400)).astype(float), rng.poisson(20.0, 5)
    library = out_of_sample.scores(samples, observed)
    monkeypatch.setitem(sys.modules, "scoringrules", None)
    assert out_of_sample.scores(samples, observed) == pytest.approx(library, rel=1e-12)
    assert np.all(library > 0.0)


def test_the_drift_of_the_model_beats_what_does_not_drift_out_of_sample() -> None:
    table = read_targets("history-2021-2024").monthly
    scores = {each.method: each for each in forecasts("SIN", table.named("SIN"), seed=1)}
    ours = scores[MODEL]
    assert len(ours.observed) == 28 - out_of_sample.TRAINED
    assert ours.score < min(scores[name].score for name in RIVALS[:2])
    assert ours.coverage > 80.0
    assert scores["Poisson"].coverage < 50.0, "the control: a law without drift does not hold what came"
    assert ours.score == pytest.approx(scores["log AR(1)"].score, rel=0.15), "neither of both is better by much"


def test_forecasts_of_steady_counts_are_calibrated() -> None:
    months = np.random.default_rng(9).poisson(12.0, 3 * 60)
    ours = forecasts("X", months, seed=2)[0]
    assert 85.0 <= ours.coverage <= 100.0
    assert abs(float(ours.places.mean()) - 0.5) < 3.0 / np.sqrt(12.0 * len(ours.observed))


def test_no_forecast_sees_a_later_quarter() -> None:
    months = np.random.default_rng(10).poisson(8.0, 3 * 24)
    later = months.copy()
    later[-3:] += 500
    one, two = forecasts("X", months, seed=3)[0], forecasts("X", later, seed=3)[0]
    assert np.array_equal(one.samples, two.samples)


def test_gaps_of_a_steady_and_of_a_bunched_series_differ_in_their_variation() -> None:
    found = gaps_of([10.0, 40.0, 100.0])
    assert (found.number, found.mean, found.longest) == (2, 45.0, 60.0)
    assert found.variation == pytest.approx(np.std([30.0, 60.0], ddof=1) / 45.0)
    assert np.isnan(gaps_of([3.0]).mean) and np.isnan(gaps_of([3.0, 9.0]).variation)
    days = np.cumsum(np.random.default_rng(4).exponential(25.0, 4_000))
    steady = gaps_of(days.tolist()).variation
    assert abs(steady - 1.0) < 4.0 / np.sqrt(4_000), "gaps of a Poisson process scatter as much as their mean"
    bunched = gaps_of(np.sort(np.concatenate([days, days + 1.0])).tolist()).variation
    assert bunched > 1.3, "the control: pairs of attacks"
