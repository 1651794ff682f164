"""Poisson and negative binomial attempts, thinned by layers with a common cause."""

from __future__ import annotations

from collections.abc import Iterator

from simcpec.verification.theory.finding import Claim, Finding, mean_finding
from simcpec.verification.theory.play import Stage

FAMILY, SCENARIO = "thinning", "theory/thinning"
RATE = 1.0  # attempts a day and province
STOPS = (0.2, 0.5, 0.3)
COMMON = 0.15
OUTCOMES = ("stopped_route", "stopped_guard", "stopped_hardening", "breaches")


def shares(stops: tuple[float, float, float], common: float) -> tuple[float, ...]:
    """Shares of attacks that each of three layers stops, and of those that pass them all.

    Layer l stops (1 - w) p_l prod(1 - p_k, k < l); w + (1 - w) prod(1 - p_k) pass.
    """
    a, b, c = stops
    rest = 1.0 - common
    return rest * a, rest * (1 - a) * b, rest * (1 - a) * (1 - b) * c, common + rest * (1 - a) * (1 - b) * (1 - c)


def findings(stage: Stage) -> Iterator[Finding]:
    """Counts of each outcome by month: Poisson in each, and independent from month to month."""
    played = stage.play(SCENARIO, replications=250)
    days = played.days[None, :, None]
    for name, share in zip(OUTCOMES, shares(STOPS, COMMON), strict=True):
        counts, truth = played.cell(name), RATE * share
        formula = "rate x share of the outcome (Poisson splitting; Kingman 1993)"
        claim = Claim(family=FAMILY, name=f"{name}: mean", formula=formula, unit="attacks/day", scenario=SCENARIO)
        yield mean_finding(counts / days, truth, claim)
        formula = "variance / mean of a Poisson count is 1 (Kingman 1993)"
        claim = Claim(family=FAMILY, name=f"{name}: variance / mean", formula=formula, unit="1", scenario=SCENARIO)
        yield mean_finding((counts - truth * days) ** 2 / (truth * days), 1.0, claim)
