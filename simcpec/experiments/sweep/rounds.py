"""Replications in rounds, until the half-width that a study wants of its contrasts is reached at every point.

All points have the same number of replications at each look, so that any two of them are paired whole. What a look says
hangs on the replications up to it alone: a run that is killed and resumed comes to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from simcpec.analysis.estimates import moments
from simcpec.analysis.group_sequential import all_looks, confidence_at, looks_of, wanted
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import SweepReader, values_of
from simcpec.experiments.sweep.run import HowToSweep, OpenFolder, SweepOutcome, run_sweep
from simcpec.experiments.sweep.studies.points import BASELINE, SweepPoint
from simcpec.experiments.sweep.studies.study_file import SweepStudy
from simcpec.experiments.sweep.studies.study_record import NAME, RECORD, StudyRecord
from simcpec.results.records import PrecisionTarget
from simcpec.stop_signals import safe_point
from simcpec.storage.sweeps.database import NewRecord

PRECISION = "precision"  # kind and name of the record
TAKEN = "taken"  # key of a study: replications of the last look


@dataclass(frozen=True, kw_only=True)
class ContrastReached:
    """What became of one wanted half-width: of the contrast of a response at one point.

    point : its key.      half_width : at `confidence`, so that the intervals of all looks hold at 95 % together.
    """

    point: str
    response: str
    replications: int
    mean: float
    half_width: float | None
    wanted: float
    confidence: float
    met: bool


@dataclass(frozen=True)
class Rounds:
    """What all rounds did, the study as it stands after them, and what became of every contrast."""

    outcome: SweepOutcome
    study: SweepStudy
    reached: tuple[ContrastReached, ...]


def run_rounds(
    study: SweepStudy, where: OpenFolder, how: HowToSweep, changes: Mapping[str, Any],
    copies: Callable[[], None] | None = None,
) -> Rounds:  # fmt: skip
    """Simulate a study, in rounds where it asks for a precision. Raises as `run_sweep`."""
    if not study.precision:
        return Rounds(run_sweep(study, where, how, StudyRecord.of(study, changes), copies), study, ())
    whole, before = SweepOutcome(), dict(changes)
    watch = _Watch(study)
    for look in watch.looks:
        study = replace(study, replications=look)
        one = run_sweep(study, where, how, StudyRecord.of(study, before), copies)
        whole.simulated, whole.seconds = whole.simulated + one.simulated, whole.seconds + one.seconds
        whole.failed, whole.damaged = one.failed, [*whole.damaged, *one.damaged]
        if how.fail_fast and one.failed:
            break
        done = watch.done(SweepReader(study, where.database, where.database.found(verify=False)), look)
        if before.get(TAKEN) is None or int(before[TAKEN]) < look:
            before |= {TAKEN: str(look)}
        body = {"looks": list(watch.looks), "reached": [asdict(each) for each in watch.reached]}
        records = [NewRecord(RECORD, NAME, StudyRecord.of(study, before).body), NewRecord(PRECISION, PRECISION, body)]
        where.database.add([], records)
        if done:
            break
        how, copies = replace(how, resume=True), None
    return Rounds(whole, study, watch.reached)


def reached_in(reader: SweepReader) -> list[dict[str, Any]]:
    """What a folder says became of every contrast; nothing where no precision is asked for, or no look was taken."""
    found: list[dict[str, Any]] = reader.found.records.get(PRECISION, {}).get(PRECISION, {}).get("reached", [])
    return found


class _Watch:
    """Looks at the contrasts until every half-width is reached or given up."""

    def __init__(self, study: SweepStudy) -> None:
        self._goals = study.precision
        self._looks = {goal: looks_of(study.first_look, goal.at_most) for goal in self._goals}
        self.looks = all_looks(study.first_look, self._goals)
        self._ended: dict[tuple[PrecisionTarget, str], ContrastReached] = {}
        self._open: dict[tuple[PrecisionTarget, str], ContrastReached] = {}

    @property
    def reached(self) -> tuple[ContrastReached, ...]:
        """What became of every contrast so far, in the order of the goals and the points."""
        found = {**self._ended, **self._open}
        return tuple(found[key] for key in sorted(found, key=lambda key: (self._goals.index(key[0]), key[1])))

    def done(self, reader: SweepReader, look: int) -> bool:
        """Look at what is there; whether nothing is open any more. A point without a result is left out."""
        goals = [goal for goal in self._goals if look in self._looks[goal]]
        for point, same in _compared(reader):
            asked = [goal for goal in goals if (goal, point.key) not in self._ended]
            for goal, found in zip(asked, self._contrasts(reader, point, asked, look, same=same), strict=True):
                self._open.pop((goal, point.key), None)
                ended = found.met or look >= goal.at_most
                (self._ended if ended else self._open)[goal, point.key] = found
        return not self._open and all(look >= self._looks[goal][0] for goal in self._goals)

    def _contrasts(
        self, reader: SweepReader, point: SweepPoint, goals: Sequence[PrecisionTarget], look: int, *, same: bool
    ) -> Iterator[ContrastReached]:
        """The contrast of each goal at one point. same : whether the point is the baseline again."""
        base = reader.study.points.baseline_of(point)
        for goal in goals:
            each = response(goal.response)
            data, other = reader.data(point), reader.data(base)
            assert data is not None and other is not None
            found = moments((values_of(data, each) - values_of(other, each))[None])
            confidence = confidence_at(self._looks[goal])
            half, enough = found.half_width_at(confidence), wanted(goal, found.mean)
            met = half is not None and half <= enough and (half != 0.0 or same)  # what has not varied yet may be rare
            yield ContrastReached(
                point=point.key, response=goal.response, replications=look, mean=found.mean, half_width=half,
                wanted=enough, confidence=confidence, met=met,
            )  # fmt: skip


def _compared(reader: SweepReader) -> Iterator[tuple[SweepPoint, bool]]:
    """Every point that has a result beside its baseline, and whether it is the baseline under another name."""
    points = reader.study.points
    for point in points.in_order():
        safe_point()
        if point.policy == BASELINE or reader.lacks(point) or reader.lacks(points.baseline_of(point)):
            continue
        yield point, reader.id_of(point) == reader.id_of(points.baseline_of(point))
