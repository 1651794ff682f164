"""Both engines leave the same trace and the same counters, to the last bit, on worlds that turn every switch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from simcpec.engines import engine
from simcpec.engines.compiled.record import Size
from simcpec.engines.view import until
from simcpec.errors import EngineError
from simcpec.model import events
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.scenario import load, shipped
from simcpec.scenario.building.build import build
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import bare_world, with_changes
from tests.support.failing import unbounded
from tests.support.strategies import cases

TABLES = ("cell", "cohort", "mode", "province", "start_plots", "trace")


def played(name: str, world: World, address: dict[str, int]) -> Outcome | str:
    """The outcome, or the text of the error that ended the replication."""
    try:
        return engine(name)(world, **address, trace=True)
    except EngineError as fault:
        return str(fault)


def difference(a: Outcome | str, b: Outcome | str) -> str:
    """Nothing where two outcomes are equal in every bit; else where they part."""
    if isinstance(a, str) or isinstance(b, str):
        words = [each if isinstance(each, str) else "played" for each in (a, b)]
        return "" if a == b else " against ".join(words)
    n = min(len(a.trace), len(b.trace))
    parted = np.flatnonzero(a.trace[:n] != b.trace[:n])
    if len(parted):
        i = parted[0]
        return f"row {i}: {events.KINDS[a.trace[i]['kind']]} {a.trace[i]} against {b.trace[i]}"
    unequal = [name for name in TABLES if getattr(a, name).tobytes() != getattr(b, name).tobytes()]
    return f"unequal: {', '.join(unequal)}" if unequal else ""


@given(cases())
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_engines_leave_the_same_trace(case: Case) -> None:
    assert difference(*(played(name, case.world, case.address) for name in ("reference", "compiled"))) == ""


@given(cases())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_clock_without_room_for_slots_leaves_the_same_trace(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Size, "bits", 62)  # no horizon fits beside them, so that keys are ticks alone
        without = played("compiled", case.world, case.address)
    assert difference(without, played("compiled", case.world, case.address)) == ""


def test_a_horizon_of_four_centuries_is_played_by_both() -> None:
    world = bare_world(days=150_000, threat__rate=0.001, operations__routine=0.0)
    traces = [played(name, world, {"seed": 0, "draw": 0, "replication": 0}) for name in ("reference", "compiled")]
    assert world.calendar.horizon_tick > 2**53 and isinstance(traces[0], Outcome) and len(traces[0].trace) > 100
    assert difference(*traces) == ""


@pytest.mark.parametrize("name", sorted(shipped()))
def test_both_engines_agree_on_every_shipped_scenario(name: str) -> None:
    world, address = build(load(name)).world, {"seed": 0, "draw": 3, "replication": 7}
    if name != "base":
        # Theory is seen in long runs, and the others extend the base case: a while after the last change is enough.
        days = 100 if name.startswith("theory/") else 500
        enough = int(world.calendar.epoch_start_tick[-1]) + days * world.calendar.ticks_per_day
        world = until(world, min(world.calendar.horizon_tick, enough))
    assert difference(*(played(each, world, address) for each in ("reference", "compiled"))) == ""


def test_a_changed_world_is_not_called_equal() -> None:
    world, address = bare_world(threat__rate=0.1), {"seed": 0, "draw": 0, "replication": 0}
    other = with_changes(world, threat__lapse=0.1)
    assert difference(played("reference", world, address), played("compiled", world, address)) == ""
    assert difference(played("reference", world, address), played("compiled", other, address)).startswith("row")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "a rate in AAA reached 3.28e+04 times that of the start, more than 32768 times"),
        ({"network__most": 100}, "the militants in AAA reached 101, more than can be counted"),
    ],
)
def test_errors_of_both_engines_have_the_same_words(changes: dict[str, Any], said: str) -> None:
    world = unbounded(**changes)
    texts = {name: played(name, world, {"seed": 0, "draw": 0, "replication": 0}) for name in ("reference", "compiled")}
    assert isinstance(texts["reference"], str) and said in texts["reference"]
    assert texts["reference"] == texts["compiled"]
