"""The levers of a scenario as instruments on the clock: since when, where, for whom, how much, and what they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import floor, isinf

from simcpec.catalogue.levers import NEUTRAL, Lever
from simcpec.errors import Fault, ScenarioError
from simcpec.model import modes
from simcpec.scenario.building.clock import ScenarioClock
from simcpec.scenario.building.groups import ALL
from simcpec.scenario.building.levers.lever_targets import FORCED, TARGETS, LeverTarget, handle_of
from simcpec.scenario.building.scenario_reader import ScenarioReader, at, detached, item
from simcpec.scenario.lever_entries import known
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema import policy_block
from simcpec.scenario.schema.keys import dotted_at

ALWAYS = -(2**62)  # tick of what has been in force for ever
REFRESH = "procedures_refresh"
FORCE = "force"
CAPACITY = "capacity_"
YEARLY = ("budget", "payer")  # read on the first day of every budget year
BY_AMOUNT = ("attraction",)  # has a leaf, of logarithms: bounds hold for the factor


@dataclass(frozen=True, kw_only=True)
class LeverEffect:
    """One parameter moved by one instrument.

    part : the force or payer that the handle names, or "".      by : value at the instrument's intensity, see `amount`.
    provinces, cohorts, settings, groups : positions where it acts.
    start, end : ticks from and up to which it acts.
    """

    name: str
    of: str
    part: str
    handle: LeverTarget
    how: str
    value: Fraction
    share: Fraction
    provinces: tuple[int, ...]
    cohorts: tuple[int, ...]
    settings: tuple[int, ...]
    groups: tuple[int, ...]
    start: int
    end: int

    @property
    def amount(self) -> Fraction:
        """At this intensity: what is added or closed, or the factor 1 + share x (value - 1)."""
        if self.how in ("add", "gap"):
            return self.share * self.value
        return 1 + self.share * (self.value - 1)

    @property
    def idle(self) -> bool:
        """Whether it changes nothing by itself: no intensity, or a value that is neutral."""
        return self.share == 0 or self.value == Fraction(NEUTRAL[self.how])

    @property
    def whole(self) -> int:
        """The amount in whole units, as capacity is granted."""
        return floor(self.amount + Fraction(1, 2))

    @property
    def dates(self) -> bool:
        """Whether it changes arrays by epoch; a refresh, grants and money have dates of their own."""
        return bool(self.handle.leaf) or self.of in FORCED

    def acts(self, tick: int) -> bool:
        """Whether it acts at a tick; at tick 0 also if it began before."""
        return self.start <= tick < self.end


@dataclass(frozen=True, kw_only=True)
class ActiveLever:
    """One enabled lever.

    entry : of the scenario.      start, end : ticks from and up to which it is in force and paid for.
    provinces, cohorts, settings : positions of its scope.
    units, unit_cost : paid for at full intensity, USD a year; None where it has no cost of its own.
    """

    entry: policy_block.LeverBlock
    name: str
    lever: Lever
    start: int
    end: int
    share: Fraction
    provinces: tuple[int, ...]
    cohorts: tuple[int, ...]
    settings: tuple[int, ...]
    moves: tuple[LeverEffect, ...]
    units: Fraction | None
    unit_cost: Fraction | None
    payer: str

    def of(self, name: str) -> tuple[LeverEffect, ...]:
        """Its moves of one handle that are not idle; raises KeyError for a name that is no handle."""
        if name not in TARGETS:
            raise KeyError(name)
        return tuple(move for move in self.moves if move.of == name and not move.idle)


@shared
def instruments_of(reader: ScenarioReader, clock: ScenarioClock) -> tuple[ActiveLever, ...]:
    """The enabled levers in the order of the file; raises `ScenarioError` for those that can never act."""
    found: list[ActiveLever] = []
    faults: list[Fault] = []
    for entry in reader.levers:
        if not entry.enabled:
            continue
        try:
            found.append(_instrument(reader, clock, entry))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return tuple(found)


def _instrument(reader: ScenarioReader, clock: ScenarioClock, entry: policy_block.LeverBlock) -> ActiveLever:
    name, key = entry.lever, at(entry)
    lever = known(name)
    if lever is None:  # a scenario that was not loaded from a file, and so not checked
        raise reader.error(key.lever, f"is {name}, which is unknown", allowed="a lever of the catalogue")
    start, end = _in_force(reader, clock, entry, lever)
    scoped = partial(_scope, reader)
    provinces = scoped(key.provinces, entry.provinces, lever.provinces, reader.provinces)
    cohorts = scoped(key.cohorts, entry.cohorts, lever.cohorts, reader.cohorts)
    settings = scoped(key.settings, entry.settings, lever.settings, modes.SETTINGS)
    groups = scoped(key.groups, entry.groups, (), reader.groups or (ALL,))
    share = Fraction(1) if entry.share is None else entry.share.exact
    moves = []
    for move in lever.moves:
        handle, part = handle_of(move.of)
        assert handle is not None, move.of
        lag = reader.required(key.lag).exact + _hiring(reader, move.of, part)
        moves.append(
            LeverEffect(
                name=move.name,
                of=move.of.partition(".")[0],
                part=part,
                handle=handle,
                how=move.how,
                value=reader.required(item(key.moves, move.name)).exact,
                share=share,
                provinces=_within(provinces, move.provinces, reader.provinces),
                cohorts=_within(cohorts, move.cohorts, reader.cohorts),
                settings=_within(settings, move.settings, modes.SETTINGS),
                groups=groups,
                start=start if start == ALWAYS else start + clock.ticks(lag),
                end=end,
            )
        )
    _refuse_idle_scopes(reader, entry, {axis for move in moves for axis in move.handle.scopes})
    for moved in moves:
        _refuse_beyond(reader, entry, moved)
    priced = lever.cost is not None
    return ActiveLever(
        entry=detached(entry), name=name, lever=lever, start=start, end=end, share=share,
        provinces=provinces, cohorts=cohorts, settings=settings, moves=tuple(moves),
        units=reader.required(key.units).exact if priced else None,
        unit_cost=reader.required(key.unit_cost).exact if priced else None,
        payer=reader.required(key.payer) if priced else "",
    )  # fmt: skip


def _in_force(
    reader: ScenarioReader, clock: ScenarioClock, entry: policy_block.LeverBlock, lever: Lever
) -> tuple[int, int]:
    """First tick in force, and first tick no longer so."""
    key, first, after = at(entry), entry.from_, entry.to
    start = ALWAYS if first is None else clock.tick(first)
    end = clock.horizon if after is None else clock.tick(after)
    if start >= clock.horizon:
        raise reader.error(key.from_, "begins when the run is over", allowed=f"a day before {clock.end}")
    if end <= 0:
        raise reader.error(key.to, "is over before the run begins", allowed=f"a day after {clock.start}")
    if first is None and any(move.of == REFRESH for move in lever.moves):
        problem = f"is missing: {lever.id} restores compliance on its first day"
        raise reader.error(key.from_, problem, allowed="a date")
    return start, min(end, clock.horizon)


def _hiring(reader: ScenarioReader, of: str, part: str) -> Fraction:
    """Days until guards of a force that a lever adds are there."""
    forces = reader.world.forces
    lag = forces[part].hiring_lag if of.partition(".")[0] == FORCE and part in forces else None
    return Fraction(0) if lag is None else lag.exact


def _scope(
    reader: ScenarioReader, key: object, named: Sequence[str] | None, default: Sequence[str], declared: Sequence[str]
) -> tuple[int, ...]:
    """Positions of what the scenario names, or of the catalogue's scope, or of all."""
    names = named if named is not None else [name for name in default or declared if name in declared]
    if not names:
        raise reader.error(key, "is nowhere in this scenario", allowed=", ".join(declared))
    return tuple(k for k, name in enumerate(declared) if name in names)


def _within(scope: tuple[int, ...], names: Sequence[str], declared: Sequence[str]) -> tuple[int, ...]:
    return tuple(k for k in scope if not names or declared[k] in names)


def _refuse_idle_scopes(reader: ScenarioReader, entry: policy_block.LeverBlock, axes: set[str]) -> None:
    """Raise where a scope is given that no move of the lever can follow."""
    for axis, name, key in _scopes_given(entry):
        if axis not in axes:
            problem = f"is read by nothing, because {entry.lever} does not differ between {name}"
            raise reader.error(key, problem, allowed="no such key here")


def _scopes_given(entry: policy_block.LeverBlock) -> Iterator[tuple[str, str, object]]:
    """Axis, name and key of each scope that an entry names."""
    key = at(entry)
    if entry.provinces is not None:
        yield "P", "provinces", key.provinces
    if entry.cohorts is not None:
        yield "C", "cohorts", key.cohorts
    if entry.settings is not None:
        yield "S", "settings", key.settings
    if entry.groups is not None:
        yield "G", "groups", key.groups


def _refuse_beyond(reader: ScenarioReader, entry: policy_block.LeverBlock, move: LeverEffect) -> None:
    """Raise where an amount is none that there can be; what moves an array is judged by what comes out of it."""
    handle = move.handle
    if (handle.leaf and move.of not in BY_AMOUNT) or handle.least <= move.amount <= handle.most:
        return
    problem = f"comes to {float(move.amount):.4g} ({handle.says})"
    raise reader.error(item(at(entry).moves, move.name), problem, allowed=range_of(handle))


def range_of(handle: LeverTarget) -> str:
    """What may come out of a handle, in words."""
    if isinf(handle.most):
        return f"at least {handle.least:g}"
    return f"from {handle.least:g} to {handle.most:g}"


def dates_of(instruments: Sequence[ActiveLever], horizon: int) -> tuple[int, ...]:
    """Ticks within the run at which some array of the world changes by a lever, ascending."""
    moves = [move for one in instruments for move in one.moves if move.dates and not move.idle]
    ticks = {tick for move in moves for tick in (move.start, move.end) if move.start < move.end}
    return tuple(sorted(tick for tick in ticks if 0 < tick < horizon))


def remarks_on(instruments: Sequence[ActiveLever], live: dict[str, bool]) -> tuple[str, ...]:
    """Sentences on levers whose scope narrows a part of what they do, because the rest does not differ within it.

    live : by name of the handle, whether this world reads it.
    """
    remarks = []
    for one in instruments:
        moves = [move for move in one.moves if not move.idle and live[move.of]]
        for axis, name, _ in _scopes_given(one.entry):
            wide = [move.name for move in moves if axis not in move.handle.scopes]
            if wide:
                kept = ", ".join(move.name for move in moves if axis in move.handle.scopes) or "nothing here"
                where, rest = f"{dotted_at(at(one.entry))} ({one.name})", ", ".join(wide)
                remarks.append(f"{where}: {name} narrow {kept}; {rest} act for all {name}.")
    return tuple(remarks)


def refuse_dead(
    reader: ScenarioReader, clock: ScenarioClock, instruments: Sequence[ActiveLever], live: dict[str, bool]
) -> None:
    """Raise for instruments that change nothing: over before their first effect, or read by nothing in this world.

    live : by name of the handle, whether this world reads it.
    """
    faults: list[Fault] = []
    for one in instruments:
        wanted = [move for move in one.moves if not move.idle]
        active = [move for move in wanted if move.provinces and move.start < move.end]
        if wanted and not active:
            faults.append(_too_late(reader, clock, one, min(move.start for move in wanted)))
        elif wanted and all(move.of in YEARLY and not _in_a_year(move, clock) for move in active):
            begin = ", ".join(str(year.start) for year in clock.years)
            problem = "is such that no budget year begins while the lever is in force, and so it moves none"
            faults.append(reader.fault(_dated(one), problem, allowed=f"in force on one of {begin}"))
        elif wanted and all(move.of.startswith(CAPACITY) and move.whole == 0 for move in active):
            most = max(active, key=lambda move: move.amount)
            problem = f"brings {float(most.amount):.3g} {most.handle.says}: less than half a unit, and so none"
            move_key = item(at(one.entry).moves, most.name)
            faults.append(reader.fault(move_key, problem, allowed="at least half a unit, or 0"))
        elif wanted and not any(live[move.of] for move in active):
            what = ", ".join(dict.fromkeys(move.handle.says for move in one.moves))
            problem = f"is {one.name}, which changes nothing here: it moves {what}, and this world reads none of it"
            allowed = "enabled: false, or another world"
            faults.append(reader.fault(at(one.entry).lever, problem, allowed=allowed))
    if faults:
        raise ScenarioError(faults)


def _too_late(reader: ScenarioReader, clock: ScenarioClock, one: ActiveLever, first: int) -> Fault:
    """What is wrong with an instrument that ends, or with the run, before tick `first`, when it would first act."""
    days = (first - one.start) / clock.ticks_per_day
    if one.entry.to is not None:
        problem, allowed = "is over before its first effect", "a later day, or an earlier from"
    else:
        problem, allowed = "is too late: the run is over before its first effect", f"earlier; the run ends {clock.end}"
    return reader.fault(_dated(one), f"{problem}, {days:g} days after it begins", allowed=allowed)


def _dated(one: ActiveLever) -> object:
    """The key of the date that decides how long an instrument is in force: `to` where there is one."""
    key = at(one.entry)
    return key.from_ if one.entry.to is None else key.to


def _in_a_year(move: LeverEffect, clock: ScenarioClock) -> bool:
    """Whether a move acts on the first day of some budget year."""
    return any(move.acts(clock.tick(year.start)) for year in clock.years)
