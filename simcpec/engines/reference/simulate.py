"""Playing one replication: set the stage, start every source, run to the horizon, close the books."""

from __future__ import annotations

import numpy as np

from simcpec.engines.reference import attacks, calendar, movements, network, operations, plots
from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events, modes
from simcpec.model.outcome import Outcome, check
from simcpec.model.rules import network as network_rules
from simcpec.model.rules import protection
from simcpec.model.world import World


def simulate(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """Play one replication of a world; see `engines.contract.Engine`."""
    return perform(Simulation(world, seed=seed, draw=draw, replication=replication, trace=trace), world)


def perform(sim: Simulation, world: World) -> Outcome:
    """Play on a stage that was set for this world and on which nothing has happened yet."""
    set_up(sim)
    start_plots = np.array(sim.counts.open, float).reshape(sim.counts.shape)
    sim.clock.run(until=sim.clock.hold(sim.horizon, -1))
    calendar.close_period(sim)
    outcome = Outcome(**sim.counts.tables, start_plots=start_plots, trace=sim.trace())
    check(outcome, world)
    return outcome


def set_up(sim: Simulation) -> None:
    """The state at tick 0 and every process of the calendar and the sources."""
    calendar.first_drift(sim)
    calendar.first_regimes(sim)
    attacks.first_impressions(sim)
    tranches = calendar.Tranches(sim)
    start_calendar(sim, tranches)
    start_sources(sim)
    for o in range(len(sim.home)):
        plots.at_start(sim, o)


def start_calendar(sim: Simulation, tranches: calendar.Tranches) -> None:
    """Everything dated."""
    w, start = sim.world.calendar, sim.clock.process
    start(calendar.dated(sim, w.period_end_tick, events.RANK_PERIOD, calendar.period))
    start(calendar.dated(sim, w.epoch_start_tick, events.RANK_EPOCH, calendar.epoch))
    start(calendar.dated(sim, w.stage_start_tick, events.RANK_STAGE, calendar.threat_stage))
    start(calendar.dated(sim, w.decision_tick, events.RANK_YEAR, tranches.decide))
    start(calendar.periodic(sim, w.audit_every_tick, events.RANK_AUDIT, calendar.audit))
    start(calendar.dated(sim, w.revision_tick, events.RANK_REVISION, calendar.revision))
    if len(w.decision_tick) and w.decision_tick[0] == 0:
        tranches.decide(sim, 0)


def start_sources(sim: Simulation) -> None:
    """Everything that arrives."""
    w, sources = sim.world, sim.sources
    each, cohorts = range(sim.provinces), range(sim.cohorts)
    origins = range(len(sim.home))
    sources.births = [plots.Births(sim, o) for o in origins]
    sources.leads = {p: operations.routine_leads(sim, p) for p in each if w.operations.routine[p] > 0.0}
    if w.detection.mode == modes.SEARCH:
        some = [p for p in each if w.operations.false_leads[p] > 0.0]
        sources.false_leads = {p: operations.false_leads(sim, p) for p in some}
    if w.network.model != modes.FIXED:
        sources.flows = [[network.flow_of(sim, o, flow) for flow in range(network_rules.FLOWS)] for o in origins]
    if w.protection.insider_on:
        turns = range(protection.TURNS)
        sources.insiders = [[[calendar.insiders(sim, p, c, turn) for turn in turns] for c in cohorts] for p in each]
    calendar.reach_all(sim)
    if w.movements.rule != modes.NO_ESCORT:
        for p in each:
            for c in cohorts:
                sim.clock.process(movements.movements(sim, p, c))
