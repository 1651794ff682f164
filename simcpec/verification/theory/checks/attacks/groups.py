"""Armed groups, and provinces that differ: attacks by group and reach, modes by group and province, stocks by group."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from simcpec.model.world import Floats
from simcpec.verification.theory.closed_forms import stock as stocks
from simcpec.verification.theory.closed_forms.choice import logit
from simcpec.verification.theory.finding import Claim, Finding, distribution_finding, mean_finding
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

FAMILY = "groups"
MIXED, STOCKS = "theory/groups", "theory/groups-stock"
DAYS = 100.0
HOMES = np.array([[0.8, 0.3], [0.0, 0.3]])  # [g][p] plots a day of west and south in SIN and BAL
LEAVING = np.array([0.7, 50.0])
HEAVY = np.array([[0.4, 0.8], [0.1, 0.1]])  # [g][p] share of the heavy mode: usual, of BAL, of south
CEILING, GAIN, UNITS = np.array([0.5, 0.2]), np.array([100.0, 300.0]), 0.005  # of the hardening; units a person
LEADS, WORK = 1.0, np.array([1.5, 4.0])
WEST = stocks.BacklashChain(start=20.0, inflow=0.25 * 0.8, birth=0.02, death=0.03)
SOUTH = stocks.BacklashChain(start=20.0, inflow=0.2, birth=0.02, death=0.03)
STOCK_DAYS, MOST, BIRTHS = 60.0, 256, 0.8
SPLIT = "Poisson splitting (Kingman 1993)"


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """Everything of the family."""
    played = stage.play(MIXED, replications=1500)
    yield from _reach(played)
    yield from _own(played)
    yield from _stocks(stage)


def moved() -> Floats:
    """[g][home][p] share of the plots of a home province that attack each province: a logit of one cell in each."""
    away = LEAVING[:, None, None] * (1.0 - np.eye(2))
    return np.array([logit(-row, np.full(2, -np.inf))[0] for row in away])


def _reach(played: SimulatedCounts) -> Iterator[Finding]:
    """Attacks by group and province, and of the heavy mode."""
    say = partial(Claim, family=FAMILY, scenario=MIXED, unit="attacks/day")
    flows = HOMES[:, :, None] * moved()  # [g][home][p]
    for g, group in enumerate(("west", "south")):
        for p, province in enumerate(("SIN", "BAL")):
            found = played.province(f"attacks_group_{g + 1}")[:, 0, p] / DAYS
            truth = float(flows[g, :, p].sum())
            if truth > 1e-9:
                claim = say(name=f"{group} in {province}", formula=f"rate x 1 / (1 + exp leaving), summed; {SPLIT}")
                yield mean_finding(found, truth, claim)
    heavy = (flows * HEAVY[:, :, None]).sum(axis=(0, 1))
    for p, province in enumerate(("SIN", "BAL")):
        claim = say(name=f"heavy mode in {province}", formula=f"rate x reach x share of group or home; {SPLIT}")
        yield mean_finding(played.mode("attacks")[:, 0, p, 1] / DAYS, float(heavy[p]), claim)


def _own(played: SimulatedCounts) -> Iterator[Finding]:
    """Layers and work that a province has of its own."""
    rates = (HOMES[:, :, None] * moved()).sum(axis=(0, 1))
    passing = 1.0 - CEILING * -np.expm1(-GAIN * UNITS)
    busy = LEADS * (WORK * DAYS - WORK**2 / 2.0)
    for p, province in enumerate(("SIN", "BAL")):
        formula = f"rate x (1 - ceiling (1 - exp(-gain x units))) of the province; {SPLIT}"
        claim = Claim(
            family=FAMILY, name=f"breaches in {province}", formula=formula, unit="breaches/day", scenario=MIXED
        )
        yield mean_finding(played.cell("breaches")[:, 0, p] / DAYS, float(rates[p] * passing[p]), claim)
        claim = Claim(
            family=FAMILY, name=f"teams at work in {province}", unit="team-days", scenario=MIXED,
            formula="leads x (work x days - work^2 / 2): M/D/infinity from empty (Little 1961)",
        )  # fmt: skip
        yield mean_finding(played.province("busy_team_days")[:, 0, p], float(busy[p]), claim)


def _stocks(stage: TheorySimulator) -> Iterator[Finding]:
    """The stock of each group, and attacks in proportion to it."""
    played = stage.play(STOCKS, replications=6000)
    came = (played.province("recruits") - played.province("exits")).sum(axis=1)
    for p, (name, chain) in enumerate((("west, inflow from outside cut", WEST), ("south", SOUTH))):
        say = partial(Claim, family=FAMILY, scenario=STOCKS)
        truth = stocks.backlash_moments(chain, STOCK_DAYS)
        stock, formula = chain.start + came[:, p], "linear equations of the moments (Kendall 1948)"
        yield mean_finding(stock, truth.mean, say(name=f"mean stock, {name}", formula=formula, unit="persons"))
        law = stocks.birth_death_law(int(chain.start), chain.inflow, chain.birth, chain.death, STOCK_DAYS, most=MOST)
        claim = say(name=f"law of the stock, {name}", unit="1", formula="immigration, birth and death (Kendall 1948)")
        yield distribution_finding(np.bincount(stock.astype(int), minlength=MOST)[:MOST], law, claim)
        attacks = played.province(f"attacks_group_{p + 1}").sum(axis=(1, 2))
        claim = say(name=f"attacks, {name}", unit="attacks", formula="births x integral of mean stock / start")
        yield mean_finding(attacks, BIRTHS * truth.area / chain.start, claim)
