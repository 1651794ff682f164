"""What happens by the calendar: periods, epochs, threat stages, budget years, audits, revisions; and slow regimes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from simcpec.engines.reference import attacks, network, operations, plots
from simcpec.engines.reference.clock import slot
from simcpec.engines.reference.simulation import Simulation, SteadySource
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.rules import capacity, protection, strips, threat
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]


def dated(sim: Simulation, ticks: list[int], rank: int, action: Callable[[Simulation, int], None]) -> Wait:
    """Do `action(stage, k)` at the k-th of these ticks; one at tick 0 or before is part of the setting up."""
    for k, tick in enumerate(ticks):
        if 0 < tick < sim.horizon:
            yield sim.clock.until(tick, slot(rank))
            action(sim, k)


def periodic(sim: Simulation, every: int, rank: int, action: Callable[[Simulation, int], None]) -> Wait:
    """Do `action(stage, k)` at the k-th multiple of a period, not at a running sum of it."""
    k = 1
    while every > 0 and k * every < sim.horizon:
        yield sim.clock.until(k * every, slot(rank))
        action(sim, k)
        k += 1


# ---------------------------------------------------------------------------------------------- steps


def period(sim: Simulation, k: int) -> None:
    """A reporting period ends."""
    sim.note(events.KIND_PERIOD, entity=k)
    close_period(sim)


def epoch(sim: Simulation, k: int) -> None:
    """A dated change of the policy or the world takes effect; procedures decayed by the old rules until now."""
    for p in range(sim.provinces):
        for c in range(sim.cohorts):
            attacks.refresh(sim, p, c, 0.0)
    sim.state.epoch = k
    sim.note(events.KIND_EPOCH, entity=k)
    reach_all(sim)


def reach_all(sim: Simulation) -> None:
    """Open the strips that the intensities of every source have reached, at the start and when an epoch begins."""
    for p in range(sim.provinces):
        for o in sim.origins[p]:
            sim.sources.births[o].reach(threat.relative_stock(sim.state.stock[o], sim.world.network.militants[o]))
        network.reach_flows(sim, p)
        operations.reach_leads(sim, p)
        operations.reach_false_leads(sim, p)
        plots.reach_finds(sim, p)
        for c in range(sim.cohorts):
            reach_insiders(sim, p, c)


def threat_stage(sim: Simulation, k: int) -> None:
    """The threat changes by a regime step, a step of its drift, or both; candidate sources begin anew by themselves."""
    sim.state.stage = k
    if sim.world.calendar.stage_drifts[k]:
        drift(sim, k)
    sim.note(events.KIND_STAGE, entity=k)


def drift(sim: Simulation, k: int) -> None:
    """The log rate of every origin takes a step."""
    w, state = sim.world.threat, sim.state
    for o, (phi, sigma) in enumerate(zip(w.drift_persistence, w.drift_innovation, strict=True)):
        state.variance[o] = threat.variance_step(state.variance[o], phi, sigma)
        u = sim.draw_birth(k, sim.origin_place[o], streams.S_DRIFT)[0]
        state.drift[o] = threat.drift_step(state.drift[o], phi, sigma, u)
        state.threat[o] = state.mixture[o] * threat.drift_factor(state.drift[o], state.variance[o])


def first_drift(sim: Simulation) -> None:
    """The drift at the start, from its stationary law or zero; and the gamma factor of negative binomial attempts."""
    w, state = sim.world.threat, sim.state
    for o, place in enumerate(sim.origin_place):
        if w.drift_on and w.drift_stationary:
            state.variance[o] = threat.drift_variance(w.drift_persistence[o], w.drift_innovation[o])
        if w.attempts == modes.NEGBIN:
            u = sim.draw_birth(0, place, streams.S_MIXTURE)[0]
            state.mixture[o] = threat.mixture_factor(w.mixture_size, u)
        if w.drift_on:
            u = sim.draw_birth(0, place, streams.S_DRIFT)[0]
            state.drift[o] = threat.drift_step(0.0, 0.0, state.variance[o] ** 0.5, u)
            state.threat[o] = threat.drift_factor(state.drift[o], state.variance[o])
        state.threat[o] *= state.mixture[o]


def audit(sim: Simulation, k: int) -> None:
    """An audit reaches a share of every province's cells and restores their procedures."""
    w, e = sim.world.protection, sim.state.epoch
    if w.sop in (modes.PERIODIC, modes.BOTH):
        for p in range(sim.provinces):
            rounds = float(sim.state.bought[p][modes.PROCEDURES])
            coverage = protection.audit_coverage(w.audit_host[e][p], rounds, w.audit_gain[p])
            for c in range(sim.cohorts):
                attacks.refresh(sim, p, c, coverage)
        sim.note(events.KIND_AUDIT, entity=k)


def revision(sim: Simulation, k: int) -> None:
    """A revision of the procedures takes effect where it reaches."""
    if sim.world.protection.sop == modes.NO_SOP:
        return
    for p, row in enumerate(sim.world.calendar.revision_reach[k]):
        for c, reach in enumerate(row):
            if reach > 0.0:
                attacks.refresh(sim, p, c, reach)
    sim.note(events.KIND_REVISION, entity=k)


# ---------------------------------------------------------------------------------------------- capacity


class Tranches:
    """Bought units on their way: size now, size wanted and the pending change of every tranche."""

    def __init__(self, sim: Simulation) -> None:
        self.sim, self.number = sim, sim.world.capacity.tranches
        kinds, each = range(len(modes.INSTRUMENTS)), range(sim.provinces)
        self.size = [[self.parts(sim.state.bought[p][k]) for k in kinds] for p in each]
        self.wanted = [[list(row) for row in kind] for kind in self.size]
        self.decided = [[[0] * self.number for _ in kinds] for _ in each]  # how often a tranche set out
        self.way = [[[0] * self.number for _ in kinds] for _ in each]  # under way: 1 upwards, -1 downwards, 0 not

    def parts(self, units: int) -> list[int]:
        """Sizes of the tranches of so many units."""
        return [capacity.tranche_units(units, j, self.number) for j in range(self.number)]

    def decide(self, sim: Simulation, k: int) -> None:
        """Targets are set: tranches whose target changed set out for it, each with its own lag.

        One that is under way in the same direction keeps its day of arrival, so that more money never comes later.
        """
        year = sim.world.capacity.decision[k]
        sim.note(events.KIND_YEAR, entity=year)
        target, part = sim.world.capacity.target[k], sim.world.capacity.target_part[k]
        for p in range(sim.provinces):
            for k, units in enumerate(sim.hired(p, target[p], part[p])):
                for j, wanted in enumerate(self.parts(units)):
                    if wanted != self.wanted[p][k][j]:
                        self.wanted[p][k][j] = wanted
                        way = capacity.direction(self.size[p][k][j], wanted)
                        if way != self.way[p][k][j]:
                            self.way[p][k][j] = way
                            self.decided[p][k][j] += 1
                            sim.clock.process(self.change(p, k, j, year))

    def change(self, p: int, k: int, j: int, year: int) -> Wait:
        """One tranche reaches the size wanted by then after its lag, unless a decision in the other direction comes."""
        sim, w, decision = self.sim, self.sim.world.capacity, self.decided[p][k][j]
        index = (p * len(modes.INSTRUMENTS) + k) * self.number + j
        u = sim.draw(year, sim.place[p], streams.S_CAPACITY, k * self.number + j)[0]
        if self.way[p][k][j] == 0:
            return
        law = w.hiring if self.way[p][k][j] > 0 else w.leaving
        yield sim.clock.hold(sim.span(law, u), slot(events.RANK_CAPACITY, index))
        if decision == self.decided[p][k][j]:
            by = self.wanted[p][k][j] - self.size[p][k][j]
            self.size[p][k][j] += by
            self.way[p][k][j] = 0
            self.arrive(p, k, by)

    def arrive(self, p: int, k: int, by: int) -> None:
        """Units come or go."""
        sim, now = self.sim, self.sim.clock.now
        sim.state.bought[p][k] += by
        sim.note(events.KIND_CAPACITY, p, entity=k, value=sim.state.bought[p][k])
        if k == modes.GUARDS:
            sim.guards.add(p, by, now)
            network.reach_flows(sim, p)
        elif k == modes.INTELLIGENCE:
            sim.refresh_intelligence(p)
            operations.reach_leads(sim, p)
            plots.reach_finds(sim, p)
        elif k == modes.OPERATIONS:
            sim.employed_teams.add(p, by, now)
            sim.refresh_planned(p)
            operations.reach_leads(sim, p)
            operations.reach_false_leads(sim, p)
            plots.reach_finds(sim, p)
            sim.teams[p].resize(sim.employed_teams.level[p])
        elif k == modes.ESCORTS:
            sim.employed_escorts.add(p, by, now)
            sim.escorts[p].resize(sim.employed_escorts.level[p])


# ---------------------------------------------------------------------------------------------- insiders


def insiders(sim: Simulation, p: int, c: int, turn: int) -> SteadySource:
    """The regime of a province and cohort: numbered candidates of one turn, real below its rate."""
    w, place, number = sim.world.protection, sim.cohort_place[p][c], sim.pair(p, c) * protection.TURNS + turn
    unit = w.insider_unit[p][c]

    def draw(strip: int, index: int) -> tuple[float, float, float, float]:
        identity = int(streams.strip_index(strip + turn * strips.STRIPS, index)) + 1
        return sim.draw(identity, place, streams.S_INSIDER)

    def gap(strip: int, index: int) -> int:
        return sim.ticks(strips.gap_days(unit, strip, draw(strip, index)[0]))

    def handle(strip: int, index: int) -> None:
        e, leaking = sim.state.epoch, sim.state.leaking[p][c]
        onset, found = w.insider_onset[e][p][c], w.insider_found[e][p][c]
        level = unit * strips.level(strip, draw(strip, index)[1])
        if protection.insider_switches(turn, leaking, onset, found, level):
            sim.state.leaking[p][c] = not leaking
            sim.leaking.add(sim.pair(p, c), -1 if leaking else 1, sim.clock.now)
            sim.note(events.KIND_INSIDER, p, c, value=float(not leaking))

    return SteadySource(sim, p, events.RANK_INSIDER, number, gap=gap, handle=handle)


def reach_insiders(sim: Simulation, p: int, c: int) -> None:
    """Open the strips that the rates of both turns of the regime have reached."""
    w, e = sim.world.protection, sim.state.epoch
    unit = w.insider_unit[p][c]
    if w.insider_on and unit > 0.0:
        sim.sources.insiders[p][c][protection.ONSET].reach(w.insider_onset[e][p][c] / unit)
        sim.sources.insiders[p][c][protection.FINDING].reach(w.insider_found[e][p][c] / unit)


def first_regimes(sim: Simulation) -> None:
    """Insider regimes at the start: clean, or from their stationary law."""
    w = sim.world.protection
    if not (w.insider_on and w.insider_steady):
        return
    for p in range(sim.provinces):
        for c in range(sim.cohorts):
            share = protection.leaking_share(w.insider_onset[0][p][c], w.insider_found[0][p][c])
            u = sim.draw(0, sim.cohort_place[p][c], streams.S_INSIDER)[0]
            if threat.thinned(share, 1.0, u):
                sim.state.leaking[p][c] = True
                sim.leaking.add(sim.pair(p, c), 1, 0)


# ---------------------------------------------------------------------------------------------- closing the books


def close_period(sim: Simulation) -> None:
    """Bring integrals and stocks up to now and store the period."""
    counts, now = sim.counts, sim.clock.now
    for p in range(sim.provinces):
        attacks.accrue_stoppage(sim, p)
        attacks.accrue_memory(sim, p)
        areas = (
            (names.PROV_MILITANT_DAYS, sim.militants),
            (names.PROV_BUSY_DAYS, sim.busy_teams),
            (names.PROV_TEAM_DAYS, sim.employed_teams),
            (names.PROV_BUSY_ESCORT_DAYS, sim.busy_escorts),
            (names.PROV_ESCORT_DAYS, sim.employed_escorts),
            (names.PROV_QUEUE_DAYS, sim.queue),
            (names.PROV_SURGE_DAYS, sim.surge),
            (names.PROV_GUARD_DAYS, sim.guards),
        )
        for name, integral in areas:
            counts.at(p, name, float(integral.close(p, now)) / sim.per_day)
        counts.at(p, names.PROV_STOPPAGE_DAYS, float(sim.stopped_ticks[p]) / sim.per_day)
        counts.at(p, names.PROV_MEMORY_DAYS, sim.memory_days[p])
        counts.at(p, names.PROV_QUEUE, sim.queue.level[p])
        counts.at(p, names.PROV_WORK, sim.busy_teams.level[p])
        sim.stopped_ticks[p], sim.memory_days[p] = 0, 0.0
        for c in range(sim.cohorts):
            pair = sim.pair(p, c)
            counts.at_cohort(p, c, names.COHORT_LEAKING_DAYS, float(sim.leaking.close(pair, now)) / sim.per_day)
            counts.at_cohort(p, c, names.COHORT_TRIP_DAYS, float(sim.trips.close(pair, now)) / sim.per_day)
            counts.at_cohort(p, c, names.COHORT_WAITING, sim.waiting[pair])
    counts.close_period()
