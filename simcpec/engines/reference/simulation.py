"""What every chapter shares: the world as plain lists, the state, the counters, the clock, the draws, the trace."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy

from simcpec.engines import status
from simcpec.engines.reference.clock import Clock, Pool, Teams, slot
from simcpec.engines.reference.counts import Counts, Integral
from simcpec.model import events, modes
from simcpec.model.expected_severity import unmitigated
from simcpec.model.outcome import TRACE
from simcpec.model.rules import capacity, detection, operations
from simcpec.model.rules.strips import STRIPS, lower_edge
from simcpec.model.state import State
from simcpec.model.world import Law, World
from simcpec.numerics.samplers import duration, ticks
from simcpec.numerics.streams import NO_COHORT, S_UNIT, block, key_word, origin_word, place_word, twin_block


def plain(part: Any) -> Any:
    """A world with lists for arrays: an element of an array costs SimPy ten times as much to read."""
    if is_dataclass(part):
        return SimpleNamespace(**{each.name: plain(getattr(part, each.name)) for each in fields(part)})
    return part.tolist() if isinstance(part, np.ndarray) else part


Wait = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Sources:
    """The sources of candidates in strips, each a `Source`."""

    births: list[Source] = field(default_factory=list)  # [o]
    leads: dict[int, Source] = field(default_factory=dict)  # by province that has some
    false_leads: dict[int, Source] = field(default_factory=dict)  # by province that has some
    flows: list[list[Source]] = field(default_factory=list)  # [o][flow]; empty without a network
    insiders: list[list[list[Source]]] = field(default_factory=list)  # [p][c][turn]; empty without


class Simulation:
    """One replication being played."""

    def __init__(
        self, world: World, *, seed: int, draw: int, replication: int, trace: bool, strips_at_least: int = 1
    ) -> None:
        """Set the stage; strips_at_least : strips of every source that are simulated from the start on, needed or not.

        They change nothing.
        """
        self.world, self.strips_at_least = plain(world), strips_at_least
        self.key, self.replication = key_word(seed, draw), replication
        self.provinces, self.cohorts, self.settings = world.shape
        self.per_day = world.calendar.ticks_per_day
        self.horizon = world.calendar.horizon_tick
        self.clock = Clock()
        self.state = State(world)
        self.counts = Counts(world)
        self.sources = Sources()
        self.mean_casualties: list[Any] = unmitigated(world.harm).tolist()  # [mode][c][s] dead and injured of a breach
        self.plots: dict[int, Any] = {}  # live ones, by slot
        self.rows: list[tuple[Any, ...]] | None = [] if trace else None
        self.place = [int(place_word(a, NO_COHORT, 0)) for a in world.addresses]
        pairs = list(zip(world.origins.group.tolist(), world.origins.province.tolist(), strict=True))
        self.home = [p for _, p in pairs]  # [o]
        self.first_militants: list[int] = world.militants.tolist()  # [p]
        self.origin_place = [int(origin_word(world.addresses[p], g, 0)) for g, p in pairs]
        self.origins = [[o for o, home in enumerate(self.home) if home == p] for p in range(self.provinces)]  # [p]
        self.cohort_place = [[int(place_word(a, c, 0)) for c in range(self.cohorts)] for a in world.addresses]
        first = self.world.capacity
        self.state.bought = [self.hired(p, first.inherited[p], first.inherited_part[p]) for p in range(self.provinces)]
        self._open_pools()
        self._open_resources(world)
        for p in range(self.provinces):
            self.refresh_intelligence(p)
            self.refresh_planned(p)

    def _open_pools(self) -> None:
        self.operation_slots = Pool(events.RANK_OPERATION)
        self.trip_slots = Pool(events.RANK_TRIP)
        self.stale_slots = Pool(events.RANK_STALE)
        self.quit_slots = Pool(events.RANK_QUIT)
        self.plot_slots = Pool(events.RANK_PLOT)
        self.loan_slots = Pool(events.RANK_LOAN)

    def _open_resources(self, world: World) -> None:
        each, state = range(self.provinces), self.state
        teams = [state.teams(world, p) for p in each]
        escorts = [state.escort_teams(world, p) for p in each]
        self.teams = [Teams(self.clock, n) for n in teams]
        self.escorts = [Teams(self.clock, n) for n in escorts]
        none, pairs = [0] * self.provinces, [0] * (self.provinces * self.cohorts)
        self.militants = Integral(state.militants)
        self.busy_teams, self.employed_teams = Integral(none), Integral(teams)
        self.busy_escorts, self.employed_escorts = Integral(none), Integral(escorts)
        self.queue, self.surge = Integral(none), Integral(none)
        self.guards = Integral([state.bought[p][modes.GUARDS] for p in each])
        self.leaking, self.trips = Integral(pairs), Integral(pairs)
        self.waiting = list(pairs)
        self.stopped_ticks = [0] * self.provinces  # of work, since the period began
        self.stopped_last = [0] * self.provinces  # tick up to which they are counted
        self.memory_days = [0.0] * self.provinces

    # ------------------------------------------------------------------------------------------ draws and time

    def draw(self, entity: int, place: int, stream: Any, number: int = 0) -> tuple[float, float, float, float]:
        """The four uniforms at an address of this replication."""
        return block(self.key, self.replication, entity, place, stream, number)

    def draw_birth(self, entity: int, place: int, stream: Any, number: int = 0) -> tuple[float, float, float, float]:
        """Return uniforms for the births of plots, which antithetic pairs mirror."""
        return twin_block(self.key, self.replication, self.world.threat.antithetic, entity, place, stream, number)

    def ticks(self, days: float) -> int:
        """Days on the clock."""
        return ticks(days, self.per_day)

    def hired(self, p: int, units: list[int], parts: list[float]) -> list[int]:
        """Units of each instrument in a province, parts of units decided; the same draw whatever the money and year."""
        place = self.place[p]
        draws = [self.draw(0, place, S_UNIT, k)[0] if part > 0.0 else 1.0 for k, part in enumerate(parts)]
        return [capacity.hired_units(*each) for each in zip(units, parts, draws, strict=True)]

    def span(self, law: Law, u: float) -> int:
        """A duration by its law, on the clock."""
        return ticks(duration(law[0], law[1], law[2], u), self.per_day)

    def days_since(self, tick: int) -> float:
        """Days from a tick to now."""
        return (self.clock.now - tick) / self.per_day

    # ------------------------------------------------------------------------------------------ strips

    def needs_strip(self, strips: int, most: float, p: int) -> bool:
        """Whether one more strip is needed for an intensity, in units of its source.  Raises EngineError for too many.

        strips : open now.      p : province, for the error.
        """
        if strips < STRIPS and strips < self.strips_at_least:
            return True
        if most <= lower_edge(strips):
            return False
        if strips < STRIPS:
            return True
        raise status.outgrown(self.world.provinces[p], most)

    def is_past(self, at: int, tick: int) -> bool:
        """Whether a candidate of this slot at this tick would have come before the event that is being handled."""
        return tick < self.clock.now or (tick == self.clock.now and at < self.clock.slot)

    # ------------------------------------------------------------------------------------------ the trace

    def note(self, kind: int, p: int = -1, c: int = -1, s: int = -1, entity: int = 0, value: float = 0.0) -> None:
        """One row of the trace, where one is kept."""
        if self.rows is not None:
            self.rows.append((self.clock.now, kind, p, c, s, entity & 0xFFFFFFFFFFFFFFFF, float(value)))

    def trace(self) -> np.ndarray | None:
        """The rows as an array, or None."""
        return None if self.rows is None else np.array(self.rows, TRACE)

    # ------------------------------------------------------------------------------------------ derived state

    def refresh_intelligence(self, p: int) -> None:
        """Compute what the intelligence units of a province do to detection and tempo."""
        w = self.world.intelligence
        units = w.host_units[p] + self.state.bought[p][modes.INTELLIGENCE]
        self.state.factor[p] = detection.intelligence_factor(float(units), w.gain[p], w.reference[p])

    def refresh_planned(self, p: int) -> None:
        """Compute how many routine leads the teams of a province seek."""
        w = self.world.operations
        self.state.planned[p] = operations.planned(self.employed_teams.level[p], w.teams_at_start[p], w.follow_teams)

    def pair(self, p: int, c: int) -> int:
        """Number of a province and cohort in the integrals over pairs."""
        return p * self.cohorts + c


class Source:
    """Numbered candidates of one source, in strips; each strip is a process."""

    def __init__(self, sim: Simulation, p: int, rank: int, number: int) -> None:
        self.sim, self.p, self.rank, self.number = sim, p, rank, number
        self.strips = 0  # open now

    def reach(self, most: float) -> None:
        """Open the strips that an intensity, in units of the source, has reached."""
        while self.sim.needs_strip(self.strips, most, self.p):
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
        while self.sim.is_past(at, due):
            index += 1
            due += self.gap(strip, index)
        while due < self.sim.horizon:
            yield clock.until(due, at)
            self.handle(strip, index)
            index += 1
            due += self.gap(strip, index)
