"""Sources of candidates in strips of intensity: which candidate is next, and opening a strip when it is first needed.

A source is a slot; its strips are its rows.  See `simcpec.model.rules.strips`.
"""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import clock
from simcpec.model import events
from simcpec.model.rules import strips as rules
from simcpec.model.rules import threat
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine, signed

ZERO = constant(0)
FIRST_RANK, RANK_CANDIDATE = constant(events.RANK_INSIDER), constant(events.RANK_CANDIDATE)


@inner_kernel
def row(s: Any, slot: int) -> int:
    """The row of a source."""
    return clock.index(slot - s.base[FIRST_RANK])


@inner_kernel
def first_due(s: Any, source: int) -> int:
    """The open strip whose candidate comes first; of several at one tick the lowest."""
    strip = signed(0)
    for j in range(1, s.strips[source]):
        if s.strip_due[source, j] < s.strip_due[source, strip]:
            strip = signed(j)
    return strip


@inner_kernel
def arm(s: Any, w: Any, slot: int) -> None:
    """The source's next event is the first candidate of its open strips."""
    source = row(s, slot)
    if s.strips[source] > 0:
        clock.schedule(s, w, slot, s.strip_due[source, first_due(s, source)])


@inner_kernel
def is_past(s: Any, slot: int, tick: int) -> bool:
    """Whether a candidate of this slot at this tick would have come before the event that is being handled."""
    return tick < s.now or (tick == s.now and slot < s.current)


@inner_kernel
def is_short(s: Any, strips: int, most: float, p: int) -> bool:
    """Whether one more strip is needed for an intensity, in units of the source; too many are marked as an error."""
    if strips < rules.STRIPS and strips < s.strips_at_least:
        return True
    if most <= rules.lower_edge(strips):
        return False
    if strips < rules.STRIPS:
        return True
    s.error = clock.OUTGROWN
    s.place_error = p
    s.value = most
    return False


# ---------------------------------------------------------------------------------------------- births of plots


@inner_subroutine
def next_birth(s: Any, w: Any, o: int, strip: int) -> None:
    """Move a strip of births on to its next candidate; the stage's end brings the first of the next stage."""
    source = row(s, clock.fixed(s, RANK_CANDIDATE, o))
    identity = streams.candidate_identity(s.stage, streams.strip_index(strip, s.strip_index[source, strip]), ZERO)
    u = clock.draw_birth(s, w, identity, s.origin_place[o], streams.S_CANDIDATE, ZERO)
    gap = rules.gap_days(s.rate[o] * s.threat[o], strip, u[0])
    due = s.strip_due[source, strip] + samplers.ticks(gap, s.per_day)
    s.strip_due[source, strip] = samplers.NEVER if due >= s.stage_end else due


@inner_subroutine
def reach_births(s: Any, w: Any, o: int) -> None:
    """Open the strips of births that the stock of an origin has reached."""
    slot = clock.fixed(s, RANK_CANDIDATE, o)
    source, most = row(s, slot), threat.relative_stock(s.stock[o], w.network_militants[o])
    while is_short(s, s.strips[source], most, w.origins_province[o]):
        strip = s.strips[source]
        s.strip_due[source, strip], s.strip_index[source, strip] = s.stage_begin, 0
        next_birth(s, w, o, strip)
        while is_past(s, slot, s.strip_due[source, strip]):
            s.strip_index[source, strip] += 1
            next_birth(s, w, o, strip)
        s.strips[source] += 1
        arm(s, w, slot)


@inner_subroutine
def restart_births(s: Any, w: Any, o: int) -> None:
    """A threat stage begins: every open strip of an origin begins anew."""
    slot = clock.fixed(s, RANK_CANDIDATE, o)
    source = row(s, slot)
    for j in range(s.strips[source]):
        strip = signed(j)
        s.strip_due[source, strip], s.strip_index[source, strip] = s.stage_begin, 0
        next_birth(s, w, o, strip)
    arm(s, w, slot)
