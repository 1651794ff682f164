"""Plays for the checks against theory: many replications of a shipped scenario, their counters in stacked arrays.

Findings of one run that read the same scenario with the same settings share one play.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from simcpec.engines import engine as engine_named
from simcpec.engines.contract import Engine
from simcpec.errors import EngineError
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, MODE_COUNTS, PROVINCE_COUNTS, Outcome
from simcpec.model.world import Floats, World
from simcpec.results.failure import Failure
from simcpec.scenario import load
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.verification.theory.finding import TOLERANCE

SEED = 20250101
FULL = 20.0  # times the replications of the quick level

Change = Callable[[World], World]


@dataclass(frozen=True, kw_only=True)
class SimulatedCounts:
    """R replications of one scenario; T periods (the warm-up left out), P provinces, C cohorts, S settings, M modes.

    cells (R, T, P, C, S, n), cohorts (R, T, P, C, n), modes (R, T, P, M, n), provinces (R, T, P, n): names of the last
    axis in `model.outcome`.      start_plots : (R, P, C, S).      built : its world, plan and prices.
    """

    name: str
    built: BuiltScenario
    cells: Floats
    cohorts: Floats
    modes: Floats
    provinces: Floats
    start_plots: Floats

    @property
    def world(self) -> World:
        """The world that was played."""
        return self.built.world

    @property
    def replications(self) -> int:
        """How many."""
        return len(self.cells)

    @property
    def days(self) -> Floats:
        """(T,) lengths of the periods, exactly as the clock has them."""
        calendar = self.world.calendar
        ends = calendar.period_end_tick / calendar.ticks_per_day
        return np.asarray(np.diff(ends, prepend=0.0)[calendar.warm_up_periods :])

    def cell(self, name: str) -> Floats:
        """(R, T, P) a counter of cells, summed over cohorts and settings."""
        return np.asarray(self.cells[..., CELL_COUNTS.index(name)].sum(axis=(3, 4)))

    def cohort(self, name: str) -> Floats:
        """(R, T, P) a counter of cohorts, summed over them."""
        return np.asarray(self.cohorts[..., COHORT_COUNTS.index(name)].sum(axis=3))

    def mode(self, name: str) -> Floats:
        """(R, T, P, M) a counter of modes of attack."""
        return np.asarray(self.modes[..., MODE_COUNTS.index(name)])

    def province(self, name: str) -> Floats:
        """(R, T, P) a counter of provinces."""
        return np.asarray(self.provinces[..., PROVINCE_COUNTS.index(name)])


@dataclass(kw_only=True)
class TheorySimulator:
    """Where findings get their plays from.

    seed : of all plays.      scale : times the replications that a family asks for: 1 is quick, `FULL` is full.
    engine : a name or a function; of the latter, `jobs` should be 1.      jobs : workers; None: as many as processors.
    change : done to every world before it is played; tests use it for faults that must be found.
    """

    seed: int = SEED
    scale: float = 1.0
    engine: str | Engine = "compiled"
    jobs: int | None = None
    notice: Notice | None = None
    change: Change | None = None
    _kept: dict[tuple[str, tuple[str, ...], int], SimulatedCounts] = field(default_factory=dict, repr=False)

    def replications(self, quick: int) -> int:
        """Replications at this level where the quick one has so many; at least 2."""
        return max(2, round(quick * self.scale))

    @property
    def tolerance(self) -> float:
        """The largest tolerance at this level: 2 % at the full one, else what each finding states."""
        return TOLERANCE if self.scale >= FULL else inf

    def play(self, name: str, *, replications: int, sets: Sequence[str] = ()) -> SimulatedCounts:
        """Play a shipped scenario; `replications` are those of the quick level.

        Raises EngineError if any replication could not be played.
        """
        number = self.replications(replications)
        key = (name, tuple(sets), number)
        if key not in self._kept:
            self._kept[key] = self._played(name, tuple(sets), number)
        return self._kept[key]

    def traces(self, name: str, *, replications: int, sets: Sequence[str] = ()) -> Iterator[np.ndarray]:
        """The traces (rows of `model.outcome.TRACE`) of replications 0, 1, ...; `replications`: at the quick level."""
        world = self.build(name, sets).world
        numbers = range(self.replications(replications))
        if self.engine == "compiled":
            from simcpec.engines.compiled.simulate import Player

            player = Player(world)
            found = (player.play(seed=self.seed, draw=0, first=r, number=1, trace=True)[0] for r in numbers)
        else:
            play = engine_named(self.engine) if isinstance(self.engine, str) else self.engine
            found = (play(world, seed=self.seed, draw=0, replication=r, trace=True) for r in numbers)
        for outcome in found:
            assert outcome.trace is not None
            yield outcome.trace

    def build(self, name: str, sets: Sequence[str] = ()) -> BuiltScenario:
        """The world, plan and prices of a shipped scenario, changed as the stage says."""
        from dataclasses import replace

        built = build(load(name, sets=sets))
        return built if self.change is None else replace(built, world=self.change(built.world))

    def forget(self) -> None:
        """Free the plays that were kept, for instance after a family."""
        self._kept.clear()

    def _played(self, name: str, sets: tuple[str, ...], number: int) -> SimulatedCounts:
        built = self.build(name, sets)
        jobs = [Job(0, 0, r) for r in range(number)]
        answers = play_all(
            [built.world], jobs, seed=self.seed, engine=self.engine, workers=self.jobs, notice=self.notice
        )
        outcomes = [answer for answer in answers if isinstance(answer, Outcome)]
        failed = next((answer.error for answer in answers if isinstance(answer, Failure)), None)
        if failed is not None:
            raise EngineError(f"{name} could not be played: {failed}")
        skip = built.world.calendar.warm_up_periods
        return SimulatedCounts(
            name=name,
            built=built,
            cells=np.stack([outcome.cell[skip:] for outcome in outcomes]),
            cohorts=np.stack([outcome.cohort[skip:] for outcome in outcomes]),
            modes=np.stack([outcome.mode[skip:] for outcome in outcomes]),
            provinces=np.stack([outcome.province[skip:] for outcome in outcomes]),
            start_plots=np.stack([outcome.start_plots for outcome in outcomes]),
        )
