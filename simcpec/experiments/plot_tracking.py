"""Follow the plots of a study: the first replications are played again, with the rows that tell their plots' fates.

They are played on the compiled engine, whichever played the study, or on the reference engine where nothing is
compiled, which is then sooner done; their sums must be those of the study's own counts, cell by cell. A play of an
engine that only somebody else knows cannot be followed.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.plot_fates import FOLLOWED, Key, TrackedPlot, changes, check, plots_of, total
from simcpec.engines import ENGINES
from simcpec.experiments.execution.process_pool import processors
from simcpec.experiments.execution.thread_pool import Notice, make_ready
from simcpec.model.events import FATES
from simcpec.model.outcome import CELL_COUNTS
from simcpec.model.world import Floats, World
from simcpec.numerics.jit import JIT
from simcpec.results.records import Fate, Fates, ScenarioResult, Study
from simcpec.stop_signals import POLL, safe_point, stoppable

if TYPE_CHECKING:
    from simcpec.engines.compiled.simulate import Player

MOST = 100  # plays of each scenario that are followed, of those that are kept as rows

Address = tuple[int, int]  # indices of a draw and a replication in the arrays of a study


def followed(
    study: Study, worlds: Sequence[Sequence[World]], *, workers: int | None = None, notice: Notice | None = None
) -> Fates | None:
    """Return what became of the baseline's attacks in every other scenario; None without a baseline or a known engine.

    worlds : (scenarios, D) as they were played.      workers : threads; None: as many as processors.
    notice : told what takes long (compiling, where the other engine played).
    The plays are the first replication of every parameter draw, then the second, and so on, `MOST` at most.
    Raises IdentityBroken where the sums are not those of the study.
    """
    if study.baseline is None or len(study.scenarios) < 2 or study.engine not in ENGINES:
        return None
    base = study.scenarios[study.baseline]
    addresses = addresses_of(base)
    make_ready([world for of_scenario in worlds for world in of_scenario], notice)
    plots = _played(study, worlds, addresses, workers or processors())
    found = []
    for index, result in enumerate(study.scenarios):
        each: tuple[Fate, ...] = ()
        if index != study.baseline:
            pairs = zip(plots[study.baseline], plots[index], strict=True)
            each = total(itertools.chain.from_iterable(changes(a, b) for a, b in pairs))
            _check(each, base, result, addresses)
        found.append(each)
    return Fates(plays=len(addresses), of_scenario=tuple(found))


def addresses_of(result: ScenarioResult) -> list[Address]:
    """The plays that are followed, as indices (draw, replication)."""
    draws, replications = result.cell.shape[:2]
    return list(itertools.islice(((d, r) for r in range(replications) for d in range(draws)), MOST))


def _played(
    study: Study, worlds: Sequence[Sequence[World]], addresses: Sequence[Address], workers: int
) -> list[list[dict[Key, TrackedPlot]]]:
    """(scenarios, addresses) plots. Scenarios whose worlds are one and the same are still played each by itself."""
    ready = threading.local()
    tasks = [(s, d, r) for s in range(len(study.scenarios)) for d, r in sorted(addresses)]

    def play(task: tuple[int, int, int]) -> dict[Key, TrackedPlot]:
        s, d, r = task
        world, result = worlds[s][d], study.scenarios[s]
        address = {"draw": int(result.draw_numbers[d]), "replication": int(result.replication_numbers[d, r])}
        rows = _player(ready, world).plots(seed=study.seed, **address) if JIT else _traced(world, study.seed, **address)
        return plots_of(rows, world)

    pool = ThreadPoolExecutor(workers)
    with stoppable():
        try:
            futures = [pool.submit(play, task) for task in tasks]
            while waiting := [each for each in futures if not each.done()]:
                safe_point()
                wait(waiting[:1], timeout=POLL)
            found = {task: each.result() for task, each in zip(tasks, futures, strict=True)}
        finally:
            pool.shutdown(cancel_futures=True)
    return [[found[s, d, r] for d, r in addresses] for s in range(len(study.scenarios))]


def _player(ready: threading.local, world: World) -> Player:
    """The player of this thread; tasks stand world by world, so that the last one is nearly always wanted again."""
    from simcpec.engines.compiled.simulate import Player

    player: Player | None = getattr(ready, "player", None)
    if player is None or player.world is not world:
        player = ready.player = Player(world)
    return player


def _traced(world: World, seed: int, draw: int, replication: int) -> np.ndarray:
    """Return the rows of a trace that tell what became of each plot, played on the reference engine."""
    from simcpec.engines import reference

    trace = reference.simulate(world, seed=seed, draw=draw, replication=replication, trace=True).trace
    assert trace is not None  # it was asked for
    return trace[np.isin(trace["kind"], list(FATES))]


def _check(fates: Sequence[Fate], base: ScenarioResult, result: ScenarioResult, addresses: Sequence[Address]) -> None:
    cells = list(dict.fromkeys([*_cells(base), *_cells(result)]))
    check(
        fates,
        baseline={what: _counts(base, what, addresses, cells) for what in FOLLOWED},
        scenario={what: _counts(result, what, addresses, cells) for what in FOLLOWED},
        cells=cells,
    )


def _cells(result: ScenarioResult) -> list[tuple[str, str, str]]:
    axes = result.axes
    return list(itertools.product(axes.provinces, axes.cohorts, axes.settings))


def _counts(
    result: ScenarioResult, what: str, addresses: Sequence[Address], cells: Sequence[tuple[str, str, str]]
) -> Floats:
    """(cells,) counts of the study in these plays; 0 where a scenario has no such cell."""
    draws, replications = (list(each) for each in zip(*addresses, strict=True))
    counts = result.cell[draws, replications][..., CELL_COUNTS.index(what)].sum((0, 1)).ravel()
    known = dict(zip(_cells(result), counts.tolist(), strict=True))
    return np.array([known.get(cell, 0.0) for cell in cells])
