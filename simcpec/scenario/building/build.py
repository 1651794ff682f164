"""From a scenario to a world, its budget plan and its prices: every number of the YAML becomes an array with a unit.

The parts stand in the modules `calendar`, `money`, `threat`, `network`, `protection` and `harm` beside this one; all of
them read the scenario through `scenario_reader` and share one `context`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from simcpec.errors import ScenarioError, UserError
from simcpec.model import modes
from simcpec.model.plan import Plan, Prices
from simcpec.model.world import Origins, World
from simcpec.numerics import streams
from simcpec.scenario.building.calendar import calendar_of, periods_of, revisions_of, stages_of
from simcpec.scenario.building.context import BuildContext, build_context
from simcpec.scenario.building.harm import harm_of
from simcpec.scenario.building.levers.active_levers import ActiveLever
from simcpec.scenario.building.levers.idle_levers import refuse_without_effect
from simcpec.scenario.building.levers.lever_effects import granted_capacity, moved_world, refreshes_of
from simcpec.scenario.building.money import absorption_remarks, capacity_inherited, capacity_of, plan_of, prices_of
from simcpec.scenario.building.network import check_world, most_militants, network_of, operations_of
from simcpec.scenario.building.protection import movement_remarks, movements_of, protection_of
from simcpec.scenario.building.scenario_reader import ScenarioReader, frozen_ints
from simcpec.scenario.building.threat import cells_of, detection_of, intelligence_of, threat_of
from simcpec.scenario.inactive_settings import remarks_outside
from simcpec.scenario.layering.layers import called
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.resolved import Resolved, placed, with_values

TICKS_PER_DAY = 86_400_000_000  # a microsecond


@dataclass(frozen=True, kw_only=True)
class BuiltScenario:
    """A world with its money and the names of its axes.

    province_labels (P,), period_labels (T,), period_days (T,) : T counted periods, the warm-up is left out.
    remarks : sentences on what the scenario asked for and could not have; for the report.
    keys_read : every dotted key that was looked at.
    """

    world: World
    plan: Plan
    prices: Prices
    province_labels: tuple[str, ...]
    period_labels: tuple[str, ...]
    period_days: tuple[float, ...]
    remarks: tuple[str, ...]
    keys_read: frozenset[str]


def build(
    resolved: Any,
    *,
    values: Mapping[str, float] | None = None,
    ticks_per_day: int = TICKS_PER_DAY,
) -> BuiltScenario:
    """The world that a scenario describes.

    resolved : what `load` gives, or a bare `schema.Scenario` (then faults know no line, and there can be no `values`).
    values : drawn values by dotted key in canonical units, in the place of those written (see `with_values`).
    ticks_per_day : resolution of the clock, at least 1.

    A pure function: equal arguments give arrays with equal bytes.  Raises `ScenarioError` for what only shows in the
    whole (a budget rule under which nobody receives, more militants than can be counted, a lever that changes nothing
    as it is written), naming the key.
    """
    if ticks_per_day < 1:
        raise UserError(f"ticks_per_day is {ticks_per_day}; allowed: a whole number from 1")
    scenario = getattr(resolved, "scenario", resolved)
    try:
        scenario = with_values(resolved, values) if values else scenario
        reader = ScenarioReader(scenario, root=getattr(resolved, "root", None))
        return _built(reader, ticks_per_day, as_written=not values, resolved=resolved)
    except ScenarioError as error:
        raise error.about(called(getattr(resolved, "ref", "scenario"), getattr(resolved, "label", ""))) from None


def _built(reader: ScenarioReader, ticks_per_day: int, *, as_written: bool, resolved: Any) -> BuiltScenario:
    """The world, with every fault in the place of the layer that made it."""
    try:
        return _world_of(reader, ticks_per_day, as_written=as_written)
    except ScenarioError as error:
        if not isinstance(resolved, Resolved):
            raise
        raise ScenarioError(placed(resolved, fault) for fault in error.faults) from None


def _world_of(reader: ScenarioReader, ticks_per_day: int, *, as_written: bool) -> BuiltScenario:
    context = build_context(reader, ticks_per_day)
    plan, periods = plan_of(context), periods_of(context)
    world, remarks, idle = _world(context, plan)
    if as_written:
        refuse_without_effect(context, plan, idle)
    check_world(reader, world)
    return BuiltScenario(
        world=world,
        plan=plan,
        prices=prices_of(context),
        province_labels=tuple(province.label or name for name, province in reader.world.provinces.items()),
        period_labels=tuple(period.label for period in periods),
        period_days=tuple(period.days for period in periods),
        remarks=(*remarks, *absorption_remarks(context, plan)),
        keys_read=reader.reads.all,
    )


def _world(context: BuildContext, plan: Plan) -> tuple[World, tuple[str, ...], tuple[ActiveLever, ...]]:
    """World, remarks, and the instruments that changed no array."""
    unbought, remarks, idle = _unbought_world(context)
    capacity, decided = granted_capacity(context, capacity_of(context, plan), unbought.calendar)
    world = replace(unbought, calendar=replace(unbought.calendar, decision_tick=decided), capacity=capacity)
    return world, (*remarks, *remarks_outside(context.reader.scenario)), idle


@shared
def _unbought_world(context: BuildContext) -> tuple[World, tuple[str, ...], tuple[ActiveLever, ...]]:
    """All of it but what the security budget buys: no other part of a world hangs on that."""
    stages, revisions = stages_of(context), revisions_of(context, refreshes_of(context))
    calendar = calendar_of(context, periods=periods_of(context), stages=stages, revisions=revisions)
    before = capacity_inherited(context)
    network, remarks = network_of(context, before, most_militants(calendar.period_end_tick))
    world = World(
        provinces=context.provinces,
        addresses=_addresses(context),
        cohorts=context.cohorts,
        settings=modes.SETTINGS,
        groups=context.groups,
        modes=tuple(context.attack_modes),
        mode_addresses=tuple(streams.name_identity(name) for name in context.attack_modes),
        calendar=calendar,
        origins=Origins(
            group=frozen_ints([origin.group for origin in context.origins]),
            province=frozen_ints([origin.province for origin in context.origins]),
        ),
        threat=threat_of(context, stages),
        cells=cells_of(context),
        detection=detection_of(context),
        intelligence=intelligence_of(context, before),
        operations=operations_of(context, before),
        network=network,
        protection=protection_of(context, before, revisions),
        movements=movements_of(context),
        harm=harm_of(context),
        capacity=before,
    )
    world, more, idle = moved_world(context, world)
    return world, (*remarks, *more, *movement_remarks(world.movements)), idle


def _addresses(context: BuildContext) -> tuple[int, ...]:
    """Whose random numbers each province uses: its own code's, unless it names another."""
    provinces = context.world.provinces.items()
    return tuple(streams.province_address(province.address or name) for name, province in provinces)
