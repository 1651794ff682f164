"""Movements and the escorts they wait for (4.8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.engines.compiled import clock, prefetch
from simcpec.engines.compiled.record import POOL_QUIT, POOL_TRIP
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import movement as rules
from simcpec.model.rules import threat
from simcpec.numerics import streams
from simcpec.numerics.jit import constant, inner_kernel, inner_subroutine

NONE, ZERO, ONE = constant(-1), constant(0), constant(1)
TRIP, QUIT, ROAD = constant(POOL_TRIP), constant(POOL_QUIT), constant(modes.MOVEMENT)
RANK_TRIP, RANK_QUIT = constant(events.RANK_TRIP), constant(events.RANK_QUIT)
KIND_MOVEMENT, KIND_DEPART = constant(events.KIND_MOVEMENT), constant(events.KIND_DEPART)
KIND_RETURN, KIND_CANCELLED = constant(events.KIND_RETURN), constant(events.KIND_CANCELLED)


@inner_kernel
def on_movement(s: Any, w: Any, trace: Any, slot: int, p: int, c: int) -> None:
    """A candidate movement of a cohort; those of a finite source are thinned by the groups at rest."""
    index = s.index[slot]
    j = prefetch.place_in(index)
    u_accept, trip, u_patience = s.movement_accept[p, c, j], s.movement_trip[p, c, j], s.movement_patience[p, c, j]
    s.index[slot] = index + 1
    next_movement(s, w, slot, p, c)
    groups = prefetch.groups_at_most(w, p, c)
    if w.movements_source != modes.FINITE or threat.thinned(groups - s.engaged[p, c], groups, u_accept):
        movement(s, w, trace, p, c, index, trip, u_patience)


@inner_kernel
def next_movement(s: Any, w: Any, slot: int, p: int, c: int) -> None:
    """When the next candidate comes."""
    if w.movements_rate[p, c] * prefetch.groups_at_most(w, p, c) <= 0.0:
        return
    index = s.index[slot]
    if prefetch.place_in(index) == 0:
        prefetch.movements(s, w, p, c, index)
    clock.schedule(s, w, slot, s.now + s.movement_gap[p, c, prefetch.place_in(index)])


@inner_kernel
def traffic(s: Any, w: Any, p: int, c: int) -> float:
    """Parties a day that attackers expect on the road now."""
    days = clock.days_since(s, s.traffic_tick[p, c])
    return rules.traffic_at(s.traffic[p, c], days, w.movements_memory)


@inner_kernel
def is_watched(w: Any) -> bool:
    """Whether attackers watch what is on the road."""
    return w.movements_rule != modes.NO_ESCORT and w.movements_memory < np.inf


@inner_subroutine
def meets_party(s: Any, w: Any, identity: int, place: int, p: int, c: int) -> bool:
    """Whether a party is under way by road, or comes by while attackers lie in wait."""
    if s.escorted[p, c] + s.alone[p, c] > 0:
        return True
    u = clock.draw(s, identity, place, streams.S_HARM2, ZERO)[2]
    return rules.party_comes(traffic(s, w, p, c), w.movements_ambush, u)


@inner_kernel
def movement(s: Any, w: Any, trace: Any, p: int, c: int, index: int, trip: int, u_patience: float) -> None:
    """One movement: by air, or by road with an escort, without one, or not at all."""
    s.pair[p, c, names.COHORT_MOVEMENTS] += 1.0
    clock.note(s, trace, KIND_MOVEMENT, p, c, ROAD, index, 0.0)
    by_air, lapses, leaves = w.movements_by_air[p, c], w.movements_unescorted[p, c], w.movements_impatient[p, c]
    u_air, u_asks, u_waits = 1.0, 1.0, 1.0
    if by_air > 0.0 or lapses > 0.0 or leaves > 0.0:
        u_air, u_asks, u_waits, _ = clock.draw(s, index, s.cohort_place[p, c], streams.S_MOVEMENT, ONE)
    if threat.thinned(by_air, 1.0, u_air):
        s.pair[p, c, names.COHORT_AIR] += 1.0
        return
    s.engaged[p, c] += 1
    if threat.thinned(lapses, 1.0, u_asks):
        depart(s, w, trace, p, c, index, trip, ZERO)
        return
    if s.escorts_busy[p] < s.escorts[p]:
        depart(s, w, trace, p, c, index, trip, ONE)
        return
    if threat.thinned(leaves, 1.0, u_waits):
        depart(s, w, trace, p, c, index, trip, ZERO)
        return
    patience = ZERO
    if w.movements_patience_scale > 0.0:
        patience = clock.span(
            s, w.movements_patience, w.movements_patience_scale, w.movements_patience_shape, u_patience
        )
    if rules.may_wait(w.movements_rule, patience):
        wait(s, w, p, c, index, trip, patience)
    else:
        refused(s, w, trace, p, c, index, trip)


@inner_subroutine
def refused(s: Any, w: Any, trace: Any, p: int, c: int, index: int, trip: int) -> None:
    """No escort, and no patience left: alone or not at all."""
    if w.movements_rule == modes.ALONE:
        depart(s, w, trace, p, c, index, trip, ZERO)
        return
    s.engaged[p, c] -= 1
    s.pair[p, c, names.COHORT_CANCELLED] += 1.0
    clock.note(s, trace, KIND_CANCELLED, p, c, ROAD, index, 0.0)


@inner_subroutine
def wait(s: Any, w: Any, p: int, c: int, index: int, trip: int, patience: int) -> None:
    """At the end of the queue of escorts; under the rule `wait` patience never ends."""
    n = clock.acquire(s, QUIT, ZERO)
    s.quit_p[n], s.quit_c[n], s.quit_index[n], s.quit_trip[n], s.quit_began[n] = p, c, index, trip, s.now
    s.quit_before[n], s.quit_after[n] = s.quit_last[p], NONE
    if s.quit_last[p] >= 0:
        s.quit_after[s.quit_last[p]] = n
    else:
        s.quit_first[p] = n
    s.quit_last[p] = n
    s.waiting[p, c] += 1
    slot = clock.fixed(s, RANK_QUIT, n)
    if w.movements_rule != modes.WAIT and patience < w.calendar_horizon_tick - s.now:
        clock.schedule(s, w, slot, s.now + patience)
    else:
        clock.cancel(s, slot)


@inner_kernel
def leave_queue(s: Any, n: int) -> None:
    """A waiting movement leaves the queue; its wait is booked and its slot free."""
    p, c, before, after = s.quit_p[n], s.quit_c[n], s.quit_before[n], s.quit_after[n]
    if before >= 0:
        s.quit_after[before] = after
    else:
        s.quit_first[p] = after
    if after >= 0:
        s.quit_before[after] = before
    else:
        s.quit_last[p] = before
    clock.cancel(s, clock.fixed(s, RANK_QUIT, n))
    clock.give(s, QUIT, n)
    s.waiting[p, c] -= 1
    s.pair[p, c, names.COHORT_WAIT_DAYS] += clock.days_since(s, s.quit_began[n])


@inner_subroutine
def on_quit(s: Any, w: Any, trace: Any, n: int) -> None:
    """Patience ends."""
    leave_queue(s, n)
    refused(s, w, trace, s.quit_p[n], s.quit_c[n], s.quit_index[n], s.quit_trip[n])


@inner_kernel
def serve(s: Any, w: Any, trace: Any, p: int) -> None:
    """Free escorts take who waits longest."""
    while s.escorts_busy[p] < s.escorts[p] and s.quit_first[p] >= 0:
        n = s.quit_first[p]
        leave_queue(s, n)
        depart(s, w, trace, p, s.quit_c[n], s.quit_index[n], s.quit_trip[n], ONE)


@inner_kernel
def depart(s: Any, w: Any, trace: Any, p: int, c: int, index: int, trip: int, escorted: int) -> None:
    """Under way, where an attack on movements may meet it."""
    n = clock.acquire(s, TRIP, ZERO)
    s.trip_p[n], s.trip_c[n], s.trip_index[n], s.trip_escorted[n] = p, c, index, escorted
    if escorted == 1:
        s.escorts_busy[p] += 1
        s.moment_escorts_busy[p] += s.now
        s.escorted[p, c] += 1
        s.escorted_before[p, c] += 1
        s.pair[p, c, names.COHORT_ESCORTED] += 1.0
    else:
        s.alone[p, c] += 1
        s.alone_before[p, c] += 1
        s.pair[p, c, names.COHORT_ALONE] += 1.0
    s.trips[p, c] += 1
    s.moment_trips[p, c] += s.now
    if w.movements_memory < np.inf:
        s.traffic[p, c] = rules.traffic_after(traffic(s, w, p, c), w.movements_memory)
        s.traffic_tick[p, c] = s.now
    clock.note(s, trace, KIND_DEPART, p, c, ROAD, index, float(escorted))
    clock.schedule(s, w, clock.fixed(s, RANK_TRIP, n), s.now + trip)


@inner_kernel
def on_trip(s: Any, w: Any, trace: Any, n: int) -> None:
    """Back again; the escort takes the next."""
    p, c, escorted = s.trip_p[n], s.trip_c[n], s.trip_escorted[n]
    clock.cancel(s, clock.fixed(s, RANK_TRIP, n))
    clock.give(s, TRIP, n)
    s.engaged[p, c] -= 1
    s.trips[p, c] -= 1
    s.moment_trips[p, c] -= s.now
    clock.note(s, trace, KIND_RETURN, p, c, ROAD, s.trip_index[n], float(escorted))
    if escorted == 1:
        s.escorted[p, c] -= 1
        s.escorts_busy[p] -= 1
        s.moment_escorts_busy[p] -= s.now
        serve(s, w, trace, p)
    else:
        s.alone[p, c] -= 1
