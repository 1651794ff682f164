"""Comparing what two replications leave: tables and traces to the last bit, and the first place where they differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcpec.model import events
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, MODE_COUNTS, PROVINCE_COUNTS, TRACE, Outcome
from simcpec.model.world import Floats

NAMES = {"cell": CELL_COUNTS, "cohort": COHORT_COUNTS, "mode": MODE_COUNTS, "province": PROVINCE_COUNTS}
Tables = dict[str, Floats]


def tables(outcome: Outcome) -> Tables:
    """The tables of an outcome by name."""
    return {name: getattr(outcome, name) for name in NAMES}


def of_provinces(outcome: Outcome, order: Sequence[int]) -> Tables:
    """The tables with provinces picked and put in this order; the province is the second axis of each."""
    return {name: np.ascontiguousarray(np.take(table, order, axis=1)) for name, table in tables(outcome).items()}


def columns(outcome: Outcome, **wanted: Sequence[str]) -> Tables:
    """Some counters of some tables: ``columns(outcome, cell=["plots"])``."""
    return {
        table: np.ascontiguousarray(getattr(outcome, table)[..., [NAMES[table].index(name) for name in names]])
        for table, names in wanted.items()
    }


def rows(outcome: Outcome, *kinds: int) -> np.ndarray:
    """The rows of a trace, of these kinds or of all."""
    assert outcome.trace is not None
    return outcome.trace[np.isin(outcome.trace["kind"], kinds)] if kinds else outcome.trace


def without(outcome: Outcome, *kinds: int) -> np.ndarray:
    """The rows of a trace that are of none of these kinds."""
    assert outcome.trace is not None
    return outcome.trace[~np.isin(outcome.trace["kind"], kinds)]


def labelled(trace: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """A trace with provinces renamed i -> order[i], and the rows of one tick in a fixed order."""
    found = trace.copy()
    here = found["province"] >= 0
    found["province"][here] = np.array(order)[found["province"][here]]
    return np.sort(found, order=list(TRACE.names or ()))


def tables_differ(a: Tables, b: Tables) -> str:
    """Return where two sets of tables first differ in any bit, or ""."""
    for name, left in a.items():
        right = b[name]
        if left.shape != right.shape:
            return f"{name}: shape {left.shape} against {right.shape}"
        different = np.argwhere(left.view(np.int64) != right.view(np.int64))
        if len(different):
            place = tuple(int(i) for i in different[0])
            return f"{name}{list(place)}: {float(left[place])!r} against {float(right[place])!r}"
    return ""


def traces_differ(a: np.ndarray, b: np.ndarray) -> str:
    """The first row in which two traces differ in any bit, or ""."""
    n, width = min(len(a), len(b)), TRACE.itemsize
    bits = [np.ascontiguousarray(each[:n]).view(np.uint8).reshape(n, width) for each in (a, b)]
    different = np.flatnonzero((bits[0] != bits[1]).any(axis=1))
    if not len(different) and len(a) == len(b):
        return ""
    at = int(different[0]) if len(different) else n
    return f"event {at}: {told(a, at)} against {told(b, at)}"


def told(trace: np.ndarray, at: int) -> str:
    """One row of a trace in words."""
    if at >= len(trace):
        return "no more events"
    tick, kind, p, c, s, entity, value = trace[at].tolist()
    return f"{events.KINDS[kind]} at tick {tick}, place ({p}, {c}, {s}), entity {entity}, value {value:g}"
