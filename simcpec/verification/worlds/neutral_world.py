"""Small worlds made by hand, for checks of rules and engines that should not pass through a scenario file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from simcpec.model import modes
from simcpec.model import world as w
from simcpec.model.world_fields import FieldFact, facts_of
from simcpec.numerics import samplers, streams

DAY = 86_400_000_000
INF = w.INF
S, L, K = len(modes.SETTINGS), len(modes.LAYERS), len(modes.INSTRUMENTS)
NEVER, AT_ONCE = (int(samplers.LAW_NEVER), INF, 1.0), (int(samplers.LAW_DETERMINISTIC), 1.0, 1.0)
Part = TypeVar("Part")


def floats(*shape: int, value: float = 0.0) -> np.ndarray:
    """An array of float64 filled with one value."""
    return np.full(shape, value)


def ints(*shape: int, value: int = 0) -> np.ndarray:
    """An array of int64 filled with one value."""
    return np.full(shape, value, np.int64)


def bare_world(
    *,
    codes: tuple[str, ...] = ("AAA", "BBB"),
    cohorts: int = 1,
    days: float = 365.0,
    ticks_per_day: int = DAY,
    periods: int = 1,
    **changes: Any,
) -> w.World:
    """A world with every switch at its OFF value and no plots; `changes` are dotted names with __ for the dot.

    ``bare_world(threat__rate=[[0.1, 0.2]])``: lists become arrays of the type and, where one number is given, of the
    shape that stands there.
    """
    extents = {"P": len(codes), "C": cohorts, "S": S, "L": L, "K": K, "V": 0, "N": 0, "O": len(codes)}
    world = w.World(
        provinces=codes,
        addresses=tuple(streams.province_address(code) for code in codes),
        cohorts=tuple(f"cohort{c}" for c in range(cohorts)),
        settings=modes.SETTINGS,
        groups=("all",),
        origins=_neutral(w.Origins, extents, province=np.arange(len(codes), dtype=np.int64)),
        modes=("any",),
        mode_addresses=(streams.name_identity("any"),),
        calendar=_calendar(extents, round(days * ticks_per_day), ticks_per_day, periods),
        threat=_threat(extents),
        cells=_cells(extents),
        detection=_neutral(w.Detection, extents),
        intelligence=_neutral(w.Intelligence, extents),
        operations=_operations(extents),
        network=_network(extents),
        protection=_protection(extents),
        movements=_neutral(w.Movements, extents, trip=AT_ONCE),
        harm=_neutral(w.Harm, extents, cap=100.0),
        capacity=_neutral(w.Capacity, extents, hiring=AT_ONCE, leaving=AT_ONCE),
    )
    return with_changes(world, **changes)


def with_changes(world: Part, **changes: Any) -> Part:
    """A copy of a world (or a part) with other values; names as in `bare_world`.

    Targets of capacity for other decisions than before are whole units where no parts of units are given with them.
    """
    if "capacity__target" in changes and "capacity__target_part" not in changes:
        shape = np.shape(changes["capacity__target"])
        if shape != world.capacity.target_part.shape:  # type: ignore[attr-defined]
            changes["capacity__target_part"] = np.zeros(shape)
    for name, value in changes.items():
        head, _, rest = name.partition("__")
        old = getattr(world, head)
        if rest:
            new = with_changes(old, **{rest: value})
        elif isinstance(old, np.ndarray):
            array = np.asarray(value, old.dtype)
            new = np.full(old.shape, array) if array.ndim == 0 else array
        else:
            new = value
        assert head in {field.name for field in fields(world)}  # type: ignore[arg-type]
        world = replace(world, **{head: new})  # type: ignore[type-var]
    return world


# ------------------------------------------------------------------------------------------------ its parts


def _neutral(part: type[Part], extents: Mapping[str, int], **given: Any) -> Part:
    """A part of the world in which every field has its neutral value, but for those that are given."""
    neutral = {name: _off(fact, extents) for name, fact in facts_of(part) if name not in given}
    return part(**neutral, **given)


def _off(fact: FieldFact, extents: Mapping[str, int]) -> Any:
    """The neutral value of a field; its arrays have one epoch, decision, stage and budget year, and no revisions."""
    if fact.is_law:
        return NEVER
    kind = int if fact.is_whole else float
    if fact.off is None:
        raise ValueError(f"a field without a neutral value ({fact.says}) has to be given")
    if not fact.is_array:
        return kind(fact.off)
    shape = tuple(extents.get(axis, int(axis) if axis.isdigit() else 1) for axis in fact.axes)
    return np.full(shape, fact.off, np.int64 if fact.is_whole else np.float64)


def _calendar(extents: Mapping[str, int], horizon: int, ticks_per_day: int, periods: int) -> w.Calendar:
    """One budget year, one epoch, one stage; no audits, no revisions."""
    ends = np.array([horizon * (k + 1) // periods for k in range(periods)], np.int64)
    return _neutral(w.Calendar, extents, ticks_per_day=ticks_per_day, horizon_tick=horizon, period_end_tick=ends)


def _threat(extents: Mapping[str, int]) -> w.Threat:
    """No births; what is given to be born has a law of preparation all the same."""
    return _neutral(
        w.Threat,
        extents,
        follow_law=(int(samplers.LAW_EXPONENTIAL), 3.0, 1.0),
        follow_spread=np.eye(extents["P"]),
        preparation=(int(samplers.LAW_EXPONENTIAL), 30.0, 1.0),
    )


def _cells(extents: Mapping[str, int]) -> w.Cells:
    """Every plot chooses a site of its own province."""
    cells = _neutral(w.Cells, extents)
    cells.utility[..., modes.SITE] = 0.0
    return cells


def _operations(extents: Mapping[str, int]) -> w.Operations:
    """No leads for the one team of each province."""
    return _neutral(w.Operations, extents, work=AT_ONCE, teams=ints(extents["P"], value=1))


def _network(extents: Mapping[str, int]) -> w.Network:
    """A stock that stands still, at 100."""
    P = extents["P"]
    return _neutral(
        w.Network,
        extents,
        militants=ints(P, value=100),
        most=ints(P, value=10**6),
        capacity=floats(P, value=200.0),
        backlash_delay=90.0,
    )


def _protection(extents: Mapping[str, int]) -> w.Protection:
    """Layers that stop nothing, for persons who are exposed."""
    P, C = extents["P"], extents["C"]
    protection = _neutral(w.Protection, extents, exposure=floats(P, C, S, value=100.0))
    protection.posting[..., modes.SITE] = 1.0 / C
    return protection
