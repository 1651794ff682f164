"""Codes of the compiled engine become errors here, and nowhere else; their texts are those of the reference engine."""

from __future__ import annotations

from enum import auto
from typing import NoReturn

from simcpec.errors import CeilingExceeded, EngineError, ExceededCeiling
from simcpec.model.codes import Code
from simcpec.model.world import World


class Status(Code):
    """Why the event loop of the compiled engine stopped."""

    RUNNING = auto()
    ROOM = auto()  # a pool has no free slot
    STOCK = auto()  # beyond a declared ceiling, and so the next three
    TEMPO = auto()
    FIND = auto()
    TRANSITION = auto()
    HALTED = auto()  # by another thread


def room_is_missing(code: int) -> bool:
    """Whether slots must be enlarged before the replication is played again."""
    return code == Status.ROOM


def raise_for(code: int, province: str, value: float, world: World) -> NoReturn:
    """Raise the error of a code.      province : its code.      value : the intensity or stock that was too high."""
    p = world.provinces.index(province)
    if code == Status.STOCK:
        raise stock(province, value, world.threat.stock_ceiling)
    if code == Status.TEMPO:
        raise tempo(province, value, world.operations.tempo_ceiling)
    if code == Status.FIND:
        raise finding(province, value, float(world.detection.ceiling[p]))
    if code == Status.TRANSITION:
        raise transitions(province, value, float(world.network.ceiling[p]))
    if code == Status.HALTED:
        raise EngineError("the play was halted")
    raise EngineError(f"the engine stopped with the unknown code {code} in {province}")


def stock(province: str, value: float, ceiling: float) -> CeilingExceeded:
    """Militants beyond their declared multiple."""
    exceeded = ExceededCeiling("world.threat.stock_ceiling", province, float(value), float(ceiling))
    return _error("militants", f"{value:.3g} times their start", f"{ceiling:g}", exceeded)


def tempo(province: str, value: float, ceiling: float) -> CeilingExceeded:
    """Routine leads beyond their declared multiple."""
    exceeded = ExceededCeiling("world.operations.tempo_ceiling", province, float(value), float(ceiling))
    return _error("routine leads", f"{value:.3g} times their start", f"{ceiling:g}", exceeded)


def finding(province: str, rate: float, ceiling: float) -> CeilingExceeded:
    """Detection beyond its declared ceiling, both per day."""
    exceeded = ExceededCeiling("world.detection.ceiling", province, float(rate), float(ceiling))
    return _error("detection", f"{rate * 365.25:.3g} a year", f"{ceiling * 365.25:.3g}", exceeded)


def transitions(province: str, rate: float, ceiling: float) -> CeilingExceeded:
    """Recruits and exits beyond their declared ceiling, both per day."""
    exceeded = ExceededCeiling("world.network.event_ceiling", province, float(rate), float(ceiling))
    return _error("recruits and exits", f"{rate * 365.25:.3g} a year", f"{ceiling * 365.25:.3g}", exceeded)


def _error(what: str, reached: str, declared: str, exceeded: ExceededCeiling) -> CeilingExceeded:
    place, key = exceeded.province, exceeded.key
    message = f"{what} in {place} reached {reached}, above the declared ceiling {declared}; raise {key}"
    return CeilingExceeded(message, exceeded)
