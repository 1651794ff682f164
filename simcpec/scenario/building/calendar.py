"""The calendar of a world: reporting periods, budget years, threat stages, audits and revisions, in ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from simcpec.economics.allocation import anniversary
from simcpec.model.world import Calendar, Floats
from simcpec.scenario.building.clock import ScenarioClock
from simcpec.scenario.building.context import BuildContext
from simcpec.scenario.building.scenario_reader import ScenarioReader, at, frozen, frozen_ints
from simcpec.scenario.reading.shared_parts import shared

MOST_STAGES = 100_000
MONTHS = {"year": 12, "month": 1}


@dataclass(frozen=True, kw_only=True)
class Period:
    """A counted reporting period: first day, and first day after it."""

    start: date
    end: date
    label: str

    @property
    def days(self) -> float:
        """Its length."""
        return float((self.end - self.start).days)


@shared
def periods_of(context: BuildContext) -> tuple[Period, ...]:
    """Years or months from the start of the run, by anniversaries; the last one ends with the run."""
    word, clock = context.reader.run.period, context.clock
    periods: list[Period] = []
    while not periods or periods[-1].end < clock.end:
        first = anniversary(clock.start, months=MONTHS[word] * len(periods))
        after = anniversary(clock.start, months=MONTHS[word] * (len(periods) + 1))
        end = min(after, clock.end)
        periods.append(Period(start=first, end=end, label=_label(first, end, whole=end == after, word=word)))
    return tuple(periods)


def _label(first: date, end: date, *, whole: bool, word: str) -> str:
    """``2025`` or ``2025-03`` for whole calendar years and months, else first and last day."""
    if whole and first.day == 1 and (word == "month" or first.month == 1):
        return f"{first.year:04d}" if word == "year" else f"{first.year:04d}-{first.month:02d}"
    return f"{first.isoformat()}/{(end - timedelta(days=1)).isoformat()}"


# ------------------------------------------------------------------------------------------------ threat stages


@dataclass(frozen=True, kw_only=True)
class ThreatStep:
    """A regime step: from a tick on, plots are born `factor` times as often in some provinces."""

    tick: int
    provinces: tuple[str, ...]
    factor: Fraction


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Ticks at which the threat changes, whether its drift takes a step there, and the regime steps."""

    ticks: tuple[int, ...]
    drifts: tuple[int, ...]
    steps: tuple[ThreatStep, ...]

    def factor(self, stage: int, province: str) -> Fraction:
        """Product of the factors of all steps in force in a stage; a step before the clock began is in force."""
        factor = Fraction(1)
        for step in self.steps:
            if step.tick <= self.ticks[stage] and province in step.provinces:
                factor *= step.factor
        return factor


@shared
def stages_of(context: BuildContext) -> Stages:
    """Stages: tick 0, every k-th multiple of the drift's interval, and the dates of regime steps within the run."""
    reader, clock = context.reader, context.clock
    drifts = set(_drift_ticks(reader, clock))
    steps = _steps(reader, clock)
    dated = {step.tick for step in steps if 0 < step.tick < clock.horizon}
    ticks = tuple(sorted({0} | drifts | dated))
    return Stages(ticks=ticks, drifts=tuple(int(tick in drifts) for tick in ticks), steps=steps)


def _drift_ticks(reader: ScenarioReader, clock: ScenarioClock) -> list[int]:
    drift = reader.world.threat.drift
    if drift.mode == "off":
        return []
    every = drift.every.exact
    if clock.horizon > every * clock.ticks_per_day * MOST_STAGES or clock.ticks(every) < 1:
        shortest = Fraction(clock.horizon, clock.ticks_per_day * MOST_STAGES)
        allowed = f"at least {float(shortest):.3g} days in this run"
        raise reader.error(at(drift).every, f"is {float(every):g} days", allowed=allowed)
    ticks, k = [], 1
    while (tick := clock.ticks(k * every)) < clock.horizon:
        ticks.append(tick)
        k += 1
    return ticks


def _steps(reader: ScenarioReader, clock: ScenarioClock) -> tuple[ThreatStep, ...]:
    """Regime steps; one without provinces is of all of them."""
    return tuple(
        ThreatStep(tick=clock.tick(step.date), provinces=step.provinces or reader.provinces, factor=step.factor.exact)
        for step in reader.world.threat.steps
    )


# ------------------------------------------------------------------------------------------------ revisions


@dataclass(frozen=True, kw_only=True)
class DatedRevision:
    """A refresh of the procedures: its tick (0 or less: before the clock began), where it reaches, and to what extent.

    cohorts, provinces : names.      reach : in [0, 1]; 1 restores compliance whole.
    """

    tick: int
    cohorts: tuple[str, ...]
    provinces: tuple[str, ...]
    reach: Fraction = Fraction(1)

    def reaches(self, province: str, cohort: str) -> bool:
        """Whether it concerns a cohort in a province."""
        return self.reach > 0 and province in self.provinces and cohort in self.cohorts


@shared
def revisions_of(context: BuildContext, more: Sequence[DatedRevision] = ()) -> tuple[DatedRevision, ...]:
    """All revisions before the horizon by date, `more` among them; one without cohorts reaches all of them."""
    clock = context.clock
    revisions = [
        DatedRevision(tick=clock.tick(one.date), cohorts=one.cohorts or context.cohorts, provinces=context.provinces)
        for one in context.policy.sop.revisions
    ]
    within = (revision for revision in (*revisions, *more) if revision.tick < clock.horizon)
    return tuple(sorted(within, key=lambda revision: revision.tick))


# ------------------------------------------------------------------------------------------------ all of it


@shared
def calendar_of(
    context: BuildContext, *, periods: Sequence[Period], stages: Stages, revisions: Sequence[DatedRevision]
) -> Calendar:
    """The calendar of a world."""
    clock, audits = context.clock, context.policy.sop.audit_every
    ends = [clock.tick(period.end) for period in periods]
    within = [revision for revision in revisions if revision.tick > 0]
    return Calendar(
        ticks_per_day=clock.ticks_per_day,
        horizon_tick=clock.horizon,
        warm_up_periods=int(clock.warm_up > 0),
        period_end_tick=frozen_ints([clock.warm_up, *ends] if clock.warm_up > 0 else ends),
        year_start_tick=frozen_ints([clock.tick(year.start) for year in clock.years]),
        decision_tick=frozen_ints([clock.tick(year.start) for year in clock.years]),
        epoch_start_tick=context.epochs.starts,
        stage_start_tick=frozen_ints(stages.ticks),
        stage_drifts=frozen_ints(stages.drifts),
        audit_every_tick=clock.ticks(audits.exact) if audits is not None else 0,
        revision_tick=frozen_ints([revision.tick for revision in within]),
        revision_reach=_reached(within, context),
    )


def _reached(revisions: Sequence[DatedRevision], context: BuildContext) -> Floats:
    """(V, P, C) extent to which each revision restores the procedures."""
    rows = [
        [[float(r.reach) if r.reaches(p, c) else 0.0 for c in context.cohorts] for p in context.provinces]
        for r in revisions
    ]
    return frozen(rows or np.zeros((0, len(context.provinces), len(context.cohorts))))
