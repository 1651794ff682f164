"""Forces of the host state on any day: strengths, what levers add, train or hand over, and patrols on the road."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import NamedTuple

from simcpec.model import modes
from simcpec.numerics.exact import product
from simcpec.scenario.building.context import BuildContext, Exact
from simcpec.scenario.building.levers.active_levers import ActiveLever, LeverEffect
from simcpec.scenario.building.scenario_reader import ScenarioReader, at, item
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema.world import protection_block

CENTS = 100
OF_PROVINCES = "province"  # payer of the forces whose posts the army can take over


@dataclass(frozen=True, kw_only=True)
class ForceOnDay:
    """One force on one day.

    strength : guards by province.      effect : factor on their effectiveness, by province.
    effective : effective guards per guard: effectiveness x share on duty.
    seen : weighted guards on duty per guard: share on duty x footprint.      price : USD a guard and year.
    """

    name: str
    payer: str
    effective: Fraction
    seen: Fraction
    price: Fraction
    strength: Exact
    effect: Exact


@shared
def forces_at(context: BuildContext, tick: int) -> tuple[ForceOnDay, ...]:
    """The forces in the order of the scenario, with all levers that act at `tick`, in the order of their list."""
    written = _written_forces(context.reader)
    if not context.instruments:
        return written
    forces = {force.name: force for force in written}
    for one in context.instruments:
        for move in one.moves:
            if move.of in ("force", "force_effect", "handover") and not move.idle and move.acts(tick):
                _refuse_unknown(context, one, move, forces)
                forces = _APPLY[move.of](context, forces, move)
                _refuse_negative(context, one, move, forces[move.part])
    return tuple(forces.values())


@shared
def _written_forces(reader: ScenarioReader) -> tuple[ForceOnDay, ...]:
    """The forces without levers."""
    return tuple(_written(reader, name) for name in reader.world.forces)


def _written(reader: ScenarioReader, name: str) -> ForceOnDay:
    force, one = reader.world.forces[name], Fraction(1)
    on_duty = force.on_duty.exact
    return ForceOnDay(
        name=name,
        payer=force.payer,
        effective=force.effectiveness.exact * on_duty,
        seen=on_duty * force.footprint.exact,
        price=force.unit_cost.exact,
        strength=tuple(reader.by_province(force.strength)),
        effect=(one,) * len(reader.provinces),
    )


def _refuse_unknown(context: BuildContext, one: ActiveLever, move: LeverEffect, forces: dict[str, ForceOnDay]) -> None:
    if move.part not in forces:
        problem = f"moves the force {move.part}, which this scenario does not have"
        raise context.reader.error(at(one.entry).lever, problem, allowed=f"forces: {', '.join(forces)}")
    if move.of == "force" and not _eligible(context, move):
        problem, allowed = f"has no province where {move.part} may serve", ", ".join(_may_serve(context, move) or ())
        raise context.reader.error(at(one.entry).provinces, problem, allowed=allowed)


def _refuse_negative(context: BuildContext, one: ActiveLever, move: LeverEffect, force: ForceOnDay) -> None:
    """Raise where a lever takes away more guards than there are."""
    least = min(range(len(force.strength)), key=lambda p: force.strength[p])
    if force.strength[least] < 0:
        problem = f"leaves {float(force.strength[least]):.6g} guards of {force.name} in {context.provinces[least]}"
        key = item(at(one.entry).moves, move.name)
        raise context.reader.error(key, problem, allowed="guards that are there, in every province")


def _may_serve(context: BuildContext, move: LeverEffect) -> tuple[str, ...] | None:
    """Provinces in which the force of a move may serve, None for all of them."""
    return context.world.forces[move.part].eligible


def _eligible(context: BuildContext, move: LeverEffect) -> tuple[int, ...]:
    """Positions of the provinces of the scope in which the force may serve."""
    named = _may_serve(context, move)
    return tuple(p for p in move.provinces if named is None or context.provinces[p] in named)


def _raised(context: BuildContext, forces: dict[str, ForceOnDay], move: LeverEffect) -> dict[str, ForceOnDay]:
    """Guards are added over the scope in proportion to its persons (evenly where nobody is)."""
    force, places = forces[move.part], _eligible(context, move)
    persons = [context.persons[p] for p in places]
    whole = sum(persons, Fraction(0))
    parts = [number / whole if whole else Fraction(1, len(places)) for number in persons]
    strength = list(force.strength)
    for p, part in zip(places, parts, strict=True):
        strength[p] += move.amount * part
    return forces | {force.name: replace(force, strength=tuple(strength))}


def _trained(context: BuildContext, forces: dict[str, ForceOnDay], move: LeverEffect) -> dict[str, ForceOnDay]:
    force = forces[move.part]
    effect = tuple(x * move.amount if p in move.provinces else x for p, x in enumerate(force.effect))
    return forces | {force.name: replace(force, effect=effect)}


def _handed_over(context: BuildContext, forces: dict[str, ForceOnDay], move: LeverEffect) -> dict[str, ForceOnDay]:
    """Posts of the province's forces become posts of the named one, one for one: nobody loses a guard."""
    army, after = list(forces[move.part].strength), dict(forces)
    for name, force in forces.items():
        if force.payer == OF_PROVINCES and name != move.part:
            posts = [move.amount * n if p in move.provinces else Fraction(0) for p, n in enumerate(force.strength)]
            after[name] = replace(force, strength=tuple(n - m for n, m in zip(force.strength, posts, strict=True)))
            army = [n + m for n, m in zip(army, posts, strict=True)]
    after[move.part] = replace(forces[move.part], strength=tuple(army))
    return after


_APPLY = {"force": _raised, "force_effect": _trained, "handover": _handed_over}


# ------------------------------------------------------------------------------------------------ what they are worth


def effective_guards(context: BuildContext, tick: int) -> list[Fraction]:
    """By province, over all forces: strength x effectiveness x share on duty x (1 + training)."""
    training = 1 + context.world.protection.training.exact
    sums = [Fraction(0)] * len(context.provinces)
    for force in forces_at(context, tick):
        for p, n in enumerate(force.strength):
            if n:
                sums[p] += n * force.effective * force.effect[p]
    return [number * training for number in sums]


@shared
def seen_guards(context: BuildContext, tick: int) -> list[Fraction]:
    """By province, over all forces: guards on duty, weighted by their footprint."""
    sums = [Fraction(0)] * len(context.provinces)
    for force in forces_at(context, tick):
        for p, n in enumerate(force.strength):
            if n:
                sums[p] += n * force.seen
    return sums


def guarded(context: BuildContext, tick: int) -> dict[str, Exact]:
    """Persons that each force guards, by province: in proportion to its posts; they add up to all persons.

    A handover moves persons from one force to another and loses none; where no guard stands nobody is guarded.
    """
    forces = forces_at(context, tick)
    posts = [sum((force.strength[p] for force in forces), Fraction(0)) for p in range(len(context.provinces))]
    return {
        force.name: tuple(
            persons * n / all_ if all_ else Fraction(0)
            for persons, n, all_ in zip(context.persons, force.strength, posts, strict=True)
        )
        for force in forces
    }


def force_costs(context: BuildContext) -> list[list[list[int]]]:
    """[y][f][p] cents of every budget year: strength x price x time, over the parts of the year between dates."""
    years = [_parts_of_year(context, k) for k in range(len(context.clock.years))]
    first = [years.index(parts) for parts in years]  # of those that are alike
    costs = {k: _year_cost(years[k]) for k in set(first)}
    return [costs[k] for k in first]


PartsOfYear = list[tuple[Fraction, tuple[ForceOnDay, ...]]]


def _parts_of_year(context: BuildContext, k: int) -> PartsOfYear:
    """Between two dates each: the part of a full budget year, and the forces."""
    year, clock = context.clock.years[k], context.clock
    full = year.full_days * clock.ticks_per_day
    parts = pieces(context.epochs.starts.tolist(), clock.tick(year.start), clock.tick(year.end))
    return [(Fraction(last - first, full), forces_at(context, first)) for first, last in parts]


def _year_cost(parts: PartsOfYear) -> list[list[int]]:
    """[f][p] cents of a year."""
    if len(parts) == 1:
        part, forces = parts[0]
        prices = [(CENTS * force.price * part).as_integer_ratio() for force in forces]
        return [
            [n.numerator * cents // (n.denominator * over) for n in force.strength]
            for force, (cents, over) in zip(forces, prices, strict=True)
        ]
    sums = [[Fraction(0)] * len(force.strength) for force in parts[0][1]]
    for part, forces in parts:
        for row, force in zip(sums, forces, strict=True):
            price = CENTS * force.price * part
            for p, n in enumerate(force.strength):
                if n:
                    row[p] += n * price
    return [[floor(amount) for amount in row] for row in sums]


def pieces(starts: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
    """The parts of [start, end) between the dates `starts`."""
    edges = [start, *(int(tick) for tick in starts if start < tick < end), end]
    return list(pairwise(edges))


# ------------------------------------------------------------------------------------------------ patrols on the road
#
# The engines count units of a layer per person present.  On a road a patrol is there for everybody who passes: the
# factor `conversion` turns units per person into units per kilometre, so that the route layer stops
# ceiling x (1 - exp(-gain x patrols / km)), with the km of road that one patrol serves as gain.

PER = 100  # kilometres for which the density of patrols is given


def is_by_length(context: BuildContext) -> bool:
    """Whether patrols are counted by length of road."""
    return context.world.protection.routes.spread_over == "length"


@shared
def lengths(context: BuildContext) -> tuple[Fraction, ...]:
    """By province, km of road; raises `ScenarioError` for one without a road in which people travel by road."""
    routes = context.world.protection.routes
    amounts = tuple(context.reader.by_province(routes.length or {}))
    for p, name in enumerate(context.provinces):
        if amounts[p] == 0 and any(_present(context, p, c) for c in range(len(context.cohorts))):
            problem = f"gives no road in {name}, where people travel"
            raise context.reader.error(at(routes).length, problem, allowed="above 0 km where people travel")
    return amounts


def patrols(context: BuildContext, p: int, c: int, density: Fraction | None = None) -> Fraction:
    """A cohort's part of the patrols on the roads of a province: of the host state, or of so many on 100 km."""
    routes = context.world.protection.routes
    if density is None:
        density = context.reader.given(routes.host_units, lambda: at(routes).host_units).exact
    return density * lengths(context)[p] / PER * parts(context)[c]


@shared
def parts(context: BuildContext) -> tuple[Fraction, ...]:
    """By cohort, its part of all that are under way by road in the nation; equal ones where nobody is."""
    each = range(len(context.provinces))
    present = [sum((_present(context, p, c) for p in each), Fraction(0)) for c in range(len(context.cohorts))]
    whole = sum(present, Fraction(0))
    return tuple(one / whole if whole else Fraction(1, len(present)) for one in present)


class Layer(NamedTuple):
    """What decides how a layer of a province follows its units."""

    ceiling: Quantity
    gain: Quantity


@shared
def layers_of(context: BuildContext) -> tuple[tuple[Layer, ...], ...]:
    """[p][l] the layers of every province: its own numbers where it names any, else those of all."""
    block = context.world.protection
    nothing = protection_block.OwnLayers()
    return tuple(
        tuple(
            Layer(ceiling=own.ceiling or usual.ceiling, gain=own.gain or usual.gain)
            for own, usual in zip(
                block.layers_by_province.get(name, nothing).in_order(), block.layers.in_order(), strict=True
            )
        )
        for name in context.provinces
    )


def conversion(context: BuildContext, p: int, c: int) -> float:
    """Factor on the units of the route layer on the road, which makes them count by length and for both cohorts."""
    block = context.world.protection
    per_person, part = layers_of(context)[p][modes.ROUTE].gain.exact, parts(context)[c]
    if not is_by_length(context) or per_person == 0 or part == 0 or lengths(context)[p] == 0:
        return 1.0
    per_km = context.reader.given(block.routes.gain, lambda: at(block.routes).gain).exact
    return product(per_km, _present(context, p, c), over=(per_person, lengths(context)[p], part))


def _present(context: BuildContext, p: int, c: int) -> Fraction:
    """Persons of a cohort who are under way by road in a province."""
    return context.personnel[p][c] * context.presence[c][modes.MOVEMENT]
