"""The clock of the reference engine: order of ties, pools of slots, teams that come and go."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from simcpec.engines.reference.clock import NUMBER_BITS, Clock, Pool, Teams, slot


def test_a_slot_orders_by_rank_and_then_by_number() -> None:
    slots = [slot(rank, number) for rank in range(3) for number in (0, 1, 2**NUMBER_BITS - 1)]
    assert slots == sorted(set(slots))


def test_events_of_one_tick_happen_in_slot_order_whatever_their_order_of_scheduling() -> None:
    for order in ([3, 1, 2], [1, 2, 3], [2, 3, 1]):
        clock, told = Clock(), []

        def wait(at: int, clock: Clock = clock, told: list[int] = told) -> Generator[simpy.Event, Any, None]:
            yield clock.hold(10, slot(at))
            told.append(at)

        for at in order:
            clock.process(wait(at))
        clock.run()
        assert told == [1, 2, 3] and clock.now == 10 and clock.held == 3


def test_consequences_of_an_event_finish_before_the_next_slot() -> None:
    clock, told = Clock(), []
    team = simpy.Resource(clock, 1)

    def first() -> Generator[simpy.Event, Any, None]:
        with team.request() as mine:
            yield mine
            yield clock.hold(5, slot(0))
        told.append("given back")

    def second() -> Generator[simpy.Event, Any, None]:
        with team.request() as mine:
            yield mine
            told.append("granted")

    def third() -> Generator[simpy.Event, Any, None]:
        yield clock.until(5, slot(1))
        told.append("next slot")

    for each in (first, second, third):
        clock.process(each())
    clock.run()
    assert told == ["given back", "granted", "next slot"]


def test_a_pool_hands_out_the_lowest_free_number() -> None:
    pool = Pool(7)
    taken = [pool.take() for _ in range(4)]
    assert taken == [slot(7, n) for n in range(4)]
    pool.give(taken[2])
    pool.give(taken[0])
    assert [pool.take() for _ in range(3)] == [taken[0], taken[2], slot(7, 4)]


def test_teams_grow_for_those_who_wait_and_shrink_when_their_work_is_done() -> None:
    clock = Clock()
    teams, told = Teams(clock, 0), []

    def lead(name: str, work: int, number: int) -> Generator[simpy.Event, Any, None]:
        with teams.request() as mine:
            yield mine
            told.append((clock.now, name))
            yield clock.hold(work, slot(1, number))

    def employer() -> Generator[simpy.Event, Any, None]:
        yield clock.hold(10, slot(0))
        teams.resize(2)  # two of three begin at once
        yield clock.hold(5, slot(0))
        teams.resize(1)  # one more than is left stays busy until its work is done
        assert teams.free == 0 and len(teams.users) == 2

    for number, (name, work) in enumerate((("a", 20), ("b", 30), ("c", 1))):
        clock.process(lead(name, work, number))
    clock.process(employer())
    clock.run(until=clock.hold(12, 0))
    assert teams.free == 0
    clock.run()
    assert told == [(10, "a"), (10, "b"), (40, "c")]
    assert teams.free == 1


def test_requests_granted_in_one_moment_begin_in_the_order_of_the_queue_whatever_their_patience() -> None:
    """The control yields the bare request and begins before two that stood ahead of it."""

    def order(*, bare: bool) -> list[str]:
        clock, told = Clock(), []
        teams = Teams(clock, 0)

        def respond(name: str, patience: int | None) -> Generator[simpy.Event, Any, None]:
            with teams.request(0) as mine:
                if patience is None:
                    yield mine if bare else clock.grant(mine)
                else:
                    yield mine | clock.hold(patience, slot(1, patience))
                told.append(name)
                yield clock.hold(50, slot(2))

        def hire() -> Generator[simpy.Event, Any, None]:
            yield clock.hold(10, slot(0))
            teams.resize(3)

        for name, patience in (("first", 100), ("second", 200), ("endless", None)):
            clock.process(respond(name, patience))
        clock.process(hire())
        clock.run()
        return told

    assert order(bare=False) == ["first", "second", "endless"]
    assert order(bare=True)[0] == "endless"
