"""Trust of a province's people: it carries their tips, and falls with mistakes and backlash (4.5, 4.6)."""

from __future__ import annotations

from simcpec.engines.reference.simulation import Simulation
from simcpec.model.rules import operations as rules


def now(sim: Simulation, p: int) -> float:
    """Trust in a province now."""
    state, w = sim.state, sim.world.network
    return rules.trust_at(state.trust[p], w.trust_start, sim.days_since(state.trust_tick[p]), w.trust_recovery)


def lose(sim: Simulation, p: int, loss: float) -> None:
    """Trust falls now and recovers from there."""
    sim.state.trust[p] = rules.trust_after(now(sim, p), loss)
    sim.state.trust_tick[p] = sim.clock.now
