"""What a replication costs, line by line (4.10), and the accounts of the security budget to the cent.

Two kinds of money never mix.  The *plan* (security budget, host forces) is exact: cents, as integers, and cut into
periods so that the parts add up to the whole.  *Prices of events* are floats: USD per event or per day, times counts.
Deaths and injuries are not in any line; `deaths_valued` prices them for a sensitivity that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simcpec.errors import IdentityBroken
from simcpec.model.outcome import (
    CELL_BREACHES,
    CELL_DEATHS,
    COHORT_CANCELLED,
    COHORT_WAIT_DAYS,
    PROV_GUARD_DAYS,
    PROV_MEMORY_DAYS,
    PROV_STOPPAGE_DAYS,
)
from simcpec.model.plan import Plan, Prices
from simcpec.model.world import Calendar, Floats, Ints

CENTS = 100.0
DAYS_A_YEAR = 365.25
NOT_SHARED_OUT = "not shared out"
BUDGET, FORCES, LEVERS = "budget", "forces", "levers"  # what an account belongs to


def costs(*, cell: Floats, cohort: Floats, province: Floats, calendar: Calendar, plan: Plan, prices: Prices) -> Floats:
    """Costs of one or many replications, (..., T, P, 9) USD in the order of `COST_LINES`.

    cell (..., T, P, C, S, K), cohort (..., T, P, C, K), province (..., T, P, K) : tables of `model.outcome` with any
    leading axes; T counted periods, the warm-up left out.

    security_spending   spent on the security budget; what was given but not spent is no cost
    host_forces         the host state's own forces
    escort_delay        days that movements waited, and movements cancelled
    slow_down           share of outlay lost to restriction, by bought guards per person; at most all of it
    compensation        foreign deaths
    direct_damage       breaches
    stoppage            days stopped x share of works stopped x their capital x carrying rate
    outlays_lost        remembered attacks (beyond a reference) x elasticity x outlay; at most all of it; what fewer
                        attacks than the reference bring is counted against it
    levers              instruments with a cost of their own, beside the budget and the forces

    Raises ValueError where T is not the number of counted periods.
    """
    days = period_days(calendar)
    if province.shape[-3] != len(days):
        raise ValueError(f"tables of {province.shape[-3]} periods for a calendar of {len(days)} counted ones")
    outlay = days[:, None] * prices.outlay_per_day
    persons = np.where(prices.exposure > 0.0, prices.exposure, np.inf)
    movements = cohort.sum(axis=-2)
    cells = cell.sum(axis=(-3, -2))
    works = prices.stopped_share * prices.capital_per_province * prices.carrying_rate / DAYS_A_YEAR
    slowed = prices.slow_down * province[..., PROV_GUARD_DAYS] / persons * prices.outlay_per_day
    lost = prices.outlay_elasticity * _remembered(province, calendar, prices) * prices.outlay_per_day
    spending, forces, levers = planned_lines(plan, calendar)
    lines = (
        spending,
        forces,
        movements[..., COHORT_WAIT_DAYS] * prices.delay_per_waiting_day
        + movements[..., COHORT_CANCELLED] * prices.cancelled_movement,
        np.minimum(slowed, outlay),
        cells[..., CELL_DEATHS] * prices.compensation_per_death,
        cells[..., CELL_BREACHES] * prices.direct_damage,
        province[..., PROV_STOPPAGE_DAYS] * works,
        np.minimum(lost, outlay),
        levers,
    )
    return np.stack(np.broadcast_arrays(*lines), axis=-1)


def _remembered(province: Floats, calendar: Calendar, prices: Prices) -> Floats:
    """Attacks x days remembered, (..., T, P): of each province; or of the nation beyond a reference, (..., T, 1).

    The memory is empty when the clock begins, and so is that of the reference: it fills as 1 - exp(-t / memory).
    """
    days = province[..., PROV_MEMORY_DAYS]
    if prices.outlay_reference <= 0.0:
        return days
    edges = np.array([float(edge) / calendar.ticks_per_day for edge in _counted_edges(calendar)])
    filled = np.diff(edges + prices.outlay_memory * np.exp(-edges / prices.outlay_memory))
    return np.asarray(days.sum(axis=-1) - prices.outlay_reference * filled)[..., None]


def planned_lines(plan: Plan, calendar: Calendar) -> tuple[Floats, Floats, Floats]:
    """Return what the plan says of security_spending, host_forces and levers: USD by counted period and province.

    (T, P) each; levers (1, 1) of nothing where there is none.
    """
    return (
        by_period(plan.spent.sum(axis=-1), calendar) / CENTS,
        by_period(plan.force_cost.sum(axis=1), calendar) / CENTS,
        _levers(plan, calendar) / CENTS,
    )


def _levers(plan: Plan, calendar: Calendar) -> Ints:
    """(T, P) cents of all levers; (1, 1) of nothing where there is none."""
    if not plan.levers:
        return np.zeros((1, 1), dtype=np.int64)
    return by_period(plan.lever_cost.sum(axis=1), calendar)


def deaths_valued(cell: Floats, prices: Prices) -> Floats | None:
    """Foreign deaths x value of life, (..., T, P) USD, for a labelled sensitivity; None where no value is set."""
    if prices.value_of_life is None:
        return None
    return np.asarray(cell[..., CELL_DEATHS].sum(axis=(-2, -1)) * prices.value_of_life)


# ------------------------------------------------------------------------------------------------ from years to periods


def period_days(calendar: Calendar) -> Floats:
    """Lengths of the counted periods in days, (T,)."""
    return np.diff(_counted_edges(calendar)) / calendar.ticks_per_day


def by_period(yearly: Ints, calendar: Calendar) -> Ints:
    """Amounts by budget year (Y, ...) as amounts by counted period (T, ...): evenly by time, adding up exactly.

    Up to a moment, a year has spent floor(amount x part of the year gone); a period gets the difference between its
    two ends. So no cent is lost or invented, and a period that is a budget year gets its amount unchanged.
    """
    edges = _counted_edges(calendar)
    starts = [int(tick) for tick in calendar.year_start_tick]
    ends = [*starts[1:], int(calendar.horizon_tick)]
    flat = np.asarray(yearly, dtype=np.int64).reshape(len(starts), -1)
    parts = np.zeros((len(edges) - 1, flat.shape[1]), dtype=np.int64)
    for amounts, start, end in zip(flat, starts, ends, strict=True):
        gone = [min(max(int(edge), start), end) - start for edge in edges]
        # Python integers: cents x ticks do not fit 64 bits
        parts += np.diff([[int(amount) * part // (end - start) for amount in amounts] for part in gone], axis=0)
    return parts.reshape(len(edges) - 1, *np.shape(yearly)[1:])


def _counted_edges(calendar: Calendar) -> Ints:
    """Ticks at which counted periods begin and end, (T + 1,)."""
    edges = np.concatenate([np.zeros(1, dtype=np.int64), calendar.period_end_tick])
    return edges[calendar.warm_up_periods :]


# ------------------------------------------------------------------------------------------------ accounts


@dataclass(frozen=True, kw_only=True)
class Account:
    """One row of the account table, in cents: given = spent + unspent.

    province : code, or "" for what is national.
    line : an instrument, `NOT_SHARED_OUT`, ``force: name`` or ``lever: name``.
    source : `BUDGET` for the security budget, `FORCES` or `LEVERS` for what is not paid from it.
    """

    year: str
    payer: str
    province: str
    line: str
    source: str
    given: int
    spent: int

    @property
    def budget(self) -> bool:
        """Whether the security budget pays it."""
        return self.source == BUDGET

    @property
    def unspent(self) -> int:
        """Cents given but not spent."""
        return self.given - self.spent


def accounts(plan: Plan, *, provinces: tuple[str, ...], instruments: tuple[str, ...]) -> tuple[Account, ...]:
    """Every line of the plan by year, province, line and payer; the cents not shared out; the forces; the levers.

    provinces (P,), instruments (K,) : names in the order of the plan's axes.
    The rows of the security budget add up to `plan.total` in every year (see `check_accounts`).
    """
    rows: list[Account] = []
    for y, year in enumerate(plan.year_labels):
        for (p, province), (k, line) in _pairs(provinces, instruments):
            given, spent = int(plan.given[y, p, k]), int(plan.spent[y, p, k])
            rows += _paid(plan, (y, p, k), _account(year, plan.payers[k], province, line, BUDGET, given, spent))
        rest = int(plan.unallocated[y])
        rows.append(_account(year, _rest_payer(plan), "", NOT_SHARED_OUT, BUDGET, rest, 0))
        for (f, force), (p, province) in _pairs(plan.forces, provinces):
            cost = int(plan.force_cost[y, f, p])
            rows.append(_account(year, plan.force_payers[f], province, f"force: {force}", FORCES, cost, cost))
        for (i, lever), (p, province) in _pairs(plan.levers, provinces):
            cost = int(plan.lever_cost[y, i, p])
            rows.append(_account(year, plan.lever_payers[i], province, f"lever: {lever}", LEVERS, cost, cost))
    return tuple(rows)


def _paid(plan: Plan, place: tuple[int, int, int], whole: Account) -> list[Account]:
    """A line of the budget by who pays: others what they take over, the budget's payer the rest."""
    parts = [
        replace(whole, payer=payer, given=int(plan.other_given[o][place]), spent=int(plan.other_spent[o][place]))
        for o, payer in enumerate(plan.other_payers)
        if plan.other_given[o][place]
    ]
    given, spent = (sum(getattr(part, name) for part in parts) for name in ("given", "spent"))
    return [replace(whole, given=whole.given - given, spent=whole.spent - spent), *parts]


def check_accounts(plan: Plan) -> None:
    """Raise `IdentityBroken` unless in every year total = given summed + unallocated, and 0 <= spent <= given.

    Where parts of units are bought, each must lie in [0, 1], and no line may be charged without any of a unit.
    """
    given, left = plan.given.sum(axis=(1, 2)).tolist(), plan.unallocated.tolist()
    beyond = np.count_nonzero((plan.spent < 0) | (plan.spent > plan.given), axis=(1, 2)).tolist()
    for y, (year, shared, rest) in enumerate(zip(plan.year_labels, given, left, strict=True)):
        if shared + rest != int(plan.total[y]):
            raise IdentityBroken(
                f"budget of {year}: {shared} given + {rest} not shared out, against {plan.total[y]} cents"
            )
        if not 0 <= rest < max(1, plan.given[y].size):
            raise IdentityBroken(f"budget of {year}: {rest} cents not shared out among {plan.given[y].size} lines")
        if beyond[y]:
            raise IdentityBroken(f"budget of {year}: a line is spent beyond what it was given")
        if plan.fractional and ((plan.parts[y] < 0.0) | (plan.parts[y] > 1.0)).any():
            raise IdentityBroken(f"budget of {year}: a part of a unit is not between 0 and 1")
        if plan.fractional and ((plan.spent[y] > 0) & (plan.units[y] + plan.parts[y] == 0.0)).any():
            raise IdentityBroken(f"budget of {year}: a line is charged and buys nothing")


def _account(year: str, payer: str, province: str, line: str, source: str, given: int, spent: int) -> Account:
    return Account(year=year, payer=payer, province=province, line=line, source=source, given=given, spent=spent)


def _pairs(rows: tuple[str, ...], columns: tuple[str, ...]) -> list[tuple[tuple[int, str], tuple[int, str]]]:
    return [(row, column) for row in enumerate(rows) for column in enumerate(columns)]


def _rest_payer(plan: Plan) -> str:
    """Who keeps the cents that were not shared out: the payer of the budget, or all of them where there are several."""
    return " and ".join(dict.fromkeys(plan.payers))
