"""Spans of time after money and after attacks: lag of capacity, surge from a reserve, stoppage, memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from simcpec.verification.theory.closed_forms import intervals as forms
from simcpec.verification.theory.closed_forms.preparation import preparation
from simcpec.verification.theory.finding import Claim, Finding, mean_finding, variance_finding
from simcpec.verification.theory.simulate import TheorySimulator

_claim = partial(Claim, family="consequences")
RATE, PROVINCES, DAYS = 0.1, 8, 100.0  # attacks a day and province of `attempts`
BOUGHT, HIRING, LEAVING, YEAR = 8, 90.0, 60.0, 365.0
LENT, LOAN, LOANS = 10.0, 20.0, 20  # guards a loan, its days, and how many the reserve holds
STOPPED, STOPPED_SHAPE, SPREADS = 10.0, 0.8, 0.1
MEMORY = 30.0


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of them."""
    yield from _lag(stage)
    yield from _surge(stage)
    yield from _stoppage(stage)
    yield from _memory(stage)


def _lag(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/capacity-lag"
    guards = stage.play(scenario, replications=1500).province("guard_days")
    mean, variance = forms.served_moments(HIRING, YEAR)
    say = partial(_claim, scenario=scenario)
    formula = "units x integral of the Erlang-2 distribution function over the year (Erlang 1917)"
    claim = say(name="guard-days of the year of hiring", formula=formula, unit="guard-days")
    yield mean_finding(guards[:, 0], BOUGHT * mean, claim)
    formula = "units x variance of (T - L)+, each with a lag of its own"
    claim = say(name="variance of guard-days of that year", formula=formula, unit="guard-days^2")
    yield variance_finding(guards[:, 0], BOUGHT * variance, claim, tolerance=0.04)
    formula = "units x F(year) x mean of an exponential stay within a year"
    claim = say(name="guard-days of the year of leaving", formula=formula, unit="guard-days")
    yield mean_finding(guards[:, 1], BOUGHT * forms.left_days(LEAVING, HIRING, YEAR, YEAR), claim)


def _surge(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/surge"
    lent = stage.play(scenario, replications=1000).province("surge_days").sum(axis=(1, 2))
    offered = RATE * PROVINCES * LOAN
    carried = offered * (1.0 - forms.erlang_b(offered, LOANS))
    formula = "a (1 - B(c, a)) loans, whatever the law of their length (Erlang 1917; Sevastyanov 1957)"
    claim = _claim(name="guard-days of surge", formula=formula, unit="guard-days", scenario=scenario)
    yield mean_finding(lent, LENT * DAYS * carried, claim)


def _stoppage(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/stoppage"
    stopped = stage.play(scenario, replications=1500).province("stoppage_days").sum(axis=1)
    law = preparation("lognormal", STOPPED, STOPPED_SHAPE)
    truth = forms.covered_days(RATE * (1.0 + (PROVINCES - 1) * SPREADS), law.sf, DAYS)
    formula = "integral of 1 - exp(-rate x integral of the survival), busy M/G/inf from empty (Takacs 1962)"
    claim = _claim(name="days of stoppage", formula=formula, unit="days", scenario=scenario)
    yield mean_finding(stopped.mean(axis=1), truth, claim)  # provinces share attacks: one value a replication


def _memory(stage: TheorySimulator) -> Iterator[Finding]:
    scenario = "theory/memory"
    memory = stage.play(scenario, replications=3500).province("memory_days").sum(axis=1)
    mean, variance = forms.memory_moments(RATE, MEMORY, DAYS)
    say = partial(_claim, scenario=scenario)
    formula = "rate x integral of m (1 - exp(-u / m)), a shot noise (Campbell 1909)"
    yield mean_finding(memory, mean, say(name="remembered attack-days", formula=formula, unit="attack-days"))
    formula = "rate x integral of its square (Campbell 1909)"
    claim = say(name="variance of remembered attack-days", formula=formula, unit="attack-days^2")
    yield variance_finding(memory, variance, claim)
