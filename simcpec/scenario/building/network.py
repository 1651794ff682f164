"""Operations, and the network that they weaken and may provoke (4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from simcpec.errors import Fault, ScenarioError
from simcpec.model import modes
from simcpec.model.rules import network as rules
from simcpec.model.world import Capacity, Ints, Network, Operations, World
from simcpec.scenario.building.context import BuildContext
from simcpec.scenario.building.forces import seen_guards
from simcpec.scenario.building.groups import Origin, of_groups
from simcpec.scenario.building.scenario_reader import ScenarioReader, frozen, frozen_ints, on, ratios, value_or
from simcpec.scenario.building.threat import LEAST_UNIT
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema.keys import KEYS, dotted_at
from simcpec.scenario.schema.world import network_block
from simcpec.units import DAYS_PER_YEAR

INFINITE = float("inf")


@shared
def operations_of(context: BuildContext, capacity: Capacity) -> Operations:
    """Teams, leads, and what an operation brings."""
    reader, epochs, operations = context.reader, context.epochs, context.world.operations
    everywhere = [1.0] * len(context.provinces)
    return Operations(
        work=reader.law(operations.work),
        work_factor=frozen(ratios(context.provinces, operations.work_by_province, operations.work.mean)),
        patience=reader.law(operations.patience),
        priority=modes.PRIORITY.index(context.policy.operations.priority),
        teams=frozen_ints(reader.wholes(operations.teams)),
        routine=frozen(reader.floats(operations.routine_leads)),
        tempo=epochs.stack(everywhere),
        follow_teams=operations.follow_teams.value,
        teams_at_start=frozen(
            reader.wholes(operations.teams) + (capacity.inherited + capacity.inherited_part)[:, modes.OPERATIONS]
        ),
        false_leads=frozen([operations.false_leads.value for _ in everywhere]),
        success=epochs.stack([operations.success.value for _ in everywhere]),
        arrests=epochs.stack(reader.floats(operations.arrests)),
        deaths=epochs.stack(reader.floats(operations.deaths)),
        own_losses=epochs.stack([operations.own_losses.value for _ in everywhere]),
        dispersion=value_or(operations.dispersion, INFINITE),
        goes_wrong=epochs.stack([operations.goes_wrong.value for _ in everywhere]),
        yield_follows_stock=on(operations.yield_follows_stock),
    )


# ------------------------------------------------------------------------------------------------ backlash


class BacklashNumbers(NamedTuple):
    """Recruits provoked by a militant's death, an arrest, and per head, day and unit of footprint; the loss of tips."""

    per_death: Fraction
    per_arrest: Fraction
    footprint_gain: Fraction
    footprint_tips: Fraction


#: three worlds, not one number: the evidence on the sign is split (model, 4.6)
BACKLASH_WORLDS = {
    "none": BacklashNumbers(Fraction(0), Fraction(0), Fraction(0), Fraction(0)),
    "moderate": BacklashNumbers(Fraction("1.5"), Fraction("0.2"), Fraction("0.02") / DAYS_PER_YEAR, Fraction("0.05")),
    "strong": BacklashNumbers(Fraction(4), Fraction("0.5"), Fraction("0.08") / DAYS_PER_YEAR, Fraction("0.2")),
}


def backlash_of(block: network_block.BacklashBlock) -> BacklashNumbers:
    """The named world, or with ``custom`` the numbers beside it."""
    own = BacklashNumbers(
        block.per_death.exact, block.per_arrest.exact, block.footprint_gain.exact, block.footprint_tips.exact
    )
    return own if block.world == "custom" else BACKLASH_WORLDS[block.world]


# ------------------------------------------------------------------------------------------------ flows at the start


@dataclass(frozen=True, kw_only=True)
class Flows:
    """Militants per day at the start in one province, under the operations of history, without the constant inflow."""

    recruits: float  # whatever the model says of so many
    exits: float
    removed: float  # by arrest and death

    @property
    def balancing_inflow(self) -> float:
        """The inflow at which the stock stands still in expectation; negative where recruitment outgrows losses.

        Backlash has no part in it: it is a departure from a fixed reference, which no balance takes out again.
        """
        return self.exits + self.removed - self.recruits


def flows_at_start(context: BuildContext, model: int, militants: int, p: int, *, of: int) -> Flows:
    """Flows of so many of the militants of province p at the start: every routine lead becomes an operation.

    None is on plots.      of : all militants of the province, whom operations take in proportion.
    """
    world, floats = context.world, context.reader.floats
    per_head = world.network.recruits.value
    exit_rate = world.network.exits.value
    operations = floats(world.operations.routine_leads)[p]
    arrests = operations * floats(world.operations.arrests)[p]
    deaths = operations * floats(world.operations.deaths)[p]
    if model == modes.FIRE_WATER:
        recruits, exits = _fire_water(world.network.fire_water, militants, per_head, exit_rate)
        return Flows(recruits=recruits, exits=exits, removed=0.0)
    capacity = _capacity(world.network, militants)
    recruits = rules.recruit_intensity(model, militants, 0.0, per_head, capacity)
    removed = (arrests + deaths) * (militants / of) if militants > 0 else 0.0
    return Flows(recruits=recruits, exits=exit_rate * militants, removed=removed)


def _fire_water(
    block: network_block.FireWater, militants: int, per_head: float, exit_rate: float
) -> tuple[float, float]:
    """Recruits and exits per day of the fire-water model at the start."""
    fire, water = block.fire_level.value, block.water_level.value
    recruits = rules.fire_recruit_intensity(
        militants, 0.0, per_head, block.inflow_power.value, block.response.value, fire, block.threshold.value
    )
    exits = rules.fire_exit_intensity(
        militants,
        exit_rate,
        water * block.water.value,
        block.water_power.value,
        fire * block.fire.value,
        block.fire_power.value,
    )
    return recruits, exits


def _capacity(network: network_block.NetworkBlock, militants: int) -> float:
    """Carrying capacity in persons, at least one, so that an empty province divides nothing by zero."""
    return max(1.0, float(network.capacity.exact * militants))


# ------------------------------------------------------------------------------------------------ the network

LARGEST_INTEGRAL = 2**62  # person-ticks of one period that an int64 holds


def most_militants(period_ends: Ints) -> int:
    """The largest stock of a province that can be counted over every period."""
    return LARGEST_INTEGRAL // int(max(end - start for start, end in pairwise([0, *period_ends.tolist()])))


@shared
def network_of(context: BuildContext, capacity: Capacity, most: int) -> tuple[Network, tuple[str, ...]]:
    """The network, and remarks on what could not be had.      most : militants of a province that can be counted.

    ``inflow: balanced`` takes the inflow at which the stock of the start stands still in expectation, with all routine
    leads of history worked on and without any backlash, which adds to it.  Where recruitment alone outgrows all
    losses no inflow does that: it is then 0, the stock grows, and a remark says so.
    """
    world, epochs, each, origins = context.world, context.epochs, range(len(context.provinces)), context.origins
    block, fire, trust = world.network, world.network.fire_water, world.trust
    model = modes.NETWORK.index(block.model)
    backlash = backlash_of(world.backlash)
    militants = [world.provinces[name].militants.whole for name in context.provinces]
    host, per_guard = footprints(context)
    guards = (capacity.inherited + capacity.inherited_part)[:, modes.GUARDS].tolist()  # the mean over replications
    before = [host[p] + per_guard[p] * guards[p] for p in each]
    flows = [flows_at_start(context, model, o.militants, o.province, of=militants[o.province]) for o in origins]
    inflow, remarks = _inflow(context, model, flows)
    shares = [share.value for share in of_groups(context.reader, "external", block.external)]
    external = [shares[origin.group] * number for origin, number in zip(origins, inflow, strict=True)]
    delay = max(world.backlash.delay.value, 1.0 / context.clock.ticks_per_day)
    network = Network(
        model=model,
        militants=frozen_ints([origin.militants for origin in origins]),
        inflow=epochs.stack([number - part for number, part in zip(inflow, external, strict=True)]),
        external=epochs.stack(external),
        recruits=epochs.stack([block.recruits.value for _ in each]),
        exits=epochs.stack([block.exits.value for _ in each]),
        capacity=frozen([_capacity(block, origin.militants) for origin in origins]),
        unit=frozen(
            [max(LEAST_UNIT, number + flow.recruits, flow.exits) for number, flow in zip(inflow, flows, strict=True)]
        ),
        most=frozen_ints([most for _ in each]),
        inflow_power=fire.inflow_power.value,
        water_power=fire.water_power.value,
        fire_power=fire.fire_power.value,
        fire_response=fire.response.value,
        fire_threshold=fire.threshold.value,
        water_rate=fire.water.value,
        fire_rate=fire.fire.value,
        water_level=epochs.stack([fire.water_level.value for _ in each]),
        fire_level=epochs.stack([fire.fire_level.value for _ in each]),
        per_death=float(backlash.per_death),
        per_arrest=float(backlash.per_arrest),
        backlash_delay=delay,
        footprint_gain=float(backlash.footprint_gain),
        footprint_tips=float(backlash.footprint_tips),
        footprint_reference=frozen([value_or(world.backlash.footprint_reference, own) for own in before]),
        footprint=epochs.each(lambda tick: context.per_person(seen_guards(context, tick))),
        footprint_per_guard=frozen(per_guard),
        trust_start=trust.start.value,
        trust_wrong=trust.wrong_operation.value,
        trust_backlash=trust.backlash.value,
        trust_recovery=value_or(trust.recovery, INFINITE),
    )
    return network, remarks


def footprints(context: BuildContext) -> tuple[list[float], list[float]]:
    """Weighted guards on duty per person, by province: of the host state's forces as written, and of one bought guard.

    Without levers: the balance of the network is that of the day before any policy.
    """
    hired = context.world.hired
    guards = seen_guards(context.without_levers, 0)
    bought = hired.on_duty.exact * hired.footprint.exact
    return context.per_person(guards), context.per_person([bought] * len(guards))


def _inflow(context: BuildContext, model: int, flows: list[Flows]) -> tuple[list[float], tuple[str, ...]]:
    """(O,) recruits per day whatever the stock, and remarks; given ones go to the groups as the militants do."""
    inflow, origins = context.world.network.inflow, context.origins
    if not isinstance(inflow, str):
        given = context.reader.by_province(inflow)
        return [float(given[origin.province] * origin.members) for origin in origins], ()
    if model == modes.FIXED:
        return [0.0] * len(flows), ()
    key = dotted_at(KEYS.world.network.inflow)
    remarks = tuple(
        f"{key}: balanced cannot hold the militants of {_name_of(context, origin)} still: at the start they grow by "
        f"{-flow.balancing_inflow * 365.25:.3g} a year without any inflow"
        for origin, flow in zip(origins, flows, strict=True)
        if flow.balancing_inflow < 0.0
    )
    return [max(0.0, flow.balancing_inflow) for flow in flows], remarks


def _name_of(context: BuildContext, origin: Origin) -> str:
    """The province of an origin, and its group where the scenario names several."""
    province = context.provinces[origin.province]
    return province if len(context.groups) == 1 else f"{context.groups[origin.group]} in {province}"


# ------------------------------------------------------------------------------------------------ what can be counted

GROWTH = 3  # times that a stock can grow before it can no longer be counted, at least


def check_world(reader: ScenarioReader, world: World) -> None:
    """Raise `ScenarioError` with everything that cannot be counted."""
    faults = [*_integrals(reader, world)]
    if faults:
        raise ScenarioError(faults)


def _integrals(reader: ScenarioReader, world: World) -> Iterator[Fault]:
    """Militants are integrated over each period as whole person-ticks."""
    for name, militants, most in zip(world.provinces, world.militants, world.network.most, strict=True):
        if int(militants) * GROWTH > int(most):
            hint = "Shorter periods (run.period: month) leave room for more."
            problem = f"is {militants}, too many to be counted over one period"
            key = KEYS.world.provinces[name].militants
            yield reader.fault(key, problem, allowed=f"at most {int(most) // GROWTH} persons", hint=hint)
