"""Play the replications of a study: a given number, up to a precision, or for a given time."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Final

from simcpec.engines.contract import Engine
from simcpec.errors import StoppedEarly
from simcpec.experiments.design.prepare import StudyPlan, asking_for
from simcpec.experiments.execution.batches import PLAYS, SPAN, rounds, spans
from simcpec.experiments.execution.collector import BatchCollector, Collector
from simcpec.experiments.execution.executors import Play, players
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.experiments.stopping_rule import SequentialStopping
from simcpec.results.records import TimeLimit
from simcpec.stop_signals import safe_point
from simcpec.storage.as_written import SHARE as SHARE_AS_WRITTEN

SHARE: Final = 0.05  # of a time limit that a batch is meant to take, but
SHORTEST, LONGEST = 0.2, 5.0  # no less and no more than these seconds


def gathered(ready: StudyPlan, how: HowToPlay) -> tuple[Collector, SequentialStopping | None]:
    """Everything played: the given number of replications, or up to the look at which every goal is reached."""
    if not ready.goals:
        gathering = Collector(ready, rows=ready.rows, sums=ready.rows < ready.replications)
        play_up_to(gathering, ready.replications, how)
        return gathering, None
    gathering = Collector(ready, rows=ready.rows, sums=True)
    watch = SequentialStopping(ready.goals, ready.replications, scenarios=len(ready.resolved), baseline=ready.baseline)
    for look in watch.looks:
        play_up_to(gathering, look, how)
        gathering.ready = replace(gathering.ready, replications=look, rows=min(ready.rows, look))
        if watch.done(gathering, look):
            break
    return gathering, watch


@dataclass(frozen=True, kw_only=True)
class HowToPlay:
    """How replications are played; see `playing.players`."""

    engine: str | Engine
    workers: int | None
    tell: Callable[[int, int], None]
    notice: Notice | None
    batch: TimedBatches | None = None  # one of those that a time limit may end


def play_up_to(gathering: Collector, replications: int, how: HowToPlay) -> None:
    """Play every draw up to this number of replications."""
    for batch in _play(gathering, range(len(gathering.ready.numbers)), replications, how):
        batch.done()


def _play(gathering: Collector, draws: Sequence[int], replications: int, how: HowToPlay) -> list[BatchCollector]:
    """Play what is missing of these draws and add it, batch by batch.

    Under a time limit it is one batch, which is returned and not yet added, so that it can be dropped whole. Raises
    OutOfTime where the limit was reached.
    """
    ready, batch = gathering.ready, how.batch
    wanted = itertools.chain.from_iterable(spans([d], gathering.asked[d], replications) for d in draws)
    scenarios = len(ready.resolved)
    total = scenarios * sum(replications - gathering.asked[d] for d in draws)
    before, told = (0, total) if batch is None else (batch.before, batch.total)
    with _players(ready, how, total) as play:
        if before == 0:
            how.tell(0, told)
        if batch is not None:
            batch.limit.start()
        done = before
        plays = PLAYS if batch is None else math.inf
        for each in rounds(wanted, scenarios=scenarios, numbers=ready.numbers, plays=plays):
            jobs, places = zip(*each, strict=True)
            take = gathering.take(each)
            with closing(play(jobs)) as answers:
                for index, answer in answers:
                    safe_point()
                    if batch is not None and batch.limit.is_over():
                        raise OutOfTime
                    take.put(places[index], answer)
                    done += 1
                    how.tell(min(done, told), told)
            if batch is not None:
                return [take]
            take.done()
    return []


def _players(ready: StudyPlan, how: HowToPlay, plays: int) -> AbstractContextManager[Play]:
    """Players for one call, or those that stay from batch to batch."""
    if how.batch is not None:
        return how.batch.players(ready, how)
    return opened(ready, how, plays)


def opened(ready: StudyPlan, how: HowToPlay, plays: int) -> AbstractContextManager[Play]:
    """Players of the worlds of a study; see `playing.players`."""
    return players(
        ready.worlds, plays=plays, seed=ready.seed, engine=how.engine, workers=how.workers, notice=how.notice
    )


# ------------------------------------------------------------------------------------------------ a time limit


class OutOfTime(Exception):
    """The limit was reached within a batch."""


class Limit:
    """A number of seconds that begins to run when the first batch is played, not while an engine is compiled."""

    def __init__(self, seconds: float, part: float = 1.0) -> None:
        self.seconds, self._part, self._end = seconds, part, math.inf

    def start(self) -> None:
        """Begin, if it has not begun; the rest of it is for what is played after the batches."""
        self._end = min(self._end, time.monotonic() + self._part * self.seconds)

    def is_over(self) -> bool:
        """Return whether the time is up."""
        return time.monotonic() >= self._end


class TimedBatches:
    """Batches of replications under a time limit, and the players that stay between them."""

    def __init__(self, limit: Limit, total: int, stack: ExitStack) -> None:
        self.limit, self.total, self.before = limit, total, 0
        self._stack = stack
        self._play: Play | None = None

    @contextmanager
    def players(self, ready: StudyPlan, how: HowToPlay) -> Iterator[Play]:
        """The players of these worlds."""
        if self._play is None:
            self._play = self._stack.enter_context(opened(ready, how, self.total))
        yield self._play


def gathered_within(
    ready: StudyPlan, how: HowToPlay, seconds: float
) -> tuple[Collector, SequentialStopping | None, TimeLimit | None]:
    """As `gathered`, but no longer than these seconds: the whole batches until then, and how the limit ended it, if so.

    A batch is the same replications of every draw in every scenario, so that the results are those of a study with that
    number of replications, to the last bit (to rounding, after looks that are no multiples of `BLOCK`). Its size
    follows the pace, from one replication up. With draws a part of the time is left for the values as written. Raises
    StoppedEarly where not even the first batch was played.
    """
    asked = max([ready.replications, *ready.looks])
    gathering = Collector(ready, rows=ready.rows, sums=bool(ready.goals) or ready.rows < asked, whole_blocks=True)
    looks = ready.looks or (ready.replications,)
    watch = None
    if ready.goals:
        watch = SequentialStopping(
            ready.goals, ready.replications, scenarios=len(ready.resolved), baseline=ready.baseline
        )
    with ExitStack() as stack:
        limit = Limit(seconds, 1.0 / (1.0 + SHARE_AS_WRITTEN) if ready.as_written else 1.0)
        batch = TimedBatches(limit, len(ready.resolved) * len(ready.numbers) * asked, stack)
        for look in looks:
            count = _in_batches(gathering, look, replace(how, batch=batch))
            if count < look:
                gathering.ready = asking_for(gathering.ready, count)
                return gathering, watch, TimeLimit(seconds=seconds, replications=count, asked=asked)
            if watch is not None:
                gathering.settle()  # as a study without a limit does
                gathering.ready = replace(gathering.ready, replications=look, rows=min(ready.rows, look))
                if watch.done(gathering, look):
                    break
    return gathering, watch, None


def _in_batches(gathering: Collector, look: int, how: HowToPlay) -> int:
    """Play up to this number of replications, or as many as the limit lets; returns how many there are."""
    batch, pair = how.batch, 2 if gathering.ready.antithetic else 1
    assert batch is not None
    count, size = gathering.asked[0], pair
    worlds = len(gathering.ready.worlds)
    while count < look and not batch.limit.is_over():
        began, batch.before = time.monotonic(), count * worlds
        end, failures = min(look, count + size), dict(gathering.failures)
        try:
            play_up_to(gathering, end, how)
        except OutOfTime:
            gathering.failures = failures
            break
        spent = max(time.monotonic() - began, 1e-6)
        wanted = int((end - count) * min(max(batch.limit.seconds * SHARE, SHORTEST), LONGEST) / spent)
        size = max(pair, min(wanted, 4 * size, SPAN) // pair * pair)
        count = end
    if not count:
        raise StoppedEarly(
            f"the time limit of {batch.limit.seconds:g} s ended before one replication of every parameter draw was "
            "simulated in every scenario; nothing is written. Allow more time, or ask for fewer parameter draws."
        )
    return count
