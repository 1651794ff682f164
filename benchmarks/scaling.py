"""One thread against two, on the same replications, by the door that studies use."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.measure import Row, interleaved, ratio
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.results.failure import Failure

PART = "threads of the compiled engine"
SEED = 2024


def played(world: World, *, replications: int, workers: int) -> Sequence[Outcome]:
    """The outcomes.  Raises RuntimeError if a replication fails."""
    found: list[Outcome] = []
    jobs = [Job(0, 0, replication) for replication in range(replications)]
    for answer in play_all([world], jobs, seed=SEED, workers=workers):
        if isinstance(answer, Failure):
            raise RuntimeError(answer.error)
        found.append(answer)
    return found


def same(one: Sequence[Outcome], other: Sequence[Outcome]) -> bool:
    """Whether two lots of outcomes are equal to the last bit."""
    return len(one) == len(other) and all(
        np.array_equal(a.cell, b.cell) and np.array_equal(a.province, b.province) and np.array_equal(a.cohort, b.cohort)
        for a, b in zip(one, other, strict=True)
    )


def rows(name: str, world: World, *, rounds: int, replications: int) -> list[Row]:
    """Speed-up of two threads; the outcomes are compared too.

    Where something else keeps a core busy the threads cannot share the work: the line says how many cores they had.
    """
    some = min(replications, 50)
    equal = same(*(played(world, replications=some, workers=workers) for workers in (1, 2)))
    spent: list[float] = []  # processor time over wall time, with two threads

    def two() -> None:
        wall, processor = time.perf_counter(), time.process_time()
        played(world, replications=replications, workers=2)
        spent.append((time.process_time() - processor) / (time.perf_counter() - wall))

    taken = interleaved(
        {
            "one": lambda: played(world, replications=replications, workers=1),
            "two": two,
        },
        rounds,
        time.perf_counter,
    )
    had = statistics.median(spent[1:])
    note = f"outcomes {'equal' if equal else 'DIFFER'}; the two threads had {had:.2f} cores"
    if (os.cpu_count() or 1) < 2:
        note += "; one core only"
    return [
        Row(
            part=PART, what=f"{name}: 1 thread : 2 threads, time", ratio=ratio(taken, "one", "two"),
            value=replications / statistics.median(taken["two"]), unit="replications/s on two", note=note,
        )
    ]  # fmt: skip
