"""Operations: leads, teams, work, and what an operation brings (4.5)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from simcpec.engines.reference import network
from simcpec.engines.reference.plot import Plot, foiled, lose_sight
from simcpec.engines.reference.simulation import Simulation, SteadySource
from simcpec.model import events
from simcpec.model import outcome as names
from simcpec.model.rules import operations as rules
from simcpec.model.rules import strips as strip_rules
from simcpec.model.rules import threat
from simcpec.numerics import streams

Wait = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Lead:
    """Something to work on.  Block `number` of its address decides; the next three blocks mark what it brings."""

    p: int
    entity: int
    place: int
    stream: Any
    number: int
    work: int  # ticks
    patience: float  # uniform; 1 is for ever
    success: float  # uniform
    plot: Plot | None = None


def routine_leads(sim: Simulation, p: int) -> SteadySource:
    """Source of the leads that make up most operations: candidates, real below the tempo of intelligence capacity."""
    w, place = sim.world.operations, sim.place[p]

    def draw(strip: int, index: int) -> tuple[float, float, float, float]:
        return sim.draw(int(streams.strip_index(strip, index)), place, streams.S_ROUTINE_LEAD)

    def gap(strip: int, index: int) -> int:
        return sim.ticks(strip_rules.gap_days(w.routine[p], strip, draw(strip, index)[0]))

    def handle(strip: int, index: int) -> None:
        u, identity = draw(strip, index), int(streams.strip_index(strip, index))
        if strip_rules.level(strip, u[1]) < tempo(sim, p):
            lead = Lead(p, identity, place, streams.S_ROUTINE_LEAD, 0, work_ticks(sim, p, u[2]), u[3], 0.0)
            sim.counts.at(p, names.PROV_LEADS_ROUTINE)
            sim.note(events.KIND_LEAD, p, entity=identity)
            sim.clock.process(respond(sim, lead))

    return SteadySource(sim, p, events.RANK_LEAD, p, gap=gap, handle=handle)


def tempo(sim: Simulation, p: int) -> float:
    """Routine leads against those of the day before the start."""
    return float(sim.state.factor[p] * sim.world.operations.tempo[sim.state.epoch][p] * sim.state.planned[p])


def reach_leads(sim: Simulation, p: int) -> None:
    """Open the strips of routine leads that the tempo of a province has reached."""
    if p in sim.sources.leads:
        sim.sources.leads[p].reach(tempo(sim, p))


def false_leads(sim: Simulation, p: int) -> SteadySource:
    """Plots that are none, picked up by free teams only (Kaplan 2010): candidates, real below the free teams."""
    w, place = sim.world.operations, sim.place[p]

    def draw(strip: int, index: int) -> tuple[float, float, float, float]:
        return sim.draw(int(streams.strip_index(strip, index)), place, streams.S_FALSE_LEAD)

    def gap(strip: int, index: int) -> int:
        return sim.ticks(strip_rules.gap_days(w.false_leads[p], strip, draw(strip, index)[0]))

    def handle(strip: int, index: int) -> None:
        u, identity = draw(strip, index), int(streams.strip_index(strip, index))
        if strip_rules.level(strip, u[1]) < sim.teams[p].free:
            lead = Lead(p, identity, place, streams.S_FALSE_LEAD, 0, work_ticks(sim, p, u[2]), 1.0, 0.0)
            sim.counts.at(p, names.PROV_LEADS_FALSE)
            sim.note(events.KIND_LEAD, p, entity=identity)
            sim.clock.process(respond(sim, lead))

    return SteadySource(sim, p, events.RANK_FALSE, p, gap=gap, handle=handle)


def reach_false_leads(sim: Simulation, p: int) -> None:
    """Open the strips of false leads that the teams of a province have reached, were they all free."""
    if p in sim.sources.false_leads:
        sim.sources.false_leads[p].reach(float(sim.employed_teams.level[p]))


def take_up(sim: Simulation, plot: Plot) -> None:
    """A found plot becomes a lead; a finding team of mode `search` is free by definition and begins at once.

    Its draws hang on how often the plot was found, not on when: found earlier, the same work ends earlier.
    """
    number = 4 * plot.leads
    plot.leads += 1
    u = sim.draw(plot.identity, plot.place, streams.S_PLOT_LEAD, number)
    work = work_ticks(sim, plot.p, u[0])
    lead = Lead(plot.p, plot.identity, plot.place, streams.S_PLOT_LEAD, number, work, u[1], u[2], plot)
    sim.counts.at(plot.p, names.PROV_LEADS_PLOT)
    sim.clock.process(respond(sim, lead))


def work_ticks(sim: Simulation, p: int, u: float) -> int:
    """Length of the work on one lead in a province, on the clock."""
    w = sim.world.operations
    law, scale, shape = w.work
    return sim.span((law, scale * w.work_factor[p], shape), u)


def respond(sim: Simulation, lead: Lead) -> Wait:
    """A lead waits for a team, or goes stale; the stale clock stops when work begins."""
    clock, p = sim.clock, lead.p
    priority = rules.lead_priority(lead.plot is not None, sim.world.operations.priority)
    with sim.teams[p].request(priority) as team:
        if not team.triggered:
            sim.queue.add(p, 1, clock.now)
            number = sim.stale_slots.take()
            patience = sim.span(sim.world.operations.patience, lead.patience)
            if lead.patience == 1.0 or patience >= sim.horizon - clock.now:
                yield clock.grant(team)
            else:
                yield team | clock.hold(patience, number)
            sim.stale_slots.give(number)
            sim.queue.add(p, -1, clock.now)
            if not team.triggered:
                return stale(sim, lead)
        yield from work(sim, lead)


def stale(sim: Simulation, lead: Lead) -> None:
    """Nobody came in time: the lead is lost and its plot, if it is still there, hidden again."""
    sim.counts.at(lead.p, names.PROV_STALE)
    sim.note(events.KIND_STALE, lead.p, entity=lead.entity)
    if lead.plot is not None and lead.plot.alive:
        lose_sight(sim, lead.plot)


def work(sim: Simulation, lead: Lead) -> Wait:
    """One operation, from its beginning to what it brings."""
    clock, p = sim.clock, lead.p
    number = sim.operation_slots.take()
    sim.busy_teams.add(p, 1, clock.now)
    sim.note(events.KIND_WORK, p, entity=lead.entity)
    yield clock.hold(lead.work, number)
    sim.busy_teams.add(p, -1, clock.now)
    sim.operation_slots.give(number)
    kind = names.PROV_OPS_ROUTINE if lead.plot is None else names.PROV_OPS_PLOT
    sim.counts.at(p, kind)
    sim.note(events.KIND_DONE, p, entity=lead.entity)
    record_yield(sim, lead)
    if lead.plot is not None:
        act_on_plot(sim, lead, lead.plot)


def record_yield(sim: Simulation, lead: Lead) -> None:
    """Arrests, deaths, own losses and mistakes of one operation (4.5), and what they provoke (4.6)."""
    w, p, epoch, counts = sim.world.operations, lead.p, sim.state.epoch, sim.counts
    u = sim.draw(lead.entity, lead.place, lead.stream, lead.number + 1)
    stock = threat.relative_stock(sim.state.militants[p], sim.first_militants[p])
    follows, size = bool(w.yield_follows_stock), w.dispersion
    arrests = rules.mark(rules.mark_mean(w.arrests[epoch][p], stock, follows), size, u[0])
    deaths = rules.mark(rules.mark_mean(w.deaths[epoch][p], stock, follows), size, u[1])
    losses = rules.mark(w.own_losses[epoch][p], size, u[2])
    if losses:
        counts.at(p, names.PROV_OWN_LOSSES, losses)
    if threat.thinned(w.goes_wrong[epoch][p], 1.0, u[3]):
        counts.at(p, names.PROV_WRONG)
        network.lose_trust(sim, p, sim.world.network.trust_wrong)
    if arrests or deaths:
        counts.at(p, names.PROV_ARRESTS, arrests)
        counts.at(p, names.PROV_DEATHS, deaths)
        sim.note(events.KIND_ARREST, p, entity=lead.entity, value=arrests + deaths)
        v = sim.draw(lead.entity, lead.place, lead.stream, lead.number + 2)
        whose = sim.draw(lead.entity, lead.place, lead.stream, lead.number + 3) if len(sim.origins[p]) > 1 else v
        network.remove_militants(sim, p, arrests, deaths, v, whose)


def act_on_plot(sim: Simulation, lead: Lead, plot: Plot) -> None:
    """The work was on a plot: foiled with a probability if it is still in preparation, else hidden again."""
    if not plot.alive:
        return
    if threat.thinned(sim.world.operations.success[sim.state.epoch][lead.p], 1.0, lead.success):
        foiled(sim, plot)
        if plot.process is not None:
            plot.process.interrupt()
    else:
        lose_sight(sim, plot)
        sim.note(events.KIND_FAILED, lead.p, plot.c, plot.s, plot.identity)
