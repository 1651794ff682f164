"""From a scenario to a world, its budget plan and its prices: every number of the YAML becomes an array with a unit.

The parts stand in the modules `calendar`, `money`, `threat`, `network`, `protection` and `harm` beside this one; all of
them read the scenario through `scenario_reader` and share one `context`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import is_
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
from simcpec.scenario.drawn_values import with_values
from simcpec.scenario.inactive_settings import remarks_outside
from simcpec.scenario.layering.shipped_files import called
from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.shared_parts import Parts, shared, unmoved_parts
from simcpec.scenario.resolved import Resolved, placed

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
        found = _drawn(resolved, scenario, values, ticks_per_day) if values else None
        return found or _built(resolved, scenario, ticks_per_day, as_written=not values)
    except ScenarioError as error:
        raise error.about(called(getattr(resolved, "ref", "scenario"), getattr(resolved, "label", ""))) from None


def _built(resolved: Any, scenario: Any, ticks_per_day: int, *, as_written: bool) -> BuiltScenario:
    """The world, with every fault in the place of the layer that made it."""
    reader = ScenarioReader(scenario, root=getattr(resolved, "root", None))
    try:
        return _world_of(build_context(reader, ticks_per_day), as_written=as_written)
    except ScenarioError as error:
        if not isinstance(resolved, Resolved):
            raise
        raise ScenarioError(placed(resolved, fault) for fault in error.faults) from None


def _world_of(context: BuildContext, *, as_written: bool) -> BuiltScenario:
    reader, plan, periods = context.reader, plan_of(context), periods_of(context)
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


# ------------------------------------------------------------------------------------------------ parameter draws


@dataclass(frozen=True, kw_only=True)
class _Unmoved:
    """What the draws of some keys of a scenario have in common: the parts that look at none of these keys."""

    keys_read: frozenset[str]
    context: BuildContext
    of_reader: Parts
    of_context: Parts

    @classmethod
    def of(cls, resolved: Resolved, drawn: Iterable[str], ticks_per_day: int) -> _Unmoved | None:
        """The parts of the scenario as it is written; None where they cannot be built."""
        reader = ScenarioReader(resolved.scenario, root=resolved.root)
        try:
            context = build_context(reader, ticks_per_day)
            keys_read = _world_of(context, as_written=False).keys_read
        except ScenarioError:
            return None
        of_reader, of_context = unmoved_parts(reader.parts, drawn), unmoved_parts(context.parts, drawn)
        return cls(keys_read=keys_read, context=context, of_reader=of_reader, of_context=of_context)

    def world(self, resolved: Resolved, scenario: Any) -> BuiltScenario:
        """The world of a draw."""
        reader = ScenarioReader(scenario, root=resolved.root, unmoved=self.of_reader)
        context = build_context(reader, self.context.clock.ticks_per_day)
        as_before = all(map(is_, context.decides, self.context.decides))
        context = replace(context, unmoved=self.of_context if as_before else {})
        return replace(_world_of(context, as_written=False), keys_read=self.keys_read)


_UNMOVED = Memo(16)


def _drawn(resolved: Any, scenario: Any, values: Mapping[str, float], ticks_per_day: int) -> BuiltScenario | None:
    """The world of a draw, of which only what depends on the drawn keys is built; None where that cannot be.

    What cannot be built is told by `_built`, which knows where everything stands.
    """
    keys = tuple(values)
    common = _UNMOVED.of(resolved, (keys, ticks_per_day), lambda: _Unmoved.of(resolved, keys, ticks_per_day))
    try:
        return None if common is None else common.world(resolved, scenario)
    except Exception:
        return None


# ------------------------------------------------------------------------------------------------ the world


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
