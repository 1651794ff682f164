"""The clock of a scenario: dates as ticks, budget years, and the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import floor

from simcpec.economics.allocation import Year, budget_years
from simcpec.numerics.samplers import NEVER
from simcpec.scenario.building.scenario_reader import ScenarioReader
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema.keys import KEYS


@dataclass(frozen=True, kw_only=True)
class ScenarioClock:
    """Tick 0 is the start of the warm-up; the counted run begins at `start`, at midnight.

    start, end : first day that counts, first day that does not.      warm_up : ticks before `start`.
    """

    start: date
    end: date
    warm_up: int
    ticks_per_day: int

    def tick(self, day: date) -> int:
        """Tick of a midnight; negative before the clock begins."""
        return self.warm_up + (day - self.start).days * self.ticks_per_day

    def ticks(self, days: Fraction) -> int:
        """A duration on the clock, to the nearest tick."""
        return floor(days * self.ticks_per_day + Fraction(1, 2))

    @property
    def horizon(self) -> int:
        """First tick that is not played."""
        return self.tick(self.end)

    @cached_property
    def years(self) -> tuple[Year, ...]:
        """Budget years of the counted run."""
        return budget_years(self.start, self.end)


@shared
def clock_of(reader: ScenarioReader, ticks_per_day: int) -> ScenarioClock:
    """The clock of a scenario; raises `ScenarioError` for a run of more ticks than the clock can count."""
    run = reader.run
    start = run.start
    end = run.horizon.end(start)
    warm_up = floor(run.warm_up.exact * ticks_per_day + Fraction(1, 2))
    clock = ScenarioClock(start=start, end=end, warm_up=warm_up, ticks_per_day=ticks_per_day)
    if clock.horizon >= int(NEVER):
        problem, allowed = f"and warm-up are {clock.horizon} ticks", f"fewer than {int(NEVER)} ticks"
        raise reader.error(KEYS.run.horizon, problem, allowed=allowed)
    return clock
