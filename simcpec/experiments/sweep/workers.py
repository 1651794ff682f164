"""Threads that simulate chunks of a sweep, each a task of its own; one thread outside takes their results in.

As many tasks are handed out as there are threads, and a few more: with 100,000 points none waits in memory.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from simcpec.experiments.execution.thread_pool import end_threads
from simcpec.experiments.sweep.prepared import ChunkSimulator, PreparedPoint, Preparer
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.results.failure import Failure
from simcpec.stop_signals import POLL, safe_point
from simcpec.storage.sweeps.chunk_bytes import ChunkData

AHEAD = 1  # tasks that wait for each thread


@dataclass(frozen=True)
class Task:
    """Replications first ... first + count - 1 of a point: all that a worker needs to know."""

    point: SweepPoint
    first: int
    count: int


@dataclass(frozen=True)
class Done:
    """What came of a task. id : identity of the point, "" where it has no world.

    data : None where it failed, or where another task with the same identity and replications has it.
    """

    task: Task
    id: str
    data: ChunkData | None
    failures: tuple[tuple[int, Failure], ...] = ()


class SweepWorkers:
    """A number of threads. A context manager: whatever happens, none simulates on.

    wanted : asked with an identity and a task whether its result is still wanted; called by the threads.
    """

    def __init__(
        self, size: int, preparer: Preparer, simulator: Callable[[], ChunkSimulator],
        wanted: Callable[[str, Task], bool],
    ) -> None:  # fmt: skip
        self._size, self._preparer, self._simulator, self._wanted = size, preparer, simulator, wanted
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._simulators: list[ChunkSimulator] = []
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()

    def __enter__(self) -> SweepWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        end_threads(self._threads, self._tasks, lambda: self._simulators)

    def results(self, tasks: Iterable[Task]) -> Iterator[list[Done]]:
        """What came of all tasks, in any order; what is there at one time comes together."""
        for _ in range(self._size):
            simulator = self._simulator()
            self._simulators.append(simulator)
            self._threads.append(threading.Thread(target=self._serve, args=(simulator,), daemon=True))
            self._threads[-1].start()
        waiting, out = iter(tasks), 0
        while True:
            while out < self._size * (1 + AHEAD) and (task := next(waiting, None)) is not None:
                self._tasks.put(task)
                out += 1
            if not out:
                return
            found = self._arrived()
            out -= len(found)
            yield found

    def _arrived(self) -> list[Done]:
        """At least one result, and all others that are there."""
        found: list[Done] = []
        while not found or not self._done.empty():
            safe_point()
            try:
                one = self._done.get(timeout=POLL)
            except queue.Empty:
                continue
            if isinstance(one, BaseException):
                raise one
            found.append(one)
        return found

    def _serve(self, simulator: ChunkSimulator) -> None:
        """What a thread does: task after task, until it is told to end."""
        last: PreparedPoint | None = None
        while (task := self._tasks.get()) is not None and not self._ended.is_set():
            try:
                if last is None or last.point != task.point:
                    last = self._preparer.prepared(task.point)
            except Exception as fault:  # a point without a world is a point that failed
                last = None
                self._done.put(Done(task, "", None, ((task.first, Failure.of(fault)),)))
                continue
            try:
                self._done.put(self._simulated(simulator, last, task))
            except BaseException as fault:  # ours: whoever waits raises it
                self._done.put(fault)

    def _simulated(self, simulator: ChunkSimulator, point: PreparedPoint, task: Task) -> Done:
        if not self._wanted(point.id, task):
            return Done(task, point.id, None)
        found = simulator.chunk(point, task.first, task.count)
        if isinstance(found, ChunkData):
            return Done(task, point.id, found)
        return Done(task, point.id, None, tuple(found))
