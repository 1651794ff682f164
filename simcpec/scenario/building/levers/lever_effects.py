"""What levers do to a world that was built without them, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np

from simcpec.model import modes
from simcpec.model.world import Calendar, Capacity, Floats, Ints, World, flatten
from simcpec.numerics.special_functions import log
from simcpec.scenario.building.calendar import DatedRevision
from simcpec.scenario.building.context import BuildContext
from simcpec.scenario.building.forces import CENTS, PER, is_by_length, lengths, patrols
from simcpec.scenario.building.levers.active_levers import (
    CAPACITY,
    REFRESH,
    ActiveLever,
    LeverEffect,
    range_of,
    refuse_dead,
    remarks_on,
)
from simcpec.scenario.building.levers.lever_targets import TARGETS
from simcpec.scenario.building.scenario_reader import at, frozen, frozen_ints, item
from simcpec.scenario.reading.shared_parts import shared

EXTERNAL, GIVING_UP = "external_inflow", "giving_up"
LEAST_CHANGE = 1e-12  # of a number, or of 1 where it is smaller: less than that changes nothing that is counted
FIRST_DATED = 1000  # addresses of decisions below it are the numbers of budget years


# ------------------------------------------------------------------------------------------------ arrays by epoch


def moved_world(context: BuildContext, world: World) -> tuple[World, tuple[str, ...], tuple[ActiveLever, ...]]:
    """`world` with every array that an instrument moves, epoch by epoch, in the order of the list.

    Returns remarks and the instruments that changed no array as well.

    Raises `ScenarioError` for an instrument that changes nothing here, and for a result out of bounds.
    """
    if not context.instruments:
        return world, (), ()
    live = {name: handle.live(world) for name, handle in TARGETS.items()}
    refuse_dead(context.reader, context.clock, context.instruments, live)
    leaves = flatten(world)
    _refuse_without_outside(context, leaves)
    arrays: dict[str, Floats] = {}
    idle: list[ActiveLever] = []
    for one in context.instruments:
        changed = False
        for move in one.moves:
            if move.handle.leaf and not move.idle:
                array = arrays.setdefault(move.handle.leaf, leaves[move.handle.leaf].copy())
                base = leaves[move.handle.of_what] if move.handle.of_what else None
                changed |= _move(context, one, move, array, base) and live[move.of]
        idle += [] if changed else [one]
    return _with_arrays(world, arrays), remarks_on(context.instruments, live), tuple(idle)


def _move(context: BuildContext, one: ActiveLever, move: LeverEffect, array: Floats, base: Floats | None) -> bool:
    """Move one array (E, ...) in place where and when the move acts; returns whether that changes anything.

    base : of which the array is a factor or a share, None for nothing; where it is 0 the array may be anything.
    """
    changed = False
    for e, tick in enumerate(context.epochs.starts):
        if move.acts(int(tick)):
            for place in _places(context, move):
                before = float(array[(e, *place)])
                after = _after(context, one, move, before, place)
                array[(e, *place)] = after
                counts = base is None or base[place] > 0.0
                changed |= bool(counts) and abs(after - before) > LEAST_CHANGE * max(1.0, abs(before))
    return changed


def _refuse_without_outside(context: BuildContext, leaves: Mapping[str, Any]) -> None:
    """Raise where a lever is about inflow from outside, its first move, and no group in its scope has any."""
    for one in context.instruments:
        move = one.moves[0]
        if move.of != EXTERNAL or move.idle:
            continue
        inflow = leaves[move.handle.leaf]
        if not any((inflow[:, o] > 0.0).any() for (o,) in _places(context, move)):
            names = " and ".join(context.groups[g] for g in move.groups)
            whose = f"the inflow of {names}" if context.reader.groups else "the inflow"
            provinces = ", ".join(context.provinces[p] for p in move.provinces)
            problem = f"is {one.name}, but no part of {whose} in {provinces} comes from outside"
            allowed = "external: above 0 % in world.network or of a group"
            raise context.reader.error(at(one.entry).lever, problem, allowed=allowed)


def _places(context: BuildContext, move: LeverEffect) -> list[tuple[int, ...]]:
    """Indices behind the epoch: provinces, then the layer if it has one, then cohorts and settings."""
    origins = tuple(
        o for o, one in enumerate(context.origins) if one.group in move.groups and one.province in move.provinces
    )
    axes = {"P": move.provinces, "C": move.cohorts, "S": move.settings, "G": move.groups, "O": origins}
    places: list[tuple[int, ...]] = [()]
    for axis in move.handle.axes:
        places = [(*place, k) for place in places for k in axes[axis]]
        if axis == "P" and move.handle.layer >= 0:
            places = [(*place, move.handle.layer) for place in places]
    return places


def _after(context: BuildContext, one: ActiveLever, move: LeverEffect, before: float, place: tuple[int, ...]) -> float:
    """The value after the move; raises `ScenarioError` out of bounds."""
    if move.of == "attraction":
        return before + log(float(move.amount)) if move.amount > 0 else -float("inf")
    amount = move.amount * _present(context, move, place) * _to_least(context, one, move, place)
    by = float(amount * _aimed_at(context, move, place))
    after = {
        "factor": before * by,
        "add": before + by,
        "gap": before + by * (1.0 - before),
        "excess": 1.0 + (before - 1.0) * by,
    }[move.how]
    if not move.handle.least <= after <= move.handle.most:
        problem = f"moves {move.handle.says} to {after:.4g}"
        raise context.reader.error(item(at(one.entry).moves, move.name), problem, allowed=range_of(move.handle))
    return after


def _present(context: BuildContext, move: LeverEffect, place: tuple[int, ...]) -> Fraction:
    """Units in a cell for each one that the lever gives per 1000 persons present, or per 100 km of road; else 1."""
    if not move.of.endswith("_units"):
        return Fraction(1)
    p, _, c, s = place
    on_road = s == modes.MOVEMENT and is_by_length(context)
    if move.of == "patrol_units":
        return patrols(context, p, c, Fraction(1)) if on_road else Fraction(0)
    if move.of == "route_units" and on_road:
        return Fraction(0)
    return context.personnel[p][c] * context.presence[c][s] / 1000


def _aimed_at(context: BuildContext, move: LeverEffect, place: tuple[int, ...]) -> Fraction:
    """Share of what a home province attracts that lies in the scope, for what makes plots give up; else 1.

    Giving up has one odds for all plots of a home province.  Who makes those give up who aim at some cohorts and
    settings moves it by their part, at the attraction of the start.
    """
    if move.of != GIVING_UP:
        return Fraction(1)
    p = place[1]
    parts = [
        [number * part * pull for part, pull in zip(shares, context.attraction, strict=True)]
        for number, shares in zip(context.personnel[p], context.presence, strict=True)
    ]
    whole = sum((sum(row, Fraction(0)) for row in parts), Fraction(0))
    inside = sum((parts[c][s] for c in move.cohorts for s in move.settings), Fraction(0))
    return inside / whole if whole else Fraction(1)


def _to_least(context: BuildContext, one: ActiveLever, move: LeverEffect, place: tuple[int, ...]) -> Fraction:
    """Factor that raises the units of a lever in a province to the least that is set up there; else 1."""
    cost = one.lever.cost
    if cost is None or cost.per != "unit in place" or not move.of.endswith("_units"):
        return Fraction(1)
    units = _in_place(context, one, place[0])
    return max(Fraction(1), cost.least / units) if units > 0 else Fraction(1)


def _with_arrays(world: World, arrays: dict[str, Floats]) -> World:
    parts: dict[str, dict[str, Any]] = {}
    for leaf, array in arrays.items():
        array.setflags(write=False)
        part, name = leaf.split(".")
        parts.setdefault(part, {})[name] = array
    return replace(world, **{part: replace(getattr(world, part), **new) for part, new in parts.items()})


# ------------------------------------------------------------------------------------------------ procedures


@shared
def refreshes_of(context: BuildContext) -> tuple[DatedRevision, ...]:
    """Revisions that levers bring on the day of their first effect."""
    return tuple(
        DatedRevision(
            tick=move.start,
            cohorts=tuple(context.cohorts[c] for c in move.cohorts),
            provinces=tuple(context.provinces[p] for p in move.provinces),
            reach=move.amount,
        )
        for one in context.instruments
        for move in one.of(REFRESH)
        if move.start < context.clock.horizon
    )


# ------------------------------------------------------------------------------------------------ capacity


def granted_capacity(context: BuildContext, capacity: Capacity, calendar: Calendar) -> tuple[Capacity, Ints]:
    """Capacity with the units that levers grant, and the ticks (D,) of its decisions.

    What was granted before the clock began is in place; what is granted later is decided on that day and arrives after
    its own lag, as bought units do.  Units granted are whole, beside parts of bought ones.  Where nothing is granted
    both are as they were.
    """
    moves = [move for one in context.instruments for k in modes.INSTRUMENTS for move in one.of(CAPACITY + k)]
    years = [int(tick) for tick in calendar.year_start_tick]
    if not moves:
        return capacity, frozen_ints(years)
    dates = {tick for move in moves for tick in (move.start, move.end) if 0 < tick < context.clock.horizon}
    ticks = sorted({*years, *dates})
    base = [_bought(capacity, years, tick) for tick in ticks]
    per_day = context.clock.ticks_per_day
    addresses = [years.index(tick) if tick in years else FIRST_DATED + tick // per_day for tick in ticks]
    inherited = capacity.inherited + _grants(context, moves, 0, before=True)
    target = [units + _grants(context, moves, tick) for (units, _), tick in zip(base, ticks, strict=True)]
    granted = replace(
        capacity,
        inherited=frozen_ints(inherited),
        target=frozen_ints(target),
        target_part=frozen([parts for _, parts in base]),
        decision=frozen_ints(addresses),
    )
    return granted, frozen_ints(ticks)


def _bought(capacity: Capacity, years: list[int], tick: int) -> tuple[Ints, Floats]:
    """(P, K) units and parts that the budget aims at on a day: those of its year, or inherited before the first."""
    begun = [y for y, start in enumerate(years) if start <= tick]
    if begun:
        return capacity.target[begun[-1]], capacity.target_part[begun[-1]]
    return capacity.inherited, capacity.inherited_part


def _grants(context: BuildContext, moves: Sequence[LeverEffect], tick: int, *, before: bool = False) -> Ints:
    """(P, K) whole units granted at a tick; `before`: those that began before the clock did."""
    units = np.zeros((len(context.provinces), len(modes.INSTRUMENTS)), dtype=np.int64)
    for move in moves:
        if move.acts(tick) and (move.start <= 0 or not before):
            k = modes.INSTRUMENTS.index(move.of.removeprefix(CAPACITY))
            units[list(move.provinces), k] += move.whole
    return units


# ------------------------------------------------------------------------------------------------ money


def budget_factors(context: BuildContext, tick: int) -> tuple[Fraction, ...]:
    """Factor by province on what the security budget gives it in a budget year that begins at `tick`."""
    factors = [Fraction(1)] * len(context.provinces)
    for one in context.instruments:
        for move in one.of("budget"):
            for p in move.provinces if move.acts(tick) else ():
                factors[p] *= move.amount
    return tuple(factors)


@shared
def taken_over(context: BuildContext) -> tuple[tuple[str, tuple[Fraction, ...]], ...]:
    """Other payers of the security budget, each with its share of every budget year; raises where they exceed all."""
    years = [context.clock.tick(year.start) for year in context.clock.years]
    shares: dict[str, list[Fraction]] = {}
    for one in context.instruments:
        for move in one.of("payer"):
            row = shares.setdefault(move.part, [Fraction(0)] * len(years))
            for y, tick in enumerate(years):
                row[y] += move.amount if move.acts(tick) else 0
            if max(map(sum, zip(*shares.values(), strict=True))) > 1:
                key = at(one.entry).share
                raise context.reader.error(key, "has others pay more than all", allowed="100 % in all")
    return tuple((payer, tuple(row)) for payer, row in shares.items())


def lever_costs(context: BuildContext) -> list[list[list[int]]]:
    """[y][i][p] cents of every instrument that has a cost of its own, in `paid_for` order.

    Units at its intensity x unit cost x time in force; an instrument that is paid once costs the amount of one year,
    in the budget year in which it begins.
    """
    return [[_cost(context, one, k) for one in paid_for(context)] for k in range(len(context.clock.years))]


def paid_for(context: BuildContext) -> tuple[ActiveLever, ...]:
    """Instruments with a cost of their own."""
    return tuple(one for one in context.instruments if one.lever.cost is not None)


def _cost(context: BuildContext, one: ActiveLever, k: int) -> list[int]:
    """Cents by province of one instrument in budget year k: they add up to the floor of the whole."""
    assert one.units is not None and one.unit_cost is not None
    time = _time(context, one, k)
    counts = _counts(context, one)
    exact = [CENTS * one.unit_cost * count * time for count in counts]
    cents = [floor(amount) for amount in exact]
    cents[cents.index(max(cents))] += floor(sum(exact, Fraction(0))) - sum(cents)
    return cents


def _time(context: BuildContext, one: ActiveLever, k: int) -> Fraction:
    """Part of a full budget year for which an instrument is paid."""
    year, clock = context.clock.years[k], context.clock
    start, end = clock.tick(year.start), clock.tick(year.end)
    assert one.lever.cost is not None
    if one.lever.cost.once:
        return Fraction(int(start <= one.start < end))
    held = max(0, min(end, one.end) - max(start, one.start))
    return Fraction(held, year.full_days * clock.ticks_per_day)


def _in_place(context: BuildContext, one: ActiveLever, p: int) -> Fraction:
    """Units that the moves of an instrument bring to a province at full intensity: by persons x time, by km of road."""
    units, by_length = Fraction(0), is_by_length(context)
    for move in one.moves:
        if move.of == "patrol_units" and by_length and p in move.provinces and modes.MOVEMENT in move.settings:
            units += move.value * lengths(context)[p] / PER
        elif move.of in ("route_units", "hardening_units") and p in move.provinces:
            skipped = modes.MOVEMENT if by_length and move.of == "route_units" else -1
            time = sum((context.time[s] for s in move.settings if s != skipped), Fraction(0))
            units += move.value * time * sum((context.personnel[p][c] for c in move.cohorts), Fraction(0)) / 1000
    return units


def _counts(context: BuildContext, one: ActiveLever) -> list[Fraction]:
    """Units paid for by province: those at full intensity x share, or the whole units that come."""
    cost, zero = one.lever.cost, Fraction(0)
    assert cost is not None and one.units is not None
    units, inside = one.share * one.units, [p in one.provinces for p in range(len(context.provinces))]
    persons = [
        sum((row[c] for c in one.cohorts), zero) if p else zero
        for p, row in zip(inside, context.personnel, strict=True)
    ]
    if cost.per == "1000 persons present":
        present = sum((context.time[s] for s in one.settings), zero)  # on all roads, not on those that are watched
        return [units * number * present / 1000 for number in persons]
    if cost.per == "province":
        return [units if p else zero for p in inside]
    if cost.per == "unit moved":
        granted = [move for move in one.moves if move.of.startswith(CAPACITY)]
        return [one.units * sum(move.whole for move in granted if p in move.provinces) for p in range(len(inside))]
    if cost.per == "unit in place":
        placed = [_in_place(context, one, p) if k else zero for p, k in enumerate(inside)]
        return [units * max(number, Fraction(cost.least)) if number else zero for number in placed]
    whole = sum(persons, zero)
    even = Fraction(1, len(one.provinces))
    return [units * (n / whole if whole else even if p else zero) for p, n in zip(inside, persons, strict=True)]
