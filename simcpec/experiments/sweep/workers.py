"""Workers that do the tasks of a sweep on this machine: threads, and processes for engines that hold up other threads.

As many tasks are handed out as there are workers, and a few more: with 100,000 points none waits in memory.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from simcpec.engines.contract import Engine
from simcpec.experiments.execution.executors import THREADED
from simcpec.experiments.execution.process_pool import ProcessPool
from simcpec.experiments.execution.thread_pool import end_threads
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.experiments.sweep.tasks import BaseScenario, Done, Task, TaskWorker, task_worker
from simcpec.results.failure import Failure
from simcpec.stop_signals import POLL, safe_point

AHEAD = 1  # tasks that wait for each thread

Wanted = Callable[[str, Task], bool]
"""Whether the result of a task for a point with this identity is still wanted; threads ask."""


class Workers(Protocol):
    """What does the tasks of a sweep. A context manager: whatever happens, nothing is simulated after it."""

    def __enter__(self) -> Workers: ...

    def __exit__(self, *_: object) -> None: ...

    def results(self, tasks: Iterable[Task]) -> Iterator[list[Done]]:
        """What came of all tasks, in any order; what is there at one time comes together."""
        ...


class SweepThreads:
    """A number of threads of the compiled engine, which lets others run while it simulates."""

    def __init__(self, size: int, study: SweepStudy, wanted: Wanted, *, patience: float | None) -> None:
        preparer = Preparer(study)
        self._workers = [
            TaskWorker(preparer, THREADED, study.seed, patience=patience, wanted=wanted) for _ in range(size)
        ]
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()

    def __enter__(self) -> SweepThreads:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        end_threads(self._threads, self._tasks, lambda: self._workers)

    def results(self, tasks: Iterable[Task]) -> Iterator[list[Done]]:
        """As `Workers.results`."""
        for worker in self._workers:
            self._threads.append(threading.Thread(target=self._serve, args=(worker,), daemon=True))
            self._threads[-1].start()
        waiting, out = iter(tasks), 0
        while True:
            while out < len(self._workers) * (1 + AHEAD) and (task := next(waiting, None)) is not None:
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

    def _serve(self, worker: TaskWorker) -> None:
        """What a thread does: task after task, until it is told to end."""
        while (task := self._tasks.get()) is not None and not self._ended.is_set():
            try:
                self._done.put(worker.done(task))
            except BaseException as fault:  # ours: whoever waits raises it
                self._done.put(fault)


class SweepProcesses:
    """A number of processes, for every other engine; one that is killed, or hangs, is replaced."""

    def __init__(self, size: int, study: SweepStudy, *, engine: str | Engine, patience: float | None) -> None:
        self._pool: ProcessPool[Task, Done] = ProcessPool(
            task_worker, BaseScenario.of(study), engine, size=size, patience=patience
        )

    def __enter__(self) -> SweepProcesses:
        self._pool.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.__exit__()

    def results(self, tasks: Iterable[Task]) -> Iterator[list[Done]]:
        """As `Workers.results`. What a lost worker leaves is done once more at the end, each task alone."""
        again: list[Task] = []
        for task, answer in self._answers(tasks):
            if isinstance(answer, Failure):
                again.append(task)
            else:
                yield [answer]
        for task, answer in self._answers(again):
            yield [Done.without_answer(task, answer) if isinstance(answer, Failure) else answer]

    def _answers(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Done | Failure]]:
        out: dict[int, Task] = {}

        def chunks() -> Iterator[list[tuple[int, Task]]]:
            for number, task in enumerate(tasks):
                out[number] = task
                yield [(number, task)]

        for number, answer in self._pool.play(chunks()):
            yield out.pop(number), answer
