"""What an engine takes and gives back.

An engine is a function of a world and an address (seed, parameter draw, replication).  It draws by address only, so the
outcome is a pure function of its arguments: playing replication 10,000 needs none of the others, and workers, order and
tracing change nothing.  Engines never see a scenario file, the catalogue or money.
"""

from __future__ import annotations

from typing import Protocol

from simcpec.model.outcome import Outcome
from simcpec.model.world import World


class Engine(Protocol):
    """`simulate` of `engines.reference` and of every other engine."""

    def __call__(self, world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
        """Play one replication to its horizon.

        seed : 0 .. 2**40 - 1.      draw : 0 .. 2**24 - 1.      replication : 0 .. 2**62.
        trace : also record one row per event.      Raises EngineError where the replication cannot be played,
        IdentityBroken where its counts do not add up.
        """
        ...
