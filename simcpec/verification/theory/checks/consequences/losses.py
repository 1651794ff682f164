"""Compound losses: deaths and injured of a month under four laws of severity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simcpec.economics.appraisal import tail
from simcpec.model.world import Floats
from simcpec.verification.theory.closed_forms import losses as forms
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    kurtosis_of,
    mean_finding,
    share_finding,
    tail_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

RATE, DAYS = 0.25, 31.0  # breaches a day; only months of 31 days are looked at, which have all the same law
LEVEL = 0.95  # of the tail
INJURED_BASE, INJURED_PER_DEATH, INJURED_SIZE = 0.5, 1.25, 0.8
MONTH = "months of 31 days; Poisson number of breaches"


@dataclass(frozen=True, kw_only=True)
class SeverityCase:
    """A law of the deaths of one breach, and the shipped scenario that has it."""

    name: str
    scenario: str
    sizes: Floats

    def claim(self, name: str, formula: str, unit: str = "persons") -> Claim:
        """A claim about it."""
        return Claim(family="losses", name=f"{self.name}: {name}", formula=formula, unit=unit, scenario=self.scenario)


def severities() -> tuple[SeverityCase, ...]:
    """The laws that are checked."""
    lognormal = forms.lognormal_sizes(0.5, 0.9, 25, shift=1)
    return (
        SeverityCase(name="hurdle", scenario="theory/losses-hurdle", sizes=forms.hurdle(lognormal, 0.4)),
        SeverityCase(
            name="log-normal", scenario="theory/losses-lognormal", sizes=forms.lognormal_sizes(0.8, 0.8, 30, shift=0)
        ),
        SeverityCase(
            name="discrete power law",
            scenario="theory/losses-discrete-power",
            sizes=forms.hurdle(forms.discrete_power_sizes(3.5, 2, 60), 0.3),
        ),
        SeverityCase(name="power law", scenario="theory/losses-power", sizes=forms.power_sizes(3.5, 1.0, 60)),
    )


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Mean, variance, distribution and tail of each law; and the injured of the first."""
    for severity in severities():
        played = stage.play(severity.scenario, replications=1000)
        yield from deaths(severity, months(played, "deaths"))
        if severity.name == "hurdle":
            yield from injured(severity, months(played, "injured"))


def months(played: SimulatedCounts, name: str) -> Floats:
    """A counter of all months of 31 days and provinces, flat."""
    return np.asarray(played.cell(name)[:, played.days == DAYS].ravel())


def deaths(severity: SeverityCase, sums: Floats) -> Iterator[Finding]:
    """Deaths of a month."""
    sizes, breaches = severity.sizes, RATE * DAYS
    law = forms.compound_poisson(breaches, sizes)
    var, tvar = forms.discrete_tail(law, LEVEL)
    yield mean_finding(sums, breaches * forms.moment(sizes, 1), severity.claim("mean deaths", f"m E X; {MONTH}"))
    claim = severity.claim("variance of deaths", f"m E X^2; {MONTH}", "persons^2")
    truth, kurtosis = breaches * forms.moment(sizes, 2), kurtosis_of(law)
    yield variance_finding(sums, truth, claim, tolerance=0.04, kurtosis=kurtosis)
    counts = np.bincount(sums.astype(np.int64), minlength=len(law))[: len(law)]
    claim = severity.claim("distribution of deaths", "exp(m (G(z) - 1)) inverted (Panjer 1981)", "1")
    yield distribution_finding(counts, law, claim)
    below = float(law[: var + 1].sum())
    claim = severity.claim(f"share of months up to VaR = {var}", "P(S <= VaR) of that distribution", "1")
    yield share_finding(int((sums <= var).sum()), sums.size, below, claim)
    claim = severity.claim("TVaR 95 % of deaths", "mean of the worst 5 %, the atom at VaR split (Acerbi, Tasche 2002)")
    yield tail_finding(sums, var, tail(sums, level=LEVEL).tvar, tvar, claim, level=LEVEL)


def injured(severity: SeverityCase, sums: Floats) -> Iterator[Finding]:
    """Injured of a month: negative binomial, given the dead."""
    breaches, sizes = RATE * DAYS, severity.sizes
    means = np.asarray(INJURED_BASE + INJURED_PER_DEATH * np.arange(len(sizes)), np.float64)
    claim = severity.claim("mean injured", f"m (base + per death x E X); {MONTH}")
    yield mean_finding(sums, breaches * float(np.dot(means, sizes)), claim)
    second = float(np.dot(means + means**2 / INJURED_SIZE + means**2, sizes))
    claim = severity.claim("variance of injured", f"m E(I^2), I negative binomial given X; {MONTH}", "persons^2")
    kurtosis = kurtosis_of(forms.compound_poisson(breaches, forms.injured_sizes(sizes, means, INJURED_SIZE)))
    yield variance_finding(sums, breaches * second, claim, tolerance=0.04, kurtosis=kurtosis)
