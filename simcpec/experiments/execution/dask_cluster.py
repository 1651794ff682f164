"""Calls on the workers of a Dask cluster: answers as they come, whatever becomes of workers and schedulers.

Dask itself calls again what a lost worker was at. What it does not do is here: when the scheduler is lost, everything
that had not come back is called again once there is a scheduler at that address; and waiting has an end.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import util
from typing import Any
from uuid import uuid4

from simcpec.errors import EnvironmentFault, UserError
from simcpec.experiments.execution.process_pool import no_interrupt, processors
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.results.failure import LOST_WORKER, Failure
from simcpec.stop_signals import POLL, beside, safe_point, undone_by

AHEAD = 2  # calls handed out for each thread of a worker
LOOK = 2.0  # seconds between two questions how many workers there are
SHORTEST_TRY, TRY = 0.5, 3.0  # seconds of one try to reach a scheduler
CLOSE = 1.0  # seconds given to a client to take its leave
TELL = 10.0  # seconds between two notices that somebody waits
FIRST_WAIT, WAIT = 15.0, 600.0  # seconds until waiting for a scheduler is given up: at the start, and later on
INSTALL = "pip install 'simcpec[cluster]'"
ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}")
LOCAL = re.compile(r"local(:([1-9]\d{0,3}))?")
ALLOWED = "tcp://HOST:PORT or tls://HOST:PORT of a scheduler, or local, or local:N with N workers on this machine"
#: what the loss of a connection raises, beside answers that were never given
_GONE = (OSError, TimeoutError, CancelledError, RuntimeError, ValueError)

_NOISY = ("distributed", "tornado", "asyncio")  # what logs under these names

Call = Callable[[Any], Any]


@dataclass(frozen=True)
class Waiting:
    """Seconds until waiting is given up: for the first connection, and for a scheduler or workers that are gone."""

    first: float = FIRST_WAIT
    later: float = WAIT


@dataclass(eq=False)
class _Call:
    """One call under way. index : of the job."""

    index: int
    job: Any
    tries: int = 0


def checked_place(text: str) -> str:
    """Return the place of a cluster. Raises UserError."""
    if not ADDRESS.fullmatch(text) and not LOCAL.fullmatch(text):
        raise UserError(f"cluster is {text!r}; allowed: {ALLOWED}")
    return text


class DaskCluster:
    """Calls one function on a cluster. A context manager: what is under way at its end is cancelled.

    call : a function that workers can import, of one job.      notice : told what is waited for.
    """

    def __init__(self, place: str, call: Call, *, notice: Notice | None = None, waiting: Waiting | None = None) -> None:
        self._place, self._call, self._notice = checked_place(place), call, notice
        self._waiting = waiting or Waiting()
        self._stack = ExitStack()
        self._dask = _distributed()
        self._client: Any = None
        self._address: Any = place
        self._out: dict[Any, _Call] = {}  # by future
        self._again: deque[_Call] = deque()
        self._ready: queue.SimpleQueue[Any] = queue.SimpleQueue()  # futures that came to an end
        self._threads, self._looked, self._idle_since, self._said = 0, 0.0, time.monotonic(), 0.0

    def __enter__(self) -> DaskCluster:
        self._stack.enter_context(_silent())
        local = LOCAL.fullmatch(self._place)
        try:
            if local:
                self._address = self._stack.enter_context(self._started(int(local[2] or processors())))
            self._connect(self._waiting.first)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()  # the scheduler forgets what a client that leaves had asked for
        self._stack.close()

    def play(self, jobs: Iterable[Any]) -> Iterator[list[tuple[int, Any]]]:
        """(index of the job, answer) of every job once, in any order; what is there at one time comes together.

        A `Failure` is the answer where every worker that was at a job was lost. What the function raises is raised.
        Raises EnvironmentFault where no scheduler, or no worker, comes back in time.
        """
        source = enumerate(jobs)
        while True:
            self._hand_out(source)
            if not self._out and not self._again:
                return
            if found := self._answers():
                yield found

    def scheduler_has(self, package: str) -> bool:
        """Return whether the scheduler finds a package; True where it can no longer be asked."""
        try:
            return self._client.run_on_scheduler(find_spec, package) is not None
        except _GONE:
            return True

    # -------------------------------------------------------------------------------------------- handing out

    def _hand_out(self, source: Iterator[tuple[int, Any]]) -> None:
        """Submit what there is room for."""
        self._look_at_workers()
        while len(self._out) < AHEAD * max(1, self._threads):
            call = self._again.popleft() if self._again else next((_Call(i, job) for i, job in source), None)
            if call is None:
                return
            try:
                key = f"simcpec-{call.index}-{uuid4().hex}"
                future = self._client.submit(self._call, call.job, key=key, pure=False)
                future.add_done_callback(self._ready.put)
            except _GONE:
                self._again.append(call)
                self._come_back()
                return
            self._out[future] = call

    def _look_at_workers(self) -> None:
        """Ask how many threads there are, now and then. Raises EnvironmentFault where there are none for too long."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        try:
            self._threads = sum(beside(self._client.nthreads).values())
        except _GONE:
            self._come_back()
        self._looked = now
        if self._threads:
            self._idle_since = now
            return
        waited = now - self._idle_since
        if waited > self._waiting.later:
            raise EnvironmentFault(
                f"the scheduler at {self._place} has had no worker for {waited:.0f} s; what was committed is kept, "
                "and --resume goes on"
            )
        self._say(f"Waiting for a worker of the scheduler at {self._place} ({waited:.0f} s so far) ...")

    # -------------------------------------------------------------------------------------------- taking in

    def _answers(self) -> list[tuple[int, Any]]:
        """What came back within a moment; nothing, where nothing did."""
        ended: list[Any] = []
        safe_point()
        with suppress(queue.Empty):
            ended.append(self._ready.get(timeout=POLL))
            while True:
                ended.append(self._ready.get_nowait())
        ended = [future for future in ended if future in self._out]  # others are of a connection that was lost
        if self._client.status != "running":
            self._come_back()
            return []
        finished = [future for future in ended if future.status == "finished"]
        found = self._gathered(finished) if finished else []
        for future in ended:
            if future in self._out:
                found += self._unfinished(future)
        return found

    def _gathered(self, finished: Sequence[Any]) -> list[tuple[int, Any]]:
        """The answers of futures that ended well; those whose answer is lost meanwhile stay under way."""
        try:
            values = beside(lambda: self._client.gather(list(finished)))
        except _GONE:
            return []
        return [(self._out.pop(future).index, value) for future, value in zip(finished, values, strict=True)]

    def _unfinished(self, future: Any) -> list[tuple[int, Any]]:
        """What becomes of a future that has no answer: called once more, or a failure, or an error of the function."""
        call = self._out.pop(future)
        if future.status != "error":
            self._again.append(call)
            return []
        fault = beside(future.exception)
        if type(fault).__name__ != "KilledWorker":
            raise fault
        call.tries += 1
        if call.tries < 2:
            self._again.append(call)
            return []
        why = "every worker that was at it ended without an answer (killed, or out of memory)"
        return [(call.index, Failure(LOST_WORKER, why))]

    # -------------------------------------------------------------------------------------------- the scheduler

    def _come_back(self) -> None:
        """Connect again, and call again what had not come back. Raises EnvironmentFault where that takes too long."""
        self._again.extendleft(reversed(self._out.values()))
        self._out.clear()
        self._leave()
        self._connect(self._waiting.later)

    def _connect(self, patience: float) -> None:
        """Connect to the scheduler, for no longer than these seconds."""
        began, limit = time.monotonic(), max(SHORTEST_TRY, min(TRY, patience))
        while True:
            safe_point()
            try:
                self._client = beside(
                    lambda: self._dask.Client(self._address, timeout=limit, set_as_default=False, name="simcpec")
                )
            except _GONE as fault:
                waited = time.monotonic() - began
                if waited > patience:
                    raise EnvironmentFault(
                        f"no scheduler answers at {self._place} ({waited:.0f} s); what was committed is kept, and "
                        "--resume goes on"
                    ) from fault
                self._say(f"Waiting for the scheduler at {self._place} ({waited:.0f} of {patience:.0f} s) ...")
                time.sleep(POLL)
                continue
            self._looked, self._idle_since = 0.0, time.monotonic()
            return

    def _leave(self) -> None:
        """Close the connection, whatever state it is in."""
        if self._client is not None:
            with suppress(*_GONE):
                self._client.close(timeout=CLOSE)

    @contextmanager
    def _started(self, size: int) -> Iterator[Any]:
        """A cluster of processes on this machine; they never see Ctrl-C."""
        try:
            with no_interrupt():
                cluster = self._dask.LocalCluster(
                    n_workers=size, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0",
                    silence_logs=logging.CRITICAL,
                )  # fmt: skip
        except _GONE as fault:
            raise EnvironmentFault(f"no cluster could be started on this machine: {fault}") from fault
        nannies = list(cluster.workers.values())
        with undone_by(lambda: _kill(nannies)):
            try:
                yield cluster
            finally:
                _end(cluster, nannies)

    def _say(self, text: str) -> None:
        """Tell what is waited for, now and then."""
        now = time.monotonic()
        if self._notice is not None and now - self._said >= TELL:
            self._said = now
            self._notice(text)


def _end(cluster: Any, nannies: Sequence[Any]) -> None:
    """Close a cluster of this machine, and kill what has not ended by then: its workers do not see SIGTERM either.

    A worker that is left would simulate on for nobody.
    """

    def close() -> None:
        with suppress(*_GONE):
            cluster.close(timeout=CLOSE)

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE / 2)
    _kill(nannies)
    closing.join(CLOSE)


def _kill(nannies: Sequence[Any]) -> None:
    """Kill the workers that there still are, and remove their semaphores, which would be told as leaked."""
    for nanny in nannies:
        pid = getattr(nanny, "pid", None)
        if pid:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    util._run_finalizers(0)  # type: ignore[attr-defined]


def _distributed() -> Any:
    """Dask's package for clusters. Raises EnvironmentFault where it is missing."""
    try:
        return import_module("distributed")
    except ModuleNotFoundError as fault:
        raise EnvironmentFault(f"a cluster needs the package distributed: {INSTALL}") from fault


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what Dask logs of lost connections from the terminal: it is told in our words."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _NOISY]
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
