"""The state at the end of a replication, as `engines.view` names it."""

from __future__ import annotations

import numpy as np

from simcpec.engines.compiled.simulate import Player
from simcpec.engines.view import AXES, View, counters
from simcpec.model.world import World


def state(world: World, *, seed: int, draw: int, replication: int) -> View:
    """What a replication has come to at the horizon of the world."""
    player = Player(world)
    (outcome,) = player.play(seed=seed, draw=draw, first=replication, number=1)
    record, (P, C, _) = player.state[0], world.shape
    corner = {"": (), "P": (slice(P),), "PC": (slice(P), slice(C)), "PCS": (slice(P), slice(C)), "PK": (slice(P),)}
    found = {
        name: np.asarray(record[name][corner[axes]], float) for axes, names in AXES.items() for name in names.split()
    }
    return {**found, **counters(outcome)}
