"""Play many replications: the same outcomes whatever the number of workers, the chunks and their order.

An outcome is a pure function of (world, seed, draw, replication), and it is put back at the place of its job, so that
nothing here can change a result.  A replication that fails is played once more, alone; if it fails again it is
reported and the others are kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

from simcpec.engines.contract import Engine
from simcpec.errors import UserError
from simcpec.experiments.execution.process_pool import (
    Answer,
    Chunk,
    Job,
    ProcessPool,
    play_one,
    playing,
    processors,
    resolve,
)
from simcpec.experiments.execution.thread_pool import Notice, ThreadPool, make_ready, runs
from simcpec.model.world import World
from simcpec.results.failure import Failure
from simcpec.stop_signals import beside, safe_point, stoppable

CHUNK = 4  # replications handed to a process at a time: small, because the readable engine needs long for one
THREADED = "compiled"  # the engine that is played by threads; all others are played by processes

Progress = Callable[[int, int, float | None], None]
"""Told (done, total, seconds left or None): once as playing begins, then after every replication."""


def play_all(
    worlds: Sequence[World],
    jobs: Sequence[Job],
    *,
    seed: int,
    engine: str | Engine = "compiled",
    workers: int | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> list[Answer]:
    """Play every job; the answers stand in the order of the jobs, a `Failure` where a replication failed twice.

    engine : name, or ``module:function``, or a function that workers can import.
    workers : threads of the compiled engine, else processes, of which 1 is this one; None: as many as processors.
    chunk : replications handed out at a time; None chooses.      notice : told what takes long (compiling).
    Raises UserError for workers or chunk below 1; EngineError if workers cannot start. On SIGINT (KeyboardInterrupt)
    and SIGTERM (SystemExit 143) all workers have ended before the exception leaves.
    """
    answers: dict[int, Answer] = {}
    tell = teller(progress)
    with (
        players(worlds, plays=len(jobs), seed=seed, engine=engine, workers=workers, chunk=chunk, notice=notice) as play,
        closing(play(jobs)) as played,
    ):
        tell(0, len(jobs))
        for index, answer in played:
            answers[index] = answer
            tell(len(answers), len(jobs))
    return [answers[index] for index in range(len(jobs))]


Played = Generator[tuple[int, Answer], None, None]
"""(index, answer) of every job once, in any order; failed ones come last, after their second try."""
Play = Callable[[Sequence[Job]], Played]
"""Plays jobs; may be called again and again, once the last answer was taken."""


@contextmanager
def players(
    worlds: Sequence[World],
    *,
    plays: int,
    seed: int,
    engine: str | Engine,
    workers: int | None = None,
    chunk: int | None = None,
    notice: Notice | None = None,
) -> Iterator[Play]:
    """Threads or processes that play jobs of these worlds, `plays` of them in all; arguments and errors as `play_all`.

    They have ended when the context is left, by whatever way.
    """
    if workers is not None and workers < 1:
        raise UserError(f"jobs is {workers}; allowed: a whole number from 1")
    if chunk is not None and chunk < 1:
        raise UserError(f"chunk is {chunk}; allowed: a whole number from 1")
    size = min(workers if workers is not None else processors(), max(1, plays))
    with stoppable():
        if engine == THREADED:
            make_ready(worlds, notice)
            with ThreadPool(size=size, worlds=worlds, seed=seed, notice=notice) as team:
                yield lambda jobs: _twice(team.play, runs(jobs, threads=size, chunk=chunk), jobs)
        elif size == 1:
            yield _alone(worlds, seed, resolve(engine), chunk or CHUNK)
        else:
            with ProcessPool(playing, tuple(worlds), seed, engine, size=size) as crew:
                yield lambda jobs: _twice(crew.play, _chunks(jobs, chunk or CHUNK), jobs)


def _alone(worlds: Sequence[World], seed: int, play: Engine, chunk: int) -> Play:
    """Plays in this process."""

    def run(chunks: Sequence[Chunk]) -> Iterator[tuple[int, Answer]]:
        return ((i, beside(partial(play_one, play, worlds, seed, job))) for chunk in chunks for i, job in chunk)

    return lambda jobs: _twice(run, _chunks(jobs, chunk), jobs)


def _chunks(jobs: Sequence[Job], size: int) -> list[Chunk]:
    numbered = list(enumerate(jobs))
    return [numbered[at : at + size] for at in range(0, len(numbered), size)]


def _twice(
    run: Callable[[Sequence[Chunk]], Iterator[tuple[int, Answer]]], chunks: Sequence[Chunk], jobs: Sequence[Job]
) -> Played:
    """All answers of `run`; failed jobs are run again, each in a chunk of its own."""
    failed: list[int] = []
    for index, answer in run(chunks):
        safe_point()
        if isinstance(answer, Failure):
            failed.append(index)
        else:
            yield index, answer
    yield from run([[(index, jobs[index])] for index in sorted(failed)])


def teller(progress: Progress | None, *, at_most: float | None = None) -> Callable[[int, int], None]:
    """Tells `progress` how many are done of how many, and the time left at the pace so far, which may be limited."""
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal began
        began = time.monotonic() if done == 0 else began  # compiling came before
        if progress is not None:
            spent = time.monotonic() - began
            left = spent / done * (total - done) if done else None
            progress(done, total, left if left is None or at_most is None else min(left, max(at_most - spent, 0.0)))

    return tell
