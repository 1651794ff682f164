"""One world of a study at the cost of one: the scenarios of one parameter draw, without building the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from simcpec.experiments.design.parameter_draws import sampled
from simcpec.experiments.design.prepare import StudyPlan, drawing
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.model.world import World
from simcpec.results.records import Parameters
from simcpec.scenario import Resolved
from simcpec.scenario.building.build import BuiltScenario, build

MICROSECONDS = 86_400_000_000  # of a day


def drawn(
    resolved: Sequence[Resolved],
    *,
    seed: int,
    draw: int,
    stored: Mapping[int, Parameters] | None = None,
) -> StudyPlan:
    """These scenarios in one parameter draw, as a study of them builds it; draw 0 is the point values.

    stored : by place in `resolved`, the values (1, K) that a study has kept of this draw; drawn again where missing.
    Raises ScenarioError and UserError as the study would.
    """
    points = tuple(build(scenario) for scenario in resolved)
    parameters = [
        (stored or {}).get(at) or _parameters(each, point, seed, draw)
        for at, (each, point) in enumerate(zip(resolved, points, strict=True))
    ]
    return StudyPlan(
        resolved=tuple(resolved),
        slugs=tuple(scenario.slug for scenario in resolved),
        points=points,
        drawings=(points,) if draw == 0 else (drawing(resolved, parameters, (draw,), 0),),
        parameters=tuple(parameters),
        baseline=None,
        seed=seed,
        replications=1,
        numbers=(draw,),
        engine="",
        sets=(),
        rows=1,
        goals=(),
        command="",
    )


def _parameters(resolved: Resolved, point: BuiltScenario, seed: int, draw: int) -> Parameters:
    """Return what a study draws for one scenario in one draw; nothing for the point values."""
    if draw == 0:
        return Parameters()
    factors = factors_of(resolved, point.keys_read)
    keys, units = tuple(factor.key for factor in factors), tuple(factor.unit for factor in factors)
    return Parameters(keys=keys, units=units, values=sampled(factors, seed=seed, numbers=(draw,)))


def first_day(resolved: Resolved) -> date:
    """The first day of a scenario that counts."""
    found: date = resolved.scenario.run.start
    return found


def moment(world: World, start: date, tick: int) -> str:
    """The date and time of a tick, ISO 8601 to the microsecond; "" beyond the year 9999.

    start : the first day that counts; tick 0 lies a warm-up before it.
    """
    calendar = world.calendar
    warm_up = int(calendar.period_end_tick[calendar.warm_up_periods - 1]) if calendar.warm_up_periods else 0
    since = timedelta(microseconds=round(Fraction((tick - warm_up) * MICROSECONDS, calendar.ticks_per_day)))
    try:
        return (datetime.combine(start, time()) + since).isoformat(timespec="microseconds")
    except OverflowError:
        return ""
