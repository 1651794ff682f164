"""Leads that wait for teams: Erlang-A, -B and -C, patience of any law, one team with work of any law, priorities.

The numbers below are those of the shipped scenarios, written a second time on purpose: a fault in how a scenario is
read is then a bias like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np

from simcpec.model.events import KIND_LEAD, KIND_STALE, KIND_WORK
from simcpec.verification.theory.closed_forms import queues as forms
from simcpec.verification.theory.closed_forms.chains import (
    Chain,
    Floats,
    State,
    Worth,
    area_moments,
    chain_of,
    count_moments,
    law_at,
    steady,
)
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

FAMILY = "leads"
TEAMS = (1, 2, 4, 10)  # by province
PATIENCE = 1.5  # mean days, in all of Erlang-A and its relatives; work takes a day in the mean
HURRIED = (0.7, 1.8, 4.0, 12.0)  # leads a day where they go stale
CALM = (0.6, 1.4, 3.0, 8.0)  # where they never do
EMPTY_DAYS = 3.0
LONG = 0.5  # days that a lead waits
MONTHLY = ("run.period=month",)
ALONE_RATE = 0.5  # leads a day of one team
WORKS = (
    ("fixed", (), inf),
    ("gamma", ("gamma", 2.0, "1 days"), 2.0),
    ("log-normal", ("lognormal", 0.8, "1 days"), 0.8),
)
WORK_KEYS = ("law", "shape", "mean")

ERLANG_A = "M/M/c+M, weights of the birth-death chain (Palm 1957; Garnett et al. 2002)"
ANY = "M/M/c+G by the integrals of Zeltyn & Mandelbaum (2005)"
BY_PATIENCE = {
    "exponential": ERLANG_A,
    "endless": "M/M/c: C / (c mu - lambda) (Erlang 1917)",
    "fixed": ANY,
    "log-normal": ANY,
}
"""The formula for each law of patience."""


def findings(stage: TheorySimulator) -> Iterator[Finding]:
    """All of the family."""
    for part in (erlang_a, months, at_once, paths, empty, erlang_b, erlang_c, any_patience, one_team, priority):
        yield from part(stage)


def _claim(name: str, formula: str, unit: str, scenario: str) -> Claim:
    return Claim(family=FAMILY, name=name, formula=formula, unit=unit, scenario=f"theory/{scenario}")


def _teams(number: int) -> str:
    return "1 team" if number == 1 else f"{number} teams"


def _total(played: SimulatedCounts, name: str) -> Floats:
    """(R, P) a counter of provinces over all counted periods."""
    return np.asarray(played.province(name).sum(axis=1))


def _steady(
    played: SimulatedCounts,
    scenario: str,
    patience: str,
    truths: Sequence[forms.Steady],
    which: Sequence[str],
    of: Sequence[int],
) -> Iterator[Finding]:
    """Wait, queue, staleness and use of the teams in some provinces, against their steady states."""
    days, formula = float(played.days.sum()), BY_PATIENCE[patience]
    leads, waited = _total(played, "leads_routine"), _total(played, "queue_days")
    stale, busy = _total(played, "stale"), _total(played, "busy_team_days")
    for p in of:
        truth, where = truths[p], f"{_teams(TEAMS[p])}, {patience} patience"
        if "wait" in which:
            claim = _claim(f"mean wait of leads, {where}", formula, "days", scenario)
            yield ratio_finding(waited[:, p], leads[:, p], truth.wait, claim)
        if "queue" in which:
            claim = _claim(f"mean number of leads waiting, {where}", formula, "leads", scenario)
            yield mean_finding(waited[:, p] / days, truth.queue, claim)
        if "stale" in which:
            claim = _claim(f"share of leads that go stale, {where}", formula, "share", scenario)
            yield ratio_finding(stale[:, p], leads[:, p], truth.lost, claim)
        if "use" in which:
            claim = _claim(f"utilisation of {where}", formula, "share", scenario)
            yield mean_finding(busy[:, p] / (days * TEAMS[p]), truth.busy / TEAMS[p], claim)


# ------------------------------------------------------------------------------------------------ Erlang-A


def erlang_a(stage: TheorySimulator) -> Iterator[Finding]:
    """Means in the steady state."""
    played = stage.play("theory/erlang-a", replications=300)
    truths = [forms.erlang_a(c, rate, 1.0, 1.0 / PATIENCE) for c, rate in zip(TEAMS, HURRIED, strict=True)]
    yield from _steady(played, "erlang-a", "exponential", truths, ("wait", "stale"), range(4))
    yield from _steady(played, "erlang-a", "exponential", truths, ("queue", "use"), (1, 3))


def months(stage: TheorySimulator) -> Iterator[Finding]:
    """The number of leads present as months end, which is forgotten a month later; and what a month loses."""
    played = stage.play("theory/erlang-a", replications=250, sets=MONTHLY)
    here, lost = present(played), played.province("stale")[:, separate_months(played.days)]
    for p in (1, 3):
        law, where = steady_law(TEAMS[p], HURRIED[p]), _teams(TEAMS[p])
        claim = _claim(f"law of the number of leads present, {where}", ERLANG_A, "share", "erlang-a")
        yield distribution_finding(np.bincount(here[:, :, p].ravel(), minlength=len(law)), law, claim)
        chain = chain_of_leads(TEAMS[p], HURRIED[p])
        _, variance = count_moments(chain, stale_share(TEAMS[p]), 31.0, law)
        formula = "M/M/c+M: second moment of the jumps that count, from the steady state (Neuts 1989)"
        claim = _claim(f"variance of the leads that go stale in a month, {where}", formula, "leads^2", "erlang-a")
        yield variance_finding(lost[:, :, p], variance, claim, tolerance=0.05)


def separate_months(days: Floats) -> list[int]:
    """Months of 31 days of which no two touch."""
    found: list[int] = []
    for i, length in enumerate(days):
        if length == 31.0 and (not found or i > found[-1] + 1):
            found.append(i)
    return found


def present(played: SimulatedCounts) -> np.ndarray:
    """(R, T, P) whole number of leads waiting or in work as each period ends."""
    return np.asarray(played.province("queue_leads") + played.province("work_leads"), np.int64)


def chain_of_leads(teams: int, rate: float) -> Chain:
    """The number of leads present, from none; it ends where a Poisson number of that mean never comes."""
    most = int(20 + 3 * rate + 12 * rate**0.5)
    return chain_of(
        (0,),
        lambda state: [
            ((state[0] + 1,), rate if state[0] < most else 0.0),
            ((state[0] - 1,), min(state[0], teams) + max(0, state[0] - teams) / PATIENCE),
        ],
    )


def steady_law(teams: int, rate: float) -> Floats:
    """(n,) its stationary law."""
    return steady(chain_of_leads(teams, rate))


def stale_share(teams: int) -> Worth:
    """Of the jumps downwards, the share in which a lead goes stale and no work ends."""

    def worth(before: State, after: State) -> float:
        waiting = max(0, before[0] - teams) / PATIENCE
        return waiting / (waiting + teams) if after[0] < before[0] and waiting else 0.0

    return worth


def at_once(stage: TheorySimulator) -> Iterator[Finding]:
    """What single leads met, the warm-up left out: the share that a team takes up at once, and that waits for long."""
    of, calendar = (1, 2), stage.build("theory/erlang-a").world.calendar
    first, last = calendar.period_end_tick[calendar.warm_up_periods - 1], calendar.horizon_tick
    long = round(LONG * calendar.ticks_per_day)
    traces = stage.traces("theory/erlang-a", replications=40)
    found = np.array([[_begun(trace, p, int(first), last, long) for p in of] for trace in traces], np.float64)
    for i, p in enumerate(of):
        at_once, longer = forms.virtual_wait(TEAMS[p], HURRIED[p], 1.0, 1.0 / PATIENCE, LONG)
        formula = "virtual wait of M/M/c+M by level crossing (Baccelli & Hebuterne 1981); arrivals see it (Wolff 1982)"
        claim = _claim(f"share of leads that a team takes up at once, {_teams(TEAMS[p])}", formula, "share", "erlang-a")
        yield ratio_finding(found[:, i, 0], found[:, i, 2], at_once, claim)
        name = f"share of leads that wait longer than half a day, {_teams(TEAMS[p])}"
        claim = _claim(name, formula, "share", "erlang-a")
        yield ratio_finding(found[:, i, 1], found[:, i, 2], longer, claim, tolerance=0.03)


def paths(stage: TheorySimulator) -> Iterator[Finding]:
    """Little's law on every path: the integral of the queue is the sum of the waits, told by the trace."""
    sets, p = ("run.warm_up=0 days", "run.horizon=1 years"), 3
    played = stage.play("theory/erlang-a", replications=2, sets=sets)
    calendar = played.world.calendar
    waits = [_waits(trace, p, calendar.horizon_tick) for trace in stage.traces(played.name, replications=2, sets=sets)]
    truth = sum(int(each.sum()) for each in waits) / calendar.ticks_per_day
    formula = "integral of the queue over time = sum of the single waits, on every path (Little 1961)"
    claim = _claim("days that leads waited on single paths, 10 teams", formula, "days", "erlang-a")
    yield exact_finding(float(_total(played, "queue_days")[:, p].sum()), truth, claim, relative=1e-9)


def _times(rows: np.ndarray, kind: int, size: int) -> np.ndarray:
    """(size,) tick at which each lead had an event of this kind; -1 where it had none."""
    rows = rows[rows["kind"] == kind]
    ticks = np.full(size, -1, np.int64)
    ticks[rows["entity"].astype(np.int64)] = rows["tick"]
    return ticks


def _waits(trace: np.ndarray, p: int, horizon: int) -> np.ndarray:
    """(leads,) ticks that each lead of a province waited until work began, it went stale, or all ended."""
    came, ended = _spans(trace, p, horizon)
    return np.asarray(ended - came)


def _spans(trace: np.ndarray, p: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """(leads,) ticks at which each lead of a province came, and at which its wait ended."""
    rows = trace[trace["province"] == p]
    size = int((rows["kind"] == KIND_LEAD).sum())
    came, begun, stale = (_times(rows, kind, size) for kind in (KIND_LEAD, KIND_WORK, KIND_STALE))
    return came, np.where(begun >= 0, begun, np.where(stale >= 0, stale, horizon))


def _begun(trace: np.ndarray, p: int, first: int, horizon: int, long: int) -> tuple[int, int, int]:
    """Leads that did not wait at all, that waited longer than `long`, and all leads of a province.

    Those only that came after `first` and at least `long` before the horizon, so that it is known of each.
    """
    came, ended = _spans(trace, p, horizon)
    waits = (ended - came)[(came > first) & (came < horizon - long)]
    return int((waits == 0).sum()), int((waits > long).sum()), len(waits)


def empty(stage: TheorySimulator) -> Iterator[Finding]:
    """The first days: the number present at their end, and mean and variance of what went stale."""
    played = stage.play("theory/erlang-a-empty", replications=11_500)
    here, lost, served = present(played)[:, -1], _total(played, "stale"), _total(played, "operations_routine")
    for p in (2, 3):
        chain, where = chain_of_leads(TEAMS[p], HURRIED[p]), _teams(TEAMS[p])
        law = law_at(chain, EMPTY_DAYS)
        formula = "M/M/c+M from empty: p exp(Q t) of the finite chain"
        claim = _claim(f"law of the number of leads present on day 3, {where}", formula, "share", "erlang-a-empty")
        yield distribution_finding(np.bincount(here[:, p], minlength=len(law)), law, claim)
        if p == 2:
            continue
        formula = "M/M/c+M from empty: moments of the jumps that count (Neuts 1989)"
        for what, counts, worth in (
            ("that go stale", lost, stale_share(TEAMS[p])),
            ("worked on", served, done_share(TEAMS[p])),
        ):
            mean, variance = count_moments(chain, worth, EMPTY_DAYS)
            claim = _claim(f"leads {what} in three days, {where}", formula, "leads", "erlang-a-empty")
            yield mean_finding(counts[:, p], mean, claim, tolerance=0.05)
            name = f"variance of the leads {what} in three days, {where}"
            claim = _claim(name, formula, "leads^2", "erlang-a-empty")
            yield variance_finding(counts[:, p], variance, claim, tolerance=0.05)
        waiting = np.maximum(0.0, chain.values[:, 0] - TEAMS[p])
        mean, variance = area_moments(chain, waiting, EMPTY_DAYS)
        waited, formula = _total(played, "queue_days")[:, p], "M/M/c+M from empty: moments of the area (Neuts 1989)"
        claim = _claim(f"days that leads waited in three days, {where}", formula, "days", "erlang-a-empty")
        yield mean_finding(waited, mean, claim, tolerance=0.05)
        name = f"variance of the days that leads waited in three days, {where}"
        yield variance_finding(waited, variance, _claim(name, formula, "days^2", "erlang-a-empty"), tolerance=0.06)


def done_share(teams: int) -> Worth:
    """Of the jumps downwards, the share in which work ends."""
    stale = stale_share(teams)
    return lambda before, after: 1.0 - stale(before, after) if after[0] < before[0] else 0.0


# ------------------------------------------------------------------------------------------------ its relatives


def erlang_b(stage: TheorySimulator) -> Iterator[Finding]:
    """Nobody waits."""
    played = stage.play("theory/erlang-b", replications=200)
    formula = "Erlang's loss formula, whatever the law of the work (Erlang 1917; Sevastyanov 1957)"
    lost, leads = _total(played, "stale"), _total(played, "leads_routine")
    for p in (0, 1, 3):
        claim = _claim(f"share of leads lost without patience, {_teams(TEAMS[p])}", formula, "share", "erlang-b")
        yield ratio_finding(lost[:, p], leads[:, p], forms.erlang_b(TEAMS[p], HURRIED[p]), claim)


def erlang_c(stage: TheorySimulator) -> Iterator[Finding]:
    """Everybody waits."""
    played = stage.play("theory/erlang-c", replications=400)
    truths = [forms.m_m_c(c, rate, 1.0) for c, rate in zip(TEAMS, CALM, strict=True)]
    yield from _steady(played, "erlang-c", "endless", truths, ("wait",), range(4))
    yield from _steady(played, "erlang-c", "endless", truths, ("use",), (3,))


def any_patience(stage: TheorySimulator) -> Iterator[Finding]:
    """Patience that is fixed, or log-normal."""
    laws = (
        ("fixed", "fixed-patience", lambda x: min(x, PATIENCE), PATIENCE),
        ("log-normal", "lognormal-patience", forms.within_lognormal(PATIENCE, 0.8), inf),
    )
    for patience, scenario, within, knee in laws:
        played = stage.play(f"theory/{scenario}", replications=240)
        truths = [
            forms.impatient(c, rate, 1.0, within, PATIENCE, knee=knee) for c, rate in zip(TEAMS, HURRIED, strict=True)
        ]
        yield from _steady(played, scenario, patience, truths, ("wait", "stale"), (1, 3))


def one_team(stage: TheorySimulator) -> Iterator[Finding]:
    """Work of any law: the mean wait, and for work that is not too wild the variance of the queue."""
    for name, law, shape in WORKS:
        sets = [f"world.operations.work.{key}={value}" for key, value in zip(WORK_KEYS, law, strict=False)]
        played = stage.play("theory/one-team", replications=400, sets=sets)
        service = forms.lognormal_service(1.0, shape) if name == "log-normal" else forms.gamma_service(1.0, shape)
        truth = forms.m_g_1(ALONE_RATE, service)
        claim = _claim(
            f"mean wait of leads, 1 team, {name} work", "lambda E S^2 / (2 (1 - rho)) (Pollaczek 1930; Khinchine 1932)",
            "days", "one-team",
        )  # fmt: skip
        yield ratio_finding(_total(played, "queue_days"), _total(played, "leads_routine"), truth.wait, claim)
    for name, law, shape in WORKS[:2]:  # the queue of work as wild as the log-normal forgets too slowly
        sets = [f"world.operations.work.{key}={value}" for key, value in zip(WORK_KEYS, law, strict=False)]
        played = stage.play("theory/one-team", replications=210, sets=(*MONTHLY, *sets))
        claim = _claim(
            f"variance of the leads waiting, 1 team, {name} work", "from E W^2 (Takacs 1962; Keilson & Servi 1988)",
            "leads^2", "one-team",
        )  # fmt: skip
        queue = played.province("queue_leads")[:, 1::2]  # every second month, when it has forgotten the last one
        variance = forms.m_g_1_queue_variance(ALONE_RATE, forms.gamma_service(1.0, shape))
        yield variance_finding(queue, variance, claim, tolerance=0.06)


# ------------------------------------------------------------------------------------------------ priority

FOUND, MATURING, ROUTINE, SERVERS = 0.6, 0.2, 1.8, 3


def priority(stage: TheorySimulator) -> Iterator[Finding]:
    """Leads on plots go first, or do not: the share of found plots that are still there when work ends."""
    rules = (("plots_first", FOUND, "Cobham 1954; Kella & Yechiali 1985"), ("fifo", FOUND + ROUTINE, "Erlang 1917"))
    for rule, first, why in rules:
        sets = [f"policy.operations.priority={rule}"]
        played = stage.play("theory/lead-priority", replications=120, sets=sets)
        begun = forms.begun_alive(SERVERS, first, FOUND + ROUTINE, 1.0, MATURING)
        formula = f"E exp(-nu (W + S)), W of an M/M/c queue, {rule} ({why})"
        claim = _claim(f"share of found plots that are foiled, {rule}", formula, "share", "lead-priority")
        foiled = played.cell("foiled").sum(axis=1)
        yield ratio_finding(foiled, _total(played, "found"), begun / (1.0 + MATURING), claim)
    days = float(played.days.sum())
    formula = "births x h / (h + nu), a Poisson process (Kingman 1993)"
    claim = _claim("found plots a day", formula, "plots/day", "lead-priority")
    yield mean_finding(_total(played, "found") / days, FOUND, claim)
