"""The state at the end of a replication, as `engines.view` names it."""

from __future__ import annotations

import numpy as np

from simcpec.engines.reference import calendar
from simcpec.engines.reference.simulate import set_up
from simcpec.engines.reference.simulation import Stage
from simcpec.engines.view import AXES, View, counters
from simcpec.model.outcome import Outcome
from simcpec.model.world import World


def state(world: World, *, seed: int, draw: int, replication: int) -> View:
    """What a replication has come to at the horizon of the world; identities are not checked."""
    stage = Stage(world, seed=seed, draw=draw, replication=replication, trace=False)
    set_up(stage)
    start = np.array(stage.counts.open, float).reshape(stage.counts.shape)
    stage.clock.run(until=stage.clock.hold(stage.horizon, -1))
    calendar.close_period(stage)
    counts = stage.counts
    of_clock = {
        "busy": stage.busy_teams.level,
        "teams": stage.employed_teams.level,
        "escorts_busy": stage.busy_escorts.level,
        "escorts": stage.employed_escorts.level,
        "queue": stage.queue.level,
        "waiting": stage.waiting,
        "trips": stage.trips.level,
        "open": counts.open,
        "perceived": stage.state.perceived or np.zeros(stage.counts.shape),
    }
    known = {**vars(stage.state), **of_clock}
    shapes = {"": (), "P": (-1,), "PC": (-1, stage.cohorts), "PCS": counts.shape, "PK": (stage.provinces, -1)}
    found = {
        name: np.asarray(known[name], float).reshape(shapes[axes])
        for axes, names in AXES.items()
        for name in names.split()
    }
    tables = {"cell": counts.cells, "cohort": counts.cohorts, "province": counts.provinces}
    return {**found, **counters(Outcome(**tables, start_plots=start))}
