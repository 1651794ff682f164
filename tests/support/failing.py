"""Engines that fail, die or dawdle, to name on the command line as ``module:function``, and a world that never ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from simcpec.engines import engine
from simcpec.errors import EngineError
from simcpec.model import modes
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.verification.worlds.neutral_world import bare_world


def sometimes(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """The readable engine, but for replication 1."""
    if replication == 1:
        raise EngineError("planted")
    return engine("reference")(world, seed=seed, draw=draw, replication=replication, trace=trace)


def always(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """Plays nothing to its end."""
    raise EngineError("planted")


def slowly(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """The readable engine, a minute late."""
    time.sleep(60.0)
    return engine("reference")(world, seed=seed, draw=draw, replication=replication, trace=trace)


def deadly(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """The readable engine, but replication 1 ends its process the first time: until the file `DEADLY` is there."""
    mark = Path(os.environ["DEADLY"])
    if replication == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return engine("reference")(world, seed=seed, draw=draw, replication=replication, trace=trace)


def unbounded(days: int = 60, **changes: Any) -> World:
    """A stock in the first province that doubles three times a day; it takes a few days to leave the last strip."""
    growing = {
        "network__model": modes.LINEAR, "network__militants": 1, "network__recruits": [[2.0, 0.0]],
        "network__unit": 0.01, "threat__rate": 0.5,
    }  # fmt: skip
    return bare_world(days=days, **{**growing, **changes})
