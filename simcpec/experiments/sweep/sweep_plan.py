"""What a sweep will take: points, replications, time and disk, from a measured pace; nothing is simulated."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from simcpec.analysis.responses import PARTS
from simcpec.experiments.cost_of_study import events_of
from simcpec.experiments.execution.process_pool import processors
from simcpec.experiments.machine_speed import Pace, measured, pace
from simcpec.experiments.sweep.prepared import PreparedPoint, Preparer
from simcpec.experiments.sweep.studies.study_file import SweepStudy

TRIED = 3  # points that are built to be shown and to estimate from
BUILD, BUILD_DRAW = 0.01, 0.05  # seconds to load and build the world of a point, as written and of a parameter draw
NUMBER = 1.8  # bytes on disk of a number that is kept of a replication, squeezed
COMMIT = 0.01  # seconds to commit a chunk
START = 5000.0  # events that take as long as beginning and ending a replication


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """What a sweep will take, about. first : some points, built.      left : replications that are missing."""

    points: int
    baselines: int
    replications: int  # of each point
    plays: int
    left: int
    seconds: float
    disk_bytes: float
    measured: bool
    first: tuple[PreparedPoint, ...]


def sweep_plan(study: SweepStudy, *, jobs: int | None, left: int | None = None) -> SweepPlan:
    """The plan of a study. Raises ScenarioError where one of the first points has no world.

    left : replications that are still missing; None is all of them.
    """
    preparer, points = Preparer(study), study.points
    numbers = sorted({points.rows, *range(min(TRIED - 1, points.rows))})
    first = tuple(preparer.prepared(points[number]) for number in numbers)
    plays = len(points) * study.replications
    remaining = plays if left is None else left
    at = pace()
    rate = at.events_per_second.get("compiled") or Pace().events_per_second["compiled"]
    events = _events(first)
    size = min(jobs or processors(), os.cpu_count() or 1)
    chunks = remaining / max(1, study.replications)
    provinces, periods = len(first[0].built.world.provinces), len(first[0].built.period_days)
    numbers_kept = provinces * (len(PARTS) + periods)
    return SweepPlan(
        points=points.rows, baselines=points.worlds, replications=study.replications, plays=plays, left=remaining,
        seconds=(events * remaining / rate + _building(study) * chunks) / size + COMMIT * chunks,
        disk_bytes=NUMBER * numbers_kept * remaining, measured="compiled" in at.events_per_second, first=first,
    )  # fmt: skip


def _building(study: SweepStudy) -> float:
    """Seconds to load and build the world of a point."""
    return BUILD_DRAW if study.points.draws else BUILD


def _events(first: Sequence[PreparedPoint]) -> float:
    """Events of a replication, with what beginning and ending it takes, over some points."""
    return sum(events_of(each.built.world) + START for each in first) / len(first)


def learn(study: SweepStudy, *, replications: int, seconds: float, jobs: int | None, engine: str) -> None:
    """Keep the pace of a sweep that was simulated, for the next plan; one that was mostly building shows none."""
    size = min(jobs or processors(), os.cpu_count() or 1)
    chunks = replications / max(1, study.replications)
    simulating = seconds - _building(study) * chunks / size - COMMIT * chunks
    if engine == "compiled" and replications and simulating > 0.5 * seconds:
        events = _events([Preparer(study).prepared(study.points[study.points.rows])])
        measured(
            engine=engine, events=events * replications, seconds=simulating, numbers=0, writing_seconds=0.0,
            processors=size,
        )  # fmt: skip
