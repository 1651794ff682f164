"""From the budget to units: the plan of the counted years, the capacity inherited and aimed at, and prices."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from simcpec import streams
from simcpec.model import modes
from simcpec.model.plan import Plan, Prices
from simcpec.model.rules.budget import Lines, allocate, annual_amount, province_shares, shared_line
from simcpec.model.world import Capacity
from simcpec.scenario.build_forces import force_costs
from simcpec.scenario.build_ground import Exact, Ground
from simcpec.scenario.build_keys import Keys, frozen, frozen_ints
from simcpec.scenario.build_levers import budget_factors, lever_costs, paid_for, taken_over
from simcpec.units import DAYS_PER_YEAR

CENTS = 100
HIRED = "world.hired"  # what the guards are like that the share buys
POLICY, INHERITED = "policy", "world.budget.inherited"


# ------------------------------------------------------------------------------------------------ budget lines


def lines_of(ground: Ground, block: str, year: int, fraction: Fraction, *, factors: Exact | None = None) -> Lines:
    """Budget lines of one budget year, from the share, split and province rule under `block`.

    block : ``policy`` or ``world.budget.inherited``.      factors : by province, on what it receives of the year.
    Raises `ScenarioError` for a rule with nothing to go by.
    """
    keys = ground.keys
    instruments = [keys.exact(f"{block}.split.{name}") for name in modes.INSTRUMENTS]
    shares = _provinces(ground, block)
    received = [share * factor for share, factor in zip(shares, factors or [Fraction(1)] * len(shares), strict=True)]
    whole = sum(received, Fraction(0))
    return allocate(
        CENTS * whole * _annual(keys, block, year),
        fraction=fraction,
        provinces=[part / whole for part in received] if whole else shares,
        instruments=instruments,
        fixed=_prices(keys, "fixed"),
        unit_cost=_prices(keys, "unit_cost"),
    )


def _annual(keys: Keys, block: str, year: int) -> Fraction:
    """USD of a full budget year."""
    key = f"{block}.security_share"
    of = keys.word(f"{key}.of")
    return annual_amount(
        of,
        year,
        share=Fraction(0) if of == "explicit" else keys.exact(f"{key}.share"),
        annual_outlay=keys.exact("world.budget.annual_outlay"),
        capital_cost=keys.exact("world.budget.capital_cost"),
        spread_over=keys.exact("world.budget.spread_over") / DAYS_PER_YEAR,
        amounts=[keys.exact(item) for item in keys.items(f"{key}.amounts")],
    )


def _provinces(ground: Ground, block: str) -> Exact:
    """Exact shares of the provinces."""
    keys, key = ground.keys, f"{block}.provinces"
    rule = keys.word(f"{key}.rule")
    weights = {"exposure": ground.persons, "threat": ground.of_provinces("plots")}
    if rule == "explicit":
        weights["explicit"] = tuple(keys.by_province(f"{key}.shares"))
    try:
        return province_shares(rule, weights, len(ground.provinces))
    except ValueError as problem:
        allowed = "a rule under which somebody receives"
        raise keys.error(key, f"cannot be followed: {problem}", allowed=allowed) from None


def _prices(keys: Keys, name: str) -> list[Fraction]:
    """Cents a year and instrument."""
    return [CENTS * keys.exact(f"world.budget.instruments.{instrument}.{name}") for instrument in modes.INSTRUMENTS]


# ------------------------------------------------------------------------------------------------ plan and capacity


def plan_of(ground: Ground) -> Plan:
    """The security budget of every budget year, and what the host state's forces cost."""
    keys, years, paid = ground.keys, ground.clock.years, paid_for(ground)
    lines = [
        lines_of(ground, POLICY, k, year.fraction, factors=budget_factors(ground, ground.clock.tick(year.start)))
        for k, year in enumerate(years)
    ]
    forces = keys.names("world.forces")
    return Plan(
        year_labels=tuple(year.label for year in years),
        year_fraction=frozen([float(year.fraction) for year in years]),
        total=frozen_ints([line.total for line in lines]),
        given=frozen_ints([line.given for line in lines]),
        spent=frozen_ints([line.spent for line in lines]),
        units=frozen_ints([line.units for line in lines]),
        unallocated=frozen_ints([line.unallocated for line in lines]),
        payers=(keys.word("world.budget.payer"),) * len(modes.INSTRUMENTS),
        forces=forces,
        force_payers=tuple(keys.word(f"world.forces.{force}.payer") for force in forces),
        force_cost=frozen_ints(force_costs(ground), shape=(len(years), len(forces), len(ground.provinces))),
        **_others(ground, lines),
        levers=_numbered([one.name for one in paid]),
        lever_payers=tuple(one.payer for one in paid),
        lever_cost=frozen_ints(lever_costs(ground), shape=(len(years), len(paid), len(ground.provinces))),
    )


def _numbered(names: list[str]) -> tuple[str, ...]:
    """Names that stand again get their number behind them: ``helicopters``, ``helicopters (2)``."""
    before = [names[:k].count(name) for k, name in enumerate(names)]
    return tuple(f"{name} ({n + 1})" if n else name for name, n in zip(names, before, strict=True))


def _others(ground: Ground, lines: list[Lines]) -> dict[str, Any]:
    """What other payers take over of every line: fields of the plan; none of them where nobody does."""
    shares = taken_over(ground)
    if not shares:
        return {}
    parts = [
        [
            [shared_line(given, spent, [row[y] for _, row in shares]) for given, spent in zip(*pair, strict=True)]
            for pair in zip(line.given, line.spent, strict=True)
        ]
        for y, line in enumerate(lines)
    ]  # [y][p][k][o] of (given, spent)
    whole = np.moveaxis(np.array(parts, dtype=np.int64), (3, 4), (1, 0))
    return {
        "other_payers": tuple(payer for payer, _ in shares),
        "other_given": frozen_ints(whole[0]),
        "other_spent": frozen_ints(whole[1]),
    }


def capacity_of(ground: Ground, plan: Plan) -> Capacity:
    """Units in place at the start, and the target of every budget year.

    What is inherited follows from its own share by the same rules, for a full year on the first year's base; it is in
    place from tick 0, the warm-up included.  With ``capacity: constant`` it stays, whatever the budget buys.
    """
    keys = ground.keys
    inherited = lines_of(ground, INHERITED, 0, Fraction(1)).units
    coupled = keys.switch("policy.capacity", ("constant", "budget"))
    hiring, leaving = keys.number("world.budget.hiring_lag"), keys.number("world.budget.leaving_lag")
    return Capacity(
        inherited=frozen_ints(inherited),
        target=plan.units if coupled else frozen_ints([inherited] * len(plan.year_labels)),
        decision=frozen_ints(range(len(plan.year_labels))),
        tranches=keys.whole("world.budget.tranches"),
        hiring=(int(streams.LAW_GAMMA), streams.scale_for_mean(int(streams.LAW_GAMMA), hiring, 2.0), 2.0),
        leaving=(int(streams.LAW_EXPONENTIAL), leaving, 1.0),
    )


# ------------------------------------------------------------------------------------------------ prices


def hired_effect(keys: Keys) -> float:
    """Effective guards per bought guard: effectiveness x share on duty x (1 + training)."""
    training = 1 + keys.exact("world.protection.training")
    return float(keys.exact(f"{HIRED}.effectiveness") * keys.exact(f"{HIRED}.on_duty") * training)


def prices_of(ground: Ground) -> Prices:
    """What events cost.

    `slow_down` is turned from effective guards to bought guards, whose days a replication counts.  `outlay_elasticity`
    is turned from attacks a year to remembered attacks, so that it means the same whatever the memory.
    """
    keys = ground.keys
    works = keys.by_province("world.budget.works")
    outlay, capital = keys.exact("world.budget.annual_outlay"), keys.exact("world.budget.capital_cost")
    return Prices(
        price_year=keys.whole("world.costs.price_year"),
        discount_rate=keys.number("world.costs.discount_rate"),
        outlay_per_day=frozen([float(outlay * share / DAYS_PER_YEAR) for share in works]),
        delay_per_waiting_day=keys.number("world.costs.delay_per_waiting_day"),
        cancelled_movement=keys.number("world.costs.cancelled_movement"),
        slow_down=keys.number("world.costs.slow_down") * hired_effect(keys),
        compensation_per_death=keys.number("world.costs.compensation_per_death"),
        direct_damage=keys.number("world.costs.direct_damage"),
        carrying_rate=keys.number("world.costs.carrying_rate"),
        capital_per_province=frozen([float(capital * share) for share in works]),
        stopped_share=keys.number("world.stoppage.share", 0.0),
        outlay_elasticity=_elasticity(keys),
        value_of_life=keys.number("world.costs.value_of_life") if keys.has("world.costs.value_of_life") else None,
        exposure=frozen([float(persons) for persons in ground.persons]),
    )


def _elasticity(keys: Keys) -> float:
    """Share of outlay lost per remembered attack: the steady memory of one attack a year is memory / year."""
    if not keys.on("world.confidence.mode"):
        return 0.0
    return float(-keys.exact("world.confidence.elasticity") * DAYS_PER_YEAR / keys.exact("world.confidence.memory"))
