"""What an attack does to people, to works and to the memory of investors (4.9)."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from simcpec.model import modes
from simcpec.model.world import Floats, Harm
from simcpec.scenario.build_ground import Ground
from simcpec.scenario.build_keys import NEVER, Keys, frozen

INFINITE = float("inf")
EMPTY = np.zeros((0, 2))


def harm_of(ground: Ground) -> Harm:
    """Persons hurt, work stopped, attacks remembered."""
    keys, key = ground.keys, "world.harm"
    foreign = f"{key}.foreign"
    severity = keys.switch(f"{foreign}.law", modes.SEVERITY)
    stops = keys.on("world.stoppage.mode")
    remembers = keys.on("world.confidence.mode")
    return Harm(
        counted_as=keys.switch("world.counted_as", modes.BASIS),
        severity=severity,
        zero=keys.number(f"{foreign}.zero", 0.0),
        mu=keys.number(f"{foreign}.mu", 0.0),
        sigma=keys.number(f"{foreign}.sigma", 0.0),
        start=keys.number(f"{foreign}.start", 1.0),
        cap=keys.number(f"{foreign}.cap", INFINITE),
        table=_table(keys, f"{foreign}.table"),
        injured_base=keys.number(f"{key}.injured_base"),
        injured_per_death=keys.number(f"{key}.injured_per_death"),
        injured_size=keys.number(f"{key}.dispersion", INFINITE),
        local_base=keys.number(f"{key}.local_deaths_base"),
        local_per_death=keys.number(f"{key}.local_deaths_per_death"),
        guard_share=keys.number(f"{key}.guard_share"),
        guards_when_stopped=keys.number(f"{key}.guard_deaths_when_stopped"),
        stoppage=keys.law("world.stoppage.length") if stops else NEVER,
        spreads=keys.number("world.stoppage.spreads") if stops else 0.0,
        memory=keys.number("world.confidence.memory") if remembers else 0.0,
    )


def _table(keys: Keys, key: str) -> Floats:
    """(N, 2) deaths and cumulative probability; without rows for laws that are no table."""
    rows = keys.items(key)
    gone = accumulate(keys.exact(f"{row}.share") for row in rows)
    table = [[keys.number(f"{row}.deaths"), float(share)] for row, share in zip(rows, gone, strict=True)]
    return frozen(table or EMPTY)
