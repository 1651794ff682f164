"""Candidates of the busy sources, many at a time: what they draw, and their times on the clock.

An addressed draw is a pure function, so this is a cache that nobody sees.  Draws that need not wait for each other
overlap in the processor, and logarithms and quantiles, which have no jumps, become vector code: a third of the time.
Only what no lever and no state moves is made ahead: gaps of strips, and durations.
"""

from __future__ import annotations

from typing import Any

from simcpec.engines.compiled import clock
from simcpec.engines.compiled.record import AHEAD
from simcpec.model import modes
from simcpec.model.rules import network, strips, threat
from simcpec.numerics import samplers, streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine

ZERO = constant(0)


@inner_kernel
def place_in(index: int) -> int:
    """Where in its block a candidate stands."""
    return index & (AHEAD - 1)


@inner_kernel
def draws(s: Any, first: int, place: int, stream: Any) -> None:
    """The four uniforms of a block of candidates."""
    for j in range(AHEAD):
        u = clock.uniforms(s, first + j, place, stream, ZERO)
        s.drawn[0, j], s.drawn[1, j], s.drawn[2, j], s.drawn[3, j] = u[0], u[1], u[2], u[3]


@inner_subroutine
def leads(s: Any, w: Any, p: int, strip: int, first: int) -> None:
    """A block of candidates of routine leads of a province, from the first on: gap, level, work, patience."""
    draws(s, streams.strip_index(strip, first), s.place[p], streams.S_ROUTINE_LEAD)
    rate = w.operations_routine[p]
    for j in range(AHEAD):
        s.lead_gap[p, strip, j] = samplers.ticks(strips.gap_days(rate, strip, s.drawn[0, j]), s.per_day)
        s.lead_level[p, strip, j] = strips.level(strip, s.drawn[1, j])
        s.lead_patience[p, strip, j] = s.drawn[3, j]
    law, shape = w.operations_work, w.operations_work_shape
    scale = w.operations_work_scale * w.operations_work_factor[p]
    if samplers.is_steady_lognormal(law, shape):
        for j in range(AHEAD):
            work = samplers.steady_lognormal(scale, shape, s.drawn[2, j])
            s.lead_work[p, strip, j] = samplers.ticks(work, s.per_day)
    else:
        for j in range(AHEAD):
            s.lead_work[p, strip, j] = clock.span(s, law, scale, shape, s.drawn[2, j])


@inner_subroutine
def flows(s: Any, w: Any, number: int, strip: int, first: int) -> None:
    """A block of candidates of one flow of the network of an origin: gap, level per day."""
    o, flow = number // network.FLOWS, number % network.FLOWS
    identity = streams.strip_index(strip + flow * strips.STRIPS, first)
    draws(s, identity, s.origin_place[o], streams.S_NETWORK)
    unit = w.network_unit[o]
    for j in range(AHEAD):
        s.network_gap[number, strip, j] = samplers.ticks(strips.gap_days(unit, strip, s.drawn[0, j]), s.per_day)
        s.network_level[number, strip, j] = unit * strips.level(strip, s.drawn[1, j])


@inner_kernel
def groups_at_most(w: Any, p: int, c: int) -> float:
    """Groups that can move at once, which is the bound of thinning."""
    return float(w.movements_groups[p, c]) if w.movements_source == modes.FINITE else 1.0


@inner_subroutine
def movements(s: Any, w: Any, p: int, c: int, first: int) -> None:
    """A block of movements of a cohort: gap, accept, trip, patience."""
    draws(s, first, s.cohort_place[p, c], streams.S_MOVEMENT)
    rate, groups = w.movements_rate[p, c], groups_at_most(w, p, c)
    for j in range(AHEAD):
        s.movement_gap[p, c, j] = samplers.ticks(threat.gap_days(rate * groups, s.drawn[0, j]), s.per_day)
        s.movement_accept[p, c, j] = s.drawn[1, j]
        s.movement_patience[p, c, j] = s.drawn[3, j]
    law, scale, shape = w.movements_trip, w.movements_trip_scale, w.movements_trip_shape
    if samplers.is_steady_lognormal(law, shape):
        for j in range(AHEAD):
            s.movement_trip[p, c, j] = samplers.ticks(samplers.steady_lognormal(scale, shape, s.drawn[2, j]), s.per_day)
    else:
        for j in range(AHEAD):
            s.movement_trip[p, c, j] = clock.span(s, law, scale, shape, s.drawn[2, j])
