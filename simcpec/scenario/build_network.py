"""Operations, and the network that they weaken and may provoke (4.5, 4.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from simcpec.model import modes
from simcpec.model.rules import network as rules
from simcpec.model.world import Capacity, Network, Operations
from simcpec.scenario.build_forces import seen_guards
from simcpec.scenario.build_ground import Ground
from simcpec.scenario.build_keys import Keys, frozen, frozen_ints
from simcpec.scenario.build_money import HIRED
from simcpec.units import DAYS_PER_YEAR

INFINITE = float("inf")


def operations_of(ground: Ground) -> Operations:
    """Teams, leads, and what an operation brings."""
    keys, epochs = ground.keys, ground.epochs
    key = "world.operations"
    everywhere = [1.0] * len(ground.provinces)
    return Operations(
        work=keys.law(f"{key}.work"),
        patience=keys.law(f"{key}.patience"),
        priority=keys.switch("policy.operations.priority", modes.PRIORITY),
        teams=frozen_ints(keys.wholes(f"{key}.teams")),
        team_ceiling=keys.whole(f"{key}.team_ceiling"),
        routine=frozen(keys.floats(f"{key}.routine_leads")),
        tempo=epochs.stack(everywhere),
        tempo_ceiling=keys.number(f"{key}.tempo_ceiling"),
        false_leads=epochs.stack([keys.number(f"{key}.false_leads") for _ in everywhere]),
        success=epochs.stack([keys.number(f"{key}.success") for _ in everywhere]),
        arrests=epochs.stack(keys.floats(f"{key}.arrests")),
        deaths=epochs.stack(keys.floats(f"{key}.deaths")),
        own_losses=epochs.stack([keys.number(f"{key}.own_losses") for _ in everywhere]),
        dispersion=keys.number(f"{key}.dispersion", INFINITE),
        goes_wrong=epochs.stack([keys.number(f"{key}.goes_wrong") for _ in everywhere]),
        yield_follows_stock=keys.on(f"{key}.yield_follows_stock"),
    )


# ------------------------------------------------------------------------------------------------ backlash


class Backlash(NamedTuple):
    """Recruits provoked by one militant's death, by one arrest, and per head, day and unit of footprint."""

    per_death: Fraction
    per_arrest: Fraction
    footprint_gain: Fraction


#: three worlds, not one number: the evidence on the sign is split (model, 4.6)
BACKLASH_WORLDS = {
    "none": Backlash(Fraction(0), Fraction(0), Fraction(0)),
    "moderate": Backlash(Fraction("1.5"), Fraction("0.2"), Fraction("0.05") / DAYS_PER_YEAR),
    "strong": Backlash(Fraction(4), Fraction("0.5"), Fraction("0.2") / DAYS_PER_YEAR),
}
CUSTOM = "custom"


def backlash_of(keys: Keys) -> Backlash:
    """The named world, or with ``custom`` the numbers beside it."""
    key = "world.backlash"
    world = keys.word(f"{key}.world")
    own = Backlash(*(keys.exact(f"{key}.{name}") for name in Backlash._fields))
    return own if world == CUSTOM else BACKLASH_WORLDS[world]


# ------------------------------------------------------------------------------------------------ flows at the start


@dataclass(frozen=True, kw_only=True)
class Flows:
    """Militants per day at the start in one province, under the operations of history, without the constant inflow."""

    recruits: float  # whatever the model says of so many
    exits: float
    removed: float  # by arrest and death
    provoked: float  # recruits that these bring

    @property
    def balancing_inflow(self) -> float:
        """The inflow at which the stock stands still in expectation; negative where recruitment outgrows losses."""
        return self.exits + self.removed - self.recruits - self.provoked


def _per_head(keys: Keys, backlash: Backlash, footprint: float) -> float:
    """Recruits per head and day, with those whom the footprint provokes."""
    threshold = keys.number("world.backlash.footprint_threshold")
    return keys.number("world.network.recruits") + rules.provocation(
        float(backlash.footprint_gain), footprint, threshold
    )


def flows_at_start(ground: Ground, model: int, militants: int, p: int, footprint: float) -> Flows:
    """Flows in province p at its starting stock: every routine lead becomes an operation, none on plots."""
    keys, backlash, key = ground.keys, backlash_of(ground.keys), "world.network"
    per_head = _per_head(keys, backlash, footprint)
    exit_rate = keys.number(f"{key}.exits")
    operations = keys.floats("world.operations.routine_leads")[p]
    arrests = operations * keys.floats("world.operations.arrests")[p]
    deaths = operations * keys.floats("world.operations.deaths")[p]
    provoked = arrests * float(backlash.per_arrest) + deaths * float(backlash.per_death)
    if model == modes.FIRE_WATER:
        recruits, exits = _fire_water(keys, militants, per_head, exit_rate)
        return Flows(recruits=recruits, exits=exits, removed=0.0, provoked=provoked)
    capacity = _capacity(keys, militants)
    recruits = rules.recruit_intensity(model, militants, 0.0, per_head, capacity)
    removed = arrests + deaths if militants > 0 else 0.0
    return Flows(recruits=recruits, exits=exit_rate * militants, removed=removed, provoked=provoked)


def _fire_water(keys: Keys, militants: int, per_head: float, exit_rate: float) -> tuple[float, float]:
    """Recruits and exits per day of the fire-water model at the start."""
    number = {
        name: keys.number(f"world.network.fire_water.{name}")
        for name in ("inflow_power", "water_power", "fire_power", "response", "threshold", "water", "fire")
    }
    fire, water = (
        keys.number("world.network.fire_water.fire_level"),
        keys.number("world.network.fire_water.water_level"),
    )
    recruits = rules.fire_recruit_intensity(
        militants, 0.0, per_head, number["inflow_power"], number["response"], fire, number["threshold"]
    )
    exits = rules.fire_exit_intensity(
        militants,
        exit_rate,
        water * number["water"],
        number["water_power"],
        fire * number["fire"],
        number["fire_power"],
    )
    return recruits, exits


def _capacity(keys: Keys, militants: int) -> float:
    """Carrying capacity in persons, at least one, so that an empty province divides nothing by zero."""
    return max(1.0, float(keys.exact("world.network.capacity") * militants))


# ------------------------------------------------------------------------------------------------ the network

#: provoked recruits on their way that the ceiling of transitions leaves room for, besides the expected ones
PENDING_ROOM = 50.0


def network_of(ground: Ground, capacity: Capacity) -> tuple[Network, tuple[str, ...]]:
    """The network, and remarks on what could not be had.

    ``inflow: balanced`` takes the inflow at which the stock of the start stands still in expectation, with all routine
    leads of history worked on, and backlash and footprint of that day included.  Where recruitment alone outgrows all
    losses no inflow does that: it is then 0, the stock grows, and a remark says so.
    """
    keys, epochs = ground.keys, ground.epochs
    key, each = "world.network", range(len(ground.provinces))
    model = keys.switch(f"{key}.model", modes.NETWORK)
    backlash = backlash_of(keys)
    militants = [keys.whole(f"world.provinces.{name}.militants") for name in ground.provinces]
    host, per_guard = footprints(ground)
    before = [host[p] + per_guard[p] * float(capacity.inherited[p, modes.GUARDS]) for p in each]
    flows = [flows_at_start(ground, model, militants[p], p, before[p]) for p in each]
    inflow, remarks = _inflow(ground, model, flows)
    delay = max(keys.number("world.backlash.delay"), 1.0 / ground.clock.ticks_per_day)
    ceilings = [_ceiling(keys, model, flows[p], inflow[p], backlash, delay) for p in each]
    rates = {name: keys.number(f"{key}.{name}") for name in ("recruits", "exits")}
    fire = f"{key}.fire_water"
    network = Network(
        model=model,
        militants=frozen_ints(militants),
        inflow=epochs.stack(inflow),
        recruits=epochs.stack([rates["recruits"] for _ in each]),
        exits=epochs.stack([rates["exits"] for _ in each]),
        capacity=frozen([_capacity(keys, number) for number in militants]),
        ceiling=frozen(ceilings),
        inflow_power=keys.number(f"{fire}.inflow_power"),
        water_power=keys.number(f"{fire}.water_power"),
        fire_power=keys.number(f"{fire}.fire_power"),
        fire_response=keys.number(f"{fire}.response"),
        fire_threshold=keys.number(f"{fire}.threshold"),
        water_rate=keys.number(f"{fire}.water"),
        fire_rate=keys.number(f"{fire}.fire"),
        water_level=epochs.stack([keys.number(f"{fire}.water_level") for _ in each]),
        fire_level=epochs.stack([keys.number(f"{fire}.fire_level") for _ in each]),
        per_death=float(backlash.per_death),
        per_arrest=float(backlash.per_arrest),
        backlash_delay=delay,
        footprint_gain=float(backlash.footprint_gain),
        footprint_threshold=keys.number("world.backlash.footprint_threshold"),
        footprint=epochs.each(lambda tick: ground.per_person(seen_guards(ground, tick))),
        footprint_per_guard=frozen(per_guard),
        trust_start=keys.number("world.trust.start"),
        trust_wrong=keys.number("world.trust.wrong_operation"),
        trust_backlash=keys.number("world.trust.backlash"),
        trust_recovery=keys.number("world.trust.recovery", INFINITE),
    )
    return network, remarks


def footprints(ground: Ground) -> tuple[list[float], list[float]]:
    """Weighted guards on duty per person, by province: of the host state's forces as written, and of one bought guard.

    Without levers: the balance of the network is that of the day before any policy.
    """
    keys = ground.keys
    guards = seen_guards(replace(ground, instruments=()), 0)
    bought = keys.exact(f"{HIRED}.on_duty") * keys.exact(f"{HIRED}.footprint")
    return ground.per_person(guards), ground.per_person([bought] * len(guards))


def _inflow(ground: Ground, model: int, flows: list[Flows]) -> tuple[list[float], tuple[str, ...]]:
    """Recruits per day whatever the stock, by province, and remarks."""
    key = "world.network.inflow"
    if ground.keys.word(key) != "balanced":
        return ground.keys.floats(key), ()
    if model == modes.FIXED:
        return [0.0] * len(flows), ()
    remarks = tuple(
        f"{key}: balanced cannot hold the militants of {name} still: at the start they grow by "
        f"{-flow.balancing_inflow * 365.25:.3g} a year without any inflow"
        for name, flow in zip(ground.provinces, flows, strict=True)
        if flow.balancing_inflow < 0.0
    )
    return [max(0.0, flow.balancing_inflow) for flow in flows], remarks


def _ceiling(keys: Keys, model: int, flow: Flows, inflow: float, backlash: Backlash, delay: float) -> float:
    """Candidate transitions per day: the flows of the start times the declared multiple, and room for backlash.

    It reads the world only, never the policy, so that candidates are the same under every policy.
    """
    if model == modes.FIXED:
        return 0.0
    room = PENDING_ROOM / delay if backlash.per_death or backlash.per_arrest else 0.0
    flows = inflow + flow.recruits + flow.exits + flow.provoked
    return keys.number("world.network.event_ceiling") * flows + room
