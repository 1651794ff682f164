"""Stopping at declared looks covers as promised, on kind laws and on long tails; peeking does not."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.analysis.group_sequential import confidence_at, looks_of, wanted
from simcpec.analysis.responses import response
from simcpec.experiments.study import study
from simcpec.results.records import PrecisionTarget
from simcpec.verification.interval_coverage import WAYS, Coverage, SampledLaw, coverage, fixed, laws, of_values

RUNS = 2000
PROMISED = 0.95


def found(law: SampledLaw, relative: float, at_most: int = 1600) -> dict[str, Coverage]:
    goal = PrecisionTarget(response="attacks", relative=relative, floor=0.0, at_most=at_most)
    return {each.way: each for each in coverage(law, goal, first=200, runs=RUNS, seed=1)}


@pytest.mark.parametrize(
    ("name", "relative"),
    [
        ("normal", 0.12),
        ("rare counts", 0.2),
        ("exponential", 0.5),
        ("paired difference", 0.8),
        ("lognormal", 0.15),
        ("harm", 0.15),
        ("harm", 0.3),
    ],
)
def test_declared_looks_cover_as_promised(name: str, relative: float) -> None:
    of = found(laws()[name], relative)["looks"]
    assert of.covered >= PROMISED and of.runs == RUNS


@pytest.mark.parametrize(("name", "n"), [("harm", 400), ("lognormal", 400), ("rare counts", 200), ("exponential", 100)])
def test_a_plain_interval_that_is_not_doubted_covers_nearly_as_promised(name: str, n: int) -> None:
    """Skewed laws cost at most three in a hundred where many replications carry the mean."""
    of = fixed(laws()[name], n, runs=RUNS // 2, seed=1)
    assert of.doubted < 0.01 and PROMISED - 0.03 - 4.0 * of.error < of.covered


@pytest.mark.parametrize(("name", "n"), [("rare harm", 100), ("rare harm", 200), ("rare counts", 10)])
def test_an_interval_that_a_handful_carries_covers_less_and_says_so(name: str, n: int) -> None:
    """The control of the test above: these intervals fail, and every run says that they are not to be trusted."""
    of = fixed(laws()[name], n, runs=RUNS // 2, seed=1)
    assert of.covered + 4.0 * of.error < PROMISED and of.doubted > 0.85 and of.silent < 0.02


@pytest.mark.parametrize("relative", [0.5, 1.0])
def test_declared_looks_do_not_help_where_a_handful_carries_the_mean(relative: float) -> None:
    """What the looks promise holds for means that are near normal at the first of them; rare harm is not."""
    of = found(laws()["rare harm"], relative)["looks"]
    assert of.covered + 4.0 * of.error < PROMISED


@pytest.mark.parametrize(("name", "relative"), [("exponential", 0.5), ("lognormal", 0.5), ("lognormal", 0.3)])
def test_peeking_after_every_replication_covers_less(name: str, relative: float) -> None:
    """The control: what is measured here can fail."""
    of = found(laws()[name], relative)
    assert of["peeking"].covered + 4.0 * of["peeking"].error < PROMISED <= of["looks"].covered
    assert of["peeking"].replications < of["plain"].replications <= of["looks"].replications


def test_a_plain_interval_at_the_same_looks_does_not_cover_a_long_tail() -> None:
    of = found(laws()["lognormal"], 0.15)
    assert of["plain"].covered + 4.0 * of["plain"].error < PROMISED <= of["looks"].covered


@pytest.mark.parametrize(("name", "relative"), [("attacks", 0.06), ("deaths", 0.5)])
def test_replications_of_the_model_are_covered(name: str, relative: float) -> None:
    """Drawn with replacement from played ones, so that their mean is the truth."""
    played = study(["bare"], sets=["run.horizon=200 days"], replications=3000, rows=None, jobs=1)
    of = found(of_values(response(name).of(played.scenarios[0])[0]), relative)
    assert of["looks"].covered >= PROMISED and of["looks"].reached > 0.5


def test_the_rule_is_that_of_the_program() -> None:
    """One run, played by hand."""
    law, goal = laws()["normal"], PrecisionTarget(response="attacks", relative=0.1, floor=0.0, at_most=1600)
    values = np.random.default_rng(2).normal(1.0, 1.0, goal.at_most)
    fixed = SampledLaw(draw=lambda generator, shape: np.tile(values, (shape[0], 1)), mean=law.mean)
    of = dict(zip(WAYS, coverage(fixed, goal, first=200, runs=3, seed=0), strict=True))["looks"]
    from simcpec.analysis.estimates import moments

    looks = looks_of(200, goal.at_most)
    for look in looks:
        so_far = moments(values[None, :look])
        half_width = so_far.half_width_at(confidence_at(looks))
        assert half_width is not None
        if half_width <= wanted(goal, so_far.mean):
            break
    assert of.replications == look and look in looks[1:] and of.reached == 1.0
    assert of.covered == float(abs(so_far.mean - law.mean) <= half_width)
