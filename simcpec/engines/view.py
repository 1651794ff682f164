"""The state of a replication at one tick, under the same names in both engines: for finding where they part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from simcpec.model.modes import INSTRUMENTS
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, MODE_COUNTS, PROVINCE_COUNTS, Outcome
from simcpec.model.state import STATE_FIELDS
from simcpec.model.world import World

View: TypeAlias = Mapping[str, np.ndarray]

#: tables of an outcome by their axes; the last axis of each, the counters, is made into names
TABLES = {
    "cell": ("TPCS", CELL_COUNTS),
    "cohort": ("TPC", COHORT_COUNTS),
    "mode": ("TPM", MODE_COUNTS),
    "province": ("TP", PROVINCE_COUNTS),
}


def axes_of(name: str) -> str:
    """Return the axes of a name of a view, one letter each.  Raises KeyError for an unknown name."""
    table, dot, _ = name.partition(".")
    if dot:
        return TABLES[table][0]
    return STATE_FIELDS[name].axes


def shape_of(name: str, world: World) -> tuple[int, ...]:
    """Return the shape of a field of the state in a world."""
    provinces, cohorts, settings = world.shape
    origins = len(world.origins.group)
    lengths = {"P": provinces, "C": cohorts, "S": settings, "K": len(INSTRUMENTS), "O": origins}
    return tuple(lengths[axis] for axis in STATE_FIELDS[name].axes)


def counters(outcome: Outcome) -> dict[str, np.ndarray]:
    """The counters of an outcome, ``cell.attacks`` and so on, by period."""
    return {
        f"{table}.{name}": getattr(outcome, table)[..., index]
        for table, (_, names) in TABLES.items()
        for index, name in enumerate(names)
    }


def until(world: World, tick: int) -> World:
    """Return the world with its horizon at `tick` >= 0: up to there it plays the same history, event by event."""
    calendar = world.calendar
    ends = calendar.period_end_tick
    before = np.append(ends[ends < tick], tick).astype(ends.dtype)
    return replace(world, calendar=replace(calendar, horizon_tick=tick, period_end_tick=before, warm_up_periods=0))
