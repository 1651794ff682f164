"""The protected side of a world: layers and procedures, movements and escorts, and what an attack does (4.7 to 4.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

import numpy as np

from simcpec.errors import ScenarioError
from simcpec.model import modes
from simcpec.model.rules import protection as rules
from simcpec.model.rules.threat import mean_days
from simcpec.model.world import Capacity, Floats, Movements, Protection
from simcpec.numerics.exact import product
from simcpec.numerics.special_functions import exp
from simcpec.scenario.building.calendar import DatedRevision
from simcpec.scenario.building.context import BuildContext
from simcpec.scenario.building.forces import conversion, effective_guards, is_by_length, layers_of, patrols
from simcpec.scenario.building.money import hired_effect
from simcpec.scenario.building.scenario_reader import frozen, frozen_ints, on, value_or
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema.keys import KEYS

INFINITE = float("inf")
UNITS_PER = 1000  # host units of the route and hardening layers are given per 1000 persons
Table = list[list[Fraction]]  # [c][s]


@shared
def protection_of(context: BuildContext, capacity: Capacity, revisions: Sequence[DatedRevision]) -> Protection:
    """Layers, compliance with procedures, insiders and surge."""
    world, epochs, policy = context.world, context.epochs, context.policy
    block, insider, compliances = world.protection, world.protection.insider, world.protection.compliance
    layers, own = block.layers.in_order(), layers_of(context)
    pairs = [[1.0] * len(context.cohorts)] * len(context.provinces)
    insiders, surge = insider.mode != "off", on(policy.surge.mode)
    compliance, age = _compliance(context, capacity, revisions)

    def rate(quantity: Callable[[], Quantity]) -> list[list[float]]:
        value = quantity().value if insiders else 0.0
        return [[value * one for one in row] for row in pairs]

    def each(value: float) -> Floats:
        return epochs.stack(np.full((len(pairs), len(context.cohorts)), value))

    return Protection(
        constant=epochs.stack([value_or(layer.stop_probability, -1.0) for layer in layers]),
        ceiling=epochs.stack([[one.ceiling.value for one in row] for row in own]),
        gain=epochs.stack([[one.gain.value for one in row] for row in own]),
        host_units=epochs.each(lambda tick: _host_units(context, tick)),
        posting=frozen([[[float(x) for x in row] for row in table] for table in _postings(context)]),
        unit_effect=epochs.stack([hired_effect(world) if layer == "guard" else 1.0 for layer in modes.LAYERS]),
        exposure=context.exposure,
        mode_weight=frozen([[one.value for one in mode.weights()] for mode in context.attack_modes.values()]),
        common_cause=epochs.stack(block.common_cause.value),
        sop=modes.SOP.index(policy.sop.mode),
        quality=epochs.stack(_quality(context)),
        sop_by=modes.BASIS.index(policy.sop.reactive_by),
        fresh=each(compliances.fresh.value),
        floor=each(compliances.floor.value),
        decay=each(value_or(compliances.decay, INFINITE)),
        compliance=compliance,
        compliance_age=age,
        audit_host=epochs.stack([block.audit.host_coverage.value] * len(pairs)),
        audit_gain=frozen(_audit_gain(context)),
        insider_on=int(insiders),
        insider_onset=epochs.stack(rate(lambda: insider.onset)),
        insider_found=epochs.stack(rate(lambda: insider.found)),
        insider_multiplier=each(insider.multiplier.value),
        insider_unit=frozen(np.maximum(rate(lambda: insider.onset), rate(lambda: insider.found))),
        insider_steady=int(insiders and insider.start == "steady"),
        surge_units=policy.surge.units.whole if surge else 0,
        surge_days=policy.surge.length.value,
        surge_reserve=world.surge_reserve.whole,
    )


def _quality(context: BuildContext) -> Floats:
    """[p][l][c][s] factor on the units of a layer in a cell: 1, but for patrols that count by length of road."""
    cohorts = len(context.cohorts)
    quality = np.ones((len(context.provinces), len(modes.LAYERS), cohorts, len(context.time)))
    if is_by_length(context):
        for p in range(len(context.provinces)):
            for c in range(cohorts):
                quality[p, modes.ROUTE, c, modes.MOVEMENT] = conversion(context, p, c)
    return quality


# ------------------------------------------------------------------------------------------------ units and postings


def _postings(context: BuildContext) -> list[Table]:
    """[l][c][s] shares in which bought units are posted, each layer adding up to 1.

    Guards as `posting` says; the units of the other layers in proportion to the nation's persons x time.
    """
    by_exposure = _exposure_shares(context)
    return [_guard_posting(context) if layer == "guard" else by_exposure for layer in modes.LAYERS]


def _guard_posting(context: BuildContext) -> Table:
    posted = context.world.protection.posting
    nowhere = [Fraction(0) for _ in modes.SETTINGS]
    return [
        [share.exact for share in posted[cohort].in_order()] if cohort in posted else nowhere
        for cohort in context.cohorts
    ]


def _exposure_shares(context: BuildContext) -> Table:
    """[c][s] share of the nation's persons x time."""
    cohorts = [sum((row[c] for row in context.personnel), Fraction(0)) for c in range(len(context.cohorts))]
    present = [[number * part for part in shares] for number, shares in zip(cohorts, context.presence, strict=True)]
    everywhere = sum((sum(row, Fraction(0)) for row in present), Fraction(0))
    return [[part / everywhere for part in row] for row in present]


def _host_units(context: BuildContext, tick: int) -> list[list[list[list[float]]]]:
    """[p][l][c][s] effective units of the host state at a tick, the layers' own levers left out.

    Guards: strength x effectiveness x share on duty x (1 + training) of every force, posted as `posting` says; the
    other layers have their units per 1000 persons of exposure of the cell, or patrols by length of road (`forces`).
    """
    host, posting = context.world.protection.host_units, _guard_posting(context)
    guards, by_length = effective_guards(context, tick), is_by_length(context)
    per_person = {"route": host.route.exact / UNITS_PER, "hardening": host.hardening.exact / UNITS_PER}
    each = {name: [[one * part for part in row] for row in context.presence] for name, one in per_person.items()}

    def units(layer: str, p: int, c: int, s: int) -> float:
        if layer == "guard":
            return product(guards[p], posting[c][s])
        if layer == "route" and s == modes.MOVEMENT and by_length:
            return float(patrols(context, p, c))
        return product(context.personnel[p][c], each[layer][c][s])

    return [
        [
            [[units(layer, p, c, s) for s in range(len(context.time))] for c in range(len(context.cohorts))]
            for layer in modes.LAYERS
        ]
        for p in range(len(context.provinces))
    ]


# ------------------------------------------------------------------------------------------------ procedures


@shared
def _audit_gain(context: BuildContext) -> list[float]:
    return context.per_person([context.world.protection.audit.gain.exact] * len(context.provinces))


def _compliance(context: BuildContext, capacity: Capacity, revisions: Sequence[DatedRevision]) -> tuple[Floats, Floats]:
    """(P, C) compliance at the last refresh before tick 0, and its age in days.

    As `start` says, at tick 0; or, where it says steady:
    Where a revision reached all of the cohort before: fresh at the latest one (audits since then are not counted), and
    from there what later revisions restored of it in part.  Where none did and audits are held: the level that audits
    of this kind have kept up for ever, half a period ago.  Where neither was: the floor, as after a long decay (or
    fresh, where nothing decays).
    """
    block, sop = context.world.protection.compliance, context.policy.sop
    if not isinstance(block.start, str):
        return _given_compliance(context, block.start)
    law = Decay(fresh=block.fresh.value, lowest=block.floor.value, days=value_or(block.decay, INFINITE))
    audited = sop.mode in ("periodic", "both")
    every = value_or(sop.audit_every, 0.0) if audited else 0.0
    values, ages = [], []
    for p, province in enumerate(context.provinces):
        never = law.fresh if law.days == INFINITE else law.lowest
        steady = _steady(law, every, _coverage(context, capacity, p)) if every > 0.0 else never
        pairs = [
            _before_start(context, law, steady, every / 2, [r for r in revisions if r.reaches(province, cohort)])
            for cohort in context.cohorts
        ]
        values.append([value for value, _ in pairs])
        ages.append([age for _, age in pairs])
    return frozen(values), frozen(ages)


def _given_compliance(context: BuildContext, start: Mapping[str, Quantity]) -> tuple[Floats, Floats]:
    """(P, C) compliance at tick 0 as the scenario gives it by cohort, and its age of zero days.

    Raises `ScenarioError` outside the range in which compliance moves; a cohort that is not named has 0 %.
    """
    block, faults = context.world.protection.compliance, []
    for name in context.cohorts:
        if not block.floor.exact <= start[name].exact <= block.fresh.exact:
            said = f"{name} is {start[name].text}"
            ends = f"{block.floor.text} to {block.fresh.text}, from the floor to fresh"
            faults.append(context.reader.fault(KEYS.world.protection.compliance.start, said, allowed=ends))
    if faults:
        raise ScenarioError(faults)
    shape = (len(context.provinces), len(context.cohorts))
    values = [start[name].value for name in context.cohorts]
    return frozen(np.broadcast_to(values, shape)), frozen(np.zeros(shape))


class Decay(NamedTuple):
    """How compliance decays: from `fresh` to `lowest`, in `days`."""

    fresh: float
    lowest: float
    days: float


def _before_start(
    context: BuildContext, law: Decay, value: float, age: float, revisions: Sequence[DatedRevision]
) -> tuple[float, float]:
    """Compliance at the last refresh before tick 0 and its age, from what it was `age` days before tick 0."""
    for revision in revisions:
        if revision.tick > 0:
            break
        days = -revision.tick / context.clock.ticks_per_day
        if revision.reach == 1:
            value = law.fresh
        else:
            now = rules.compliance_at(value, law.lowest, max(0.0, age - days), law.days)
            value = rules.compliance_after(now, law.fresh, float(revision.reach))
        age = days
    return value, age


def _coverage(context: BuildContext, capacity: Capacity, p: int) -> float:
    """Share of a province that an audit reached on the day before the start: the mean over replications."""
    host, gain = context.world.protection.audit.host_coverage.value, _audit_gain(context)[p]
    rounds, part = float(capacity.inherited[p, modes.PROCEDURES]), float(capacity.inherited_part[p, modes.PROCEDURES])
    missed = (1.0 - host) * exp(-gain * rounds)
    return 1.0 - (missed if part == 0.0 else missed * (1.0 - part * (1.0 - exp(-gain))))


def _steady(law: Decay, every: float, coverage: float) -> float:
    """Compliance just after an audit, when audits have been held for ever.

    x = x d (1 - k) + k (fresh - floor),   d = exp(-every / decay),   k = coverage,   compliance = floor + x
    """
    if law.days == INFINITE:
        return law.fresh
    kept = exp(-every / law.days) * (1.0 - coverage)
    return law.lowest + coverage * (law.fresh - law.lowest) / (1.0 - kept)


# ------------------------------------------------------------------------------------------------ movements

MANY_MOVEMENTS = 10_000.0  # a day: more are seldom meant, and a replication then takes minutes


def movement_remarks(world: Movements) -> tuple[str, ...]:
    """A remark where so many movements are played that a rate in another unit was probably meant."""
    if world.rule == modes.NO_ESCORT:
        return ()
    finite = world.source == modes.FINITE
    a_day = float((world.rate * (world.groups if finite else 1)).sum())
    if a_day <= MANY_MOVEMENTS:
        return ()
    unit = "of one group at rest" if finite else "of one person"
    return (
        f"world.movements.rate gives {a_day:,.0f} movements a day; with world.movements.source at "
        f"{modes.SOURCE[world.source]} it is the rate {unit}. So many take long to play.",
    )


@shared
def movements_of(context: BuildContext) -> Movements:
    """Movements and escorts.

    A person moves `rate` times a day, and people move in parties.  ``poisson``: a cohort makes rate x persons / party
    movements a day, whatever is under way.  ``finite``: it consists of persons / party groups (rounded, at least one
    where there is anybody), and each group at rest sets out at `rate`.
    """
    reader, epochs, block = context.reader, context.epochs, context.world.movements
    source = modes.SOURCE.index(block.source)
    rates = [block.rate[name].exact for name in context.cohorts]
    party = [block.party[name].exact for name in context.cohorts]
    parties = [[number / size for number, size in zip(row, party, strict=True)] for row in context.personnel]
    groups = [[max(1, floor(n + Fraction(1, 2))) if n > 0 else 0 for n in row] for row in parties]
    each = [1 if source == modes.FINITE else None for _ in rates]
    return Movements(
        rule=modes.ESCORT.index(context.policy.escort.rule),
        source=source,
        rate=frozen(
            [[float(r * (one or n)) for r, n, one in zip(rates, row, each, strict=True)] for row in parties],
        ),
        groups=frozen_ints(groups),
        by_air=epochs.stack([[block.by_air.value for _ in context.cohorts] for _ in context.provinces]),
        unescorted=_shares(context, block.unescorted),
        impatient=_shares(context, block.impatient),
        memory=value_or(block.road.memory, INFINITE) if context.is_watched else INFINITE,
        ambush=value_or(block.road.ambush, INFINITE) if context.is_watched else INFINITE,
        traffic=_traffic(context, parties),
        trip=reader.law(block.trip),
        patience=reader.law(block.patience),
        teams=frozen_ints(reader.wholes(block.escort_teams)),
        escort_units=block.escort_guards.value,
        party=frozen([float(size) for size in party]),
    )


def _shares(context: BuildContext, shares: Mapping[str, Quantity]) -> Floats:
    """(E, P, C) the shares of the cohorts, the same in every province; 0 for a cohort that is not named."""
    row = [shares[name].value if name in shares else 0.0 for name in context.cohorts]
    return context.epochs.stack([row for _ in context.provinces])


def _traffic(context: BuildContext, parties: list[list[Fraction]]) -> Floats:
    """(P, C) parties a day that set out by road at the start; 0 where nobody watches the road."""
    trip = mean_days(*context.reader.law(context.world.movements.trip))
    if not context.is_watched or trip <= 0.0:
        return frozen([[0.0 for _ in row] for row in parties])
    return frozen([
        [float(number * share) / trip for number, share in zip(row, context.on_road, strict=True)] for row in parties
    ])  # fmt: skip
