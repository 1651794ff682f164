"""Workers of a sweep on a Dask cluster: what travels to them, and what they refuse.

A task travels with the base scenario, and comes back as it is stored. A worker with another version of the package, or
of the model, is refused: its results would be those of another study.
"""

from __future__ import annotations

import pickle
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simcpec.engines.contract import Engine
from simcpec.errors import Refused
from simcpec.experiments.execution.dask_cluster import DaskCluster, Waiting
from simcpec.experiments.execution.executors import THREADED
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.studies.model_digest import model_digest
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.experiments.sweep.tasks import TRIES, BaseScenario, Done, Task, TaskWorker
from simcpec.results.failure import Failure, hung
from simcpec.results.provenance import version
from simcpec.units import short

PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class _Shared:
    """What all tasks of a study share."""

    base: BaseScenario
    engine: str | Engine
    patience: float | None
    software: str


class OtherSoftware(Exception):
    """A worker has another version of the package, or of its model, than whoever asks."""


def software() -> str:
    """Version of the package and digest of its model."""
    return f"simcpec {version()}, model {model_digest()}"


class ClusterWorkers:
    """The workers of a cluster, as `workers.Workers`.

    place : see `dask_cluster.checked_place`.
    """

    def __init__(
        self, place: str, study: SweepStudy, engine: str | Engine, *, patience: float | None = None,
        notice: Notice | None = None, waiting: Waiting | None = None,
    ) -> None:  # fmt: skip
        self._place = place
        shared = _Shared(BaseScenario.of(study), engine, patience, software())
        self._shared = zlib.compress(pickle.dumps(shared))
        self._cluster = DaskCluster(place, answer, notice=notice, waiting=waiting)

    def __enter__(self) -> ClusterWorkers:
        self._cluster.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._cluster.__exit__()

    def results(self, tasks: Iterable[Task]) -> Iterator[list[Done]]:
        """As `Workers.results`."""
        out: dict[int, Task] = {}

        def jobs() -> Iterator[tuple[bytes, Task]]:
            for number, task in enumerate(tasks):
                out[number] = task
                yield self._shared, task

        try:
            for found in self._cluster.play(jobs()):
                yield [_done(out.pop(number), one) for number, one in found]
        except (OtherSoftware, ImportError, AttributeError, pickle.UnpicklingError) as fault:
            raise self._other(fault) from fault
        except RuntimeError as fault:
            if self._cluster.scheduler_has(PACKAGE):
                raise
            raise self._other(fault) from fault  # the scheduler could not read what it was handed

    def _other(self, fault: Exception) -> Refused:
        return Refused(
            f"the scheduler or a worker at {self._place} has other software than this machine ({software()}): "
            f"{short(str(fault), at_most=200)}. Install the same version of simcpec on all; what was committed is kept"
        )


def _done(task: Task, found: Done | Failure) -> Done:
    return Done.without_answer(task, found) if isinstance(found, Failure) else found


# ------------------------------------------------------------------------------------------------ at the worker


def answer(job: tuple[bytes, Task]) -> Done:
    """Do a task in a thread of a worker. Raises OtherSoftware."""
    raw, task = job
    shared: _Shared = _unpacked(raw)
    if shared.software != software():
        raise OtherSoftware(f"{software()} there")
    if shared.engine == THREADED or shared.patience is None:
        return _worker(raw).done(task)
    return _in_time(raw, task, shared.patience)


_OF_THREAD = threading.local()


def _worker(raw: bytes) -> TaskWorker:
    """What does the tasks of a study in this thread."""
    kept: tuple[bytes, TaskWorker] | None = getattr(_OF_THREAD, "kept", None)
    if kept is None or kept[0] != raw:
        shared = _unpacked(raw)
        patience = shared.patience if shared.engine == THREADED else None
        kept = raw, TaskWorker(_preparer(raw), shared.engine, shared.base.seed, patience=patience)
        _OF_THREAD.kept = kept
    return kept[1]


@lru_cache(maxsize=4)
def _unpacked(raw: bytes) -> Any:
    return pickle.loads(zlib.decompress(raw))


@lru_cache(maxsize=4)
def _preparer(raw: bytes) -> Preparer:
    return Preparer(_unpacked(raw).base)


def _in_time(raw: bytes, task: Task, patience: float) -> Done:
    """Do a task of an engine that cannot be ended from outside, in a thread that is left to itself if it hangs."""
    found: list[Done] = []
    for _try in range(TRIES):
        thread = threading.Thread(target=lambda: found.append(_worker(raw).done(task)), daemon=True)
        thread.start()
        thread.join(patience)
        if found:
            return found[0]
    return Done.without_answer(task, hung(patience))
