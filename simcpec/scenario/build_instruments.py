"""The levers of a scenario as instruments on the clock: since when, where, for whom, how much, and what they move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, isinf

from simcpec.catalogue.levers import NEUTRAL, Lever
from simcpec.errors import Fault, ScenarioError
from simcpec.model import modes
from simcpec.scenario.build_clock import Clock
from simcpec.scenario.build_keys import Keys
from simcpec.scenario.handles import FORCED, Handle, handle_of
from simcpec.scenario.levers import KEY, known

ALWAYS = -(2**62)  # tick of what has been in force for ever
REFRESH = "procedures_refresh"
FORCE = "force"
CAPACITY = "capacity_"
YEARLY = ("budget", "payer")  # read on the first day of every budget year
BY_AMOUNT = ("attraction",)  # has a leaf, of logarithms: bounds hold for the factor


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One parameter moved by one instrument.

    part : the force or payer that the handle names, or "".      by : value at the instrument's intensity, see `amount`.
    provinces, cohorts, settings : positions where it acts.      start, end : ticks from and up to which it acts.
    """

    name: str
    of: str
    part: str
    handle: Handle
    how: str
    value: Fraction
    share: Fraction
    provinces: tuple[int, ...]
    cohorts: tuple[int, ...]
    settings: tuple[int, ...]
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
class Instrument:
    """One enabled lever.

    key : dotted key of its entry.      start, end : ticks from and up to which it is in force and paid for.
    provinces, cohorts, settings : positions of its scope.
    units, unit_cost : paid for at full intensity, USD a year; None where it has no cost of its own.
    """

    key: str
    name: str
    lever: Lever
    start: int
    end: int
    share: Fraction
    provinces: tuple[int, ...]
    cohorts: tuple[int, ...]
    settings: tuple[int, ...]
    moves: tuple[Moved, ...]
    units: Fraction | None
    unit_cost: Fraction | None
    payer: str

    def of(self, name: str) -> tuple[Moved, ...]:
        """Its moves of one handle that are not idle."""
        return tuple(move for move in self.moves if move.of == name and not move.idle)


def instruments_of(keys: Keys, clock: Clock) -> tuple[Instrument, ...]:
    """The enabled levers in the order of the file; raises `ScenarioError` for those that can never act."""
    found: list[Instrument] = []
    faults: list[Fault] = []
    for key in keys.items(KEY):
        if keys.raw(f"{key}.enabled") is False:
            continue
        try:
            found.append(_instrument(keys, clock, key))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return tuple(found)


def _instrument(keys: Keys, clock: Clock, key: str) -> Instrument:
    name = keys.word(f"{key}.lever")
    lever = known(name)
    if lever is None:  # a scenario that was not loaded from a file, and so not checked
        raise keys.error(f"{key}.lever", f"is {name}, which is unknown", allowed="a lever of the catalogue")
    start, end = _in_force(keys, clock, key, lever)
    provinces = _scope(keys, f"{key}.provinces", lever.provinces, keys.provinces)
    cohorts = _scope(keys, f"{key}.cohorts", lever.cohorts, keys.cohorts)
    settings = _scope(keys, f"{key}.settings", lever.settings, modes.SETTINGS)
    share = keys.exact(f"{key}.share") if keys.has(f"{key}.share") else Fraction(1)
    moves = []
    for move in lever.moves:
        handle, part = handle_of(move.of)
        assert handle is not None, move.of
        lag = keys.exact(f"{key}.lag") + _hiring(keys, move.of, part)
        moves.append(
            Moved(
                name=move.name,
                of=move.of.partition(".")[0],
                part=part,
                handle=handle,
                how=move.how,
                value=keys.exact(f"{key}.moves.{move.name}"),
                share=share,
                provinces=_within(provinces, move.provinces, keys.provinces),
                cohorts=_within(cohorts, move.cohorts, keys.cohorts),
                settings=_within(settings, move.settings, modes.SETTINGS),
                start=start if start == ALWAYS else start + clock.ticks(lag),
                end=end,
            )
        )
    _refuse_idle_scopes(keys, key, name, {axis for move in moves for axis in move.handle.axes})
    for moved in moves:
        _refuse_beyond(keys, key, moved)
    priced = lever.cost is not None
    return Instrument(
        key=key, name=name, lever=lever, start=start, end=end, share=share, provinces=provinces, cohorts=cohorts,
        settings=settings, moves=tuple(moves),
        units=keys.exact(f"{key}.units") if priced else None,
        unit_cost=keys.exact(f"{key}.unit_cost") if priced else None,
        payer=keys.word(f"{key}.payer") if priced else "",
    )  # fmt: skip


def _in_force(keys: Keys, clock: Clock, key: str, lever: Lever) -> tuple[int, int]:
    """First tick in force, and first tick no longer so."""
    dated = keys.has(f"{key}.from")
    start = clock.tick(keys.day(f"{key}.from")) if dated else ALWAYS
    end = clock.tick(keys.day(f"{key}.to")) if keys.has(f"{key}.to") else clock.horizon
    if start >= clock.horizon:
        raise keys.error(f"{key}.from", "begins when the run is over", allowed=f"a day before {clock.end}")
    if end <= 0:
        raise keys.error(f"{key}.to", "is over before the run begins", allowed=f"a day after {clock.start}")
    if not dated and any(move.of == REFRESH for move in lever.moves):
        problem = f"is missing: {lever.id} restores compliance on its first day"
        raise keys.error(f"{key}.from", problem, allowed="a date")
    return start, min(end, clock.horizon)


def _hiring(keys: Keys, of: str, part: str) -> Fraction:
    """Days until guards of a force that a lever adds are there."""
    key = f"world.forces.{part}.hiring_lag"
    return keys.exact(key) if of.partition(".")[0] == FORCE and keys.has(key) else Fraction(0)


def _scope(keys: Keys, key: str, default: Sequence[str], declared: Sequence[str]) -> tuple[int, ...]:
    """Positions of what the scenario names, or of the catalogue's scope, or of all."""
    named = keys.raw(key)
    names = tuple(named) if named is not None else tuple(name for name in default or declared if name in declared)
    if not names:
        raise keys.error(key, "is nowhere in this scenario", allowed=", ".join(declared))
    return tuple(k for k, name in enumerate(declared) if name in names)


def _within(scope: tuple[int, ...], names: Sequence[str], declared: Sequence[str]) -> tuple[int, ...]:
    return tuple(k for k in scope if not names or declared[k] in names)


def _refuse_idle_scopes(keys: Keys, key: str, lever: str, axes: set[str]) -> None:
    """Raise where a scope is given that no move of the lever can follow."""
    for name, axis in (("provinces", "P"), ("cohorts", "C"), ("settings", "S")):
        if keys.has(f"{key}.{name}") and axis not in axes:
            problem = f"is read by nothing, because {lever} does not differ between {name}"
            raise keys.error(f"{key}.{name}", problem, allowed="no such key here")


def _refuse_beyond(keys: Keys, key: str, move: Moved) -> None:
    """Raise where an amount is none that there can be; what moves an array is judged by what comes out of it."""
    handle = move.handle
    if (handle.leaf and move.of not in BY_AMOUNT) or handle.least <= move.amount <= handle.most:
        return
    problem = f"comes to {float(move.amount):.4g} ({handle.says})"
    raise keys.error(f"{key}.moves.{move.name}", problem, allowed=range_of(handle))


def range_of(handle: Handle) -> str:
    """What may come out of a handle, in words."""
    if isinf(handle.most):
        return f"at least {handle.least:g}"
    return f"from {handle.least:g} to {handle.most:g}"


def dates_of(instruments: Sequence[Instrument], horizon: int) -> tuple[int, ...]:
    """Ticks within the run at which some array of the world changes by a lever, ascending."""
    moves = [move for one in instruments for move in one.moves if move.dates and not move.idle]
    ticks = {tick for move in moves for tick in (move.start, move.end) if move.start < move.end}
    return tuple(sorted(tick for tick in ticks if 0 < tick < horizon))


def remarks_on(keys: Keys, instruments: Sequence[Instrument], live: dict[str, bool]) -> tuple[str, ...]:
    """Sentences on levers whose scope narrows a part of what they do, because the rest does not differ within it.

    live : by name of the handle, whether this world reads it.
    """
    remarks = []
    for one in instruments:
        moves = [move for move in one.moves if not move.idle and live[move.of]]
        for name, axis in (("provinces", "P"), ("cohorts", "C"), ("settings", "S")):
            wide = [move.name for move in moves if axis not in move.handle.axes]
            if keys.has(f"{one.key}.{name}") and wide:
                kept = ", ".join(move.name for move in moves if axis in move.handle.axes) or "nothing here"
                remarks.append(f"{one.key} ({one.name}): {name} narrow {kept}; {', '.join(wide)} act for all {name}.")
    return tuple(remarks)


def refuse_dead(keys: Keys, clock: Clock, instruments: Sequence[Instrument], live: dict[str, bool]) -> None:
    """Raise for instruments that change nothing: over before their first effect, or read by nothing in this world.

    live : by name of the handle, whether this world reads it.
    """
    faults: list[Fault] = []
    for one in instruments:
        wanted = [move for move in one.moves if not move.idle]
        active = [move for move in wanted if move.provinces and move.start < move.end]
        if wanted and not active:
            faults.append(_too_late(keys, clock, one, min(move.start for move in wanted)))
        elif wanted and all(move.of in YEARLY and not _in_a_year(move, clock) for move in active):
            begin = ", ".join(str(year.start) for year in clock.years)
            problem = "is such that no budget year begins while the lever is in force, and so it moves none"
            faults.append(keys.fault(_dated(keys, one), problem, allowed=f"in force on one of {begin}"))
        elif wanted and all(move.of.startswith(CAPACITY) and move.whole == 0 for move in active):
            most = max(active, key=lambda move: move.amount)
            problem = f"brings {float(most.amount):.3g} {most.handle.says}: less than half a unit, and so none"
            faults.append(keys.fault(f"{one.key}.moves.{most.name}", problem, allowed="at least half a unit, or 0"))
        elif wanted and not any(live[move.of] for move in active):
            what = ", ".join(dict.fromkeys(move.handle.says for move in one.moves))
            problem = f"is {one.name}, which changes nothing here: it moves {what}, and this world reads none of it"
            faults.append(keys.fault(f"{one.key}.lever", problem, allowed="enabled: false, or another world"))
    if faults:
        raise ScenarioError(faults)


def _too_late(keys: Keys, clock: Clock, one: Instrument, first: int) -> Fault:
    """What is wrong with an instrument that ends, or with the run, before tick `first`, when it would first act."""
    days = (first - one.start) / clock.ticks_per_day
    if keys.has(f"{one.key}.to"):
        problem, allowed = "is over before its first effect", "a later day, or an earlier from"
    else:
        problem, allowed = "is too late: the run is over before its first effect", f"earlier; the run ends {clock.end}"
    return keys.fault(_dated(keys, one), f"{problem}, {days:g} days after it begins", allowed=allowed)


def _dated(keys: Keys, one: Instrument) -> str:
    """The key of the date that decides how long an instrument is in force: `to` where there is one."""
    return f"{one.key}.to" if keys.has(f"{one.key}.to") else f"{one.key}.from"


def _in_a_year(move: Moved, clock: Clock) -> bool:
    """Whether a move acts on the first day of some budget year."""
    return any(move.acts(clock.tick(year.start)) for year in clock.years)
