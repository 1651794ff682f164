"""Movements that wait for escorts: every rule, trips of several laws, endless and finite sources.

The numbers below are those of the shipped scenarios, written a second time on purpose: a fault in how a scenario is
read is then a bias like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simcpec.model.events import KIND_DEPART, KIND_MOVEMENT
from simcpec.verification.theory.checks.queues.erlang import separate_months
from simcpec.verification.theory.closed_forms import queues as forms
from simcpec.verification.theory.closed_forms.chains import Floats, State, chain_of, count_moments, steady
from simcpec.verification.theory.finding import (
    Claim,
    Finding,
    distribution_finding,
    exact_finding,
    mean_finding,
    ratio_finding,
    variance_finding,
)
from simcpec.verification.theory.simulate import SimulatedCounts, TheorySimulator

FAMILY = "escorts"
TEAMS = (1, 2, 4, 8)  # by province; a trip takes a day in the mean
RATES = (0.6, 1.4, 3.0, 6.4)  # movements a day
GROUPS = (3, 6, 10, 20)  # of the finite sources
RESTLESS = 0.5  # movements a day of each group at rest
PATIENCE = 0.5  # mean days
FLOWN = 0.25  # share of movements, where some fly
MONTH = 31.0
LOGNORMAL = ("world.movements.trip={law: lognormal, mean: 1 days, shape: 1}",)
FIXED = ("world.movements.trip={law: deterministic, mean: 1 days}",)
ALIKE = (
    "run.period=month",
    *(f"world.provinces.{code}.personnel.foreign=1400 persons" for code in ("SIN", "BAL", "KP", "PUN")),
    *(f"world.movements.escort_teams.{code}=2 teams" for code in ("SIN", "BAL", "KP", "PUN")),
)
WAYS = {"alone": "go alone", "cancelled": "give up"}
WAITING = "M/M/c: C / (c mu - lambda) (Erlang 1917)"
LOST = "Erlang's loss formula, whatever the law of the trips (Erlang 1917; Sevastyanov 1957)"
IMPATIENT = "M/M/c+M, weights of the birth-death chain (Palm 1957; Garnett et al. 2002)"
REPAIR = "machine repair: birth-death chain of the groups that are out or wait (Palm 1947)"
THREE = "chain of the groups at rest, with an escort or waiting, and alone, solved (Palm 1947, 1957)"
ENGSET = "loss system with a finite source, seen by those who set out (Engset 1918)"


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of the family."""
    for part in (wait, crowd, wait_of_other_trips, by_air, paths, loss, alone, leave, repair, give_up, engset):
        yield from part(stage)


def _claim(name: str, formula: str, unit: str, scenario: str) -> Claim:
    return Claim(family=FAMILY, name=name, formula=formula, unit=unit, scenario=f"theory/{scenario}")


def _escorts(number: int) -> str:
    return "1 escort" if number == 1 else f"{number} escorts"


def _total(played: SimulatedCounts, name: str) -> Floats:
    """(R, P) a counter of cohorts over all counted periods."""
    return np.asarray(played.cohort(name).sum(axis=1))


def _use(played: SimulatedCounts, p: int, truth: float, name: str, formula: str, scenario: str) -> Finding:
    """Share of their time that escorts are under way."""
    busy = played.province("busy_escort_days")[:, :, p].sum(axis=1) / float(played.days.sum())
    claim = _claim(name, formula, "share", scenario)
    return mean_finding(busy / TEAMS[p], truth / TEAMS[p], claim)


# ------------------------------------------------------------------------------------------------ all wait


def wait(stage: TheorySimulator) -> Iterator[Finding]:
    """Exponential trips: mean waits, and the use of the escorts."""
    scenario = "escorts-wait"
    played = stage.play(f"theory/{scenario}", replications=500)
    waited, moved = _total(played, "wait_days"), _total(played, "movements")
    for p, (number, rate) in enumerate(zip(TEAMS, RATES, strict=True)):
        truth = forms.m_m_c(number, rate, 1.0)
        claim = _claim(f"mean wait for {_escorts(number)}", WAITING, "days", scenario)
        yield ratio_finding(waited[:, p], moved[:, p], truth.wait, claim)
    yield _use(played, 3, RATES[3], "utilisation of 8 escorts", "M/M/c: load / escorts", scenario)


def crowd(stage: TheorySimulator) -> Iterator[Finding]:
    """Those who wait at an instant, four provinces alike, every third month, when a queue has forgotten the last."""
    scenario = "escorts-wait"
    played = stage.play(f"theory/{scenario}", replications=160, sets=ALIKE)
    stock = played.cohort("waiting_movements")[:, 2::3].ravel()
    truth, formula = forms.m_m_c(TEAMS[1], RATES[1], 1.0), f"{WAITING}; Little (1961)"
    claim = _claim("movements waiting for 2 escorts as a quarter ends", formula, "movements", scenario)
    yield mean_finding(stock, truth.queue, claim, tolerance=0.05)
    law = waiting_law(TEAMS[1], RATES[1])
    formula = "M/M/c: geometric behind C (Erlang 1917)"
    claim = _claim("law of the movements that wait for 2 escorts", formula, "share", scenario)
    yield distribution_finding(np.bincount(stock.astype(np.int64), minlength=len(law)), law, claim, tolerance=0.08)


def waiting_law(teams: int, rate: float, size: int = 200) -> Floats:
    """(size,) law of the number waiting in M/M/c:  P(L = k) = C (1 - rho) rho^k for k >= 1."""
    load = rate / teams
    law = forms.erlang_c(teams, rate) * (1.0 - load) * load ** np.arange(size)
    law[0] = 1.0 - law[1:].sum()
    return np.asarray(law)


def wait_of_other_trips(stage: TheorySimulator) -> Iterator[Finding]:
    """Fixed trips with any number of escorts; log-normal trips with one."""
    scenario = "escorts-wait"
    played = stage.play(f"theory/{scenario}", replications=300, sets=FIXED)
    waited, moved = _total(played, "wait_days"), _total(played, "movements")
    for p in (0, 1, 3):
        truth = forms.m_d_c(TEAMS[p], RATES[p], 1.0)
        claim = _claim(f"mean wait for {_escorts(TEAMS[p])}, fixed trips", "M/D/c (Crommelin 1932)", "days", scenario)
        yield ratio_finding(waited[:, p], moved[:, p], truth.wait, claim)
    played = stage.play(f"theory/{scenario}", replications=500, sets=LOGNORMAL)
    truth = forms.m_g_1(RATES[0], forms.lognormal_service(1.0, 1.0))
    formula = "lambda E S^2 / (2 (1 - rho)) (Pollaczek 1930; Khinchine 1932)"
    claim = _claim("mean wait for 1 escort, log-normal trips", formula, "days", scenario)
    waited, moved = _total(played, "wait_days")[:, 0], _total(played, "movements")[:, 0]
    yield ratio_finding(waited, moved, truth.wait, claim, tolerance=0.03)


def by_air(stage: TheorySimulator) -> Iterator[Finding]:
    """A share of the movements flies: the others are fewer (Poisson splitting) and wait less."""
    scenario = "escorts-wait"
    played = stage.play(f"theory/{scenario}", replications=300, sets=("world.movements.by_air=25 %",))
    flown, moved, waited = (_total(played, name)[:, 2] for name in ("by_air", "movements", "wait_days"))
    claim = _claim("share of movements by air", "that of the scenario", "share", scenario)
    yield ratio_finding(flown, moved, FLOWN, claim)
    formula = f"{WAITING}, lambda thinned by the share that flies (Kingman 1993)"
    claim = _claim(f"mean wait for 4 escorts where {FLOWN:.0%} fly", formula, "days", scenario)
    truth = forms.m_m_c(TEAMS[2], RATES[2] * (1.0 - FLOWN), 1.0)
    yield ratio_finding(waited, moved - flown, truth.wait, claim)


def paths(stage: TheorySimulator) -> Iterator[Finding]:
    """On every path: the days booked are the waits of those who left, told by the trace."""
    sets, p = ("run.warm_up=0 days", "run.horizon=1 years"), 1
    played = stage.play("theory/escorts-wait", replications=2, sets=sets)
    waited = sum(_waited(trace, p) for trace in stage.traces(played.name, replications=2, sets=sets))
    formula = "sum of (departure - setting out) of those that departed"
    claim = _claim("days waited on single paths, 2 escorts", formula, "days", "escorts-wait")
    truth = waited / played.world.calendar.ticks_per_day
    yield exact_finding(float(_total(played, "wait_days")[:, p].sum()), truth, claim, relative=1e-9)


def _waited(trace: np.ndarray, p: int) -> int:
    """Ticks waited by the movements of a province that departed."""
    rows = trace[trace["province"] == p]
    came, left = (rows[rows["kind"] == kind] for kind in (KIND_MOVEMENT, KIND_DEPART))
    began = np.zeros(len(came), np.int64)
    began[came["entity"].astype(np.int64)] = came["tick"]
    return int((left["tick"] - began[left["entity"].astype(np.int64)]).sum())


# ------------------------------------------------------------------------------------------------ some do not


def loss(stage: TheorySimulator) -> Iterator[Finding]:
    """Nobody waits, with trips of three laws; and how much the number lost in a month varies."""
    scenario = "escorts-loss"
    for law, sets in (("exponential", ()), ("fixed", FIXED), ("log-normal", LOGNORMAL)):
        played = stage.play(f"theory/{scenario}", replications=120 if sets else 240, sets=sets)
        lost, moved = _total(played, "cancelled"), _total(played, "movements")
        for p in (1, 3) if sets else (0, 1, 3):
            claim = _claim(f"share cancelled with {_escorts(TEAMS[p])}, {law} trips", LOST, "share", scenario)
            yield ratio_finding(lost[:, p], moved[:, p], forms.erlang_b(TEAMS[p], RATES[p]), claim)
    played = stage.play(f"theory/{scenario}", replications=240)
    apart = played.cohort("cancelled")[:, separate_months(played.days)]
    for p in (1, 3):
        formula = "M/M/c/c from its steady state, second moment of the jumps that count (Neuts 1989)"
        name = f"variance of the movements cancelled in a month, {_escorts(TEAMS[p])}"
        claim = _claim(name, formula, "movements^2", scenario)
        yield variance_finding(apart[:, :, p], lost_variance(TEAMS[p], RATES[p]), claim, tolerance=0.08)


def lost_variance(teams: int, rate: float, days: float = MONTH) -> float:
    """Variance of the number that M/M/c/c loses in so many days.

    A lost arrival changes nothing but a parity, which makes it a jump that can be counted.
    """

    def moves(state: State) -> list[tuple[State, float]]:
        n, parity = state
        here = (n + 1, parity) if n < teams else (n, 1 - parity)
        return [(here, rate), ((n - 1, parity), float(n))]

    chain = chain_of((0, 0), moves)
    law = forms.birth_death(lambda n: rate, float, teams + 1)
    start = np.array([law[n] / 2.0 for n, _ in chain.states])
    return count_moments(chain, lambda before, after: float(before[1] != after[1]), days, start)[1]


def alone(stage: TheorySimulator) -> Iterator[Finding]:
    """Those whose patience ends go alone."""
    yield from _impatient(stage, "escorts-alone", "alone", "share that goes alone", (1, 3))


def leave(stage: TheorySimulator) -> Iterator[Finding]:
    """Those whose patience ends are cancelled."""
    yield from _impatient(stage, "escorts-quit", "cancelled", "share cancelled after a wait", (2,))


def _impatient(stage: TheorySimulator, scenario: str, counter: str, what: str, of: Sequence[int]) -> Iterator[Finding]:
    """Erlang-A: who runs out of patience, how long all waited, and the use of the escorts."""
    played = stage.play(f"theory/{scenario}", replications=200)
    moved, gone, waited = (_total(played, name) for name in ("movements", counter, "wait_days"))
    for p in of:
        truth, where = forms.erlang_a(TEAMS[p], RATES[p], 1.0, 1.0 / PATIENCE), _escorts(TEAMS[p])
        claim = _claim(f"{what}, {where}", IMPATIENT, "share", scenario)
        yield ratio_finding(gone[:, p], moved[:, p], truth.lost, claim)
        claim = _claim(f"mean wait where some {WAYS[counter]}, {where}", IMPATIENT, "days", scenario)
        yield ratio_finding(waited[:, p], moved[:, p], truth.wait, claim)
        yield _use(played, p, truth.busy, f"utilisation of {where} where some {WAYS[counter]}", IMPATIENT, scenario)


# ------------------------------------------------------------------------------------------------ finite sources


def _finite(stage: TheorySimulator, sets: Sequence[str] = ()) -> SimulatedCounts:
    return stage.play("theory/escorts-finite", replications=120, sets=sets)


def repair(stage: TheorySimulator) -> Iterator[Finding]:
    """A few groups that wait."""
    played, scenario = _finite(stage), "escorts-finite"
    days = float(played.days.sum())
    for p in (0, 2):
        truth = forms.finite_source(GROUPS[p], TEAMS[p], RESTLESS, 1.0, waiting=True)
        where = f"{GROUPS[p]} groups, {_escorts(TEAMS[p])}"
        moved, waited = _total(played, "movements")[:, p], _total(played, "wait_days")[:, p]
        yield mean_finding(moved / days, truth.arrivals, _claim(f"movements a day, {where}", REPAIR, "/day", scenario))
        yield ratio_finding(waited, moved, truth.wait, _claim(f"mean wait, {where}", REPAIR, "days", scenario))


def give_up(stage: TheorySimulator) -> Iterator[Finding]:
    """A few groups whose patience ends: they rest at once where they are cancelled, and travel where they go alone."""
    scenario, patience = "escorts-finite", f"world.movements.patience={{law: exponential, mean: {PATIENCE} days}}"
    played = _finite(stage, ("policy.escort.rule=quit", patience))
    truth = forms.finite_source(GROUPS[3], TEAMS[3], RESTLESS, 1.0, waiting=True, impatience=1.0 / PATIENCE)
    name = "share cancelled after a wait, 20 groups, 8 escorts"
    claim = _claim(name, f"{REPAIR}, with impatience", "share", scenario)
    yield ratio_finding(_total(played, "cancelled")[:, 3], _total(played, "movements")[:, 3], truth.lost, claim)
    played = _finite(stage, ("policy.escort.rule=alone", patience))
    days = float(played.days.sum())
    for p in (0, 2):
        set_out, lost, waits = by_themselves(GROUPS[p], TEAMS[p], RESTLESS, 1.0 / PATIENCE)
        where = f"{GROUPS[p]} groups, {_escorts(TEAMS[p])}"
        moved, gone = _total(played, "movements")[:, p], _total(played, "alone")[:, p]
        waited = _total(played, "wait_days")[:, p]
        claim = _claim(f"movements a day where some go alone, {where}", THREE, "/day", scenario)
        yield mean_finding(moved / days, set_out, claim)
        claim = _claim(f"share that goes alone, {where}", THREE, "share", scenario)
        yield ratio_finding(gone, moved, lost / set_out, claim)
        claim = _claim(f"mean wait where some go alone, {where}", THREE, "days", scenario)
        yield ratio_finding(waited, moved, waits / set_out, claim)


def by_themselves(groups: int, teams: int, rate: float, impatience: float) -> tuple[float, float, float]:
    """Movements a day, those of them that go alone, and the mean number waiting; trips of a day, with escort or not.

    A chain of the groups (with an escort or waiting for one, on the road alone); the others are at rest.
    """

    def moves(state: State) -> list[tuple[State, float]]:
        n, a = state
        return [
            ((n + 1, a), rate * (groups - n - a)), ((n - 1, a), float(min(n, teams))),
            ((n - 1, a + 1), impatience * max(0, n - teams)), ((n, a - 1), float(a)),
        ]  # fmt: skip

    chain = chain_of((0, 0), moves)
    law, (n, a) = steady(chain), chain.values.T
    waiting = float(law @ np.maximum(0.0, n - teams))
    return rate * (groups - float(law @ (n + a))), impatience * waiting, waiting


def engset(stage: TheorySimulator) -> Iterator[Finding]:
    """A few groups that go at once or not at all, whatever the law of their trips."""
    scenario = "escorts-finite"
    for law, sets in (("exponential", ()), ("log-normal", LOGNORMAL)):
        played = _finite(stage, ("policy.escort.rule=loss", *sets))
        for p in (0, 2):
            truth = forms.finite_source(GROUPS[p], TEAMS[p], RESTLESS, 1.0, waiting=False)
            name = f"share cancelled, {GROUPS[p]} groups, {_escorts(TEAMS[p])}, {law} trips"
            lost, moved = _total(played, "cancelled")[:, p], _total(played, "movements")[:, p]
            yield ratio_finding(lost, moved, truth.lost, _claim(name, ENGSET, "share", scenario))
