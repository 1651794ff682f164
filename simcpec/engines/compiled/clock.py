"""The slots of the event loop: a winner tree of packed keys (tick << bits | slot), and pools of free slots.

key[leaves + slot] is the slot's next event, key[1] the earliest of all.  Schedule, reschedule and cancel are one store
and a replay of a few minima.  The order of slots is that of `model.events`.  Where the horizon leaves no room for a
slot beside the tick, a key is the tick alone (bits = 0) and the winner is found by going down the tree; of several at
one tick the lowest slot wins either way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.engines.compiled.record import NEVER_KEY, TRACE_ROWS, WORD
from simcpec.engines.status import Status
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import bits_of, constant, inner_kernel, inner_subroutine, signed

LARGEST_INDEX = constant(2**32 - 1)
RUNNING, ROOM = constant(Status.RUNNING.value), constant(Status.ROOM.value)
OUTGROWN, UNCOUNTABLE = constant(Status.OUTGROWN.value), constant(Status.UNCOUNTABLE.value)


@inner_kernel
def index(number: int) -> int:
    """Return a number that is never negative, in a form that shows it: the compiler then leaves out the test for it."""
    return number & LARGEST_INDEX


@inner_kernel
def replay(s: Any, slot: int, key: int) -> None:
    """Put a key at a leaf and play its matches up to the root."""
    i = index(s.leaves + slot)
    s.key[i] = key
    while i > 1:
        key = min(key, s.key[i ^ 1])
        i >>= 1
        s.key[i] = key


@inner_kernel
def schedule(s: Any, w: Any, slot: int, tick: int) -> None:
    """The slot's next event is at this tick; what lies at or beyond the horizon never comes."""
    if tick >= w.calendar_horizon_tick:
        replay(s, slot, NEVER_KEY)
    else:
        replay(s, slot, (tick << s.bits) | (slot & s.mask))


@inner_kernel
def earliest(s: Any) -> int:
    """The slot of the earliest event; of several at one tick the lowest."""
    if s.bits != 0:
        return index(s.key[1] & s.mask)
    return index(winner(s))


@inner_subroutine
def winner(s: Any) -> int:
    """Find the earliest slot from the root down, for keys that do not name their slot."""
    key = s.key[1]
    i = signed(1)
    while i < s.leaves:
        i <<= 1
        if s.key[i] != key:
            i += 1
    return i - s.leaves


@inner_kernel
def cancel(s: Any, slot: int) -> None:
    """The slot has no event."""
    replay(s, slot, NEVER_KEY)


@inner_subroutine
def acquire(s: Any, pool: int, size: int) -> int:
    """The lowest free number of a pool; an overflow is marked as an error and gives 0."""
    for word in range(s.free.shape[1]):
        x = s.free[pool, word]
        if x != 0:
            lowest = x & -x
            s.free[pool, word] = x ^ lowest
            return index(word * WORD + (bits_of(np.float64(lowest)) >> 52) - 1023)
    s.error = ROOM
    s.place_error = pool
    return signed(0)


@inner_kernel
def give(s: Any, pool: int, number: int) -> None:
    """Hand a number back."""
    word = number // WORD
    s.free[pool, word] |= signed(1) << (number - word * WORD)


@inner_kernel
def note(s: Any, trace: Any, kind: int, p: int, c: int, k: int, entity: int, value: float) -> None:
    """Write one row of the trace, if there is one; without it this costs a comparison and no call."""
    if s.tracing != 0:
        write_row(s, trace, kind, p, c, k, entity, value)


@inner_subroutine
def write_row(s: Any, trace: Any, kind: int, p: int, c: int, k: int, entity: int, value: float) -> None:
    """One row of the trace, if its kind is kept: all are counted, those of the pass under way are written down."""
    if (s.tracing >> kind) & 1 != 0:
        n = s.rows - s.skipped
        s.rows += 1
        if 0 <= n < TRACE_ROWS:
            trace.tick[n], trace.kind[n], trace.entity[n], trace.value[n] = s.now, kind, entity, value
            trace.province[n], trace.cohort[n], trace.setting[n] = p, c, k


@inner_kernel
def uniforms(s: Any, entity: int, place: int, stream: Any, number: int) -> tuple[float, float, float, float]:
    """The four uniforms at an address of this replication."""
    return streams.block(s.key0, s.key1, entity, place, stream, number)


@inner_subroutine
def draw(s: Any, entity: int, place: int, stream: Any, number: int) -> tuple[float, float, float, float]:
    """Return `uniforms` by a call instead of a copy, for all but the busiest callers."""
    return uniforms(s, entity, place, stream, number)


@inner_kernel
def draw_birth(s: Any, w: Any, entity: int, place: int, stream: Any, number: int) -> tuple[float, float, float, float]:
    """Return uniforms for the births of plots, which antithetic pairs mirror."""
    return streams.twin_block(s.key0, s.key1, w.threat_antithetic, entity, place, stream, number)


@inner_subroutine
def span(s: Any, law: int, scale: float, shape: float, u: float) -> int:
    """A duration by its law, on the clock."""
    return samplers.ticks(samplers.duration(law, scale, shape, u), s.per_day)


@inner_kernel
def days_since(s: Any, tick: int) -> float:
    """Days from a tick to now."""
    return (s.now - tick) / s.per_day


@inner_kernel
def fixed(s: Any, rank: int, number: int) -> int:
    """The slot of a rank and number."""
    return index(s.base[rank] + number)
