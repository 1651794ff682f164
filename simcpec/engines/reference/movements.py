"""Movements and the escorts they wait for (4.8)."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import simpy

from simcpec.engines.reference.clock import slot
from simcpec.engines.reference.plot import Plot
from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import movement as rules
from simcpec.model.rules import threat
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]


def movements(sim: Simulation, p: int, c: int) -> Wait:
    """Source of the movements of a cohort: Poisson, or from a finite number of groups, thinned by those at rest."""
    w, clock, index = sim.world.movements, sim.clock, 0
    place, number = sim.cohort_place[p][c], slot(events.RANK_MOVEMENT, sim.pair(p, c))
    finite = w.source == modes.FINITE
    groups = float(w.groups[p][c]) if finite else 1.0
    while True:
        u = sim.draw(index, place, streams.S_MOVEMENT)
        gap = sim.ticks(threat.gap_days(w.rate[p][c] * groups, u[0]))
        if clock.now + gap >= sim.horizon:
            return
        yield clock.hold(gap, number)
        if not finite or threat.thinned(groups - sim.state.engaged[p][c], groups, u[1]):
            movement(sim, p, c, index, u)
        index += 1


def traffic(sim: Simulation, p: int, c: int) -> float:
    """Parties a day that attackers expect on the road now."""
    days = sim.days_since(sim.state.traffic_tick[p][c])
    return rules.traffic_at(sim.state.traffic[p][c], days, sim.world.movements.memory)


def is_watched(sim: Simulation) -> bool:
    """Whether attackers watch what is on the road."""
    w = sim.world.movements
    return bool(w.rule != modes.NO_ESCORT and w.memory < math.inf)


def meets_party(sim: Simulation, plot: Plot) -> bool:
    """Whether a party is under way by road, or comes by while attackers lie in wait."""
    state, p, c = sim.state, plot.p, plot.c
    if state.escorted[p][c] + state.alone[p][c] > 0:
        return True
    u = sim.draw(plot.identity, plot.place, streams.S_HARM2)[2]
    return rules.party_comes(traffic(sim, p, c), sim.world.movements.ambush, u)


def movement(sim: Simulation, p: int, c: int, index: int, u: tuple[float, float, float, float]) -> None:
    """One movement: by air, or by road with or without an escort."""
    w, place = sim.world.movements, sim.cohort_place[p][c]
    sim.counts.at_cohort(p, c, names.COHORT_MOVEMENTS)
    sim.note(events.KIND_MOVEMENT, p, c, modes.MOVEMENT, index)
    by_air, lapses, leaves = (share[sim.state.epoch][p][c] for share in (w.by_air, w.unescorted, w.impatient))
    air, asks, waits = 1.0, 1.0, 1.0
    if by_air > 0.0 or lapses > 0.0 or leaves > 0.0:
        air, asks, waits, _ = sim.draw(index, place, streams.S_MOVEMENT, 1)
    if threat.thinned(by_air, 1.0, air):
        sim.counts.at_cohort(p, c, names.COHORT_AIR)
        return
    sim.state.engaged[p][c] += 1
    patience, trip = sim.span(w.patience, u[3]) if w.patience[1] > 0.0 else 0, sim.span(w.trip, u[2])
    if threat.thinned(lapses, 1.0, asks):
        sim.clock.process(travel(sim, p, c, index, trip, sim.state.alone, sim.state.alone_before))
    else:
        sim.clock.process(by_road(sim, p, c, index, trip, patience, waits=not threat.thinned(leaves, 1.0, waits)))


def by_road(sim: Simulation, p: int, c: int, index: int, trip: int, patience: int, *, waits: bool) -> Wait:
    """Wait for an escort as the rule has it, travel, come back; or be cancelled.      waits : else it goes alone."""
    w, clock, began = sim.world.movements, sim.clock, sim.clock.now
    with sim.escorts[p].request() as escort:
        if not escort.triggered and waits and rules.may_wait(w.rule, patience):
            yield from wait(sim, p, c, escort, patience)
            sim.counts.at_cohort(p, c, names.COHORT_WAIT_DAYS, sim.days_since(began))
        if escort.triggered:
            sim.busy_escorts.add(p, 1, clock.now)
            yield from travel(sim, p, c, index, trip, sim.state.escorted, sim.state.escorted_before)
            sim.busy_escorts.add(p, -1, clock.now)
            return
    if w.rule == modes.ALONE or not waits:
        yield from travel(sim, p, c, index, trip, sim.state.alone, sim.state.alone_before)
        return
    sim.state.engaged[p][c] -= 1
    sim.counts.at_cohort(p, c, names.COHORT_CANCELLED)
    sim.note(events.KIND_CANCELLED, p, c, modes.MOVEMENT, index)


def wait(sim: Simulation, p: int, c: int, escort: simpy.Event, patience: int) -> Wait:
    """In the queue of escorts, until one comes or patience ends; under the rule `wait` it never ends."""
    clock, pair = sim.clock, sim.pair(p, c)
    sim.waiting[pair] += 1
    number = sim.quit_slots.take()
    if sim.world.movements.rule == modes.WAIT or patience >= sim.horizon - clock.now:
        yield clock.grant(escort)
    else:
        yield escort | clock.hold(patience, number)
    sim.quit_slots.give(number)
    sim.waiting[pair] -= 1


def travel(
    sim: Simulation, p: int, c: int, index: int, trip: int, under_way: list[list[int]], before: list[list[int]]
) -> Wait:
    """Under way, where an attack on movements may meet it."""
    clock, pair, number = sim.clock, sim.pair(p, c), sim.trip_slots.take()
    escorted = under_way is sim.state.escorted
    under_way[p][c] += 1
    before[p][c] += 1
    sim.trips.add(pair, 1, clock.now)
    if sim.world.movements.memory < math.inf:
        sim.state.traffic[p][c] = rules.traffic_after(traffic(sim, p, c), sim.world.movements.memory)
        sim.state.traffic_tick[p][c] = clock.now
    sim.counts.at_cohort(p, c, names.COHORT_ESCORTED if escorted else names.COHORT_ALONE)
    sim.note(events.KIND_DEPART, p, c, modes.MOVEMENT, index, float(escorted))
    yield clock.hold(trip, number)
    under_way[p][c] -= 1
    sim.state.engaged[p][c] -= 1
    sim.trips.add(pair, -1, clock.now)
    sim.trip_slots.give(number)
    sim.note(events.KIND_RETURN, p, c, modes.MOVEMENT, index, float(escorted))
