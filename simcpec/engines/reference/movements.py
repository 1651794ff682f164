"""Movements and the escorts they wait for (4.8)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from simcpec.engines.reference.clock import slot
from simcpec.engines.reference.simulation import Stage
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import movement as rules
from simcpec.model.rules import threat
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]


def movements(stage: Stage, p: int, c: int) -> Wait:
    """Source of the movements of a cohort: Poisson, or from a finite number of groups, thinned by those at rest."""
    w, clock, index = stage.world.movements, stage.clock, 0
    place, number = stage.cohort_place[p][c], slot(events.RANK_MOVEMENT, stage.pair(p, c))
    finite = w.source == modes.FINITE
    groups = float(w.groups[p][c]) if finite else 1.0
    while True:
        u = stage.draw(index, place, streams.S_MOVEMENT)
        gap = stage.ticks(threat.gap_days(w.rate[p][c], groups, u[0]))
        if clock.now + gap >= stage.horizon:
            return
        yield clock.hold(gap, number)
        if not finite or threat.thinned(groups - stage.state.engaged[p][c], groups, u[1]):
            movement(stage, p, c, index, u)
        index += 1


def movement(stage: Stage, p: int, c: int, index: int, u: tuple[float, float, float, float]) -> None:
    """One movement: by air, or by road with or without an escort."""
    w, place = stage.world.movements, stage.cohort_place[p][c]
    stage.counts.at_cohort(p, c, names.COHORT_MOVEMENTS)
    stage.note(events.KIND_MOVEMENT, p, c, modes.MOVEMENT, index)
    by_air = w.by_air[stage.state.epoch][p][c]
    if by_air > 0.0 and threat.thinned(by_air, 1.0, stage.draw(index, place, streams.S_MOVEMENT, 1)[0]):
        stage.counts.at_cohort(p, c, names.COHORT_AIR)
        return
    stage.state.engaged[p][c] += 1
    patience = stage.span(w.patience, u[3]) if w.patience[1] > 0.0 else 0
    stage.clock.process(by_road(stage, p, c, index, stage.span(w.trip, u[2]), patience))


def by_road(stage: Stage, p: int, c: int, index: int, trip: int, patience: int) -> Wait:
    """Wait for an escort as the rule has it, travel, come back; or be cancelled."""
    w, clock, began = stage.world.movements, stage.clock, stage.clock.now
    with stage.escorts[p].request() as escort:
        if not escort.triggered and rules.may_wait(w.rule, patience):
            yield from wait(stage, p, c, escort, patience)
            stage.counts.at_cohort(p, c, names.COHORT_WAIT_DAYS, stage.days_since(began))
        if escort.triggered:
            stage.busy_escorts.add(p, 1, clock.now)
            yield from travel(stage, p, c, index, trip, stage.state.escorted, stage.state.escorted_before)
            stage.busy_escorts.add(p, -1, clock.now)
            return
    if w.rule == modes.ALONE:
        yield from travel(stage, p, c, index, trip, stage.state.alone, stage.state.alone_before)
        return
    stage.state.engaged[p][c] -= 1
    stage.counts.at_cohort(p, c, names.COHORT_CANCELLED)
    stage.note(events.KIND_CANCELLED, p, c, modes.MOVEMENT, index)


def wait(stage: Stage, p: int, c: int, escort: simpy.Event, patience: int) -> Wait:
    """In the queue of escorts, until one comes or patience ends; under the rule `wait` it never ends."""
    clock, pair = stage.clock, stage.pair(p, c)
    stage.waiting[pair] += 1
    number = stage.quit_slots.take()
    if stage.world.movements.rule == modes.WAIT or patience >= stage.horizon - clock.now:
        yield escort
    else:
        yield escort | clock.hold(patience, number)
    stage.quit_slots.give(number)
    stage.waiting[pair] -= 1


def travel(
    stage: Stage, p: int, c: int, index: int, trip: int, under_way: list[list[int]], before: list[list[int]]
) -> Wait:
    """Under way, where an attack on movements may meet it."""
    clock, pair, number = stage.clock, stage.pair(p, c), stage.trip_slots.take()
    escorted = under_way is stage.state.escorted
    under_way[p][c] += 1
    before[p][c] += 1
    stage.trips.add(pair, 1, clock.now)
    stage.counts.at_cohort(p, c, names.COHORT_ESCORTED if escorted else names.COHORT_ALONE)
    stage.note(events.KIND_DEPART, p, c, modes.MOVEMENT, index, float(escorted))
    yield clock.hold(trip, number)
    under_way[p][c] -= 1
    stage.state.engaged[p][c] -= 1
    stage.trips.add(pair, -1, clock.now)
    stage.trip_slots.give(number)
    stage.note(events.KIND_RETURN, p, c, modes.MOVEMENT, index, float(escorted))
