"""From the budget to units: the plan of the counted years, the capacity inherited and aimed at, and prices."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from simcpec.economics.allocation import (
    Absorption,
    Lines,
    allocate,
    annual_amount,
    mixed_shares,
    province_shares,
    shared_line,
)
from simcpec.model import modes
from simcpec.model.plan import Plan, Prices, no_parts
from simcpec.model.world import Capacity, Floats
from simcpec.numerics import samplers
from simcpec.scenario.building.context import BuildContext, Exact
from simcpec.scenario.building.forces import force_costs
from simcpec.scenario.building.levers.lever_effects import budget_factors, lever_costs, paid_for, taken_over
from simcpec.scenario.building.scenario_reader import ScenarioReader, at, frozen, frozen_ints, on
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema import policy_block, shared_blocks
from simcpec.scenario.schema.world import budget_block, world_block
from simcpec.units import DAYS_PER_YEAR

CENTS = 100
WORTH_TELLING = 0.01  # of what is spent on a line


# ------------------------------------------------------------------------------------------------ budget lines


class YearRule(NamedTuple):
    """How the budget of one budget year is shared out.

    fraction : of the full year within the run.      factor : what levers do to the whole amount.
    provinces, instruments : shares, each adding up to 1.
    """

    fraction: Fraction
    factor: Fraction
    provinces: Exact
    instruments: Exact


def _rule(
    context: BuildContext, block: policy_block.PolicyBlock | budget_block.Inherited, fraction: Fraction
) -> YearRule:
    """The rule that `block` gives. Raises `ScenarioError` for a rule with nothing to go by."""
    return YearRule(
        fraction=fraction,
        factor=Fraction(1),
        provinces=_provinces(context, block.provinces),
        instruments=tuple(share.exact for share in block.split.by_instrument().values()),
    )


def _multiplied(rule: YearRule, factors: Exact) -> YearRule:
    """The rule with factors by province on what it receives of the year."""
    if all(factor == 1 for factor in factors):
        return rule
    received = [share * factor for share, factor in zip(rule.provinces, factors, strict=True)]
    whole = sum(received, Fraction(0))
    return rule._replace(factor=whole, provinces=tuple(part / whole for part in received) if whole else rule.provinces)


def lines_of(context: BuildContext, rule: YearRule, annual: Fraction, before: Lines | None = None) -> Lines:
    """Budget lines of one budget year, of `annual` USD in a full one.

    before : lines of the year before, beyond whose growth units are dearer; None: all at the usual price.
    """
    fixed, unit_cost = _instrument_prices(context)
    absorption = () if before is None else absorption_of(context)
    return allocate(
        CENTS * rule.factor * annual,
        fraction=rule.fraction,
        provinces=rule.provinces,
        instruments=rule.instruments,
        fixed=fixed,
        unit_cost=unit_cost,
        whole=context.policy.units == "whole",
        absorption=absorption,
        before=() if before is None or not absorption else _units(before),
    )


def _units(lines: Lines) -> list[list[Fraction]]:
    return [
        [units + part for units, part in zip(*pair, strict=True)] for pair in zip(lines.units, lines.parts, strict=True)
    ]


@shared
def absorption_of(context: BuildContext) -> tuple[Absorption | None, ...]:
    """[k] how fast the line of an instrument can hire, None where any growth has the usual price; () if none is bound.

    As `instruments` says of it, else as of all.
    """
    block = context.world.budget.absorption
    found = tuple(_absorbing(own or block) for own in block.instruments.in_order())
    return found if any(found) else ()


def _absorbing(block: budget_block.OwnAbsorption) -> Absorption | None:
    if block.growth is None or block.elasticity.exact == 0:
        return None
    return Absorption(growth=block.growth.exact, elasticity=block.elasticity.exact)


def absorption_remarks(context: BuildContext, plan: Plan) -> tuple[str, ...]:
    """A sentence on the lines that grow faster than they can hire at the usual price, and on what that costs."""
    if not absorption_of(context):
        return ()
    fixed, unit_cost = _instrument_prices(context)
    units = plan.units + (plan.parts if plan.fractional else 0.0)
    usual = plan.year_fraction[:, None, None] * (
        units * np.array(unit_cost, float) + (units > 0) * np.array(fixed, float)
    )
    more, spent = (plan.spent - usual).sum(axis=(0, 1)), plan.spent.sum(axis=(0, 1))
    dear = [
        (name, m / s) for name, m, s in zip(modes.INSTRUMENTS, more, spent, strict=True) if m > WORTH_TELLING * s > 0
    ]
    if not dear:
        return ()
    told = ", ".join(f"{name} {part:.0%}" for name, part in dear)
    return (
        f"world.budget.absorption: lines that grow faster than they can hire do so at a higher price; of what is "
        f"spent on them this takes: {told}.",
    )


@shared
def _instrument_prices(context: BuildContext) -> tuple[Exact, Exact]:
    """Fixed and unit cost of every instrument, in cents a year."""
    prices = context.world.budget.instruments.in_order()
    fixed = tuple(CENTS * price.fixed.exact for price in prices)
    return fixed, tuple(CENTS * price.unit_cost.exact for price in prices)


def _annual(reader: ScenarioReader, block: shared_blocks.SecurityShare, years: int) -> list[Fraction]:
    """USD of the first so many budget years, each as a full one."""
    of, budget = block.of, reader.world.budget
    amount = partial(
        annual_amount,
        of,
        share=Fraction(0) if of == "explicit" else reader.given(block.share, lambda: at(block).share).exact,
        annual_outlay=budget.annual_outlay.exact,
        capital_cost=budget.capital_cost.exact,
        spread_over=budget.spread_over.exact / DAYS_PER_YEAR,
        amounts=[amount.exact for amount in block.amounts or ()],
    )
    return [amount(year) for year in range(years)]


def _provinces(context: BuildContext, block: shared_blocks.ProvinceRule) -> Exact:
    """Exact shares of the provinces; of a mixture no rule is asked for of which it has nothing."""
    if block.rule != "mixed":
        return _by_rule(context, block, block.rule)
    by_exposure = context.reader.given(block.exposure, lambda: at(block).exposure).exact
    by_threat = context.reader.given(block.threat, lambda: at(block).threat).exact
    weights = {
        "exposure": by_exposure,
        "threat": (1 - by_exposure) * by_threat,
        "works": (1 - by_exposure) * (1 - by_threat),
    }
    return mixed_shares([(weight, _by_rule(context, block, rule)) for rule, weight in weights.items() if weight])


def _by_rule(context: BuildContext, block: shared_blocks.ProvinceRule, rule: str) -> Exact:
    reader = context.reader
    try:
        if rule != "explicit":
            return _shares_by(context, rule)
        shares = tuple(reader.by_province(reader.given(block.shares, lambda: at(block).shares)))
        return province_shares(rule, {rule: shares}, len(context.provinces))
    except ValueError as problem:
        allowed = "a rule under which somebody receives"
        raise reader.error(at(block), f"cannot be followed: {problem}", allowed=allowed) from None


@shared
def _shares_by(context: BuildContext, rule: str) -> Exact:
    """What a rule gives that reads nothing but the world. Raises ValueError where it cannot be followed."""
    weights: dict[str, Exact] = {}
    if rule == "works":
        weights[rule] = tuple(context.reader.by_province(context.world.budget.works))
    elif rule != "equal":
        weights[rule] = context.persons if rule == "exposure" else context.plots
    return province_shares(rule, weights, len(context.provinces))


# ------------------------------------------------------------------------------------------------ plan and capacity


def plan_of(context: BuildContext) -> Plan:
    """The security budget of every budget year, and what the host state's forces cost."""
    lines = _lines_of_policy(context)
    return Plan(
        total=frozen_ints([line.total for line in lines]),
        given=frozen_ints([line.given for line in lines]),
        spent=frozen_ints([line.spent for line in lines]),
        units=frozen_ints([line.units for line in lines]),
        parts=no_parts() if context.policy.units == "whole" else _parts([line.parts for line in lines]),
        unallocated=frozen_ints([line.unallocated for line in lines]),
        **_whatever_the_budget(context),
        **_others(context, lines),
    )


def _lines_of_policy(context: BuildContext) -> list[Lines]:
    """Lines of every budget year; years that are alike in all have the same ones."""
    if absorption_of(context):
        return _lines_one_after_another(context)
    found: list[tuple[YearRule, Fraction, Lines]] = []
    rules = _rules_of_policy(context)
    for rule, annual in zip(rules, _annual(context.reader, context.policy.security_share, len(rules)), strict=True):
        alike = next((lines for one, amount, lines in found if one is rule and amount == annual), None)
        found.append((rule, annual, alike or lines_of(context, rule, annual)))
    return [lines for _, _, lines in found]


def _lines_one_after_another(context: BuildContext) -> list[Lines]:
    """Lines of every budget year, each beside the year before; the first beside what is inherited."""
    rules, before = _rules_of_policy(context), _inherited_lines(context)
    found = []
    for rule, annual in zip(rules, _annual(context.reader, context.policy.security_share, len(rules)), strict=True):
        before = lines_of(context, rule, annual, before)
        found.append(before)
    return found


def _inherited_lines(context: BuildContext) -> Lines:
    """Lines of the budget in force the day before the start, as a full year."""
    budget = context.world.budget
    rule = _rule(context, budget.inherited, Fraction(1))
    (annual,) = _annual(context.reader, budget.inherited.security_share, 1)
    return lines_of(context, rule, annual)


@shared
def _rules_of_policy(context: BuildContext) -> tuple[YearRule, ...]:
    """The rule of every budget year; years with equal rules have one and the same."""
    usual = _rule(context, context.policy, Fraction(1))
    rules: dict[tuple[Fraction, Exact], YearRule] = {}
    found = []
    for year in context.clock.years:
        here = year.fraction, budget_factors(context, context.clock.tick(year.start))
        if here not in rules:
            rules[here] = _multiplied(usual._replace(fraction=here[0]), here[1])
        found.append(rules[here])
    return tuple(found)


@shared
def _whatever_the_budget(context: BuildContext) -> dict[str, Any]:
    """Fields of the plan that do not hang on the security budget: years, payers, forces and levers."""
    world, years, paid = context.world, context.clock.years, paid_for(context)
    forces, each = tuple(world.forces), len(context.provinces)
    return {
        "year_labels": tuple(year.label for year in years),
        "year_fraction": frozen([float(year.fraction) for year in years]),
        "payers": (world.budget.payer,) * len(modes.INSTRUMENTS),
        "forces": forces,
        "force_payers": tuple(force.payer for force in world.forces.values()),
        "force_cost": frozen_ints(force_costs(context), shape=(len(years), len(forces), each)),
        "levers": _numbered([one.name for one in paid]),
        "lever_payers": tuple(one.payer for one in paid),
        "lever_cost": frozen_ints(lever_costs(context), shape=(len(years), len(paid), each)),
    }


def _parts(parts: object) -> Floats:
    """Parts of units, as floats from exact numbers."""
    return frozen(np.array(parts, dtype=np.float64))


def _numbered(names: list[str]) -> tuple[str, ...]:
    """Names that stand again get their number behind them: ``helicopters``, ``helicopters (2)``."""
    before = [names[:k].count(name) for k, name in enumerate(names)]
    return tuple(f"{name} ({n + 1})" if n else name for name, n in zip(names, before, strict=True))


def _others(context: BuildContext, lines: list[Lines]) -> dict[str, Any]:
    """What other payers take over of every line: fields of the plan; none of them where nobody does."""
    shares = taken_over(context)
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


def capacity_of(context: BuildContext, plan: Plan) -> Capacity:
    """Units in place at the start, and the target of every budget year.

    What is inherited follows from its own share by the same rules, for a full year on the first year's base; it is in
    place from tick 0, the warm-up included.  With ``capacity: constant`` it stays, whatever the budget buys.
    """
    capacity = capacity_inherited(context)
    if context.policy.capacity == "constant":
        return capacity
    parts = plan.parts if plan.fractional else frozen(np.zeros(plan.units.shape))
    return replace(capacity, target=plan.units, target_part=parts)


@shared
def capacity_inherited(context: BuildContext) -> Capacity:
    """Capacity of which nothing is bought: what is inherited stays."""
    budget, years = context.world.budget, len(context.clock.years)
    before = _inherited_lines(context)
    hiring, leaving = budget.hiring_lag.value, budget.leaving_lag.value
    return Capacity(
        inherited=frozen_ints(before.units),
        inherited_part=_parts(before.parts),
        target=frozen_ints([before.units] * years),
        target_part=_parts([before.parts] * years),
        decision=frozen_ints(range(years)),
        tranches=budget.tranches.whole,
        hiring=(int(samplers.LAW_GAMMA), samplers.scale_for_mean(int(samplers.LAW_GAMMA), hiring, 2.0), 2.0),
        leaving=(int(samplers.LAW_EXPONENTIAL), leaving, 1.0),
    )


# ------------------------------------------------------------------------------------------------ prices


def hired_effect(world: world_block.WorldBlock) -> float:
    """Effective guards per bought guard: effectiveness x share on duty x (1 + training)."""
    hired, training = world.hired, 1 + world.protection.training.exact
    return float(hired.effectiveness.exact * hired.on_duty.exact * training)


@shared
def prices_of(context: BuildContext) -> Prices:
    """What events cost.

    `slow_down` is turned from effective guards to bought guards, whose days a replication counts.  `outlay_elasticity`
    is turned from per cent of attacks to remembered attacks, so that it means the same whatever the memory.
    """
    world = context.world
    costs, budget = world.costs, world.budget
    works = context.reader.by_province(budget.works)
    outlay, capital = budget.annual_outlay.exact, budget.capital_cost.exact
    return Prices(
        price_year=costs.price_year,
        discount_rate=costs.discount_rate.value,
        outlay_per_day=frozen([float(outlay * share / DAYS_PER_YEAR) for share in works]),
        delay_per_waiting_day=costs.delay_per_waiting_day.value,
        cancelled_movement=costs.cancelled_movement.value,
        slow_down=costs.slow_down.value * hired_effect(world),
        compensation_per_death=costs.compensation_per_death.value,
        direct_damage=costs.direct_damage.value,
        carrying_rate=costs.carrying_rate.value,
        capital_per_province=frozen([float(capital * share) for share in works]),
        stopped_share=world.stoppage.share.value,
        outlay_elasticity=_elasticity(world.confidence, costs.carrying_rate.exact),
        outlay_reference=_reference(world.confidence),
        outlay_memory=world.confidence.memory.value if on(world.confidence.mode) else 0.0,
        value_of_life=None if costs.value_of_life is None else costs.value_of_life.value,
        exposure=frozen([float(persons) for persons in context.persons]),
    )


def _elasticity(confidence: budget_block.Confidence, carrying: Fraction) -> float:
    """Share of outlay charged per remembered attack.

    The steady memory of a reference of r attacks a day is r x memory attacks, of which one more is a change by
    1 / (r x memory).  Without a reference one attack a year counts as 100 %.  Outlays that are postponed come a memory
    later and cost their carrying.
    """
    if not on(confidence.mode):
        return 0.0
    years = confidence.memory.exact / DAYS_PER_YEAR
    attacks = years if confidence.reference is None else confidence.reference.exact * confidence.memory.exact
    charged = confidence.lost.exact + (1 - confidence.lost.exact) * carrying * years
    return float(-confidence.elasticity.exact / attacks * charged)


def _reference(confidence: budget_block.Confidence) -> float:
    """Remembered attacks of the nation at the reference; 0 where there is none."""
    if not on(confidence.mode) or confidence.reference is None:
        return 0.0
    return float(confidence.reference.exact * confidence.memory.exact)
