"""Threads that play replications on the compiled engine, which lets other threads run while it plays.

A thread keeps the world that it played last, made ready, so that a chunk costs its replications and little else. When
the team is left, by whatever way, every play under way is ended at its next event.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from simcpec.experiments.execution.process_pool import Answer, Chunk, Job
from simcpec.model.world import World
from simcpec.results.failure import Failure
from simcpec.stop_signals import POLL, beside, safe_point

if TYPE_CHECKING:
    from simcpec.engines.compiled.simulate import Player

MOST = 64  # replications in a chunk
SHARES = 4  # chunks that each thread gets at least, where there are enough replications: all end at about the same time
PATIENCE = 1.0  # seconds given to threads at the end; one that compiles cannot be halted and is left to the process
SILENT = 2.0  # seconds of compiling after which somebody wants to know why nothing happens
EVERY = 10.0  # seconds after which they are told again
COMPILING = "Compiling the engine, once per version of the package ..."
GROWING = "Compiling the engine for more events at a time, once per version of the package ..."

Notice = Callable[[str], None]
"""Told what takes long, and again every ten seconds while it does."""


def runs(jobs: Sequence[Job], *, threads: int, chunk: int | None = None) -> list[Chunk]:
    """Chunks of successive replications of one world and draw, each with its index; `chunk` at most in each."""
    most = chunk or max(1, min(MOST, -(-len(jobs) // (SHARES * threads))))
    found: list[list[tuple[int, Job]]] = []
    for index, job in enumerate(jobs):
        if found and len(found[-1]) < most and _follows(found[-1][-1][1], job):
            found[-1].append((index, job))
        else:
            found.append([(index, job)])
    return list(found)


def _follows(one: Job, other: Job) -> bool:
    return (one.world, one.draw, one.replication + 1) == (other.world, other.draw, other.replication)


def make_ready(worlds: Sequence[World], notice: Notice | None) -> None:
    """Compile the engine for all these worlds, or load it; `notice` is told if that takes long, and while it does."""

    def compile_all() -> None:
        from simcpec.engines.compiled.record import size_for
        from simcpec.engines.compiled.simulate import Player

        for world in {size_for(world): world for world in worlds}.values():
            Player(world).compile()

    beside(compile_all, Reminder(notice, COMPILING))


class Reminder:
    """Tells `notice` what takes long: after `SILENT` seconds, then every `EVERY` seconds with the time so far."""

    def __init__(self, notice: Notice | None, text: str) -> None:
        self._notice, self._text, self._next = notice, text, SILENT

    def __call__(self, seconds: float) -> None:
        """Tell, if it is time, that it has taken these seconds so far."""
        if self._notice is None or seconds < self._next:
            return
        late = seconds >= EVERY
        self._notice(f"{self._text} {seconds:.0f} s so far" if late else self._text)
        self._next = EVERY * (seconds // EVERY + 1.0)


class Halts(Protocol):
    """What a thread is at, and can be told to leave."""

    def halt(self) -> None:
        """Leave it."""


def end_threads(
    threads: Sequence[threading.Thread], tasks: queue.SimpleQueue[Any], at_work: Callable[[], Sequence[Halts]]
) -> None:
    """Tell every thread that no task is left, and halt what they are at until all are gone or `PATIENCE` is over."""
    for _each in threads:
        tasks.put(None)
    end = time.monotonic() + PATIENCE
    while (alive := [thread for thread in threads if thread.is_alive()]) and time.monotonic() < end:
        for each in at_work():
            each.halt()
        alive[0].join(0.005)


class ThreadPool:
    """A number of threads. A context manager: whatever happens, none plays on."""

    def __init__(self, *, size: int, worlds: Sequence[World], seed: int, notice: Notice | None = None) -> None:
        self._size, self._worlds, self._seed = size, worlds, seed
        self._growing = Reminder(notice, GROWING)
        self._threads: list[threading.Thread] = []
        self._players: dict[int, Player] = {}  # of each thread
        self._tasks: queue.SimpleQueue[Chunk | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[list[tuple[int, Answer]]] = queue.SimpleQueue()
        self._ended = threading.Event()

    def __enter__(self) -> ThreadPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        end_threads(self._threads, self._tasks, lambda: list(self._players.values()))

    def play(self, chunks: Sequence[Chunk]) -> Iterator[tuple[int, Answer]]:
        """Answers as they come: (index of the job, outcome or failure), each job once.

        Where one replication of a chunk fails, all of it are failures: they must be played again, each alone.
        """
        while len(self._threads) < min(self._size, len(chunks)):
            number = len(self._threads)
            self._threads.append(threading.Thread(target=self._serve, args=(number,), daemon=True))
            self._threads[-1].start()
        for chunk in chunks:
            self._tasks.put(chunk)
        for _each in chunks:
            yield from self._next()

    def _next(self) -> list[tuple[int, Answer]]:
        """The answers of the next chunk that is done."""
        while True:
            safe_point()
            try:
                return self._done.get(timeout=POLL)
            except queue.Empty:
                self._say_why()

    def _say_why(self) -> None:
        """Say that a thread compiles for more room, if it has for long."""
        since = [player.growing for player in list(self._players.values()) if player.growing is not None]
        if since:
            self._growing(time.monotonic() - min(since))

    def _serve(self, number: int) -> None:
        """What a thread does: chunk after chunk, until the team is left."""
        while (chunk := self._tasks.get()) is not None and not self._ended.is_set():
            self._done.put(self._played(number, chunk))

    def _played(self, number: int, chunk: Chunk) -> list[tuple[int, Answer]]:
        first = chunk[0][1]
        try:
            player = self._player(number, self._worlds[first.world])
            found = player.play(seed=self._seed, draw=first.draw, first=first.replication, number=len(chunk))
        except Exception as fault:  # one bad replication must not take the others with it
            failure = Failure.of(fault)
            return [(index, failure) for index, _ in chunk]
        return [(index, outcome) for (index, _), outcome in zip(chunk, found, strict=True)]

    def _player(self, number: int, world: World) -> Player:
        """The player of a thread; jobs stand world by world, so that the last one is nearly always wanted again."""
        from simcpec.engines.compiled.simulate import Player

        player = self._players.get(number)
        if player is None or player.world is not world:
            player = self._players[number] = Player(world)
        return player
