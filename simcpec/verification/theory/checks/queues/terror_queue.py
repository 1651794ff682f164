"""Kaplan's terror queue: its staffing curve, its first days, false leads, and its fluid limit.

The numbers below are those of the shipped scenarios, written a second time on purpose: a fault in how a scenario is
read is then a bias like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from simcpec.verification.theory.closed_forms.chains import Floats, area_moments, count_moments, law_at, steady
from simcpec.verification.theory.closed_forms.terror_queue import TerrorQueue, fluid, is_attack, is_foiled, steady_means
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    mean_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import TheorySimulator

FAMILY = "terror-queue"
TEAMS = (1, 2, 3, 5, 8)  # by province
QUEUE = TerrorQueue(births=0.4, maturing=1 / 20, search=0.03, work=1 / 6, success=0.8, false_leads=0.02, teams=TEAMS[0])
SCALE = 10  # of the fluid limit
MOST = 40  # hidden plots; without any team they are a Poisson number of mean 8, larger than that once in 10^15
FIRST_DAYS, FLUID_DAYS = 40.0, 100.0
STEADY = "stationary law of the chain of hidden plots, plots in work and false work (Kaplan 2010)"
FIRST = "the same chain from empty: p exp(Q t), moments of its jumps (Kaplan 2010; Neuts 1989)"
MANY = "fluid limit with its covariance: m' = A E[rates], C' = J C + C J' + B (Kurtz 1970; van Kampen 1961)"


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of the family."""
    for part in (staffing, in_preparation, first_days, many):
        yield from part(stage)


def queue(teams: int) -> TerrorQueue:
    """That of the scenario with so many teams."""
    return replace(QUEUE, teams=teams)


def _claim(name: str, formula: str, unit: str, scenario: str) -> Claim:
    return Claim(family=FAMILY, name=name, formula=formula, unit=unit, scenario=f"theory/{scenario}")


def _teams(number: int) -> str:
    return "1 team" if number == 1 else f"{number} teams"


def staffing(stage: TheorySimulator) -> Iterator[Finding]:
    """The staffing curve: attacks, foiled plots and use of the teams in the steady state."""
    scenario = "terror-queue"
    played = stage.play(f"theory/{scenario}", replications=200)
    days = float(played.days.sum())
    attacks, foiled = (played.cell(name).sum(axis=1) / days for name in ("attacks", "foiled"))
    busy, false = (played.province(name).sum(axis=1) / days for name in ("busy_team_days", "leads_false"))
    for p, number in enumerate(TEAMS):
        truth, where = steady_means(queue(number), most=MOST), _teams(number)
        yield mean_finding(attacks[:, p], truth.attacks, _claim(f"attacks a day, {where}", STEADY, "/day", scenario))
        if number in (2, 8):
            claim = _claim(f"foiled plots a day, {where}", STEADY, "/day", scenario)
            yield mean_finding(foiled[:, p], truth.foiled, claim)
            claim = _claim(f"utilisation of {where}", STEADY, "share", scenario)
            yield mean_finding(busy[:, p] / number, truth.busy / number, claim)
            claim = _claim(f"false leads a day, {where}", f"rate x free teams; {STEADY}", "/day", scenario)
            yield mean_finding(false[:, p], QUEUE.false_leads * (number - truth.busy), claim)


def in_preparation(stage: TheorySimulator) -> Iterator[Finding]:
    """The law of the plots in preparation, hidden or in work, as years end: a year later it is forgotten."""
    scenario = "terror-queue"
    played = stage.play(f"theory/{scenario}", replications=200)
    for p in (1, 3):
        chain = queue(TEAMS[p]).chain(most=MOST)
        law = _plots_law(chain.values, steady(chain))
        claim = _claim(f"law of the plots in preparation, {_teams(TEAMS[p])}", STEADY, "share", scenario)
        yield distribution_finding(_plots(played.cell("open_plots")[:, :, p], len(law)), law, claim, tolerance=0.1)


def _plots_law(states: Floats, law: Floats) -> Floats:
    """(n,) probabilities of each number of plots, hidden or in work."""
    return np.bincount((states[:, 0] + states[:, 1]).astype(np.int64), weights=law).astype(np.float64)


def _plots(stock: Floats, size: int) -> Floats:
    """(n,) how often each number of plots was met."""
    return np.bincount(stock.astype(np.int64).ravel(), minlength=size).astype(np.float64)


def first_days(stage: TheorySimulator) -> Iterator[Finding]:
    """Forty days from empty: means, variances, and the law of the plots at their end."""
    scenario = "terror-queue-empty"
    played = stage.play(f"theory/{scenario}", replications=6000)
    attacks, foiled = (played.cell(name)[:, -1] for name in ("attacks", "foiled"))
    busy = played.province("busy_team_days")[:, -1]
    for p in (1, 4):
        chain, where = queue(TEAMS[p]).chain(most=MOST), _teams(TEAMS[p])
        _, _, working = queue(TEAMS[p]).rates(chain)
        truths = (
            ("attacks", "attacks", attacks, count_moments(chain, is_attack, FIRST_DAYS)),
            ("foiled plots", "plots", foiled, count_moments(chain, is_foiled, FIRST_DAYS)),
            ("days that teams worked", "days", busy, area_moments(chain, working, FIRST_DAYS)),
        )
        for what, unit, values, (mean, variance) in truths[: 3 if p == 1 else 1]:
            claim = _claim(f"{what} in forty days, {where}", FIRST, unit, scenario)
            yield mean_finding(values[:, p], mean, claim)
            claim = _claim(f"variance of the {what} in forty days, {where}", FIRST, f"{unit}^2", scenario)
            yield variance_finding(values[:, p], variance, claim, tolerance=0.05)
        law = _plots_law(chain.values, law_at(chain, FIRST_DAYS))
        claim = _claim(f"law of the plots in preparation on day 40, {where}", FIRST, "share", scenario)
        yield distribution_finding(_plots(played.cell("open_plots")[:, -1, p], len(law)), law, claim)


def many(stage: TheorySimulator) -> Iterator[Finding]:
    """Ten times as many plots and teams in one province, from empty."""
    scenario = "terror-queue-fluid"
    played = stage.play(f"theory/{scenario}", replications=1200)
    large = replace(QUEUE, births=QUEUE.births * SCALE, search=QUEUE.search / SCALE, teams=2 * SCALE)
    truth, (hidden, worked, _) = fluid(large, FLUID_DAYS)
    days = float(played.days.sum())
    for what, unit, values, mean in (
        ("attacks a day", "/day", played.cell("attacks")[..., 0].sum(axis=1) / days, truth.attacks),
        ("foiled plots a day", "/day", played.cell("foiled")[..., 0].sum(axis=1) / days, truth.foiled),
        ("busy teams", "teams", played.province("busy_team_days")[..., 0].sum(axis=1) / days, truth.busy),
        ("plots in preparation on day 100", "plots", played.cell("open_plots")[:, -1, 0], hidden + worked),
    ):
        yield mean_finding(values, float(mean), _claim(f"{what}, many plots and teams", MANY, unit, scenario))
