"""Sources of candidates in strips of intensity: opening a strip when it is first needed.

See `simcpec.model.rules.strips`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from simcpec.engines import status
from simcpec.engines.reference.clock import Clock, slot
from simcpec.engines.reference.simulation import Simulation
from simcpec.model.rules.strips import STRIPS, lower_edge

Wait = Generator[simpy.Event, Any, None]


def shortage(sim: Simulation, strips: int, most: float, p: int) -> bool:
    """Whether one more strip is needed for an intensity, in units of the source.  Raises EngineError for too many."""
    if strips < STRIPS and strips < sim.strips_at_least:
        return True
    if most <= lower_edge(strips):
        return False
    if strips < STRIPS:
        return True
    raise status.outgrown(sim.world.provinces[p], most)


def is_past(clock: Clock, at: int, tick: int) -> bool:
    """Whether a candidate of this slot at this tick would have come before the event that is being handled."""
    return tick < clock.now or (tick == clock.now and at < clock.slot)


class Source:
    """Numbered candidates of one source, in strips; each strip is a process."""

    def __init__(self, sim: Simulation, p: int, rank: int, number: int) -> None:
        self.sim, self.p, self.rank, self.number = sim, p, rank, number
        self.strips = 0  # open now

    def reach(self, most: float) -> None:
        """Open the strips that an intensity, in units of the source, has reached."""
        while shortage(self.sim, self.strips, most, self.p):
            self.sim.clock.process(self.run(self.strips))
            self.strips += 1

    def slot(self, strip: int) -> int:
        """The slot of a strip: within one tick lower strips come first."""
        return slot(self.rank, self.number * STRIPS + strip)

    def run(self, strip: int) -> Wait:
        """One strip, from the start of the replication on; what is past when it is opened is passed over."""
        raise NotImplementedError


class SteadySource(Source):
    """A source whose unit does not change.

    gap : ticks to the candidate of a strip and index from the one before.      handle : what a candidate does.
    """

    def __init__(
        self, sim: Simulation, p: int, rank: int, number: int, *, gap: Callable[[int, int], int],
        handle: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        super().__init__(sim, p, rank, number)
        self.gap, self.handle = gap, handle

    def run(self, strip: int) -> Wait:
        """One strip; see `Source.run`."""
        clock, at, index = self.sim.clock, self.slot(strip), 0
        due = self.gap(strip, 0)
        while is_past(clock, at, due):
            index += 1
            due += self.gap(strip, index)
        while due < self.sim.horizon:
            yield clock.until(due, at)
            self.handle(strip, index)
            index += 1
            due += self.gap(strip, index)
