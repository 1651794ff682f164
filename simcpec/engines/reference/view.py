"""The state at the end of a replication, as `engines.view` names it."""

from __future__ import annotations

import numpy as np

from simcpec.engines.reference import calendar
from simcpec.engines.reference.simulate import set_up
from simcpec.engines.reference.simulation import Simulation
from simcpec.engines.view import View, counters, shape_of
from simcpec.model.outcome import Outcome
from simcpec.model.state import STATE_FIELDS
from simcpec.model.world import World


def state(world: World, *, seed: int, draw: int, replication: int) -> View:
    """What a replication has come to at the horizon of the world; identities are not checked."""
    sim = Simulation(world, seed=seed, draw=draw, replication=replication, trace=False)
    set_up(sim)
    start = np.array(sim.counts.open, float).reshape(sim.counts.shape)
    sim.clock.run(until=sim.clock.hold(sim.horizon, -1))
    calendar.close_period(sim)
    counts = sim.counts
    of_clock = {
        "busy": sim.busy_teams.level,
        "teams": sim.employed_teams.level,
        "escorts_busy": sim.busy_escorts.level,
        "escorts": sim.employed_escorts.level,
        "queue": sim.queue.level,
        "waiting": sim.waiting,
        "trips": sim.trips.level,
        "open": counts.open,
        "perceived": sim.state.perceived or np.zeros(sim.counts.shape),
    }
    known = {**vars(sim.state), **of_clock}
    found = {name: np.asarray(known[name], float).reshape(shape_of(name, world)) for name in STATE_FIELDS}
    return {**found, **counters(Outcome(**counts.tables, start_plots=start))}
