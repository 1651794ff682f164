"""Trust of a province's people: it carries their tips, and falls with mistakes and backlash (4.5, 4.6)."""

from __future__ import annotations

from simcpec.engines.reference.simulation import Stage
from simcpec.model.rules import operations as rules


def now(stage: Stage, p: int) -> float:
    """Trust in a province now."""
    state, w = stage.state, stage.world.network
    return rules.trust_at(state.trust[p], w.trust_start, stage.days_since(state.trust_tick[p]), w.trust_recovery)


def lose(stage: Stage, p: int, loss: float) -> None:
    """Trust falls now and recovers from there."""
    stage.state.trust[p] = rules.trust_after(now(stage, p), loss)
    stage.state.trust_tick[p] = stage.clock.now
