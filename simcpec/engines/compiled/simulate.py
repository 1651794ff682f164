"""Playing on the compiled engine: records and tables around the event loop, and errors with a name."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import numpy as np

from simcpec.engines.compiled.record import (
    CELLS,
    COHORTS,
    OF_MODE,
    POOLS,
    PROVINCES,
    TRACE_BUFFER,
    TRACE_ROWS,
    Size,
    named,
    size_for,
    slots_for,
    state_type,
    table_record,
    world_records,
)
from simcpec.engines.view import View, counters, shape_of
from simcpec.errors import EngineError
from simcpec.model.events import FATES, KINDS
from simcpec.model.outcome import TRACE, Outcome, check
from simcpec.model.state import STATE_FIELDS
from simcpec.model.world import World
from simcpec.numerics.streams import key_word

EVERY_KIND = (1 << len(KINDS)) - 1


def simulate(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """Play one replication of a world; see `engines.contract.Engine`."""
    player = Player(world)
    return player.play(seed=seed, draw=draw, first=replication, number=1, trace=trace)[0]


def dated_tables(world: World) -> tuple[np.ndarray, ...]:
    """Return the tables along dates that stay beside the records of a world, in the order of `play_many`.

    They are read-only whoever made the world: the loop is compiled for the kind of its arguments, and so only once.
    """
    c, capacity = world.calendar, world.capacity
    tables = (
        c.period_end_tick, c.epoch_start_tick, c.stage_start_tick, c.stage_drifts, world.threat.rate, c.decision_tick,
        capacity.decision, capacity.target, capacity.target_part, c.revision_tick, c.revision_reach,
    )  # fmt: skip
    views = tuple(table.view() for table in tables)
    for view in views:
        view.flags.writeable = False
    return views


class Player:
    """A world made ready for many replications; one thread at a time.

    strips_at_least : strips of every source that are simulated from the start on, needed or not: they change nothing.
    """

    def __init__(self, world: World, size: Size | None = None, *, strips_at_least: int = 1) -> None:
        self.world, self.strips_at_least = world, strips_at_least
        dates = len(world.calendar.decision_tick)
        targets, addresses = len(world.capacity.target), len(world.capacity.decision)
        if not dates == targets == len(world.capacity.target_part) == addresses:
            raise EngineError(
                f"a world of {dates} decisions on capacity has {targets} targets and {addresses} addresses of them"
            )
        self.rows = np.zeros(1, TRACE_BUFFER)
        self.dated = dated_tables(world)
        self.growing: float | None = None  # since when (monotonic seconds) the loop is compiled for more room
        self.resize(size or size_for(world))

    def resize(self, size: Size) -> None:
        """Make room for a size class."""
        self.size = size
        self.records, self.table = world_records(self.world, size), table_record(self.world, size)
        self.state = np.zeros(1, state_type(size))
        self.state[0]["strips_at_least"] = self.strips_at_least
        self._lay_out(slots_for(self.world, size))

    def _lay_out(self, slots: Size) -> None:
        """Number the slots of every rank; within a rank their order, and so every result, stays."""
        self.slots, state, bases = slots, self.state[0], slots.bases
        bits = slots.bits if self.world.calendar.horizon_tick < 2 ** (63 - slots.bits) else 0
        state["bits"], state["mask"], state["leaves"], state["base"] = bits, (1 << bits) - 1, slots.leaves, bases
        for rank, (first, end) in enumerate(pairwise(bases)):
            state["rank"][first:end] = rank
        self.pools = np.array([getattr(slots, pool) for pool in POOLS], np.int64)

    def play(self, *, seed: int, draw: int, first: int, number: int, trace: bool = False) -> list[Outcome]:
        """Outcomes of `number` replications from `first` on; identities are checked in each."""
        whole = self._tables(number)
        self.state["tracing"], self.state["skipped"] = 0, 0
        done = 0
        while done < number:
            done += self._loop(key_word(seed, draw), first + done, *(table[done:] for table in whole))
            if done < number:
                self._recover()
        kept = self._trace(key_word(seed, draw), first + number - 1, EVERY_KIND) if trace else None
        outcomes = [
            Outcome(cell=cell, cohort=pair, mode=mode, province=province, start_plots=start, trace=kept)
            for cell, pair, mode, province, start in zip(*whole, strict=True)
        ]
        for outcome in outcomes:
            check(outcome, self.world)
        return outcomes

    def plots(self, *, seed: int, draw: int, replication: int) -> np.ndarray:
        """The rows of a trace that tell what became of each plot (`events.FATES`), at the cost of a replication.

        Balances are not checked: whoever follows plots has the counts of a play beside them.
        """
        return self._trace(key_word(seed, draw), replication, sum(1 << kind for kind in FATES))

    def compile(self) -> None:
        """Compile the event loop for this size class, or load it from the cache; plays nothing."""
        self._loop(key_word(0, 0), 0, *self._tables(0))

    def halt(self) -> None:
        """End a play that another thread is in, at its next event: it raises EngineError.

        A replication that begins in this very moment forgets it; call again until the thread has ended.
        """
        from simcpec.engines.status import Status

        self.state["error"] = Status.HALTED

    def _tables(self, number: int) -> tuple[np.ndarray, ...]:
        """Empty tables of an outcome, of `number` replications."""
        (P, C, S), periods = self.world.shape, len(self.world.calendar.period_end_tick)
        return (
            np.zeros((number, periods, P, C, S, CELLS)),
            np.zeros((number, periods, P, C, COHORTS)),
            np.zeros((number, periods, P, len(self.world.modes), OF_MODE)),
            np.zeros((number, periods, P, PROVINCES)),
            np.zeros((number, P, C, S)),
        )

    def _trace(self, key: int, replication: int, kinds: int) -> np.ndarray:
        """The rows of these kinds (a bit each): passes over the replication, each of which keeps the next rows."""
        parts: list[np.ndarray] = []
        self.state["tracing"] = kinds
        while not parts or len(parts) * TRACE_ROWS < int(self.state[0]["rows"]):
            self.state["skipped"] = len(parts) * TRACE_ROWS
            if self._loop(key, replication, *self._tables(1)) < 1:
                self._recover()
                parts, self.state["tracing"] = [], kinds
                continue
            part = np.empty(min(int(self.state[0]["rows"]) - len(parts) * TRACE_ROWS, TRACE_ROWS), TRACE)
            for name in TRACE.names or ():
                part[name] = self.rows[0][name][: len(part)].view(TRACE[name])
            parts.append(part)
        self.state["tracing"] = 0
        return np.concatenate(parts)

    def _loop(self, key: int, first: int, *tables: Any) -> int:
        from simcpec.engines.compiled.loop import play_many

        records = named(self.state), named(self.records), named(self.rows)
        arguments: list[Any] = [*records, self.pools, *self.dated, named(self.table), key, first, *tables]
        return play_many(*arguments)

    def _recover(self) -> None:
        """Make room where a pool was full, and go on at the same replication; raise anything else."""
        from simcpec.engines.status import raise_for, room_is_missing

        state = self.state[0]
        if room_is_missing(int(state["error"])):
            self._make_room(POOLS[int(state["place_error"])])
            return
        province = self.world.provinces[int(state["place_error"])]
        raise_for(int(state["error"]), province, float(state["value"]))

    def _make_room(self, pool: str) -> None:
        """Use more slots of a pool; beyond those of the size class, take the next one."""
        wider = self.slots.wider(pool, self.size)
        if wider == self.slots:
            self._grow()
        else:
            self._lay_out(wider)

    def _grow(self) -> None:
        """Make room for the next size class; where the loop is not compiled for it yet, that takes long."""
        self.growing = time.monotonic()
        try:
            self.resize(self.size.larger())
            self.compile()
        finally:
            self.growing = None


def state(world: World, *, seed: int, draw: int, replication: int) -> View:
    """What a replication has come to at the horizon of the world."""
    player = Player(world)
    (outcome,) = player.play(seed=seed, draw=draw, first=replication, number=1)
    record = player.state[0]
    found = {name: np.asarray(record[name][tuple(map(slice, shape_of(name, world)))], float) for name in STATE_FIELDS}
    return {**found, **counters(outcome)}
