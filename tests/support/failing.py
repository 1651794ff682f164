"""Engines that fail or dawdle, for tests of what then happens; named on the command line as ``module:function``."""

from __future__ import annotations

import time

from simcpec.engines import engine
from simcpec.errors import CeilingExceeded, EngineError, ExceededCeiling
from simcpec.model.outcome import Outcome
from simcpec.model.world import World


def sometimes(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """The readable engine, but for replication 1."""
    if replication == 1:
        raise EngineError("planted")
    return engine("reference")(world, seed=seed, draw=draw, replication=replication, trace=trace)


def always(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """Plays nothing to its end."""
    raise EngineError("planted")


def crowded(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """The readable engine, but drawn parameters need a higher ceiling than was declared in replication 1."""
    start = world.network.militants * (world.network.recruits[0] + world.network.exits[0]) + world.network.inflow[0]
    if draw and replication == 1 and (world.network.ceiling < 4 * start).any():
        raise CeilingExceeded("planted", ExceededCeiling("world.network.event_ceiling", "SIN", 2.0, 1.0))
    return engine("reference")(world, seed=seed, draw=draw, replication=replication, trace=trace)


def slowly(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """The readable engine, a minute late."""
    time.sleep(60.0)
    return engine("reference")(world, seed=seed, draw=draw, replication=replication, trace=trace)
