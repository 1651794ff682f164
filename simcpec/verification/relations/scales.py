"""Relations of units: time measured on another clock, money in another currency."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from math import inf, log
from typing import Any

import numpy as np

from simcpec.economics import allocation
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import costs
from simcpec.economics.discounting import present_value
from simcpec.model import modes
from simcpec.model.outcome import Outcome
from simcpec.model.plan import Plan, Prices, no_parts
from simcpec.model.world import Calendar, World, flatten, world_fields
from simcpec.verification.relations.compare import NAMES, Tables, rows, tables, tables_differ, traces_differ
from simcpec.verification.relations.relation import Bench, Exact
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import with_changes

# ------------------------------------------------------------------------------------------------ time

#: leaves of a world that are so many days (of a law: its scale)
DURATIONS = frozenset(name for name, fact in world_fields().items() if fact.is_law or fact.unit == "days")
#: leaves that are so much a day
PER_DAY = frozenset(name for name, fact in world_fields().items() if re.search(r"\bday\b", fact.unit))
#: leaves that are logs; where attackers watch the road, of so many person-days in the setting `movement`
LOGS = frozenset({"cells.utility"})
FACTORS = (0.125, 0.5, 2.0, 4.0)  # powers of two: a product with one is exact


def another_clock(world: World, factor: float, *, but: Collection[str] = ()) -> World:
    """Return the world with days that are `factor` times as many: durations times it, rates and ticks a day by it.

    A log of person-days gets the log of the factor, which rounds: only the score of a cell reads it, against others.

    factor : one of `FACTORS`.      but : leaves that are forgotten.
    """
    leaves, changes = flatten(world), {}
    for name in (DURATIONS | PER_DAY) - set(but):
        value, by = leaves[name], factor if name in DURATIONS else 1.0 / factor
        new: Any = (value[0], value[1] * by, value[2]) if isinstance(value, tuple) else value * by
        changes[name.replace(".", "__")] = round(new) if isinstance(value, int) else new
    if _is_watched(world):
        for name in LOGS - set(but):
            logs = leaves[name].copy()
            logs[..., modes.MOVEMENT] += log(factor)
            changes[name.replace(".", "__")] = logs
    return with_changes(world, **changes)


def _is_watched(world: World) -> bool:
    """Whether attackers add the log of the traffic, parties a day, to the utility of attacking one on the road."""
    return world.movements.rule != modes.NO_ESCORT and world.movements.memory < inf


def _days_scaled(outcome: Outcome, factor: float) -> Tables:
    """Its tables with every column that is in days so many times as large."""
    found = {name: table.copy() for name, table in tables(outcome).items()}
    for name, counters in NAMES.items():
        found[name][..., [counter.endswith("_days") for counter in counters]] *= factor
    return found


def time_scaled(case: Case, bench: Bench, *, but: Collection[str] = ()) -> str:
    """Return where the relation is broken, or ""; `but` names leaves that are not scaled, by mistake."""
    factor = FACTORS[case.replication % len(FACTORS)]
    before, after = bench.traced(case), bench.traced(case, another_clock(case.world, factor, but=but))
    return traces_differ(rows(after), rows(before)) or tables_differ(tables(after), _days_scaled(before, factor))


TIME = Exact(
    name="time scaling",
    says="another unit of time: the same events at the same ticks; columns in days in the ratio of the units, exactly",
    breach=time_scaled,
    control="the rates of birth are forgotten",
    caught=lambda case, bench: time_scaled(case, bench, but=["threat.rate"]),
)

# ------------------------------------------------------------------------------------------------ money

PARITY = 256  # of the other currency; a power of two: a product with it is exact
MONEY = (
    "outlay_per_day", "delay_per_waiting_day", "cancelled_movement", "compensation_per_death", "direct_damage",
    "capital_per_province", "value_of_life",
)  # fmt: skip
#: lines that come from the plan, in whole cents; all others come from prices
PLANNED = ("security_spending", "host_forces")
CENTS = 100.0
LEAST_UNIT_COST = 10**4  # cents


def _lines(case: Case, parity: int, *, unit_costs: bool = True) -> list[allocation.Lines]:
    """The security budget of each budget year of a case, in cents of a currency `parity` times as small.

    unit_costs : False is the error of the control: they stay in the old currency.
    """
    rng, (P, _, _), K = np.random.default_rng(case.replication), case.world.shape, len(modes.INSTRUMENTS)
    annual = Fraction(int(rng.integers(10**9, 10**13)), 7)  # not a whole number of cents
    provinces, instruments = (_shares(rng.integers(1, 99, n)) for n in (P, K))
    bounds = (0, 10**8), (LEAST_UNIT_COST, 10**9)
    fixed, unit = ([Fraction(int(x)) for x in rng.integers(low, high, K)] for low, high in bounds)
    return [
        allocation.allocate(
            annual * parity,
            fraction=Fraction(int(part), 365),
            provinces=provinces,
            instruments=instruments,
            fixed=[each * parity for each in fixed],
            unit_cost=[each * (parity if unit_costs else 1) for each in unit],
            whole=case.switches["units"] == "whole",
        )
        for part in rng.integers(1, 366, len(case.world.calendar.year_start_tick))
    ]


def _shares(weights: np.ndarray) -> list[Fraction]:
    return [Fraction(int(weight), int(weights.sum())) for weight in weights]


def _plan(case: Case, lines: list[allocation.Lines], parity: int) -> Plan:
    """The plan of these lines, with one force of the host state."""
    rng, provinces = np.random.default_rng(case.replication), len(case.world.provinces)
    force = rng.integers(0, 10**11, (len(lines), 1, provinces)) * parity
    return Plan(
        year_labels=tuple(str(2025 + y) for y in range(len(lines))),
        year_fraction=np.ones(len(lines)),
        total=np.array([line.total for line in lines], np.int64),
        given=np.array([line.given for line in lines], np.int64),
        spent=np.array([line.spent for line in lines], np.int64),
        units=np.array([line.units for line in lines], np.int64),
        parts=np.array([line.parts for line in lines], np.float64) if case.switches["units"] != "whole" else no_parts(),
        unallocated=np.array([line.unallocated for line in lines], np.int64),
        payers=("sponsor",) * len(modes.INSTRUMENTS),
        forces=("host",),
        force_payers=("state",),
        force_cost=force.astype(np.int64),
    )


def planned(case: Case) -> Plan:
    """A security budget for a case."""
    return _plan(case, _lines(case, 1), 1)


def _prices(case: Case) -> Prices:
    """Prices of everything that has one."""
    rng, provinces = np.random.default_rng(case.replication), len(case.world.provinces)
    return Prices(
        price_year=2024,
        discount_rate=float(rng.uniform(0.0, 0.12)),
        outlay_per_day=rng.uniform(1e4, 1e6, provinces),
        delay_per_waiting_day=float(rng.uniform(1e2, 1e4)),
        cancelled_movement=float(rng.uniform(1e2, 1e4)),
        slow_down=float(rng.uniform(0.0, 2.0)),
        compensation_per_death=float(rng.uniform(1e4, 1e6)),
        direct_damage=float(rng.uniform(1e5, 1e7)),
        carrying_rate=float(rng.uniform(0.02, 0.12)),
        capital_per_province=rng.uniform(1e7, 1e9, provinces),
        stopped_share=float(rng.uniform(0.05, 1.0)),
        outlay_elasticity=float(rng.uniform(0.0, 0.4)),
        value_of_life=float(rng.uniform(1e5, 1e6)),
        exposure=rng.uniform(0.0, 3000.0, provinces),
    )


def exchanged(prices: Prices, parity: float) -> Prices:
    """Return the prices in another currency."""
    return replace(prices, **{name: getattr(prices, name) * parity for name in MONEY})


def _lines_differ(ours: allocation.Lines, theirs: allocation.Lines) -> str:
    """Units must be the same; cents, and parts of units, but for what floors to the cent cut off.

    What is spent is cut off once where units are whole; with parts of units the line of the full year is cut off too.
    """
    if ours.units != theirs.units:
        return "other units are bought"
    more = np.array(theirs.parts, np.float64) - np.array(ours.parts, np.float64)
    if (more < 0.0).any() or (more > 1.0 / LEAST_UNIT_COST).any():
        return "other parts of units are bought"
    floors = {"given": 1, "spent": 2 if any(any(row) for row in ours.parts) else 1}
    for name in floors:
        rest = np.array(getattr(theirs, name)) - PARITY * np.array(getattr(ours, name))
        if (rest < 0).any() or (rest >= floors[name] * PARITY).any():
            return f"{name} is not the same money"
    return ""


def _priced(case: Case, outcome: Outcome, plan: Plan, prices: Prices) -> np.ndarray:
    calendar: Calendar = case.world.calendar
    priced = ("cell", "cohort", "province")
    counted = {name: tables(outcome)[name][calendar.warm_up_periods :] for name in priced}
    return costs(**counted, calendar=calendar, plan=plan, prices=prices)


def _money(case: Case, bench: Bench, *, unit_costs: bool = True) -> str:
    """Nothing in a world is money, so one play serves both currencies; what is bought and what it costs must agree."""
    ours, theirs = _lines(case, 1), _lines(case, PARITY, unit_costs=unit_costs)
    for year, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if found := _lines_differ(one, other):
            return f"budget year {year}: {found}"
    outcome, prices = bench.traced(case), _prices(case)
    here = _priced(case, outcome, _plan(case, ours, 1), prices)
    there = _priced(case, outcome, _plan(case, theirs, PARITY), exchanged(prices, PARITY))
    days = np.full(len(here), 30.0)
    events = [COST_LINES.index(name) for name in COST_LINES if name not in PLANNED]
    worth = [present_value(each[..., events], days=days, rate=prices.discount_rate, axis=0) for each in (here, there)]
    plans = [COST_LINES.index(name) for name in PLANNED]
    rest = np.abs(there[..., plans] - PARITY * here[..., plans])
    floors = (2 * len(modes.INSTRUMENTS) + 2) * len(case.world.calendar.year_start_tick)
    if (rest >= floors * PARITY / CENTS).any():
        return "planned lines are not the same money"
    return tables_differ({"costs": there[..., events].copy()}, {"costs": PARITY * here[..., events]}) or tables_differ(
        {"present value": worth[1].discounted}, {"present value": PARITY * worth[0].discounted}
    )


MONEY_UNIT = Exact(
    name="money-unit scaling",
    says=f"money in a currency {PARITY} times as small: the same units are bought, costs x {PARITY}",
    breach=_money,
    control="unit costs stay in the old currency",
    caught=lambda case, bench: _money(case, bench, unit_costs=False),
)
