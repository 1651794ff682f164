"""A queue that every simulator can play, M/M/5 at a load of 0.8, on the same arrivals and the same services.

Each program is written as its manual would: a process a customer, a resource of five servers.  All answer with the
number of customers served and the customer-days spent waiting until the horizon, and these must agree.
"""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Callable, Generator
from typing import Any

import simpy

from benchmarks import worlds
from benchmarks.measure import Row, interleaved, ratio
from simcpec.engines.compiled.simulate import Player
from simcpec.engines.reference.clock import Clock, Pool, Teams, slot
from simcpec.model import events
from simcpec.model import outcome as names
from simcpec.model.rules import strips
from simcpec.model.world import World
from simcpec.numerics import samplers, streams

if importlib.util.find_spec("cimba") is not None:  # now: numba must know its types before it compiles anything
    from benchmarks import queue_cimba

SEED = 2024
Answer = tuple[int, float]
"""Customers served, and customer-days of waiting, until the horizon."""
Customers = list[tuple[int, int]]
"""Gap before the customer and service, in ticks."""


def customers(world: World) -> Customers:
    """The arrivals and services that the engines draw in replication 0, of one strip, up to the horizon."""
    found: Customers = []
    tick = index = 0
    w, day = world.operations, world.calendar.ticks_per_day
    key, place = streams.key_word(SEED, 0), int(streams.place_word(world.addresses[0], streams.NO_COHORT, 0))
    while True:
        u = streams.block(key, 0, index, place, int(streams.S_ROUTINE_LEAD), 0)
        gap = samplers.ticks(strips.gap_days(w.routine[0], 0, u[0]), day)
        tick += gap
        if tick >= world.calendar.horizon_tick:
            return found
        found.append((gap, samplers.ticks(samplers.duration(*w.work, u[2]), day)))
        index += 1


# ------------------------------------------------------------------------------------------------ the programs


def compiled(world: World) -> Callable[[], Answer]:
    """Our compiled engine, with leads as customers; it draws them while it plays, and keeps its other counters."""
    player = Player(world)

    def play() -> Answer:
        row = player.play(seed=SEED, draw=0, first=0, number=1)[0].province[0, 0]
        return int(row[names.PROV_OPS_ROUTINE]), float(row[names.PROV_QUEUE_DAYS])

    return play


class Tally:
    """Customers served and the time that they and the others waited."""

    def __init__(self, world: World) -> None:
        self.served, self.queue, self.moment = 0, 0, 0
        self.horizon, self.day = world.calendar.horizon_tick, world.calendar.ticks_per_day

    def answer(self) -> Answer:
        """The tally at the horizon."""
        return self.served, (self.queue * self.horizon - self.moment) / self.day


def by_clock(world: World, people: Customers) -> Callable[[], Answer]:
    """The clock and the teams of our reference engine: SimPy with a declared order of ties."""

    def customer(clock: Clock, teams: Teams, pool: Pool, tally: Tally, service: int) -> Generator[Any, Any, None]:
        with teams.request(0) as team:
            tally.queue += 1
            tally.moment += clock.now
            yield team
            tally.queue -= 1
            tally.moment -= clock.now
            number = pool.take()
            yield clock.hold(service, number)
            pool.give(number)
            tally.served += 1

    def source(clock: Clock, tally: Tally) -> Generator[Any, Any, None]:
        teams, pool, at = Teams(clock, worlds.SERVERS), Pool(events.RANK_OPERATION), slot(events.RANK_LEAD)
        for gap, service in people:
            yield clock.hold(gap, at)
            clock.process(customer(clock, teams, pool, tally, service))

    def play() -> Answer:
        clock, tally = Clock(), Tally(world)
        clock.process(source(clock, tally))
        clock.run(until=world.calendar.horizon_tick)
        return tally.answer()

    return play


def by_simpy(world: World, people: Customers) -> Callable[[], Answer]:
    """SimPy as its manual shows it."""

    def customer(
        env: simpy.Environment, teams: simpy.Resource, tally: Tally, service: int
    ) -> Generator[Any, Any, None]:
        with teams.request() as team:
            tally.queue += 1
            tally.moment += int(env.now)
            yield team
            tally.queue -= 1
            tally.moment -= int(env.now)
            yield env.timeout(service)
            tally.served += 1

    def source(env: simpy.Environment, tally: Tally) -> Generator[Any, Any, None]:
        teams = simpy.Resource(env, worlds.SERVERS)
        for gap, service in people:
            yield env.timeout(gap)
            env.process(customer(env, teams, tally, service))

    def play() -> Answer:
        env, tally = simpy.Environment(), Tally(world)
        env.process(source(env, tally))
        env.run(until=world.calendar.horizon_tick)
        return tally.answer()

    return play


def by_ciw(world: World, people: Customers) -> Callable[[], Answer]:
    """Ciw: a network of one node; times in days, because its clock counts in floats."""
    import ciw

    day = world.calendar.ticks_per_day
    gaps, services = [gap / day for gap, _ in people], [service / day for _, service in people]
    horizon = world.calendar.horizon_tick / day

    def play() -> Answer:
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Sequential([*gaps, float("inf")])],
            service_distributions=[ciw.dists.Sequential(services)],
            number_of_servers=[worlds.SERVERS],
        )
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(horizon)
        served = simulation.get_all_records()
        present = simulation.nodes[1].all_individuals
        begun = [each.service_start_date or horizon for each in present]
        waiting = sum(begin - each.arrival_date for begin, each in zip(begun, present, strict=True))
        return len(served), sum(record.waiting_time for record in served) + waiting

    return play


def by_cimba(world: World, people: Customers) -> Callable[[], Answer]:
    """Cimba: its clock counts in floats too, and the customers are replayed as a trace."""
    day = world.calendar.ticks_per_day
    gaps, services = [gap / day for gap, _ in people], [service / day for _, service in people]
    return queue_cimba.program(gaps, services, world.calendar.horizon_tick / day)


def by_salabim(world: World, people: Customers) -> Callable[[], Answer]:
    """salabim, with processes as generators."""
    import salabim

    day = world.calendar.ticks_per_day
    horizon = world.calendar.horizon_tick / day

    class Customer(salabim.Component):
        def setup(self, teams: Any, tally: list[float], service: float) -> None:
            self.teams, self.tally, self.service = teams, tally, service

        def process(self) -> Generator[Any, Any, None]:
            self.tally[1] += horizon - self.env.now()
            yield self.request(self.teams)
            self.tally[1] -= horizon - self.env.now()
            yield self.hold(self.service)
            self.release()
            self.tally[0] += 1

    class Source(salabim.Component):
        def setup(self, tally: list[float]) -> None:
            self.tally = tally

        def process(self) -> Generator[Any, Any, None]:
            teams = salabim.Resource(capacity=worlds.SERVERS, env=self.env)
            for gap, service in people:
                yield self.hold(gap / day)
                Customer(teams=teams, tally=self.tally, service=service / day, env=self.env)

    def play() -> Answer:
        tally = [0, 0.0]
        environment = salabim.Environment(yieldless=False, trace=False)
        Source(tally=tally, env=environment)
        environment.run(till=horizon)
        return int(tally[0]), tally[1]

    return play


# ------------------------------------------------------------------------------------------------ the table

OTHERS: dict[str, Callable[[World, Customers], Callable[[], Answer]]] = {
    "ciw": by_ciw, "salabim": by_salabim, "cimba": by_cimba,
}  # fmt: skip


def agree(one: Answer, other: Answer) -> bool:
    """Equal numbers served, and waits equal but for the rounding of float clocks."""
    return one[0] == other[0] and abs(one[1] - other[1]) <= 1e-6 * max(1.0, one[1])


def rows(*, customers_about: int, rounds: int) -> list[Row]:
    """A line a program, against plain SimPy; one that answers something else is named and not timed."""
    part = f"M/M/{worlds.SERVERS} at a load of {worlds.LOADS}, the same customers, about {customers_about:,}"
    world = worlds.queue(customers_about)
    people = customers(world)
    programs = {
        "compiled engine": compiled(world),
        "reference engine's clock": by_clock(world, people),
        "SimPy": by_simpy(world, people),
    }
    found = []
    for name, make in OTHERS.items():
        if importlib.util.find_spec(name) is None:
            found.append(Row(part=part, what=name, note="not installed"))
        else:
            programs[name] = make(world, people)
    right = programs["SimPy"]()
    for name in [name for name, play in programs.items() if not agree(play(), right)]:
        found.append(Row(part=part, what=name, note="answers something else: not timed"))
        del programs[name]
    taken = interleaved(programs, rounds)
    timed = [
        Row(
            part=part, what=name if name == "SimPy" else f"{name} : SimPy",
            ratio=None if name == "SimPy" else ratio(taken, "SimPy", name),
            value=right[0] / statistics.median(taken[name]), unit="customers/s",
        )
        for name in programs
    ]  # fmt: skip
    return timed + found
