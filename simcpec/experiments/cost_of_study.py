"""What a study will take: expected events of its worlds, and from the pace of this machine the time, memory and disk.

An order of magnitude, to tell minutes from days. Events are those of every source at the rate at which its candidates
are drawn, with what follows from them on average; what excites itself or grows is not foreseen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simcpec.experiments.design.prepare import StudyPlan
from simcpec.experiments.execution.process_pool import processors
from simcpec.experiments.machine_speed import Pace, measured, pace
from simcpec.model import modes
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, MODE_COUNTS, PROVINCE_COUNTS
from simcpec.model.rules.detection import intelligence_factor
from simcpec.model.world import Floats, World

LONG = 3600.0  # seconds from which a study says beforehand that it will take long
MEMORY = 200e6  # bytes of a process that has loaded the compiled engine and draws a report
PER_NUMBER = 60.0  # bytes of memory for a number of a kept replication, while tables are written
ON_DISK = 5.6  # bytes of a number in a table, with its share of the labels of a row
PER_REPORT = 1.5e6  # bytes of a report and its figures
ABOVE_START = 1.1  # flows of the network, against those of the start, at the highest of a run that grows nowhere
REPORT = 6.0  # seconds for a report, at the built-in pace


@dataclass(frozen=True, kw_only=True)
class Effort:
    """What a study will take, about.

    events : over all replications.      measured : whether the pace was measured on this machine.
    seconds : on the processors that were asked for; an engine that must be compiled first takes longer.
    """

    events: float
    seconds: float
    memory_bytes: float
    disk_bytes: float
    measured: bool


def effort(ready: StudyPlan, *, jobs: int | None) -> Effort:
    """Return what a prepared study will take; with `run.precision` up to its first look."""
    at = pace()
    known = at.events_per_second.get(ready.engine)
    rate = known or Pace().events_per_second["reference" if ready.engine != "compiled" else "compiled"]
    events = sum(events_of(point.world) for point in ready.points) * (
        len(ready.numbers) * ready.replications + ready.as_written + ready.in_worlds
    )
    work = events + _start(ready.engine) * ready.plays
    size = min(jobs or processors(), max(1, ready.plays))
    numbers = kept_numbers(ready)
    writing = numbers / at.numbers_per_second + REPORT * (1.0 + 0.1 * len(ready.slugs))
    return Effort(
        events=events,
        seconds=work / (rate * min(size, os.cpu_count() or 1)) + writing,
        memory_bytes=MEMORY * (1 if ready.engine == "compiled" else 1 + 0.6 * size) + PER_NUMBER * numbers,
        disk_bytes=ON_DISK * numbers + PER_REPORT * (1.0 + 0.1 * len(ready.slugs)),
        measured=known is not None,
    )


def effort_at_most(ready: StudyPlan, *, jobs: int | None) -> Effort:
    """Return what it will take up to its last look, where there are looks."""
    return effort(replace(ready, replications=max([ready.replications, *ready.looks])), jobs=jobs)


def learn(ready: StudyPlan, *, replications: int, seconds: float, writing: float, jobs: int | None) -> None:
    """Keep the pace of a study that was simulated and written: replications over all scenarios, and seconds."""
    mean = sum(events_of(point.world) for point in ready.points) / len(ready.points)
    measured(
        engine=ready.engine,
        events=(mean + _start(ready.engine)) * replications,
        seconds=seconds,
        processors=min(jobs or processors(), max(1, replications), os.cpu_count() or 1),
        numbers=kept_numbers(ready),
        writing_seconds=writing - REPORT * (1.0 + 0.1 * len(ready.slugs)),
    )


def _start(engine: str) -> float:
    """Events that take as long as beginning and ending a replication."""
    return 5000.0 if engine == "compiled" else 100.0


def kept_numbers(ready: StudyPlan) -> int:
    """Numbers of all replications that are kept one by one."""
    found = 0
    for point in ready.points:
        provinces, cohorts, settings = point.world.shape
        cells = cohorts * (settings * len(CELL_COUNTS) + len(COHORT_COUNTS)) + len(PROVINCE_COUNTS)
        cells += len(point.world.modes) * len(MODE_COUNTS)
        found += ready.rows * len(ready.numbers) * len(point.period_days) * provinces * cells
    return found


def candidates(times: Any) -> Floats:
    """Candidates of a source in strips, in its unit, where its intensity reaches so many times that."""
    return np.asarray(2.0 ** np.ceil(np.log2(np.maximum(times, 1.0))))


def _tempo(world: World) -> Floats:
    """(P,) routine leads, as a multiple of those of the start, with the most intelligence that the budget buys."""
    w = world.intelligence
    units = (w.host_units + world.capacity.most[:, modes.INTELLIGENCE]).tolist()
    factors = map(intelligence_factor, map(float, units), w.gain.tolist(), w.reference.tolist())
    return np.asarray(list(factors) * world.operations.tempo.max(axis=0))


def events_of(world: World) -> float:
    """Expected events of one replication: the ends of periods and what every source puts on the calendar."""
    w, c = world, world.calendar
    days = c.horizon_tick / c.ticks_per_day
    dated = len(c.period_end_tick) + len(c.decision_tick) + len(c.revision_tick) + len(c.stage_start_tick)
    audits = c.horizon_tick / c.audit_every_tick if c.audit_every_tick else 0.0
    births = float(w.threat.rate.mean(axis=0).sum())
    cluster = 3.0 - float(w.threat.cluster[0]) - float(w.threat.cluster[1])
    plots = births * cluster / (1.0 - min(float(w.threat.follow_ons.mean()), 0.9))
    planning = float((w.threat.mode_share * w.threat.mode_planning).sum(axis=2).mean())
    preparing = min(w.threat.preparation[1] * planning, days)
    found = float((w.detection.unit * preparing).mean()) if w.detection.mode != modes.BERNOULLI else 1.0
    a_day = births + (plots * (1.0 + found) if w.threat.attempts == modes.PLOTS else 0.0)
    a_day += float((w.operations.routine * (candidates(tempo := _tempo(w)) + tempo)).sum())
    if w.detection.mode == modes.SEARCH:
        a_day += 2.0 * float((w.operations.false_leads * w.operations.teams).sum())
    if w.network.model != modes.FIXED:
        a_day += 2.0 * float((w.network.unit * candidates(ABOVE_START)).sum())
    if w.movements.rule != modes.NO_ESCORT:
        groups = w.movements.groups if w.movements.source == modes.FINITE else 1.0
        a_day += 2.0 * float((w.movements.rate * groups).sum())
    if w.protection.insider_on:
        a_day += 2.0 * float(w.protection.insider_unit.sum())
    return dated + audits + days * a_day
