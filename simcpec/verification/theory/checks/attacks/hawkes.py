"""Births of attacks: self-exciting and branching, at a drifting rate, at one that steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from simcpec.verification.theory.closed_forms import births as forms
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    kurtosis_of,
    mean_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import TheorySimulator

_claim = partial(Claim, family="hawkes")
RATE, DAYS = 0.1, 100.0  # attempts a day and province of `attempts`, and its horizon
FOLLOW_ONS, DELAY = 0.5, 5.0
PASSING = 0.6  # where only breaches excite
MOST = 512  # length of laws; what lies beyond has no weight
SPREAD_BASE = (0.10, 0.05)
SPREAD = np.array([[0.7 * 0.4, 0.7 * 0.6], [0.3 * 0.6, 0.3 * 0.4]])  # mean follow-ons x where they are born
CASCADE = 2  # plots at the start
STAGES = (10.0,) * 10  # days between steps of the drift
PERSISTENCE, INNOVATION = 0.8, 0.25


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of them."""
    yield from _self_exciting(stage)
    yield from _spread(stage)
    yield from _cascade(stage)
    yield from _drift(stage)
    yield from _steps(stage)


def _self_exciting(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/hawkes"
    counts = stage.play(scenario, replications=5500).cell("attacks")
    mean, covariance = forms.hawkes_moments((RATE,), np.array([[FOLLOW_ONS]]), DELAY, DAYS)
    say = partial(_claim, scenario=scenario)
    formula = "linear equations of the moments from empty (Hawkes 1971; Dassios and Zhao 2013)"
    yield mean_finding(counts, mean[0], say(name="mean count", formula=formula, unit="attacks"))
    law = forms.hawkes_law(RATE, FOLLOW_ONS, DELAY, DAYS, most=MOST)
    claim = say(name="variance of counts", formula=formula, unit="attacks^2")
    yield variance_finding(counts, covariance[0, 0], claim, kurtosis=kurtosis_of(law))
    formula = "cluster generating function, z exp(h), on roots of unity (Hawkes and Oakes 1974)"
    yield _law(counts, law, say(name="law of counts", formula=formula, unit="1"))
    sets = (
        f"world.threat.excitation={{by: breach, follow_ons: {FOLLOW_ONS}}}",
        "world.protection.layers.guard.stop_probability=40 %",
    )
    counts = stage.play(scenario, replications=1000, sets=sets).cell("attacks")
    mean, _ = forms.hawkes_moments((RATE,), np.array([[PASSING * FOLLOW_ONS]]), DELAY, DAYS)
    formula = "the same with follow-ons x share of breaches (marks of a branching process; Hawkes and Oakes 1974)"
    yield mean_finding(counts, mean[0], say(name="mean count, breaches excite", formula=formula, unit="attacks"))


def _spread(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/hawkes-spread"
    played = stage.play(scenario, replications=15_000)
    counts = played.cell("attacks")[:, 0]
    mean, covariance = forms.hawkes_moments(SPREAD_BASE, SPREAD, DELAY, DAYS)
    formula = "linear equations of the moments of two types from empty (Hawkes 1971)"
    say = partial(_claim, scenario=scenario, formula=formula)
    for p, code in enumerate(played.world.provinces):
        yield mean_finding(counts[:, p], mean[p], say(name=f"mean count, {code}", unit="attacks"))
        claim = say(name=f"variance of counts, {code}", unit="attacks^2")
        yield variance_finding(counts[:, p], covariance[p, p], claim, tolerance=0.03)
    products = (counts[:, 0] - mean[0]) * (counts[:, 1] - mean[1])
    claim = say(name="covariance of provinces", unit="attacks^2")
    yield mean_finding(products, covariance[0, 1], claim, tolerance=0.04)


def _cascade(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/cascade"
    counts = stage.play(scenario, replications=5000).cell("attacks")
    say, n = partial(_claim, scenario=scenario), FOLLOW_ONS
    formula = "k / (1 - n), k = 2 plots, n = 0.5 follow-ons (Tanner 1961)"
    yield mean_finding(counts, CASCADE / (1 - n), say(name="mean cascade", formula=formula, unit="attacks"))
    formula = "k n / (1 - n)^3 (Tanner 1961)"
    claim = say(name="variance of cascades", formula=formula, unit="attacks^2")
    law = forms.borel_tanner(CASCADE, n, most=MOST)
    yield variance_finding(counts, CASCADE * n / (1 - n) ** 3, claim, tolerance=0.05, kurtosis=kurtosis_of(law))
    formula = "k / m exp(-n m) (n m)^(m - k) / (m - k)! (Borel 1942; Tanner 1961)"
    yield _law(counts, law, say(name="law of cascades", formula=formula, unit="1"))


def _drift(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/drift"
    formula = "factors of mean 1, covariance exp(cov(x_i, x_j)) - 1 (log-Gaussian Cox process; Moller et al. 1998)"
    say = partial(_claim, scenario=scenario, formula=formula)
    for word in ("stationary", "zero"):
        counts = stage.play(scenario, replications=4000, sets=(f"world.threat.drift.start={word}",)).cell("attacks")
        still = word == "stationary"
        mean, variance = forms.drift_moments(RATE, STAGES, PERSISTENCE, INNOVATION, stationary=still)
        yield mean_finding(counts, mean, say(name=f"mean under drift from {word}", unit="attacks"))
        yield variance_finding(counts, variance, say(name=f"variance under drift from {word}", unit="attacks^2"))


def _steps(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/steps"
    counts = stage.play(scenario, replications=1000).cell("attacks")
    say = partial(_claim, scenario=scenario, unit="attacks")
    formula = "integral of the rate: a Poisson stream with steps on dates (Kingman 1993)"
    february = {"everywhere": (slice(4, 8), 28 * 2.0), "halved again": (slice(0, 4), 15 * 2.0 + 13 * 1.0)}
    yield mean_finding(counts[:, 0], 31 * RATE, say(name="mean before the steps", formula=formula))
    for name, (where, days) in february.items():
        yield mean_finding(counts[:, 1, where], days * RATE, say(name=f"mean after a step, {name}", formula=formula))


def _law(counts: np.ndarray, law: np.ndarray, claim: Claim) -> Finding:
    return distribution_finding(np.bincount(counts.astype(int).ravel(), minlength=len(law)), law, claim)
