"""What comes back from playing: rows of the first replications, sums of all, and the names of those that failed.

Answers may come in any order inside a round; rounds are taken in one after the other. What failed in one scenario is
left out of all, so that the others stay paired.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.analysis.aggregates import NATION
from simcpec.errors import EngineError, GrowsWithoutBound
from simcpec.experiments.design.prepare import StudyPlan
from simcpec.experiments.execution.accumulate import Reduced, Sums, aggregates, reduced
from simcpec.experiments.execution.batches import Batch, JobPosition, ReplicationRange
from simcpec.experiments.execution.process_pool import Answer
from simcpec.model.outcome import Outcome
from simcpec.model.world import Floats, Ints
from simcpec.results.failure import Failure
from simcpec.results.records import Aggregates, Axes

TABLES = ("cell", "cohort", "mode", "province")
Address = tuple[int, int, int]  # scenario, index of the draw, replication


@dataclass(frozen=True)
class ScenarioBatch:
    """One scenario's part of a span: who answered, rows to be kept if all scenarios have them, what is summed."""

    played: np.ndarray  # (n,) truth
    rows: dict[str, Floats]  # the first replications of the span, those that failed as zeros
    reduced: Reduced | None


class Collector:
    """Takes answers in until there is a study to be made of them.

    rows : replications of each draw that are kept whole.      sums : whether sums are kept of all of them.
    whole_blocks : see `Sums.add`; for spans whose ends a clock decides.
    """

    def __init__(self, ready: StudyPlan, *, rows: int, sums: bool, whole_blocks: bool = False) -> None:
        self.ready = ready
        self._whole_blocks = whole_blocks
        self.rows, self._summing = rows, sums
        self.failures: dict[Address, Failure] = {}
        self.common = [self._common(s) for s in range(len(ready.resolved))]
        draws = range(len(ready.numbers))
        self.asked = [0 for _ in draws]  # replications of each draw so far
        self._lost = [0 for _ in draws]  # of these not played in all scenarios
        scenarios = range(len(ready.resolved))
        self._kept = [[_Rows() for _ in scenarios] for _ in draws]
        self._sums = [[self._new_sums(s) for s in scenarios] for _ in draws]

    def take(self, of: Batch) -> BatchCollector:
        """Return the collector of one batch; call its `done` when all outcomes are there."""
        return BatchCollector(self, of)

    def settle(self) -> None:
        """Add to the sums what waits for the rest of its block."""
        for sums in (each for of_draw in self._sums for each in of_draw):
            sums.settle()

    # -------------------------------------------------------------------------------------------- a span

    def hold(self, scenario: int, span: ReplicationRange, answers: list[Answer | None]) -> ScenarioBatch:
        """Return what is left of a span's outcomes in one scenario."""
        outcomes: list[Outcome | None] = []
        for at, answer in enumerate(answers):
            if isinstance(answer, Failure):
                self.failures[scenario, span.draw, span.first + at] = answer
            outcomes.append(answer if isinstance(answer, Outcome) else None)
        played = np.array([outcome is not None for outcome in outcomes])
        some = next((outcome for outcome in outcomes if outcome is not None), None)
        if some is None:
            return ScenarioBatch(played, {}, None)
        skip = self.ready.points[scenario].world.calendar.warm_up_periods
        keep = len(outcomes) if self._summing else min(len(outcomes), max(0, self.rows - span.first))
        tables = {
            name: np.array(
                [
                    np.zeros_like(getattr(some, name)[skip:]) if each is None else getattr(each, name)[skip:]
                    for each in outcomes[:keep]
                ]
            )
            for name in TABLES
        }
        built = self.ready.drawings[span.draw][scenario]
        kept = max(0, self.rows - span.first)
        return ScenarioBatch(
            played,
            {name: table if kept >= len(table) else table[:kept].copy() for name, table in tables.items()},
            reduced(tables, built) if self._summing else None,
        )

    def fold(self, span: ReplicationRange, held: list[ScenarioBatch]) -> None:
        """Take a span in, of which all scenarios are there."""
        draw = span.draw
        self.asked[draw] = span.first + span.count
        everywhere = np.logical_and.reduce([each.played for each in held])
        if self.ready.antithetic:  # the pair is what is averaged
            everywhere = everywhere.reshape(-1, 2).all(axis=1).repeat(2)
        played = np.flatnonzero(everywhere)
        self._lost[draw] += span.count - len(played)
        if not len(played):
            return
        base = held[self.ready.baseline or 0].reduced
        rows = played[span.first + played < self.rows]
        for s, each in enumerate(held):
            if len(rows):
                self._kept[draw][s].add(span.first + rows, {name: each.rows[name][rows] for name in TABLES})
            if each.reduced is not None and base is not None:
                self._sums[draw][s].add(span.first, played, each.reduced, base, whole_blocks=self._whole_blocks)

    # -------------------------------------------------------------------------------------------- all of it

    def draws(self) -> list[int]:
        """Indices of the draws that are kept: at least half was played in all scenarios, and there is a row of it.

        Raises EngineError where there is none; GrowsWithoutBound where that is what the first one failed for.
        """
        bad = self._lost
        half = [d for d, asked in enumerate(self.asked) if 2 * (asked - bad[d]) >= asked > bad[d]]
        found = [d for d in half if len(self._kept[d][0].numbers())]
        if not found:
            first = self.failures[min(self.failures)] if self.failures else None
            if first is not None and first.kind == GrowsWithoutBound.__name__:
                raise GrowsWithoutBound(f"nothing could be played to its end: {first.message}")
            raise EngineError(f"nothing could be played to its end: {first.error if first else 'nothing was played'}")
        return found

    def numbers(self, draws: list[int]) -> Ints:
        """(D, R) replications that are rows: of each draw the first ones, as many as the draw with the fewest has."""
        numbers = [self._kept[d][0].numbers() for d in draws]
        count = min(len(each) for each in numbers)
        return np.array([each[:count] for each in numbers], np.int64).reshape(len(draws), count)

    def table(self, scenario: int, name: str, draws: list[int], count: int) -> Floats:
        """(D, R, T, ...) rows of one table, which are let go here."""
        return np.array([self._kept[d][scenario].pop(name)[:count] for d in draws])

    def aggregates(self, scenario: int, draws: list[int]) -> Aggregates:
        """The sums of one scenario."""
        return aggregates([self._sums[d][scenario] for d in draws], self.common[scenario])

    def axes(self, scenario: int) -> Axes:
        """Labels of a scenario's arrays."""
        point = self.ready.points[scenario]
        return Axes(
            provinces=point.world.provinces,
            province_labels=point.province_labels,
            cohorts=point.world.cohorts,
            settings=point.world.settings,
            modes=point.world.modes,
            periods=point.period_labels,
            period_days=point.period_days,
        )

    def _common(self, scenario: int) -> tuple[str, ...]:
        """Provinces that a scenario shares with the baseline; () for the baseline."""
        base = self.ready.baseline
        if base is None or scenario == base:
            return ()
        other = self.ready.points[base].world.provinces
        return tuple(code for code in self.ready.points[scenario].world.provinces if code in other)

    def _new_sums(self, scenario: int) -> Sums:
        base = self.ready.baseline
        twins = self.ready.antithetic
        if base is None or scenario == base:
            return Sums((), (), twins=twins)
        ours, theirs = (self.ready.points[at].world.provinces for at in (scenario, base))
        codes = self.common[scenario]
        places = ([NATION, *(1 + names.index(code) for code in codes)] for names in (ours, theirs))
        return Sums(*places, twins=twins)


class _Rows:
    """Kept rows of one scenario and draw, in the order of their replications."""

    def __init__(self) -> None:
        self._numbers: list[Ints] = []
        self._parts: dict[str, list[Floats]] = {name: [] for name in TABLES}

    def add(self, numbers: Ints, rows: dict[str, Floats]) -> None:
        self._numbers.append(numbers)
        for name, values in rows.items():
            self._parts[name].append(values)

    def numbers(self) -> Ints:
        return np.concatenate([np.zeros(0, np.int64), *self._numbers])

    def pop(self, name: str) -> Floats:
        return np.concatenate(self._parts.pop(name))


class BatchCollector:
    """The answers of one round."""

    def __init__(self, gathering: Collector, of: Batch) -> None:
        self._gathering, self._spans = gathering, of.spans
        self._answers: list[list[list[Answer | None]]] = [
            [[None] * span.count for span in of.spans] for _ in range(of.scenarios)
        ]
        self._missing = [[span.count for span in of.spans] for _ in range(of.scenarios)]
        self._held: dict[tuple[int, int], ScenarioBatch] = {}

    def put(self, place: JobPosition, answer: Answer) -> None:
        """Take an answer in; a span that is complete is reduced at once, and its outcomes are let go."""
        s, k = place.scenario, place.span
        self._answers[s][k][place.at] = answer
        self._missing[s][k] -= 1
        if not self._missing[s][k]:
            self._held[s, k] = self._gathering.hold(s, self._spans[k], self._answers[s][k])
            self._answers[s][k] = []

    def done(self) -> None:
        """Add what was held, span by span."""
        for k, span in enumerate(self._spans):
            held = [self._held.pop((s, k)) for s in range(len(self._answers))]
            self._gathering.fold(span, held)
