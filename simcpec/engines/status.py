"""Codes of the compiled engine become errors here, and nowhere else; their texts are those of the reference engine."""

from __future__ import annotations

from enum import auto
from typing import NoReturn

from simcpec.errors import EngineError, GrowsWithoutBound
from simcpec.model.codes import Code
from simcpec.model.rules.strips import HIGHEST


class Status(Code):
    """Why the event loop of the compiled engine stopped."""

    RUNNING = auto()
    ROOM = auto()  # a pool has no free slot
    OUTGROWN = auto()  # an intensity beyond the last strip of its source
    UNCOUNTABLE = auto()  # a stock beyond counting
    HALTED = auto()  # by another thread


def room_is_missing(code: int) -> bool:
    """Whether slots must be enlarged before the replication is played again."""
    return code == Status.ROOM


def raise_for(code: int, province: str, value: float) -> NoReturn:
    """Raise the error of a code.      province : its code.      value : the intensity or stock that was too high."""
    if code == Status.OUTGROWN:
        raise outgrown(province, value)
    if code == Status.UNCOUNTABLE:
        raise uncountable(province, value)
    if code == Status.HALTED:
        raise EngineError("the play was halted")
    raise EngineError(f"the engine stopped with the unknown code {code} in {province}")


def outgrown(province: str, times: float) -> GrowsWithoutBound:
    """Return the error of an intensity beyond the last strip of its source.      times : in units of the source."""
    return GrowsWithoutBound(
        f"a rate in {province} reached {times:.3g} times that of the start, more than {HIGHEST:g} times: this world "
        "grows without bound"
    )


def uncountable(province: str, militants: float) -> GrowsWithoutBound:
    """Return the error of a stock of militants that cannot be counted over a period."""
    return GrowsWithoutBound(
        f"the militants in {province} reached {militants:.3g}, more than can be counted: this world grows without bound"
    )
