"""Conservation: every plot, lead, movement, militant and cent is somewhere, and at one place only.

The balances of the tables are checked by every play (`model.outcome.check`).  Here the same is asked of the trace,
entity by entity and event by event, and its totals are compared with the tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable

import numpy as np

from simcpec.economics.costs import accounts, by_period, check_accounts
from simcpec.errors import IdentityBroken
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.verification.relations.compare import rows
from simcpec.verification.relations.relation import Bench, Exact
from simcpec.verification.relations.scales import planned
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import with_changes

Key = Callable[[tuple[int, ...]], Hashable]

#: kinds that open a stage of life, and kinds that close it: of a lead that waits, of one in work, ...
WAITING_LEAD = ((events.KIND_LEAD, events.KIND_FOUND), (events.KIND_WORK, events.KIND_STALE))
WORKED_LEAD = ((events.KIND_WORK,), (events.KIND_DONE,))
MOVEMENT = ((events.KIND_MOVEMENT,), (events.KIND_DEPART, events.KIND_CANCELLED))
TRIP = ((events.KIND_DEPART,), (events.KIND_RETURN,))
PLOT = ((events.KIND_BORN,), (events.KIND_FOILED, events.KIND_LAPSED, events.KIND_ATTACK))
ATTACK = ((events.KIND_ATTACK,), (events.KIND_STOPPED, events.KIND_BREACH))
#: kinds a trace cannot lose without a balance noticing
BOOKED = sorted({kind for pair in (WAITING_LEAD, WORKED_LEAD, MOVEMENT, TRIP, PLOT, ATTACK) for kind in sum(pair, ())})


def open_at_end(trace: np.ndarray, stage: tuple[tuple[int, ...], tuple[int, ...]], key: Key, *, before: int = 0) -> int:
    """Return how many entities have opened a stage of life and not closed it; `before` of them were there at tick 0.

    Raises IdentityBroken where one closes that is not open.
    """
    (opens, closes), alive, unseen = stage, Counter[Hashable](), before
    for row in trace[np.isin(trace["kind"], opens + closes)].tolist():
        who = key(row)
        if row[1] in opens:
            alive[who] += 1
        elif alive[who] > 0:
            alive[who] -= 1
        elif unseen > 0:
            unseen -= 1
        else:
            raise IdentityBroken(f"{events.KINDS[row[1]]} at tick {row[0]} of what was never there: {who}")
    return sum(alive.values()) + unseen


def _entity(row: tuple[int, ...]) -> Hashable:
    return row[2], row[5]  # province, entity


def _plot(row: tuple[int, ...]) -> Hashable:
    return row[5], row[6]  # identity, counter word of the place of birth


def _strike(row: tuple[int, ...]) -> Hashable:
    return row[0], row[2], row[3], row[4], row[5]  # tick, cell, identity


def _movement(row: tuple[int, ...]) -> Hashable:
    return row[2], row[3], row[5]  # province, cohort, number


def unbalanced(outcome: Outcome, world: World, trace: np.ndarray) -> str:
    """Return where a trace and the tables of its outcome do not balance, or ""."""
    last, total = outcome.province[-1].sum(axis=0), outcome.cohort.sum(axis=(0, 1, 2))
    stood = int(outcome.start_plots.sum())
    try:
        ends = (
            ("plots open", open_at_end(trace, PLOT, _plot, before=stood), outcome.cell[-1, ..., names.CELL_OPEN].sum()),
            ("attacks without an end", open_at_end(trace, ATTACK, _strike), 0.0),
            ("leads waiting", open_at_end(trace, WAITING_LEAD, _entity), last[names.PROV_QUEUE]),
            ("leads in work", open_at_end(trace, WORKED_LEAD, _entity), last[names.PROV_WORK]),
            (
                "movements waiting or by air",
                open_at_end(trace, MOVEMENT, _movement),
                outcome.cohort[-1, ..., names.COHORT_WAITING].sum() + total[names.COHORT_AIR],
            ),
        )
        open_at_end(trace, TRIP, _movement)
    except IdentityBroken as fault:
        return str(fault)
    wrong = [f"{what}: {told} by the trace, {kept:g} by the tables" for what, told, kept in ends if told != kept]
    return wrong[0] if wrong else _militants(outcome, world, trace)


def _militants(outcome: Outcome, world: World, trace: np.ndarray) -> str:
    """Militant days of each province, from the steps of the stock in the trace: the same number of ticks."""
    calendar = world.calendar
    for p, start in enumerate(world.militants.tolist()):
        steps = trace[(trace["kind"] == events.KIND_NETWORK) & (trace["province"] == p)]
        stock, since, area = int(start), 0, 0
        for tick, value in zip(steps["tick"].tolist(), steps["value"].tolist(), strict=True):
            area += stock * (tick - since)
            stock, since = int(value), tick
        area += stock * (calendar.horizon_tick - since)
        kept = outcome.province[:, p, names.PROV_MILITANT_DAYS].sum() * calendar.ticks_per_day
        if abs(area - kept) > 1e-12 * area:
            return f"militants of {world.provinces[p]}: {area} person ticks by the trace, {kept:.0f} by the tables"
    return ""


def _money(case: Case) -> str:
    """The plan balances, and cutting it into periods and accounts neither loses nor invents a cent."""
    plan = planned(case)
    calendar = with_changes(case.world.calendar, warm_up_periods=0)
    try:
        check_accounts(plan)
    except IdentityBroken as fault:
        return str(fault)
    listed = accounts(plan, provinces=case.world.provinces, instruments=modes.INSTRUMENTS)
    whole = int(plan.spent.sum()) + int(plan.force_cost.sum())
    cut = int(by_period(plan.spent, calendar).sum()) + int(by_period(plan.force_cost, calendar).sum())
    booked = sum(account.spent for account in listed)
    given = sum(account.given for account in listed if account.budget)
    if not whole == cut == booked or given != int(plan.total.sum()):
        return f"spent {whole} cents, {cut} by period, {booked} in the accounts; given {given} of {plan.total.sum()}"
    return ""


def _conserved(case: Case, bench: Bench) -> str:
    outcome = bench.traced(case)
    return unbalanced(outcome, case.world, rows(outcome)) or _money(case)


def _one_lost(case: Case, bench: Bench) -> str:
    """Return the outcome with one event lost from its trace."""
    outcome = bench.traced(case)
    trace = rows(outcome)
    booked = np.flatnonzero(np.isin(trace["kind"], BOOKED))
    if not len(booked):
        return ""
    return unbalanced(outcome, case.world, np.delete(trace, booked[case.replication % len(booked)]))


CONSERVATION = Exact(
    name="conservation",
    says="plots, leads, movements, militants: what begins ends once or is open at the end; of money no cent is lost",
    breach=_conserved,
    control="one event is lost",
    caught=_one_lost,
)
