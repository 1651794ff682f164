"""Lead and escort queues against Ciw, an independent library, on the same customers: equal to the tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from simcpec.engines import engine
from simcpec.model import events
from simcpec.model.world import World
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from tests.verification import docking
from tests.verification.docking import Course, Customer, by_ciw, by_trace

pytest.importorskip("ciw", reason="Ciw is not installed; it comes with the extra `dock`")

SEED, DAYS = 11, 60
SHORT = ("run.warm_up=0 days", f"run.horizon={DAYS} days")


def played(name: str, *sets: str) -> tuple[World, np.ndarray]:
    """The world of a shipped scenario and the trace of its replication 0."""
    world = build(load(f"theory/{name}", sets=[*SHORT, *sets])).world
    trace = engine("compiled")(world, seed=SEED, draw=0, replication=0, trace=True).trace
    assert trace is not None
    return world, trace


def entities(trace: np.ndarray, p: int, kind: int) -> list[int]:
    """Who came, in the order in which they came."""
    return [int(each) for each in trace[(trace["province"] == p) & (trace["kind"] == kind)]["entity"]]


def lead_course(trace: np.ndarray, p: int, who: Sequence[int]) -> Course:
    return by_trace(trace, p, who, begin=events.KIND_WORK, leave=(events.KIND_STALE,))


def movement_course(trace: np.ndarray, p: int) -> Course:
    who = entities(trace, p, events.KIND_MOVEMENT)
    return by_trace(trace, p, who, begin=events.KIND_DEPART, leave=(events.KIND_CANCELLED, events.KIND_DEPART))


def waited(course: Course, people: Sequence[Customer]) -> int:
    """How many had to wait before they were served."""
    return sum(begun > each.came for begun, each in zip(course.begun, people, strict=True))


LEADS = [
    ("erlang-a", ()),
    ("erlang-b", ()),
    ("erlang-c", ()),
    ("fixed-patience", ()),
    ("lognormal-patience", ()),
    ("one-team", ()),
    ("one-team", ("world.operations.work={law: lognormal, mean: 1 days, shape: 0.8}",)),
]


@pytest.mark.parametrize(("name", "sets"), LEADS)
@pytest.mark.parametrize("p", [0, 1, 2, 3])
def test_leads_meet_in_ciw_what_they_meet_here(name: str, sets: tuple[str, ...], p: int) -> None:
    world, trace = played(name, *sets)
    people = docking.routine_leads(world, p, SEED)
    ours = lead_course(trace, p, range(len(people)))
    theirs = by_ciw(people, servers=int(world.operations.teams[p]), horizon=world.calendar.horizon_tick)
    assert ours == theirs
    assert len(people) == len(entities(trace, p, events.KIND_LEAD)) > 20
    assert name == "erlang-b" or waited(ours, people) > 3


@pytest.mark.parametrize("p", [0, 1])
def test_leads_on_plots_overtake_in_ciw_as_they_do_here(p: int) -> None:
    world, trace = played("lead-priority")
    routine, found = docking.routine_leads(world, p, SEED), docking.plot_leads(world, trace, p, SEED)
    who = [(each, index) for index, each in enumerate(routine)]
    who += [(each, entity) for each, entity in zip(found, entities(trace, p, events.KIND_FOUND), strict=True)]
    who.sort(key=lambda pair: pair[0].came)
    people, servers = [each for each, _ in who], int(world.operations.teams[p])
    rows = trace[(trace["province"] == p) & (trace["kind"] == events.KIND_WORK)]
    assert len(found) > 10

    def same(course: Course) -> bool:
        """As many begin at each tick, and each lead begins when it does here."""
        ticks = sorted(begun for begun in course.begun if begun >= 0)
        begins = {(int(row["entity"]), int(row["tick"])) for row in rows}
        named = {(entity, begun) for (_, entity), begun in zip(who, course.begun, strict=True) if begun >= 0}
        return ticks == rows["tick"].tolist() and named == begins

    assert same(by_ciw(people, servers=servers, horizon=world.calendar.horizon_tick))
    in_line = [replace(each, first=False) for each in people]
    assert not same(by_ciw(in_line, servers=servers, horizon=world.calendar.horizon_tick))


TRIPS = [
    (),
    ("world.movements.trip={law: deterministic, mean: 1 days}",),
    ("world.movements.trip={law: lognormal, mean: 1 days, shape: 1}",),
]


@pytest.mark.parametrize("sets", TRIPS)
@pytest.mark.parametrize("name", ["escorts-wait", "escorts-loss", "escorts-alone", "escorts-quit"])
@pytest.mark.parametrize("p", [1, 3])
def test_movements_meet_in_ciw_what_they_meet_here(name: str, sets: tuple[str, ...], p: int) -> None:
    world, trace = played(name, *sets)
    people = docking.movements(world, p, SEED)
    theirs = by_ciw(
        people, servers=int(world.movements.teams[p]), horizon=world.calendar.horizon_tick,
        waiting=name != "escorts-loss",
    )  # fmt: skip
    ours = movement_course(trace, p)
    assert ours == theirs
    assert name == "escorts-loss" or waited(ours, people) > 3
    assert (name == "escorts-wait") == (max(ours.left) == -1)


@pytest.mark.parametrize("p", [0, 2])
def test_a_few_groups_that_wait_meet_in_ciw_what_they_meet_here(p: int) -> None:
    world, trace = played("escorts-finite")
    people = docking.movements_as_they_came(world, trace, p, SEED)
    ours = movement_course(trace, p)
    assert waited(ours, people) > 3
    assert ours == by_ciw(people, servers=int(world.movements.teams[p]), horizon=world.calendar.horizon_tick)


def test_one_service_that_takes_a_tick_longer_is_seen() -> None:
    world, trace = played("erlang-c")
    people = docking.routine_leads(world, 0, SEED)
    ours = lead_course(trace, 0, range(len(people)))
    busy = next(i for i, begun in enumerate(ours.begun) if begun > people[i].came) - 1
    longer = [*people[:busy], replace(people[busy], service=people[busy].service + 1), *people[busy + 1 :]]
    theirs = by_ciw(longer, servers=1, horizon=world.calendar.horizon_tick)
    assert theirs != ours


def test_another_number_of_teams_is_seen() -> None:
    world, trace = played("erlang-a")
    people = docking.routine_leads(world, 3, SEED)
    ours = lead_course(trace, 3, range(len(people)))
    assert ours != by_ciw(people, servers=11, horizon=world.calendar.horizon_tick)
