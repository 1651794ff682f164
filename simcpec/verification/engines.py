"""Both engines leave the same history: event by event, counter by counter; or the first place where they do not.

Nothing here has a tolerance. Two histories are the same if all bytes of their traces and tables are.

A difference is located twice. The first event that differs is where it shows. Where it *begins* may lie before that: a
state can be wrong for months before an event tells. As a draw has an address and not a turn, a history cut short is the
beginning of the whole one, so that the state at any tick can be had from both engines by playing up to there; halving
finds the last event after which both states agree and the first one after which they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcpec.engines import engine
from simcpec.engines.view import View, axes_of, counters, until
from simcpec.errors import EngineError
from simcpec.model import modes
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.results.failure import Failure

PAIR = ("reference", "compiled")
BEFORE = 5  # rows of the trace before the first difference
Address = Mapping[str, int]
Played = Outcome | Failure


@dataclass(frozen=True, kw_only=True)
class Parted:
    """One value, such as ``trust[BAL]``, in which two differ: a in the first (reference, stored), b in the second."""

    name: str
    a: float
    b: float


@dataclass(frozen=True, kw_only=True)
class EngineDifference:
    """Where two histories part.

    what : ``event``, ``counters`` (all events are the same) or ``error`` (one could not be played, or otherwise).
    row : number of the first event that differs, from 0.      before : events just before it, the same in both.
    reference, compiled : the event in each, a row of `model.outcome.TRACE`, or the text of an error, or None where
    the history has ended.      tick : of the earlier of both; the horizon for `counters`.
    state, after : what differs just before `tick`, and after all events of `tick`.
    counts : what differs in the counters of the whole histories.
    agreed, began : ticks of two successive events after which both states are the same and not the same (None: before
    anything happened).
    """

    what: str
    row: int
    tick: int
    before: np.ndarray
    reference: Any
    compiled: Any
    state: tuple[Parted, ...]
    after: tuple[Parted, ...]
    counts: tuple[Parted, ...]
    agreed: int | None
    began: int | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One replication in both engines: events compared, error that both ended with (or ""), difference or None."""

    address: Address
    events: int
    error: str
    difference: EngineDifference | None


def compare(world: World, *, seed: int, draw: int, replication: int) -> Comparison:
    """Play one replication in both engines and compare everything they leave."""
    address = {"seed": seed, "draw": draw, "replication": replication}
    a, b = (played(name, world, address) for name in PAIR)
    if isinstance(a, Failure) or isinstance(b, Failure):
        error = a.message if isinstance(a, Failure) else ""
        return Comparison(address=address, events=0, error=error, difference=None if a == b else _errors(a, b))
    row, same = first_difference(rows(a), rows(b)), unequal(counters(a), counters(b), world)
    start = parted("start_plots", a.start_plots, b.start_plots, "PCS", world)
    events = len(rows(a)) if row is None else row
    if row is None and not same and not start:
        return Comparison(address=address, events=events, error="", difference=None)
    engine_difference = locate(world, address, (rows(a), rows(b)), row, (*start, *same))
    return Comparison(address=address, events=events, error="", difference=engine_difference)


def played(name: str, world: World, address: Address) -> Played:
    """The outcome with its trace, or the error that ended the replication."""
    try:
        return engine(name)(world, **address, trace=True)
    except EngineError as fault:
        return Failure.of(fault)


def rows(outcome: Outcome) -> np.ndarray:
    """The trace of an outcome that has one."""
    assert outcome.trace is not None
    return outcome.trace


def first_difference(a: np.ndarray, b: np.ndarray) -> int | None:
    """Number of the first row in which two traces differ in any bit, or None."""
    n, width = min(len(a), len(b)), a.dtype.itemsize
    bits = (each[:n].view(np.uint8).reshape(n, width) for each in (a, b))
    found = np.flatnonzero((next(bits) != next(bits)).any(axis=1))
    if len(found):
        return int(found[0])
    return None if len(a) == len(b) else n


def _errors(a: Played, b: Played) -> EngineDifference:
    """At least one engine could not play to the end, and not for the reason of the other."""
    told = [each.message if isinstance(each, Failure) else "played to the end" for each in (a, b)]
    nothing = np.zeros(0, rows(a).dtype if isinstance(a, Outcome) else object)
    return EngineDifference(
        what="error", row=0, tick=0, before=nothing, reference=told[0], compiled=told[1], state=(), after=(),
        counts=(), agreed=None, began=None,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ where


def locate(
    world: World, address: Address, traces: Sequence[np.ndarray], row: int | None, counts: tuple[Parted, ...]
) -> EngineDifference:
    """Everything about a difference: the event, what came before it, the states there, and where they part."""
    common = traces[0][: len(traces[0]) if row is None else row]
    at = [None if row is None or row >= len(trace) else trace[row] for trace in traces]
    tick = min((int(each["tick"]) for each in at if each is not None), default=world.calendar.horizon_tick)
    state = states_differ(world, address, tick)
    agreed, began = _began(lambda end: bool(states_differ(world, address, end)), common, tick, bool(state))
    return EngineDifference(
        what="counters" if row is None else "event",
        row=len(common),
        tick=tick,
        before=common[-BEFORE:],
        reference=at[0],
        compiled=at[1],
        state=state,
        after=() if row is None else states_differ(world, address, tick + 1),
        counts=counts,
        agreed=agreed,
        began=began,
    )


def _began(
    differ: Callable[[int], bool], common: np.ndarray, tick: int, at_tick: bool
) -> tuple[int | None, int | None]:
    """Ticks of two successive events, or the start, between which the states part; see `EngineDifference`.

    differ(end) : whether the states differ at the horizon `end`, that is after all events before that tick.
    """
    ticks = [int(each) for each in np.unique(common["tick"]) if each < tick]
    if not at_tick:
        return (ticks[-1] if ticks else None), tick
    if differ(0):
        return None, None
    low, high = -1, len(ticks)  # the states agree after event `low`, and differ after event `high`
    while high - low > 1:
        middle = (low + high) // 2
        if differ(ticks[middle] + 1):
            high = middle
        else:
            low = middle
    return (ticks[low] if low >= 0 else None), (ticks[high] if high < len(ticks) else tick)


# ------------------------------------------------------------------------------------------------ both states


def states(world: World, address: Address, tick: int) -> tuple[View, View]:
    """The state of both engines after every event before `tick`."""
    from simcpec.engines.compiled.simulate import state as compiled
    from simcpec.engines.reference import view as reference

    short = until(world, tick)
    return reference.state(short, **address), compiled(short, **address)


def states_differ(world: World, address: Address, tick: int) -> tuple[Parted, ...]:
    """Every value in which the states of both engines differ after all events before `tick`."""
    return unequal(*states(world, address, tick), world)


def unequal(a: View, b: View, world: World) -> tuple[Parted, ...]:
    """Every value in which two views differ."""
    return tuple(found for name in a for found in parted(name, a[name], b[name], axes_of(name), world))


def parted(name: str, a: np.ndarray, b: np.ndarray, axes: str, world: World) -> tuple[Parted, ...]:
    """Every place in which two arrays of float64 with these axes differ in any bit."""
    if a.tobytes() == b.tobytes():
        return ()
    different = np.argwhere(a.view(np.int64) != b.view(np.int64)) if a.shape else [()]
    labels = {"P": world.provinces, "C": world.cohorts, "S": world.settings, "K": modes.INSTRUMENTS}
    labels |= {"O": world.origin_names, "M": world.modes}
    found = []
    for where in (tuple(int(i) for i in place) for place in different):
        told = [f"period {i}" if axis == "T" else labels[axis][i] for axis, i in zip(axes, where, strict=True)]
        place = f"[{', '.join(told)}]" if told else ""
        found.append(Parted(name=name + place, a=float(a[where]), b=float(b[where])))
    return tuple(found)
