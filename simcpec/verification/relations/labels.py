"""Relations of names, neighbours, horizons, order and workers: what must change nothing at all."""

from __future__ import annotations

import numpy as np

from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.verification.relations.compare import (
    labelled,
    of_provinces,
    rows,
    tables,
    tables_differ,
    traces_differ,
)
from simcpec.verification.relations.relation import Bench, Exact
from simcpec.verification.worlds.axes import enlarged, prolonged, relabelled
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import with_changes

MORE_DAYS = 25.0
REPLICATIONS = 6  # of a world, for order and workers
PLANS = ((1, 1), (1, 4), (2, 1), (2, 3), (4, 2))  # workers, replications handed out at a time


# ------------------------------------------------------------------------------------------------ relabelling

#: events of one tick happen in the order of the file: given plots of a fixed preparation would all mature at once
CONTINUOUS = ("exponential", "gamma", "weibull", "lognormal")


def _order(case: Case) -> list[int]:
    """An order of the provinces that is not the given one, different from case to case."""
    n = len(case.world.provinces)
    turn = 1 + case.replication % (n - 1)
    return [(i + turn) % n for i in range(n)] if case.replication % 2 else [turn, *(i for i in range(n) if i != turn)]


def _relabelled(case: Case, bench: Bench, *, keep_addresses: bool) -> str:
    order = _order(case)
    old, new = bench.traced(case), bench.traced(case, relabelled(case.world, order, keep_addresses=keep_addresses))
    return tables_differ(tables(new), of_provinces(old, order)) or traces_differ(
        labelled(rows(new), order), labelled(rows(old), range(len(order)))
    )


RELABELLING = Exact(
    name="relabelling",
    says="provinces in another order: the same events and counters, in that order",
    held={"provinces": (2, 3), "clock": "microsecond", "preparation": CONTINUOUS},
    breach=lambda case, bench: _relabelled(case, bench, keep_addresses=False),
    control="draws by position in the file instead of the province's own address",
    caught=lambda case, bench: _relabelled(case, bench, keep_addresses=True),
)


# ------------------------------------------------------------------------------------------------ an empty province


def _added(case: Case, bench: Bench) -> str:
    n = len(case.world.provinces)
    small, large = bench.traced(case), bench.traced(case, enlarged(case.world))
    there = rows(large)
    return tables_differ(of_provinces(large, range(n)), tables(small)) or traces_differ(
        there[there["province"] != n], rows(small)
    )


def _added_in_front(case: Case, bench: Bench) -> str:
    """The empty province stands first and draws go by position, so that every province gets its neighbour's."""
    n = len(case.world.provinces)
    moved = relabelled(enlarged(case.world), [n, *range(n)], keep_addresses=True)
    small, large = bench.traced(case), bench.traced(case, moved)
    return tables_differ(of_provinces(large, range(1, n + 1)), tables(small))


ADDED_PROVINCE = Exact(
    name="added empty province",
    says="one more province in which nothing is born, posted or moved: all others keep every byte",
    breach=_added,
    control="draws by position, the empty province first",
    caught=_added_in_front,
)


# ------------------------------------------------------------------------------------------------ one group


def _beside_nobody(world: World, at: int) -> World:
    """A world of one group as one of two groups, of which the other, without any origin, stands in front or behind."""

    def both(array: np.ndarray, axis: int) -> np.ndarray:
        return np.repeat(array, 2, axis=axis)  # what nobody has is read nowhere

    cells, threat = world.cells, world.threat
    return with_changes(
        world,
        groups=("all", "nobody") if at == 0 else ("nobody", "all"),
        origins__group=np.full_like(world.origins.group, at),
        cells__preference=both(cells.preference, 0), cells__leaving=both(cells.leaving, 0),
        cells__outside=both(cells.outside, 1), threat__follow_factor=both(threat.follow_factor, 0),
    )  # fmt: skip


def _one_group(case: Case, bench: Bench, *, at: int) -> str:
    alone, beside = bench.traced(case), bench.traced(case, _beside_nobody(case.world, at))
    return tables_differ(tables(beside), tables(alone)) or traces_differ(rows(beside), rows(alone))


ONE_GROUP = Exact(
    name="one group",
    says="a second group that has neither plots nor militants anywhere: every byte as with one group alone",
    held={"groups": "one"},
    breach=lambda case, bench: _one_group(case, bench, at=0),
    control="the group that has them stands second, so that its draws are those of another group",
    caught=lambda case, bench: _one_group(case, bench, at=1),
)


# ------------------------------------------------------------------------------------------------ horizon


def _prefix(case: Case, bench: Bench, *, closed: bool) -> str:
    world, each = case.world, range(len(case.world.provinces))
    short, long = bench.traced(case), bench.traced(case, prolonged(world, MORE_DAYS))
    begun = rows(long)[rows(long)["tick"] < world.calendar.horizon_tick + int(closed)]
    before = {name: np.ascontiguousarray(table[:-1]) for name, table in tables(long).items()}
    return traces_differ(labelled(begun, each), labelled(rows(short), each)) or tables_differ(before, tables(short))


PREFIX = Exact(
    name="prefix of the horizon",
    says=f"a horizon {MORE_DAYS:g} days longer: what came before keeps every byte",
    breach=lambda case, bench: _prefix(case, bench, closed=False),
    control="the tick of the horizon counted in",
    caught=lambda case, bench: _prefix(case, bench, closed=True),
)


# ------------------------------------------------------------------------------------------------ order and workers


def _alone(case: Case, bench: Bench, worlds: list[World], replications: list[int]) -> list[Outcome]:
    return [bench.play(world, seed=case.seed, draw=0, replication=r) for world in worlds for r in replications]


def _together(case: Case, bench: Bench, *, by_turn: bool) -> str:
    """All jobs in shuffled order, by workers and chunks, against one after the other.

    by_turn : the error of the control: a replication gets the number of its turn.
    """
    first = case.replication
    worlds = [case.world, relabelled(case.world, list(range(len(case.world.provinces)))[::-1])]
    plain = _alone(case, bench, worlds, [first + r for r in range(REPLICATIONS)])
    jobs = [Job(w, 0, first + r) for w in range(2) for r in range(REPLICATIONS)]
    order = np.random.default_rng(first).permutation(len(jobs)).tolist()
    turned = [jobs[at] for at in (range(len(jobs)) if by_turn else order)]
    plans = PLANS if bench.engine == "compiled" else [plan for plan in PLANS if plan[0] == 1]
    for workers, chunk in plans:
        answers = play_all(worlds, turned, seed=case.seed, engine=bench.engine, workers=workers, chunk=chunk)
        for at, answer in zip(order, answers, strict=True):
            if not isinstance(answer, Outcome):
                return f"{workers} workers, chunks of {chunk}: {answer.error}"
            found = tables_differ(tables(answer), tables(plain[at]))
            if found:
                return f"{workers} workers, chunks of {chunk}, job {at}: {found}"
    return ""


ORDER = Exact(
    name="order and workers",
    says="replications shuffled, by 1, 2 and 4 workers, in chunks of 1 to 4: the same tables at their own places",
    held={"days": 40},
    breach=lambda case, bench: _together(case, bench, by_turn=False),
    control="a replication that takes the number of its turn",
    caught=lambda case, bench: _together(case, bench, by_turn=True),
)
