"""From a point to a world that can be simulated, and from its replications to what is kept of them.

Nothing here depends on other points, on workers or on the order of anything: a chunk of replications is a pure function
of the study, the point and the numbers of the replications, wherever it is computed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from simcpec.economics.costs import check_accounts
from simcpec.engines.contract import Engine
from simcpec.experiments.design.ensemble_draws import ensemble_parameters
from simcpec.experiments.design.parameter_draws import Factor, sampled
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.experiments.execution.accumulate import reduced
from simcpec.experiments.execution.collector import TABLES
from simcpec.experiments.execution.executors import THREADED
from simcpec.experiments.execution.process_pool import Job, play_one, resolve
from simcpec.experiments.sweep.studies.points import SweepPoint, identity
from simcpec.model.modes import BASIS
from simcpec.model.outcome import Outcome
from simcpec.model.world import Floats
from simcpec.results.failure import Failure
from simcpec.scenario import Resolved
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.storage.ensemble_folder import Ensemble
from simcpec.storage.sweeps.chunk_bytes import ChunkData

if TYPE_CHECKING:
    from simcpec.engines.compiled.simulate import Player

SHARED = 8  # scenarios whose parameter draws are prepared one after the other


@dataclass(frozen=True)
class PreparedPoint:
    """A point with its world. id : see `points.identity`."""

    point: SweepPoint
    id: str
    resolved: Resolved
    built: BuiltScenario
    values: Mapping[str, float]  # drawn, by key; {} at the values as written

    @property
    def about(self) -> dict[str, Any]:
        """What a chunk says of its point: labels of the axes, and what turns sums into responses."""
        world, prices = self.built.world, self.built.prices
        return {
            "provinces": list(world.provinces), "province_labels": list(self.built.province_labels),
            "cohorts": list(world.cohorts), "settings": list(world.settings),
            "periods": list(self.built.period_labels), "period_days": list(self.built.period_days),
            "basis": BASIS[world.harm.counted_as], "antithetic": bool(world.threat.antithetic),
            "discounted": bool(prices.discount_rate), "values_lives": prices.value_of_life is not None,
        }  # fmt: skip


class PointSource(Protocol):
    """What points are loaded from: a study, or what a worker elsewhere has of it."""

    @property
    def seed(self) -> int:
        """Seed of the simulations."""
        ...

    @property
    def ensemble(self) -> Ensemble | None:
        """The ensemble whose members are the parameter draws; None where they are drawn from the catalogue."""
        ...

    def load(self, sets: tuple[str, ...], /) -> Resolved:
        """The scenario of a point. Raises ScenarioError."""
        ...


class Preparer:
    """Prepares the points of a study, in any thread; what points share is loaded and built once."""

    def __init__(self, study: PointSource) -> None:
        self._study, self._lock = study, threading.Lock()
        self._drawn: dict[tuple[str, ...], tuple[Resolved, BuiltScenario, Sequence[Factor]]] = {}

    def prepared(self, point: SweepPoint) -> PreparedPoint:
        """The world of a point. Raises ScenarioError, a UserError, where there is none."""
        values: dict[str, float] = {}
        if point.draw == 0:
            resolved = self._study.load(point.sets)
            built = build(resolved)
        else:
            resolved, _, factors = self._of_draws(point.sets)
            values = self._values(resolved, factors, point.draw)
            built = build(resolved, values=values)
        check_accounts(built.plan)
        return PreparedPoint(point, self._identity(resolved, point.draw), resolved, built, values)

    def drawn(self, points: Sequence[SweepPoint], numbers: Sequence[int]) -> dict[str, Floats]:
        """The values (D,) in these parameter draws of every key that is uncertain at one of the points.

        A key that several points have is drawn by its name, and has the values of the first of them.
        """
        found: dict[str, Floats] = {}
        seed, ensemble = self._study.seed, self._study.ensemble
        for point in points:
            resolved, _, factors = self._of_draws(point.sets)
            new = [factor for factor in factors if factor.key not in found]
            if not new:
                continue
            if ensemble is None:
                keys, values = tuple(factor.key for factor in new), sampled(new, seed=seed, numbers=numbers)
            else:
                members = ensemble_parameters(ensemble, resolved, factors, seed=seed, numbers=numbers)
                keys, values = members.keys, members.values
            found = {**dict(zip(keys, values.T, strict=True)), **found}
        return found

    def _values(self, resolved: Resolved, factors: Sequence[Factor], draw: int) -> dict[str, float]:
        """The values of a draw by key: from the catalogue, or a member of the ensemble."""
        seed, ensemble = self._study.seed, self._study.ensemble
        if ensemble is None:
            drawn = sampled(factors, seed=seed, numbers=[draw])[0].tolist()
            return dict(zip([factor.key for factor in factors], drawn, strict=True))
        found = ensemble_parameters(ensemble, resolved, factors, seed=seed, numbers=[draw])
        return dict(zip(found.keys, found.values[0].tolist(), strict=True))

    def _identity(self, resolved: Resolved, draw: int) -> str:
        of = self._study.ensemble
        return identity(
            resolved, seed=self._study.seed, draw=draw, ensemble="" if of is None or not draw else of.digest
        )

    def _of_draws(self, sets: tuple[str, ...]) -> tuple[Resolved, BuiltScenario, Sequence[Factor]]:
        """A scenario, its world at the values as written, and what is uncertain in it."""
        with self._lock:
            found = self._drawn.get(sets)
        if found is None:
            resolved = self._study.load(sets)
            built = build(resolved)
            found = resolved, built, factors_of(resolved, built.keys_read)
            with self._lock:
                while len(self._drawn) >= SHARED:
                    self._drawn.pop(next(iter(self._drawn)))
                self._drawn[sets] = found
        return found


class ChunkSimulator:
    """Simulates chunks in one thread; keeps the world that it had last, made ready."""

    def __init__(self, engine: str | Engine, seed: int) -> None:
        self._seed = seed
        self._player: Player | None = None
        self._play = None if engine == THREADED else resolve(engine)
        self._gave_up = False

    def halt(self) -> None:
        """End what another thread simulates at its next event."""
        if self._player is not None:
            self._player.halt()

    def give_up(self) -> None:
        """End a chunk that another thread simulates, for good; call again until it has ended."""
        self._gave_up = True
        self.halt()

    def gave_up(self) -> bool:
        """Return whether the last chunk was ended by `give_up`; asking forgets it."""
        was, self._gave_up = self._gave_up, False
        return was

    def make_ready(self, of: PreparedPoint) -> None:
        """Compile what the world needs, or load it."""
        if self._play is None:
            self._ready(of).compile()

    def chunk(self, of: PreparedPoint, first: int, count: int) -> ChunkData | list[tuple[int, Failure]]:
        """Replications first ... first + count - 1; where some fail twice, these and why instead."""
        numbers = range(first, first + count)
        outcomes: list[Outcome | Failure] = list(self._together(of, first, count))
        for at, one in enumerate(outcomes):
            if isinstance(one, Failure) and not self._gave_up:
                outcomes[at] = self._alone(of, numbers[at])
        failed = [(number, one) for number, one in zip(numbers, outcomes, strict=True) if isinstance(one, Failure)]
        return failed or kept(of, [one for one in outcomes if isinstance(one, Outcome)])

    def _together(self, of: PreparedPoint, first: int, count: int) -> Sequence[Outcome | Failure]:
        """All at once on the compiled engine, where one failure is a failure of all; one by one on any other."""
        if self._play is not None:
            return [self._alone(of, number) for number in range(first, first + count)]
        try:
            return self._ready(of).play(seed=self._seed, draw=of.point.draw, first=first, number=count)
        except Exception as fault:  # one bad replication must not take the others with it
            return [Failure.of(fault)] * count

    def _alone(self, of: PreparedPoint, number: int) -> Outcome | Failure:
        if self._play is not None:
            return play_one(self._play, [of.built.world], self._seed, Job(0, of.point.draw, number))
        try:
            return self._ready(of).play(seed=self._seed, draw=of.point.draw, first=number, number=1)[0]
        except Exception as fault:
            return Failure.of(fault)

    def _ready(self, of: PreparedPoint) -> Player:
        from simcpec.engines.compiled.simulate import Player

        if self._player is None or self._player.world is not of.built.world:
            self._player = Player(of.built.world)
        return self._player


def kept(of: PreparedPoint, outcomes: Sequence[Outcome]) -> ChunkData:
    """What is kept of replications: what each adds up to over the counted time."""
    skip = of.built.world.calendar.warm_up_periods
    tables = {name: np.array([getattr(outcome, name)[skip:] for outcome in outcomes]) for name in TABLES}
    found = reduced(tables, of.built)
    return ChunkData(found.parts, found.pace, found.incidents, of.about)
