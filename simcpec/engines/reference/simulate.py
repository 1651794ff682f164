"""Playing one replication: set the stage, start every source, run to the horizon, close the books."""

from __future__ import annotations

import numpy as np

from simcpec.engines.reference import attacks, calendar, movements, network, operations, plots
from simcpec.engines.reference.simulation import Stage
from simcpec.model import events, modes
from simcpec.model.outcome import Outcome, check
from simcpec.model.world import World


def simulate(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """Play one replication of a world; see `engines.contract.Engine`."""
    return perform(Stage(world, seed=seed, draw=draw, replication=replication, trace=trace), world)


def perform(stage: Stage, world: World) -> Outcome:
    """Play on a stage that was set for this world and on which nothing has happened yet."""
    set_up(stage)
    start_plots = np.array(stage.counts.open, float).reshape(stage.counts.shape)
    stage.clock.run(until=stage.clock.hold(stage.horizon, -1))
    calendar.close_period(stage)
    counts = stage.counts
    tables = {"cell": counts.cells, "cohort": counts.cohorts, "province": counts.provinces}
    outcome = Outcome(**tables, start_plots=start_plots, trace=stage.trace())
    check(outcome, world)
    return outcome


def set_up(stage: Stage) -> None:
    """The state at tick 0 and every process of the calendar and the sources."""
    calendar.first_drift(stage)
    calendar.first_regimes(stage)
    attacks.first_impressions(stage)
    tranches = calendar.Tranches(stage)
    start_calendar(stage, tranches)
    start_sources(stage)
    for p in range(stage.provinces):
        plots.at_start(stage, p)


def start_calendar(stage: Stage, tranches: calendar.Tranches) -> None:
    """Everything dated."""
    w, start = stage.world.calendar, stage.clock.process
    start(calendar.dated(stage, w.period_end_tick, events.RANK_PERIOD, calendar.period))
    start(calendar.dated(stage, w.epoch_start_tick, events.RANK_EPOCH, calendar.epoch))
    start(calendar.dated(stage, w.stage_start_tick, events.RANK_STAGE, calendar.threat_stage))
    start(calendar.dated(stage, w.decision_tick, events.RANK_YEAR, tranches.decide))
    start(calendar.periodic(stage, w.audit_every_tick, events.RANK_AUDIT, calendar.audit))
    start(calendar.dated(stage, w.revision_tick, events.RANK_REVISION, calendar.revision))
    if len(w.decision_tick) and w.decision_tick[0] == 0:
        tranches.decide(stage, 0)


def start_sources(stage: Stage) -> None:
    """Everything that arrives."""
    w, start = stage.world, stage.clock.process
    for p in range(stage.provinces):
        start(plots.candidates(stage, p))
        start(operations.routine_leads(stage, p))
        if w.detection.mode == modes.SEARCH and max(row[p] for row in w.operations.false_leads) > 0.0:
            start(operations.false_leads(stage, p))
        if w.network.model != modes.FIXED:
            start(network.transitions(stage, p))
        for c in range(stage.cohorts):
            if w.protection.insider_on:
                start(calendar.insiders(stage, p, c))
            if w.movements.rule != modes.NO_ESCORT:
                start(movements.movements(stage, p, c))
