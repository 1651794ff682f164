"""The state at the end of a replication, as `engines.view` names it."""

from __future__ import annotations

import numpy as np

from simcpec.engines.compiled.simulate import Player
from simcpec.engines.view import View, counters, shape_of
from simcpec.model.state import STATE_FIELDS
from simcpec.model.world import World


def state(world: World, *, seed: int, draw: int, replication: int) -> View:
    """What a replication has come to at the horizon of the world."""
    player = Player(world)
    (outcome,) = player.play(seed=seed, draw=draw, first=replication, number=1)
    record = player.state[0]
    found = {name: np.asarray(record[name][tuple(map(slice, shape_of(name, world)))], float) for name in STATE_FIELDS}
    return {**found, **counters(outcome)}
