"""Any replication of a stored study, played again at the cost of one, and compared with what is stored of it.

A replication is a pure function of its address, so the others are not needed: replication 10,000 costs what
replication 0 costs, whether it is stored or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import costs
from simcpec.engines import ENGINES
from simcpec.engines.view import TABLES, View, axes_of, counters
from simcpec.errors import Refused, ScenarioError, UserError
from simcpec.experiments.design.prepare import StudyPlan
from simcpec.experiments.execution.process_pool import resolve
from simcpec.model import events
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.numerics.streams import group_of
from simcpec.results.records import Parameters, ScenarioResult, Study
from simcpec.scenario import Resolved, load_whole
from simcpec.storage.csv_text import csv_text
from simcpec.units import short
from simcpec.verification.engines import Parted, parted
from simcpec.verification.worlds.one_world import drawn, first_day, moment

COLUMNS = ("tick", "time", "kind", "province", "cohort", "setting", "group", "entity", "value")
#: kinds whose value is the word of a plot's place, which says whose plot it is
OF_A_GROUP = (events.KIND_BORN, events.KIND_DETERRED, events.KIND_FOILED, events.KIND_LAPSED, events.KIND_ATTACK)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One replication played again.

    slug, draw, replication : its address in the study.      start : the first day that counts.
    compared : how many numbers of it are stored and were compared; 0 where the study does not hold it.
    unequal : those that differ: `a` is what is stored, `b` what was played.
    """

    slug: str
    draw: int
    replication: int
    engine: str
    outcome: Outcome
    world: World
    start: date
    compared: int
    unequal: tuple[Parted, ...]


def replay(
    study: Study,
    folder: Path,
    *,
    slug: str | None = None,
    draw: int | None = None,
    replication: int,
    engine: str | None = None,
    trace: bool = True,
) -> Replay:
    """Play one replication of a study that was read from `folder` again, from the scenario that is stored there.

    slug, draw : None takes the only one there is.      engine : None is that of the study, if it is one of ours: a
    folder is data, and names no code to run.
    Raises UserError for a slug or draw that cannot be, Refused for a stored engine or scenario that cannot be used,
    EngineError where the replication cannot be played.
    """
    place, number = _place(study, slug), _draw(study, draw)
    result, name = study.scenarios[place], _engine(study, folder) if engine is None else engine
    play = resolve(name)
    resolved = [_scenario(each, folder) for each in study.scenarios]
    stored = {at: values for at, each in enumerate(study.scenarios) if (values := _stored(each, number)) is not None}
    ready = drawn(resolved, seed=study.seed, draw=number, stored=stored)
    wanted = _rows(result, number, replication)
    built = ready.drawings[0][place]
    outcome = play(built.world, seed=ready.seed, draw=number, replication=replication, trace=trace)
    return Replay(
        slug=result.slug, draw=number, replication=replication, engine=name, outcome=outcome, world=built.world,
        start=first_day(resolved[place]), unequal=_unequal(wanted, ready, place, outcome) if wanted is not None else (),
        compared=0 if wanted is None else sum(values.size for values in wanted.values()),
    )  # fmt: skip


def _place(study: Study, slug: str | None) -> int:
    slugs = [each.slug for each in study.scenarios]
    if slug is None and len(slugs) == 1:
        return 0
    if slug not in slugs:
        said = "no scenario was named" if slug is None else f"scenario {slug} is none of this study"
        raise UserError(f"{said}; allowed: {', '.join(slugs)}")
    return slugs.index(slug)


def _engine(study: Study, folder: Path) -> str:
    if study.engine not in ENGINES:
        raise Refused(
            f"{folder} says that it was played with the engine {short(study.engine)}, which is none of simcpec"
            f" ({', '.join(ENGINES)}); a stored folder cannot name code to run: say --engine yourself"
        )
    return study.engine


def _scenario(result: ScenarioResult, folder: Path) -> Resolved:
    """The scenario that is stored, which is whole in itself."""
    where = (folder / result.slug / "scenario.yaml").as_posix()
    try:
        return load_whole(result.resolved_yaml, where)
    except ScenarioError as fault:
        raise Refused(f"{where} is not what simcpec writes:\n{fault}") from fault


def _draw(study: Study, draw: int | None) -> int:
    numbers = sorted({number for each in study.scenarios for number in each.draw_numbers})
    if draw is not None:
        return draw
    if len(numbers) > 1:
        raise UserError(f"no parameter draw was named; allowed: one of {numbers[0]} to {numbers[-1]}, or 0")
    return numbers[0]


# ------------------------------------------------------------------------------------------------ what is stored


def _stored(result: ScenarioResult, draw: int) -> Parameters | None:
    """The values (1, K) that a study has kept of one draw, or None."""
    if draw not in result.draw_numbers:
        return None
    of, row = result.parameters, result.draw_numbers.index(draw)
    return Parameters(keys=of.keys, units=of.units, values=of.values[row : row + 1])


def _rows(result: ScenarioResult, draw: int, replication: int) -> dict[str, np.ndarray] | None:
    """Everything that is stored of a replication, by table and name, or None."""
    if draw not in result.draw_numbers:
        return None
    d = result.draw_numbers.index(draw)
    found = np.flatnonzero(result.replication_numbers[d] == replication)
    if not len(found):
        return None
    r = int(found[0])
    tables = {
        f"{table}.{name}": getattr(result, table)[d, r][..., index]
        for table, (_, names) in TABLES.items()
        for index, name in enumerate(names)
    }
    return {**tables, **_lines(result.costs[d, r])}


def _lines(values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"costs.{line}": values[..., index] for index, line in enumerate(COST_LINES)}


def _unequal(wanted: View, ready: StudyPlan, place: int, outcome: Outcome) -> tuple[Parted, ...]:
    """Every number of an outcome, and of what it costs, that is not the stored one."""
    built = ready.drawings[0][place]
    skip = built.world.calendar.warm_up_periods
    priced = costs(
        cell=outcome.cell[skip:], cohort=outcome.cohort[skip:], province=outcome.province[skip:],
        calendar=built.world.calendar, plan=built.plan, prices=built.prices,
    )  # fmt: skip
    got = {**{name: values[skip:] for name, values in counters(outcome).items()}, **_lines(priced)}
    return tuple(
        each
        for name in wanted
        for each in parted(
            name, wanted[name], got[name], "TP" if name.startswith("costs.") else axes_of(name), built.world
        )
    )


# ------------------------------------------------------------------------------------------------ the trace


def trace_text(world: World, start: date, trace: np.ndarray) -> str:
    """A trace as CSV with the `COLUMNS`; a cell is empty where an event has no such thing."""

    def label(names: tuple[str, ...], index: int) -> str | None:
        return names[index] if index >= 0 else None

    rows = (
        (
            tick, moment(world, start, tick), events.KINDS[kind], label(world.provinces, p), label(world.cohorts, c),
            label(world.settings, s), world.groups[group_of(int(value))] if kind in OF_A_GROUP else None, entity,
            world.modes[int(value)] if kind == events.KIND_MODE else value,
        )
        for tick, kind, p, c, s, entity, value in trace.tolist()
    )  # fmt: skip
    return csv_text(COLUMNS, rows)
