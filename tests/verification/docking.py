"""Ciw, an independent discrete-event library, set up to play our queues on our customers.

Times are ticks held in floats: whole numbers below 2**53, which Ciw's float clock adds without rounding. So both must
agree to the tick, customer by customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from simcpec.model import events
from simcpec.model.rules import threat
from simcpec.model.world import World
from simcpec.numerics import samplers, streams

NEVER = inf


@dataclass(frozen=True, kw_only=True)
class Customer:
    """When it comes, how long it is served, when it loses patience (inf: never), and whether it goes first; ticks."""

    came: int
    service: int
    patience: float = NEVER
    first: bool = False


@dataclass(frozen=True)
class Course:
    """What became of each customer: tick of the beginning of its service, and of its leaving unserved; -1 for none."""

    begun: tuple[int, ...]
    left: tuple[int, ...]


# ------------------------------------------------------------------------------------------------ customers


def routine_leads(world: World, p: int, seed: int) -> list[Customer]:
    """The routine leads of a province in replication 0, by their addresses and the laws of the world."""
    w = world.operations
    return _drawn(world, w.routine[p], streams.NO_COHORT, p, streams.S_ROUTINE_LEAD, seed, w.work, w.patience)


def movements(world: World, p: int, seed: int) -> list[Customer]:
    """The movements of the first cohort of a province with an endless source."""
    w = world.movements
    return _drawn(world, w.rate[p][0], 0, p, streams.S_MOVEMENT, seed, w.trip, w.patience)


def _drawn(
    world: World, rate: float, cohort: int, p: int, stream: Any, seed: int, service: Any, patience: Any
) -> list[Customer]:
    key, day = streams.key_word(seed, 0), world.calendar.ticks_per_day
    place = int(streams.place_word(world.addresses[p], cohort, 0))
    found: list[Customer] = []
    tick = 0
    while True:
        u = streams.block(key, 0, len(found), place, int(stream), 0)
        tick += samplers.ticks(threat.gap_days(rate, u[0]), day)
        if tick >= world.calendar.horizon_tick:
            return found
        waits = samplers.duration(*patience, u[3])
        found.append(
            Customer(
                came=tick,
                service=samplers.ticks(samplers.duration(*service, u[2]), day),
                patience=NEVER if waits == inf else float(samplers.ticks(waits, day)),
            )
        )


def movements_as_they_came(world: World, trace: np.ndarray, p: int, seed: int) -> list[Customer]:
    """Movements of a finite source, which come when groups are at rest: the moments are those of the trace."""
    key, day = streams.key_word(seed, 0), world.calendar.ticks_per_day
    place = int(streams.place_word(world.addresses[p], 0, 0))
    rows = trace[(trace["province"] == p) & (trace["kind"] == events.KIND_MOVEMENT)]
    found = []
    for row in rows:
        u = streams.block(key, 0, int(row["entity"]), place, int(streams.S_MOVEMENT), 0)
        trip = samplers.ticks(samplers.duration(*world.movements.trip, u[2]), day)
        found.append(Customer(came=int(row["tick"]), service=trip))
    return found


def plot_leads(world: World, trace: np.ndarray, p: int, seed: int) -> list[Customer]:
    """Leads on plots, which come when the plots are found: the moments are those of the trace."""
    key, day = streams.key_word(seed, 0), world.calendar.ticks_per_day
    place = int(streams.place_word(world.addresses[p], streams.NO_COHORT, 0))
    rows = trace[(trace["province"] == p) & (trace["kind"] == events.KIND_FOUND)]
    found = []
    for row in rows:
        u = streams.block(key, 0, int(row["entity"]), place, int(streams.S_PLOT_LEAD), 0)
        work = samplers.ticks(samplers.duration(*world.operations.work, u[0]), day)
        found.append(Customer(came=int(row["tick"]), service=work, first=True))
    return found


# ------------------------------------------------------------------------------------------------ Ciw


def by_ciw(people: Sequence[Customer], *, servers: int, horizon: int, waiting: bool = True) -> Course:
    """The course of the customers (in the order in which they come) in a node of Ciw.

    waiting : whether there is a queue at all; who then finds no server is gone at once.
    """
    import ciw

    class Assigned(ciw.dists.Distribution):  # type: ignore[misc]
        """A number that each customer brings with it."""

        def __init__(self, values: list[float]) -> None:
            self.values = values

        def sample(self, t: Any = None, ind: Any = None) -> float:
            return self.values[ind.id_number - 1]

    came = {name: [each.came for each in people if each.first == first] for name, first in (("A", True), ("B", False))}
    kinds = [name for name, ticks in came.items() if ticks]
    gaps = {name: np.diff(came[name], prepend=0).astype(float).tolist() for name in kinds}
    network = ciw.create_network(
        arrival_distributions={name: [ciw.dists.Sequential([*gaps[name], inf])] for name in kinds},
        service_distributions={name: [Assigned([float(each.service) for each in people])] for name in kinds},
        reneging_time_distributions={name: [Assigned([each.patience for each in people])] for name in kinds},
        priority_classes={name: rank for rank, name in enumerate(kinds)},
        number_of_servers=[servers],
        queue_capacities=[inf if waiting else 0],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(float(horizon))
    return _course(simulation, len(people))


def _course(simulation: Any, number: int) -> Course:
    """From the records of those who left and of those who are still there."""
    begun, left = [-1] * number, [-1] * number
    for record in simulation.get_all_records():
        if record.record_type == "service":
            begun[record.id_number - 1] = int(record.service_start_date)
        elif record.record_type == "renege":
            left[record.id_number - 1] = int(record.exit_date)
        elif record.record_type == "rejection":
            left[record.id_number - 1] = int(record.arrival_date)
    for present in simulation.nodes[1].all_individuals:
        if present.service_start_date is not False:
            begun[present.id_number - 1] = int(present.service_start_date)
    return Course(tuple(begun), tuple(left))


# ------------------------------------------------------------------------------------------------ the engine


def by_trace(trace: np.ndarray, p: int, entities: Sequence[int], *, begin: int, leave: Sequence[int]) -> Course:
    """The course of the same customers in our trace; `begin` and `leave` are kinds of event."""
    rows = trace[trace["province"] == p]
    place = {entity: i for i, entity in enumerate(entities)}
    begun, left = [-1] * len(place), [-1] * len(place)
    for row in rows:
        kind, entity = int(row["kind"]), int(row["entity"])
        if entity not in place:
            continue
        if kind in leave and (kind != events.KIND_DEPART or row["value"] == 0.0):
            left[place[entity]] = int(row["tick"])
        elif kind == begin:
            begun[place[entity]] = int(row["tick"])
    return Course(tuple(begun), tuple(left))
