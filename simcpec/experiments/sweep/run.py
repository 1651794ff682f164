"""Run a sweep: hand out what is missing, keep what comes back, name what failed.

What is done is what the database holds; nothing else is remembered. A run that is killed at any moment has lost the
chunks that were being simulated and those that had not been committed yet, and goes on where it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simcpec.engines.contract import Engine
from simcpec.errors import EnvironmentFault, PointsFailed, Refused
from simcpec.experiments.execution.executors import THREADED, Progress, teller
from simcpec.experiments.execution.process_pool import processors
from simcpec.experiments.execution.thread_pool import Notice, make_ready
from simcpec.experiments.sweep.cluster import ClusterWorkers
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.experiments.sweep.studies.study_record import NAME, RECORD, StudyRecord, refuse_other, stored
from simcpec.experiments.sweep.tasks import Done, Task
from simcpec.experiments.sweep.workers import SweepProcesses, SweepThreads, Workers
from simcpec.results.online_moments import BLOCK
from simcpec.stop_signals import stoppable
from simcpec.storage.sweeps.database import Found, NewChunk, NewRecord, StoredChunk, SweepDatabase, opened, repaired
from simcpec.storage.sweeps.kernel_lock import Say, held

POINT, FAILURE = "point", "failure"  # kinds of records
TELLING = 1.0  # seconds between two notes for others on how far it is
CHUNK = BLOCK  # replications of a chunk, unless somebody says otherwise


@dataclass(frozen=True, kw_only=True)
class HowToSweep:
    """How a sweep is run; nothing here changes a result."""

    workers: int | None = None
    chunk: int = CHUNK
    engine: str | Engine = THREADED
    patience: float | None = None  # seconds that a chunk may take
    cluster: str | None = None  # where workers are; None: here
    fail_fast: bool = False
    resume: bool = False
    progress: Progress | None = None
    notice: Notice | None = None
    order: Callable[[list[Task]], list[Task]] | None = None  # for tests


@dataclass
class SweepOutcome:
    """What a run did. failed : points that have no result, by number.      damaged : what was not as it was stored."""

    simulated: int = 0  # replications
    seconds: float = 0.0  # that this took, without what comes before
    failed: list[int] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OpenFolder:
    """A sweep folder that this process holds. damaged : what had to be put aside to open it."""

    path: Path
    database: SweepDatabase
    damaged: list[str]
    say: Say


@contextmanager
def in_folder(folder: Path, what: str) -> Iterator[OpenFolder]:
    """Hold a sweep folder and its database for writing; with what had to be repaired."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise EnvironmentFault(f"{folder} cannot be written: {fault.strerror}") from fault
    with held(folder, what) as say:
        damaged = repaired(folder)
        with opened(folder, write=True) as database:
            yield OpenFolder(folder, database, damaged, say)


def run_sweep(
    study: SweepStudy, where: OpenFolder, how: HowToSweep, record: StudyRecord, copies: Callable[[], None] | None = None
) -> SweepOutcome:
    """Simulate what is missing of a study. Raises Refused where the folder holds another one.

    copies : called once it is known that the folder is, or becomes, that of this study.
    On SIGINT (KeyboardInterrupt) and SIGTERM (SystemExit 143) everything that came back has been committed.
    """
    database, folder = where.database, where.path
    found = database.found(verify=True)
    found.damaged[:0] = where.damaged
    old = stored(found)
    if old is not None:
        refuse_other(old, record, folder)
        if found.chunks and not how.resume:
            raise Refused(f"{folder} holds results of this study already; --resume goes on with what is missing")
    elif found.rows and not how.resume:
        raise Refused(
            f"{folder} holds results whose study cannot be read; --resume keeps those that belong to this one"
        )
    if old is None or old != record:
        database.add([], [NewRecord(RECORD, NAME, record.body)])
    if copies is not None:
        copies()
    return _Sweep(study, where, how, found).run()


class _Sweep:
    """One run: what is known to be there, and what comes in."""

    def __init__(self, study: SweepStudy, where: OpenFolder, how: HowToSweep, found: Found) -> None:
        self._study, self._database, self._say, self._how = study, where.database, where.say, how
        self._told_at = self._began = 0.0
        self._ids = {key: str(body["id"]) for key, body in found.records.get(POINT, {}).items()}
        self._have = {point: ranges_of(places) for point, places in found.chunks.items()}
        self._claimed: set[tuple[str, int, int]] = set()
        self._lock = threading.Lock()
        self._outcome = SweepOutcome(damaged=list(found.damaged))

    def run(self) -> SweepOutcome:
        """Simulate until nothing is missing that can be had."""
        tasks = self._tasks() if self._how.order is None else self._how.order(list(self._tasks()))
        with stoppable():
            tell, total = teller(self._how.progress), self._left()
            if total and self._how.engine == THREADED and self._how.cluster is None:
                first = next(self._study.points.in_order())
                make_ready([Preparer(self._study).prepared(first).built.world], self._how.notice)
            tell(0, total)
            self._began, done = time.monotonic(), 0
            with self._workers() as workers:
                for results in workers.results(tasks):
                    self._take(results)
                    done += sum(result.task.count for result in results)
                    tell(done, total)
                    self._tell_others(done, total)
                    if self._how.fail_fast and self._outcome.failed:
                        break
        self._outcome.seconds = time.monotonic() - self._began
        self._outcome.failed = sorted(set(self._outcome.failed))
        return self._outcome

    def _tell_others(self, done: int, total: int) -> None:
        """Say how far it is to whoever asks for the status, now and then."""
        now = time.monotonic()
        if now - self._told_at >= TELLING or done == total:
            self._told_at = now
            self._say({"done": done, "total": total, "seconds": now - self._began})

    def _workers(self) -> Workers:
        """What does the tasks: threads of the compiled engine, processes of any other, or a cluster."""
        how = self._how
        if how.cluster is not None:
            return ClusterWorkers(how.cluster, self._study, how.engine, patience=how.patience, notice=how.notice)
        size = how.workers or processors()
        if how.engine == THREADED:
            return SweepThreads(size, self._study, self._is_wanted, patience=how.patience)
        return SweepProcesses(size, self._study, engine=how.engine, patience=how.patience)

    def _tasks(self) -> Iterator[Task]:
        """What is missing, the baselines first. A point that nobody has looked at yet is wanted whole."""
        for point in self._study.points.in_order():
            have = self._have.get(self._ids.get(point.key, ""), [])
            for first, count in missing(have, self._study.replications, self._how.chunk):
                yield Task(point, first, count)

    def _left(self) -> int:
        """Replications that are missing, without looking at every point: there may be a hundred thousand."""
        wanted = self._study.replications
        known = sum(
            sum(count for _, count in missing(self._have.get(id, []), wanted, wanted)) for id in self._ids.values()
        )
        return known + wanted * max(0, len(self._study.points) - len(self._ids))

    def _is_wanted(self, id: str, task: Task) -> bool:
        """Whether nobody has this chunk or is at it; threads ask."""
        key = (id, task.first, task.count)
        with self._lock:
            if key in self._claimed or self._is_there(id, task):
                return False
            self._claimed.add(key)
            return True

    def _is_there(self, id: str, task: Task) -> bool:
        """Whether all replications of a task are there."""
        return not missing(self._have.get(id, []), task.first + task.count, self._how.chunk, first=task.first)

    def _take(self, results: Sequence[Done]) -> None:
        """Commit what came back together."""
        with self._lock:
            chunks, records = self._new(results)
        if chunks or records:
            self._database.add(chunks, records)
        self._outcome.simulated += sum(chunk.count for chunk in chunks)

    def _new(self, results: Sequence[Done]) -> tuple[list[NewChunk], list[NewRecord]]:
        """What of it is to be stored."""
        chunks, records = [], []
        for one in results:
            point = one.task.point
            if one.id and self._ids.get(point.key) != one.id:
                self._ids[point.key] = one.id
                records.append(NewRecord(POINT, point.key, self._told(point, one.id)))
            if one.chunk is not None and not self._is_there(one.id, one.task):
                chunks.append(one.chunk)
                self._have.setdefault(one.id, []).append((one.task.first, one.task.count))
                self._claimed.discard((one.id, one.task.first, one.task.count))
            if one.failures:
                self._outcome.failed.append(point.number)
                records.append(NewRecord(FAILURE, f"{point.key} {one.task.first}", self._failed(one)))
        return chunks, records

    def _told(self, point: SweepPoint, id: str) -> dict[str, object]:
        """What is stored of a point."""
        return {"id": id, "sets": list(point.sets), "draw": point.draw, "values": self._study.points.values(point)}

    def _failed(self, one: Done) -> dict[str, object]:
        return {
            "values": self._study.points.values(one.task.point), "sets": list(one.task.point.sets),
            "draw": one.task.point.draw, "id": one.id,
            "failures": [{"replication": n, "kind": f.kind, "message": f.message} for n, f in one.failures],
        }  # fmt: skip


Ranges = list[tuple[int, int]]  # first replication and number, in any order


def ranges_of(places: Sequence[StoredChunk]) -> Ranges:
    """Which replications chunks hold."""
    return [(place.first, place.count) for place in places]


def missing(have: Ranges, replications: int, chunk: int, *, first: int = 0) -> Ranges:
    """Ranges of replications first ... replications - 1 that no chunk holds, cut at the multiples of `chunk`."""
    found, at = [], first
    for start, count in [*sorted(have), (replications, 0)]:
        while at < min(start, replications):
            end = min(start, replications, (at // chunk + 1) * chunk)
            found.append((at, end - at))
            at = end
        at = max(at, start + count)
    return found


def complain(outcome: SweepOutcome, lines: Sequence[str]) -> None:
    """Raise PointsFailed where points have no result; `lines` are for people."""
    if outcome.failed:
        count = len(outcome.failed)
        what = "1 point has" if count == 1 else f"{count:,} points have"
        raise PointsFailed("\n".join([f"finished, but {what} no result; the others are kept:", *lines]))
