"""From scenario files to a study: load, build, play with common random numbers, price, compare.

What differs between two scenarios is what their files say: both are played at the same addresses. Neither the order of
the arguments nor the number of workers changes a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from simcpec.economics.costs import costs
from simcpec.engines.contract import Engine
from simcpec.errors import CeilingExceeded, EngineError
from simcpec.experiments.following import followed
from simcpec.experiments.leaves import CEILINGS, TITLES, settings_of, shown
from simcpec.experiments.playing import Answer, Failure, Job, Notice, Progress
from simcpec.experiments.playing import play_all as play_all
from simcpec.experiments.prepare import QUICK_REPLICATIONS as QUICK_REPLICATIONS
from simcpec.experiments.prepare import Ready as Ready
from simcpec.experiments.prepare import command_of, with_raised
from simcpec.experiments.prepare import prepare as prepare
from simcpec.experiments.results import (
    Axes,
    Change,
    FailedReplication,
    Parameters,
    ScenarioResult,
    Study,
)
from simcpec.experiments.severity import per_breach
from simcpec.experiments.software import software
from simcpec.model.modes import BASIS, INSTRUMENTS
from simcpec.model.outcome import Outcome
from simcpec.model.plan import Plan
from simcpec.model.world import Floats, Ints, World, digest
from simcpec.scenario import Leaf, differences, leaves
from simcpec.scenario.build import Built
from simcpec.scenario.levers import KEY as LEVERS

CENTS = 100.0
MOST_RAISES = 5  # times that a ceiling is doubled before its failures are left as they are


def study(
    refs: Sequence[str],
    *,
    sets: Sequence[str] = (),
    baseline: str | None = None,
    replications: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    quick: bool = False,
    engine: str | Engine = "compiled",
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> Study:
    """Play one or many scenarios and put their results side by side.

    refs : paths, shipped names or ``-``.      sets : ``key=value`` over every one of them.
    baseline : one of `refs`; None takes the first one of several.
    replications, draws, seed : None takes what the scenarios say, which must then be the same in all of them.
    jobs : workers (see `play_all`); None is the number of processors.      quick : few replications of one draw.
    engine : its name; a function, or ``module:function``, for tests.
    progress : told (done, total, seconds left) after every replication.      notice : told what takes long.

    Raises UserError and ScenarioError before anything is played, EngineError if nothing could be played to its end.
    """
    ready = prepare(
        refs,
        sets=sets,
        baseline=baseline,
        replications=replications,
        draws=draws,
        seed=seed,
        quick=quick,
        engine=engine,
    )
    return played(ready, jobs=jobs, engine=engine, progress=progress, notice=notice)


def played(
    ready: Ready,
    *,
    jobs: int | None = None,
    engine: str | Engine | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> Study:
    """Play what was prepared. Arguments as in `study`; `engine` is that of `ready` unless it is given.

    In a sampled parameter draw a world may outgrow a ceiling that was declared for the point values. Leaving such
    replications out would leave out the worst ones, so all replications of that draw are played again, in every
    scenario, with the ceiling doubled. For the point values a reached ceiling is a failure that names the key to raise.
    """
    play = ready.engine if engine is None else engine

    def answers_of(ready: Ready, work: Sequence[Job]) -> list[Answer]:
        return play_all(
            ready.worlds, work, seed=ready.seed, engine=play, workers=jobs, progress=progress, notice=notice
        )

    work = ready.jobs
    answers = answers_of(ready, work)
    for _ in range(MOST_RAISES):
        reached = _reached(ready, answers)
        if not reached:
            break
        ready = with_raised(ready, reached)
        again = [at for at, job in enumerate(work) if ready.numbers.index(job.draw) in reached]
        for at, answer in zip(again, answers_of(ready, [work[at] for at in again]), strict=True):
            answers[at] = answer
    found = completed(ready, answers)
    return replace(found, fates=followed(found, _worlds(ready, found), workers=jobs, notice=notice))


def _worlds(ready: Ready, found: Study) -> list[list[World]]:
    """The worlds of the draws that were kept, per scenario."""
    kept = [ready.numbers.index(number) for number in found.scenarios[0].draw_numbers]
    return [[built[d].world for d in kept] for built in ready.built]


def _reached(ready: Ready, answers: Sequence[Answer]) -> dict[int, set[str]]:
    """Ceilings that replications of sampled draws ran into, by index of the draw; the error names the key."""
    reached: dict[int, set[str]] = {}
    for job, answer in zip(ready.jobs, answers, strict=True):
        if job.draw and isinstance(answer, Failure) and answer.error.startswith(CeilingExceeded.__name__):
            keys = {key for key in CEILINGS if key in answer.error}
            if keys:
                reached.setdefault(ready.numbers.index(job.draw), set()).update(keys)
    return reached


# ------------------------------------------------------------------------------------------------ what was played


def completed(ready: Ready, answers: Sequence[Answer]) -> Study:
    """The study of these answers, which stand in the order of `Ready.jobs`.

    Arrays have no holes. What failed in one scenario is left out of all, so that the others stay paired: a draw of
    which less than half was played everywhere is left out whole; of the other draws as many replications are kept, the
    first ones that were played everywhere, as the draw with the fewest has. Everything that failed is named.
    """
    shape = (len(ready.resolved), len(ready.numbers), ready.replications)
    played = np.array([isinstance(answer, Outcome) for answer in answers]).reshape(shape)
    everywhere = np.asarray(played.all(axis=0))
    kept_draws, kept = _kept(_with_twins(everywhere) if _antithetic(ready) else everywhere)
    if not kept.size:
        raise EngineError(f"nothing could be played to its end: {_first_error(answers)}")
    grid = _Grid(ready, list(answers), kept_draws, kept)
    base = None if ready.baseline is None else ready.baseline
    changes = tuple(() if base is None else _changes(ready, s, base) for s in range(len(ready.resolved)))
    return Study(
        scenarios=tuple(
            _result(ready, s, grid, {change.key for change in changes[s]}) for s in range(len(ready.resolved))
        ),
        baseline=base,
        changes=changes,
        seed=ready.seed,
        engine=ready.engine,
        command=ready.command,
        software=software(),
        draws=len(ready.numbers),
        replications=ready.replications,
    )


def _antithetic(ready: Ready) -> bool:
    """Whether replications are twins; `prepare` has seen to it that they are so in all scenarios, and even."""
    return bool(ready.points[0].world.threat.antithetic)


def _with_twins(played: Any) -> Any:
    """(D, R) played, and the antithetic twin as well, for the pair is what is averaged."""
    return played.reshape(len(played), -1, 2).all(axis=2).repeat(2, axis=1)


def _kept(played: Any) -> tuple[list[int], Ints]:
    """Indices of the draws that are kept, and (D, R) of their replications, from played (D, R)."""
    replications = played.shape[1]
    draws = [d for d in range(len(played)) if 2 * int(played[d].sum()) >= replications and played[d].any()]
    count = min((int(played[d].sum()) for d in draws), default=0)
    rows = [np.flatnonzero(played[d])[:count] for d in draws]
    return draws, np.array(rows, dtype=np.int64).reshape(len(draws), count)


def _first_error(answers: Sequence[Answer]) -> str:
    return next((answer.error for answer in answers if isinstance(answer, Failure)), "nothing was played")


@dataclass(frozen=True)
class _Grid:
    """Answers by scenario, draw and replication."""

    ready: Ready
    answers: list[Answer]
    draws: list[int]  # indices that are kept
    replications: Ints  # (D, R) that are kept

    def at(self, scenario: int, draw: int, replication: int) -> Answer:
        ready = self.ready
        return self.answers[(scenario * len(ready.numbers) + draw) * ready.replications + replication]

    def table(self, scenario: int, name: str) -> Floats:
        """(D, R, T, ...) of one table of the outcomes, the warm-up left out."""
        skip = self.ready.points[scenario].world.calendar.warm_up_periods
        rows = [
            [getattr(self.at(scenario, d, int(r)), name)[skip:] for r in row]
            for d, row in zip(self.draws, self.replications, strict=True)
        ]
        return np.ascontiguousarray(np.array(rows, dtype=np.float64))

    def failed(self, scenario: int) -> tuple[FailedReplication, ...]:
        """What failed in one scenario, in the order of addresses."""
        return tuple(
            FailedReplication(draw=number, replication=r, error=answer.error, replay=_replay(self.ready, scenario, r))
            for d, number in enumerate(self.ready.numbers)
            for r in range(self.ready.replications)
            if isinstance(answer := self.at(scenario, d, r), Failure)
        )


def _replay(ready: Ready, scenario: int, replication: int) -> str:
    """A command that plays a replication again, among as few others as the command line allows."""
    one, draws = ready.resolved[scenario : scenario + 1], len(ready.numbers)
    return command_of(one, ready.sets, None, ready.seed, replication + 1, draws, ready.engine)


def _result(ready: Ready, scenario: int, grid: _Grid, changed: set[str]) -> ScenarioResult:
    resolved, point = ready.resolved[scenario], ready.points[scenario]
    built = [ready.built[scenario][d] for d in grid.draws]
    tables = {name: grid.table(scenario, name) for name in ("cell", "cohort", "province")}
    return ScenarioResult(
        **tables,
        slug=ready.slugs[scenario],
        name=resolved.name,
        describes=resolved.scenario.describes,
        path=resolved.ref,
        axes=_axes(point),
        plan=point.plan,
        prices=point.prices,
        costs=_costs(built, tables),
        incident_basis=BASIS[point.world.harm.counted_as],
        resolved_yaml=resolved.text,
        settings_table=settings_of(resolved, changed),
        failed=grid.failed(scenario),
        digest=sha256("".join(digest(each.world) for each in ready.built[scenario]).encode()).hexdigest(),
        draw_numbers=tuple(ready.numbers[d] for d in grid.draws),
        replication_numbers=grid.replications,
        parameters=_kept_parameters(ready.parameters[scenario], grid.draws),
        antithetic=_antithetic(ready),
        per_breach=np.array([per_breach(each.world.harm) for each in built]),
        exposures=np.array([each.prices.exposure for each in built], dtype=np.float64),
    )


def _kept_parameters(of: Parameters, draws: list[int]) -> Parameters:
    return Parameters(keys=of.keys, units=of.units, values=of.values[draws])


def _axes(point: Built) -> Axes:
    return Axes(
        provinces=point.world.provinces,
        province_labels=point.province_labels,
        cohorts=point.world.cohorts,
        settings=point.world.settings,
        periods=point.period_labels,
        period_days=point.period_days,
    )


def _costs(built: Sequence[Built], tables: Mapping[str, Floats]) -> Floats:
    """(D, R, T, P, m) USD, each draw at its own prices and with its own budget plan."""
    return np.array(
        [
            costs(
                cell=tables["cell"][d],
                cohort=tables["cohort"][d],
                province=tables["province"][d],
                calendar=each.world.calendar,
                plan=each.plan,
                prices=each.prices,
            )
            for d, each in enumerate(built)
        ]
    )


# ------------------------------------------------------------------------------------------------ what differs

_TOTAL = (
    "policy.security_share",
    "world.budget.annual_outlay",
    "world.budget.capital_cost",
    "world.budget.spread_over",
)


def _changes(ready: Ready, scenario: int, base: int) -> tuple[Change, ...]:
    """Every key that differs from the baseline, with the security budget that it moves."""
    if scenario == base:
        return ()
    old, new = ({leaf.key: leaf for leaf in leaves(ready.resolved[s])} for s in (base, scenario))
    rows = [row for row in differences(ready.resolved[base], ready.resolved[scenario]) if row[0] not in TITLES]
    plans = ready.points[base].plan, ready.points[scenario].plan
    return tuple(
        _lever(*row) if row[0].startswith(LEVERS) else _change(row[0], old.get(row[0]), new.get(row[0]), plans)
        for row in rows
    )


def _lever(key: str, old: str, new: str) -> Change:
    """A lever that one of both has, or has in another form."""
    return Change(key=key, old=old or shown(None), new=new or shown(None))


def _change(key: str, old: Leaf | None, new: Leaf | None, plans: tuple[Plan, Plan]) -> Change:
    before, after = (_usd_a_year(key, plan) for plan in plans)
    return Change(key=key, old=shown(old), new=shown(new), usd_per_year_old=before, usd_per_year_new=after)


def _usd_a_year(key: str, plan: Plan) -> float | None:
    """Security budget of a full year behind a key: all of it, or that of one instrument; None for other keys."""
    years = float(plan.year_fraction.sum())
    if key.startswith(_TOTAL):
        return int(plan.total.sum()) / CENTS / years
    instrument = key.removeprefix("policy.split.")
    if instrument in INSTRUMENTS:
        return int(plan.given[:, :, INSTRUMENTS.index(instrument)].sum()) / CENTS / years
    return None
