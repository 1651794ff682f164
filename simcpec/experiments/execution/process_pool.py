"""Worker processes that answer jobs: started clean, ended without a trace, never outliving their parent.

A worker is spawned (never forked: no lock, no open file and no random state of the parent goes along), gets what all
jobs share once, and then answers what it is handed, one message a job. It never sees Ctrl-C; the parent kills it, and
kills one that gives no answer for longer than it is given.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, TypeVar

from simcpec.engines import engine as engine_named
from simcpec.engines.contract import Engine
from simcpec.errors import EngineError
from simcpec.model.outcome import Outcome, check
from simcpec.model.world import World
from simcpec.results.failure import LOST_WORKER, Failure, hung
from simcpec.stop_signals import POLL, safe_point, undone_by

PATIENCE = 1.0  # seconds given to a killed worker before it is forgotten
LOST = Failure(LOST_WORKER, "the worker process ended without an answer (killed, or out of memory)")


@dataclass(frozen=True, slots=True)
class Job:
    """One replication to play: of the world at this index, at this address."""

    world: int
    draw: int
    replication: int


Answer = Outcome | Failure
Chunk = Sequence[tuple[int, Job]]

AnyJob = TypeVar("AnyJob")
AnyAnswer = TypeVar("AnyAnswer")


def resolve(engine: str | Engine) -> Engine:
    """An engine by its name, or by ``module:function``, or itself."""
    if not isinstance(engine, str):
        return engine
    module, colon, function = engine.partition(":")
    if not colon:
        return engine_named(engine)
    found: Engine = getattr(importlib.import_module(module), function)
    return found


def play_one(play: Engine, worlds: Sequence[World], seed: int, job: Job) -> Answer:
    """Play and check one replication; whatever it raises becomes a `Failure`."""
    world = worlds[job.world]
    try:
        outcome = play(world, seed=seed, draw=job.draw, replication=job.replication)
        check(outcome, world)
    except Exception as fault:  # one bad replication must not take the others with it
        return Failure.of(fault)
    return outcome


def playing(worlds: Sequence[World], seed: int, engine: str | Engine) -> Callable[[Job], Answer]:
    """Return what plays jobs of these worlds in a worker."""
    return partial(play_one, resolve(engine), worlds, seed)


# ------------------------------------------------------------------------------------------------ in the worker


def serve(connection: Connection, parent: int) -> None:
    """Main function of a worker: takes (make, arguments), then chunks, until None or the end of the pipe."""
    _die_with_parent(parent)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # SIGINT stays held back: see `no_interrupt`
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        make, arguments = connection.recv()
        try:
            answer = make(*arguments)
        except Exception as fault:
            connection.send(Failure.of(fault))
            return
        connection.send(None)
        while (chunk := connection.recv()) is not None:
            for index, job in chunk:
                connection.send((index, answer(job)))


def _die_with_parent(parent: int) -> None:
    """Ask the kernel (Linux) for SIGKILL when the parent ends; elsewhere the end of the pipe does it, more slowly."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we could ask
        os._exit(1)


# ------------------------------------------------------------------------------------------------ in the parent


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    ready: bool = False
    held: dict[int, Any] | None = None  # what it was handed and has not answered; None: idle
    since: float = 0.0  # when it was handed that, or gave its last answer


class ProcessPool(Generic[AnyJob, AnyAnswer]):
    """A fixed number of workers, replaced when lost. A context manager: whatever happens, none is left behind.

    make : called with `arguments` in each worker, gives what answers a job there.
    patience : seconds for one answer, after which a worker is killed and replaced; None: any time.
    """

    def __init__(
        self, make: Callable[..., Callable[[AnyJob], AnyAnswer]], *arguments: Any, size: int,
        patience: float | None = None,
    ) -> None:  # fmt: skip
        self._context = multiprocessing.get_context("spawn")
        self._payload = bytes(ForkingPickler.dumps((make, arguments)))
        self._size, self._patience = size, patience
        self._workers: list[_Worker] = []
        self._stack = ExitStack()

    def __enter__(self) -> ProcessPool[AnyJob, AnyAnswer]:
        self._stack.enter_context(undone_by(_kill_children))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            self._bury(worker)
        self._workers.clear()

    def play(self, chunks: Iterable[Sequence[tuple[int, AnyJob]]]) -> Iterator[tuple[int, AnyAnswer | Failure]]:
        """Answers as they come: (index of the job, answer or failure), each job once; chunks are taken as needed.

        A failure is one of the worker: it was lost, or took too long. Raises EngineError if a worker cannot start.
        """
        source = iter(chunks)
        waiting: deque[Sequence[tuple[int, AnyJob]]] = deque()
        while True:
            waiting.extend(islice(source, self._size - len(waiting)))
            if not waiting and not self._busy():
                return
            while len(self._workers) < min(self._size, len(waiting) + self._busy()):
                self._start()
            for worker in self._workers:
                self._hand_out(worker, waiting)
            yield from self._listen()

    def _busy(self) -> int:
        return sum(worker.held is not None for worker in self._workers)

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        with no_interrupt():  # between its start and its place in the list nothing may come
            process = self._context.Process(target=serve, args=(theirs, os.getpid()), daemon=True)
            process.start()
            self._workers.append(_Worker(process, ours))
        theirs.close()
        try:
            ours.send_bytes(self._payload)
        except OSError as fault:
            raise EngineError(f"a worker process could not start: {fault}") from fault

    def _hand_out(self, worker: _Worker, waiting: deque[Sequence[tuple[int, AnyJob]]]) -> None:
        if worker.ready and worker.held is None and waiting:
            chunk = waiting.popleft()
            worker.held, worker.since = dict(chunk), time.monotonic()
            with suppress(OSError):  # a dead worker is noticed where its answers are read
                worker.connection.send(chunk)

    def _listen(self) -> Iterator[tuple[int, AnyAnswer | Failure]]:
        """Wait for messages for a moment, then give all that are there."""
        safe_point()
        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), timeout=POLL):
            worker = by_connection[connection]  # type: ignore[index]
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._lost(worker, LOST)
                continue
            if not worker.ready:
                if isinstance(message, Failure):
                    raise EngineError(f"a worker process could not start: {message.error}")
                worker.ready = True
                continue
            index, answer = message
            assert worker.held is not None
            del worker.held[index]
            worker.held, worker.since = worker.held or None, time.monotonic()
            yield index, answer
        if self._patience is not None:
            late = time.monotonic() - self._patience
            for worker in [each for each in self._workers if each.held is not None and each.since < late]:
                yield from self._lost(worker, hung(self._patience))

    def _lost(self, worker: _Worker, why: Failure) -> Iterator[tuple[int, Failure]]:
        """What a lost worker leaves unanswered, as failures; its place becomes free."""
        self._workers.remove(worker)
        worker.process.kill()
        self._bury(worker)
        if not worker.ready:
            raise EngineError(f"a worker process could not start (exit code {worker.process.exitcode})")
        yield from ((index, why) for index in worker.held or {})

    @staticmethod
    def _bury(worker: _Worker) -> None:
        worker.process.join(PATIENCE)
        worker.connection.close()


def _kill_children() -> None:
    """Kill every worker, those that are just being started too."""
    for process in multiprocessing.active_children():
        process.kill()


_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back for a moment. A process started meanwhile inherits that, so only we see Ctrl-C."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would lift the mask when it starts itself
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def processors() -> int:
    """Processors this process may use, at least 1."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return max(1, len(affinity(0)) if affinity else os.cpu_count() or 1)
