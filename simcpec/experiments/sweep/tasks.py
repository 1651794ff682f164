"""Tasks of a sweep and how a worker does them: from a point and some replications to what is stored of them.

A worker needs the base scenario, the seed and the engine; where it runs (a thread, a process, another machine) and what
it did before changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from simcpec.engines.contract import Engine
from simcpec.experiments.sweep.prepared import ChunkSimulator, PreparedPoint, Preparer
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.results.failure import Failure, hung
from simcpec.scenario import Resolved, load_whole
from simcpec.storage.ensemble_folder import Ensemble
from simcpec.storage.sweeps.chunk_bytes import ChunkData
from simcpec.storage.sweeps.database import NewChunk

TRIES = 2  # of a chunk that takes too long
AGAIN = 0.01  # seconds between two calls of what ends a chunk: one that just begins forgets the first


@dataclass(frozen=True)
class Task:
    """Replications first ... first + count - 1 of a point: all that a worker needs to know."""

    point: SweepPoint
    first: int
    count: int

    @property
    def last(self) -> int:
        """The last replication: simulating up to it simulates all of them."""
        return self.first + self.count - 1


@dataclass(frozen=True)
class Done:
    """What came of a task. id : identity of the point, "" where it has no world.

    chunk : None where it failed, or where another task with the same identity and replications has it.
    """

    task: Task
    id: str
    chunk: NewChunk | None
    failures: tuple[tuple[int, Failure], ...] = ()

    @classmethod
    def without_answer(cls, task: Task, why: Failure) -> Done:
        """What is told of a task that a worker never answered; its last replication stands for all of them."""
        return cls(task, "", None, ((task.last, why),))


@dataclass(frozen=True)
class BaseScenario:
    """What the points of a study are loaded from, as it travels to other processes and machines."""

    text: str
    where: str
    sets: tuple[str, ...]
    seed: int
    ensemble: Ensemble | None = None

    @classmethod
    def of(cls, study: SweepStudy) -> BaseScenario:
        """The base scenario of a study, with all that it extends."""
        return cls(study.base_text, study.base_ref, study.sets, study.seed, study.ensemble)

    def load(self, sets: tuple[str, ...]) -> Resolved:
        """The scenario of a point. Raises ScenarioError."""
        return load_whole(self.text, self.where, sets=(*self.sets, *sets))


class TaskWorker:
    """Does tasks in one thread; keeps the point that it had last.

    wanted : asked with an identity and a task whether its result is still wanted.
    patience : seconds after which a chunk is ended and tried once more, then told as failed; None: no limit.
    """

    def __init__(
        self, preparer: Preparer, engine: str | Engine, seed: int, *, patience: float | None = None,
        wanted: Callable[[str, Task], bool] = lambda id, task: True,
    ) -> None:  # fmt: skip
        self._preparer, self._patience, self._wanted = preparer, patience, wanted
        self._simulator = ChunkSimulator(engine, seed)
        self._last: PreparedPoint | None = None

    def halt(self) -> None:
        """End what another thread has this worker do, at its next event."""
        self._simulator.halt()

    def done(self, task: Task) -> Done:
        """Do a task. Whatever a scenario or a replication raises is told in the result."""
        try:
            point = self._prepared(task.point)
        except Exception as fault:  # a point without a world is a point that failed
            self._last = None
            return Done(task, "", None, ((task.first, Failure.of(fault)),))
        if not self._wanted(point.id, task):
            return Done(task, point.id, None)
        found = self._simulated(point, task)
        if isinstance(found, ChunkData):
            return Done(task, point.id, NewChunk.of(point.id, task.first, found))
        return Done(task, point.id, None, tuple(found))

    def _prepared(self, point: SweepPoint) -> PreparedPoint:
        if self._last is None or self._last.point.key != point.key:
            self._last = self._preparer.prepared(point)
        elif self._last.point != point:
            self._last = replace(self._last, point=point)
        return self._last

    def _simulated(self, point: PreparedPoint, task: Task) -> ChunkData | list[tuple[int, Failure]]:
        """The chunk of a task; one that takes too long is tried once more."""
        if self._patience is None:
            return self._simulator.chunk(point, task.first, task.count)
        self._simulator.make_ready(point)  # compiling is no part of what a chunk takes
        for _try in range(TRIES):
            with _ended_after(self._patience, self._simulator.give_up):
                found = self._simulator.chunk(point, task.first, task.count)
            if not self._simulator.gave_up():
                return found
        return [(task.last, hung(self._patience))]


@contextmanager
def _ended_after(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Call `end` again and again from these seconds on, as long as the block lasts."""
    over = threading.Event()

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            end()
            wait = AGAIN

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def task_worker(base: BaseScenario, engine: str | Engine) -> Callable[[Task], Done]:
    """Return what does tasks in a process of its own, which is killed where it takes too long."""
    return TaskWorker(Preparer(base), engine, base.seed).done
