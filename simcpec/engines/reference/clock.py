"""SimPy's clock with a declared order of ties, pools of numbered slots, and resources that can grow and shrink."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.events import URGENT

NUMBER_BITS = 40


def slot(rank: int, number: int = 0) -> int:
    """The order of a slot among the events of one tick: by rank, then by number."""
    return (rank << NUMBER_BITS) | number


class Clock(simpy.Environment):
    """An environment on int64 ticks in which the consequences of an event finish before the next slot's event."""

    def __init__(self) -> None:
        super().__init__(0)
        self.held = 0  # timed events scheduled so far; a measure of work for the benchmarks
        self.slot = -1  # of the event being handled; its consequences have no slot of their own

    @property
    def now(self) -> int:
        """The tick of the event being handled."""
        return self._now  # type: ignore[return-value]

    def step(self) -> None:
        """As SimPy's, and keep the slot of the event."""
        priority = self._queue[0][1] if self._queue else URGENT
        if priority > URGENT:
            self.slot = priority - 1
        super().step()

    def schedule(self, event: Any, priority: Any = 1, delay: float = 0) -> None:
        """As SimPy's, but grants, starts and interrupts (no delay) go before every slot."""
        super().schedule(event, priority if delay else URGENT, delay)

    def hold(self, delay: int, at: int) -> simpy.Event:
        """An event `delay` >= 0 ticks from now in slot `at`: the timeout of this model."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        self.held += 1
        super().schedule(event, at + 1, delay)  # type: ignore[arg-type]
        return event

    def until(self, tick: int, at: int) -> simpy.Event:
        """An event at a tick that is not in the past."""
        return self.hold(tick - self.now, at)

    def grant(self, request: simpy.Event) -> simpy.Event:
        """A request that waits as long as it takes, to be yielded in the place of ``request | hold``.

        SimPy resumes who waits for either of two events one step later than who waits for one. Of requests that are
        granted in one moment, those of endless patience would begin before those that stood ahead of them.
        """
        return self.any_of([request])


class Pool:
    """Numbered slots of one rank; the lowest free number goes first."""

    def __init__(self, rank: int) -> None:
        self.base = slot(rank)
        self.given_back: list[int] = []
        self.used = 0

    def take(self) -> int:
        """The lowest free slot."""
        if self.given_back:
            return heappop(self.given_back)
        self.used += 1
        return self.base + self.used - 1

    def give(self, number: int) -> None:
        """Hand a slot back."""
        heappush(self.given_back, number)


class Teams(simpy.PriorityResource):
    """A resource whose capacity may change: new teams serve who waits, surplus teams leave when their work is done."""

    def __init__(self, clock: Clock, capacity: int) -> None:
        super().__init__(clock, capacity=max(1, capacity))
        self._capacity = capacity  # SimPy's constructor refuses 0, its queue discipline does not

    def resize(self, capacity: int) -> None:
        """Change the number of teams, busy ones included."""
        self._capacity = capacity
        while self.put_queue and len(self.users) < capacity:
            self._trigger_put(None)  # SimPy grants one request a call: it counts on one release at a time

    @property
    def free(self) -> int:
        """Teams that could begin now; 0 while more are busy than are left."""
        return max(0, int(self._capacity) - len(self.users))
