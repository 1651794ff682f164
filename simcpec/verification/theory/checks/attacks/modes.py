"""Modes of attack: what layers stop of each, and casualties that are shifted, limited and mitigated by mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats
from simcpec.verification.theory.checks.attacks.thinning import COMMON, STOPS, shares
from simcpec.verification.theory.closed_forms import losses as forms
from simcpec.verification.theory.finding import Claim, Finding, distribution_finding, mean_finding
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

FAMILY = "modes"
MIXED, PLANNED = "theory/modes", "theory/mode-planning"
RATE = 1.0  # attempts a day and province
ZERO, MU, SIGMA, PRESENT = 0.4, 0.5, 0.9, 12  # of the law of deaths
INJURED_BASE, INJURED_PER_DEATH, INJURED_SIZE = 0.5, 1.25, 0.8
MITIGATION = (0.0, 0.3, 0.6)
BIRTHS, MEAN_DAYS = 0.2, 40.0  # of the scenario of planning: plots a day and province, days of a preparation
FIRST_DAYS = 31.0  # the month in which a wrong start would show most


@dataclass(frozen=True, kw_only=True)
class AttackMode:
    """One mode of the shipped scenario and what is known of it."""

    name: str
    share: float
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    log_deaths: float = 0.0
    spared: float = 0.0

    @property
    def stops(self) -> tuple[float, float, float]:
        """Probability that each layer stops an attack of the mode."""
        a, b, c = (min(1.0, weight * stop) for weight, stop in zip(self.weights, STOPS, strict=True))
        return a, b, c

    @property
    def breaches(self) -> float:
        """Breaches a day and province."""
        return RATE * self.share * shares(self.stops, COMMON)[-1]

    @property
    def at_risk(self) -> float:
        """Share of casualties that no layer avoids."""
        return float(np.prod([1.0 - m * p for m, p in zip(MITIGATION, self.stops, strict=True)]))

    @property
    def killed(self) -> Floats:
        """Probabilities of the dead of a breach that nothing mitigates."""
        sizes = forms.lognormal_sizes(MU + self.log_deaths, SIGMA, PRESENT, shift=1)
        return forms.hurdle(forms.hurdle(sizes, ZERO), self.spared)

    def claim(self, name: str, formula: str, unit: str) -> Claim:
        """A claim about it."""
        return Claim(family=FAMILY, name=f"{self.name}: {name}", formula=formula, unit=unit, scenario=MIXED)


MODES = (
    AttackMode(name="light", share=0.6, weights=(1.0, 1.5, 1.0), spared=0.25),
    AttackMode(name="planted", share=0.3, weights=(0.5, 1.0, 1.0), log_deaths=0.4),
    AttackMode(name="heavy", share=0.1, weights=(0.8, 0.4, 0.6), log_deaths=1.2),
)


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Everything of the family."""
    yield from thinned(stage)
    yield from planned(stage)


def thinned(stage: TheorySimulator) -> Iterator[Finding]:
    """Breaches and casualties by mode, and the expected ones of all of them."""
    played = stage.play(MIXED, replications=400)
    days = played.days[None, :, None]
    for m, mode in enumerate(MODES):
        yield from of_mode(mode, days, {name: played.mode(name)[..., m] for name in ("breaches", "deaths", "injured")})
    heavy = MODES[-1]
    months = played.mode("deaths")[:, played.days == 31.0, :, -1].ravel()
    law = forms.compound_poisson(
        31.0 * heavy.breaches, forms.thinned_sizes(heavy.killed, heavy.at_risk), length=1 << 10
    )
    claim = heavy.claim("distribution of deaths", "compound Poisson of thinned sizes; months of 31 days", "1")
    yield distribution_finding(np.bincount(months.astype(np.int64), minlength=len(law))[: len(law)], law, claim)
    yield from expected(played)


def of_mode(mode: AttackMode, days: Floats, counts: dict[str, Floats]) -> Iterator[Finding]:
    """Means of one mode, by month and province."""
    formula = "rate x share x (w + (1 - w) prod(1 - min(1, weight p))); Poisson splitting (Kingman 1993)"
    yield mean_finding(counts["breaches"] / days, mode.breaches, mode.claim("breaches", formula, "breaches/day"))
    dead = mode.at_risk * forms.moment(mode.killed, 1)
    formula = "breaches x prod(1 - m p) x E X of the shifted, limited law; binomial thinning"
    yield mean_finding(
        counts["deaths"] / days, mode.breaches * dead, mode.claim("deaths", formula, "persons/day"), tolerance=0.04
    )
    means = np.asarray(INJURED_BASE + INJURED_PER_DEATH * np.arange(PRESENT + 1), np.float64)
    hurt = mode.at_risk * forms.mean_injured_within(mode.killed, means, INJURED_SIZE, PRESENT)
    formula = "breaches x prod(1 - m p) x E min(I, present - X), I negative binomial given X"
    yield mean_finding(
        counts["injured"] / days, mode.breaches * hurt, mode.claim("injured", formula, "persons/day"), tolerance=0.04
    )


def expected(played: SimulatedCounts) -> Iterator[Finding]:
    """Casualties expected attack by attack: the mean of those that happened, in the very same replications."""
    for name in ("deaths", "injured"):
        happened, meant = played.cell(name), played.cell(f"expected_{name}")
        claim = Claim(
            family=FAMILY, name=f"{name} - expected {name}, of the mean", unit="1", scenario=MIXED,
            formula="0: at every attack the next difference has mean zero (martingale)",
        )  # fmt: skip
        yield mean_finding((happened - meant) / meant.mean(), 0.0, claim)


def planned(stage: TheorySimulator) -> Iterator[Finding]:
    """Plots at the start and attacks of the first month, by mode."""
    played = stage.play(PLANNED, replications=2000)
    first = played.mode("attacks")[:, 0]
    for m, (name, share) in enumerate((("quick", 0.7), ("slow", 0.3))):
        claim = Claim(
            family=FAMILY, name=f"{name}: attacks of the first month", unit="attacks/day", scenario=PLANNED,
            formula="births x share: a steady start meets mode m with share x planning / sum",
        )  # fmt: skip
        yield mean_finding(first[..., m] / FIRST_DAYS, BIRTHS * share, claim, tolerance=0.04)
    claim = Claim(
        family=FAMILY, name="plots at the start", unit="plots", scenario=PLANNED,
        formula="births x mean preparation x sum of share x planning (Little 1961)",
    )  # fmt: skip
    truth = BIRTHS * MEAN_DAYS * (0.7 * 0.5 + 0.3 * 3.0)
    yield mean_finding(played.start_plots.sum(axis=(2, 3)), truth, claim)
