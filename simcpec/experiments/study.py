"""From scenario files to a study: load, build, play with common random numbers, price, compare.

What differs between two scenarios is what their files say: both are played at the same addresses. Neither the order of
the arguments nor the number of workers changes a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np

from simcpec.analysis.study_analysis import AnalysedStudy, analysed
from simcpec.economics.costs import costs
from simcpec.engines.contract import Engine
from simcpec.errors import EngineError
from simcpec.experiments.backlash_worlds import contrasts, plans_in_worlds, with_contrasts
from simcpec.experiments.design.prepare import ROWS, StudyPlan, prepare
from simcpec.experiments.design.uncertain_settings import TITLES, settings_of, shown
from simcpec.experiments.execution.batches import rounds, spans
from simcpec.experiments.execution.collector import TABLES, Collector
from simcpec.experiments.execution.executors import Progress, teller
from simcpec.experiments.execution.process_pool import Answer
from simcpec.experiments.execution.replicate import HowToPlay, gathered, gathered_within, play_up_to
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.experiments.plot_tracking import followed
from simcpec.model.modes import BASIS, INSTRUMENTS
from simcpec.model.plan import Plan
from simcpec.model.world import Floats, Ints, World, digest
from simcpec.results.provenance import software
from simcpec.results.records import (
    OUTPUT,
    AsWritten,
    Change,
    FailedReplication,
    Parameters,
    ScenarioResult,
    Study,
    WorldContrast,
)
from simcpec.scenario import Leaf, differences, leaves
from simcpec.scenario.building.build import BuiltScenario
from simcpec.scenario.layering.ensembles import NO_ENSEMBLE
from simcpec.scenario.lever_entries import KEY as LEVERS
from simcpec.storage.as_written import as_written_of

CENTS = 100.0


def study(
    refs: Sequence[str],
    *,
    sets: Sequence[str] = (),
    vary: Sequence[str] = (),
    baseline: str | None = None,
    replications: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    rows: int | None = ROWS,
    quick: bool = False,
    engine: str | Engine = "compiled",
    ensemble: str | None = NO_ENSEMBLE,
    progress: Progress | None = None,
    notice: Notice | None = None,
    max_seconds: float | None = None,
) -> AnalysedStudy:
    """Play one or many scenarios and put their results side by side.

    refs : paths, shipped names or ``-``.      sets : ``key=value`` over every one of them, or ``NAME:key=value``.
    vary : ``key=value,value,...``; each scenario also with every combination of these.
    baseline : one of `refs`; None takes the first one of several.
    replications, draws, seed : None takes what the scenarios say, which must then be the same in all of them.
    ensemble : whose members are the draws: a shipped name, a folder, ``none``; None takes what the scenarios say, and
    where nobody says how often its 100 members, as the command line does.
    jobs : workers (see `play_all`); None is the number of processors.      quick : few replications of one draw.
    rows : replications of a scenario, over all its draws, that are kept whole; None: all. Of the others there are sums.
    engine : its name; a function, or ``module:function``, for tests.
    progress : told (done, total, seconds left) after every replication.      notice : told what takes long.
    max_seconds : of playing, after which the study ends with the replications that every scenario and draw has by then
    (`Study.time_limit`); its results are those of that number of replications.

    Raises UserError and ScenarioError before anything is played, EngineError if nothing could be played to its end,
    StoppedEarly if not even one replication was.
    """
    ready = prepare(
        refs,
        sets=sets,
        vary=vary,
        baseline=baseline,
        replications=replications,
        draws=draws,
        seed=seed,
        rows=rows,
        quick=quick,
        engine=engine,
        ensemble=ensemble,
    )
    return played(ready, jobs=jobs, engine=engine, progress=progress, notice=notice, max_seconds=max_seconds)


def played(
    ready: StudyPlan,
    *,
    jobs: int | None = None,
    engine: str | Engine | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
    max_seconds: float | None = None,
) -> AnalysedStudy:
    """Play what was prepared. Arguments as in `study`; `engine` is that of `ready` unless it is given.

    A world depends on its own scenario and parameter draw alone, and so do its results.
    """
    worlds = {} if max_seconds is not None else plans_in_worlds(ready)
    in_worlds = sum(len(each.jobs) for each in worlds.values())
    tell, beside = teller(progress, at_most=max_seconds), len(ready.resolved) * ready.as_written + in_worlds
    how = HowToPlay(
        engine=ready.engine if engine is None else engine,
        workers=jobs,
        tell=lambda done, total: tell(done, total + beside),
        notice=notice,
    )
    if max_seconds is None:
        gathering, watch = gathered(ready, how)
        found, ended = finished(gathering), None
    else:
        gathering, watch, ended = gathered_within(ready, how, max_seconds)
        found = replace(finished(gathering), time_limit=ended)
    found = found if watch is None or ended is not None else replace(found, precision=watch.told(found.replications))
    if gathering.ready.as_written:
        at = gathering.ready
        before = len(at.resolved) * len(at.numbers) * at.replications
        how = replace(how, tell=lambda done, total: tell(before + done, before + total + in_worlds))
        found = _with_as_written(found, at, how)
        told = before + len(at.resolved) * at.as_written
        found = _in_worlds(found, worlds, replace(how, tell=lambda done, total: tell(told + done, told + in_worlds)))
    fates = followed(found, _worlds(gathering.ready, found), workers=jobs, notice=notice)
    return analysed(replace(found, fates=fates))


def _with_as_written(found: Study, ready: StudyPlan, how: HowToPlay) -> Study:
    """The study with what its scenarios give at the values as written, played after the draws; see `as_written`.

    What fails there is named like all else that fails. Where not half of it could be played, nothing is told of it.
    """
    count = ready.as_written
    points = replace(
        ready,
        drawings=(ready.points,),
        parameters=tuple(Parameters() for _ in ready.points),
        numbers=(0,),
        replications=count,
        rows=count,
        goals=(),
    )
    gathering = Collector(points, rows=count, sums=False)
    play_up_to(gathering, count, how)
    of_points: list[AsWritten | None] = [None for _ in found.scenarios]
    with suppress(EngineError):
        of_points = [as_written_of(point) for point in finished(gathering).scenarios]
    scenarios = tuple(
        replace(each, as_written=one, failed=(*_failed_as_written(gathering, s), *each.failed))
        for s, (each, one) in enumerate(zip(found.scenarios, of_points, strict=True))
    )
    return replace(found, scenarios=scenarios)


def _in_worlds(found: Study, worlds: Mapping[str, StudyPlan], how: HowToPlay) -> Study:
    """The study with its contrasts where backlash is read otherwise; as it was where one of them cannot be played."""
    played_in: list[dict[str, WorldContrast]] = []
    before = 0
    with suppress(EngineError):
        for word, plan in worlds.items():
            gathering = Collector(plan, rows=plan.rows, sums=False)
            play_up_to(gathering, plan.replications, replace(how, tell=_from(how.tell, before)))
            played_in.append(contrasts(finished(gathering), word))
            before += len(plan.jobs)
        return with_contrasts(found, played_in)
    return found


def _from(tell: Callable[[int, int], None], before: int) -> Callable[[int, int], None]:
    """Tell of what is done after as many replications."""
    return lambda done, total: tell(before + done, before + total)


def _failed_as_written(gathering: Collector, scenario: int) -> tuple[FailedReplication, ...]:
    """As `_failed`, of a study whose other draws are played again by their numbers."""
    return tuple(replace(each, replay=f"{each.replay} --draw 0") for each in _failed(gathering, scenario))


def _worlds(ready: StudyPlan, found: Study) -> list[list[World]]:
    """The worlds of the draws that were kept, per scenario."""
    kept = [ready.numbers.index(number) for number in found.scenarios[0].draw_numbers]
    return [[built[d].world for d in kept] for built in ready.built]


# ------------------------------------------------------------------------------------------------ what was played


def completed(ready: StudyPlan, answers: Sequence[Answer]) -> Study:
    """The study of these answers, which stand in the order of `StudyPlan.jobs`, with all rows."""
    gathering = Collector(ready, rows=ready.replications, sums=False)
    draws, count = len(ready.numbers), ready.replications
    for each in rounds(spans(range(draws), 0, count), scenarios=len(ready.resolved), numbers=ready.numbers):
        take = gathering.take(each)
        for job, place in each:
            take.put(place, answers[job.world * count + job.replication])
        take.done()
    return finished(gathering)


def finished(gathering: Collector) -> Study:
    """The study of all that was gathered.

    Arrays have no holes. What failed in one scenario is left out of all, so that the others stay paired: a draw of
    which less than half was played everywhere is left out whole; of the other draws as many rows are kept, the
    first ones that were played everywhere, as the draw with the fewest has. Everything that failed is named.
    """
    ready = gathering.ready
    draws = gathering.draws()
    numbers = gathering.numbers(draws)
    base = ready.baseline
    changes = tuple(() if base is None else _changes(ready, s, base) for s in range(len(ready.resolved)))
    return Study(
        scenarios=tuple(
            _result(gathering, s, draws, numbers, {change.key for change in changes[s]})
            for s in range(len(ready.resolved))
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


def _failed(gathering: Collector, scenario: int) -> tuple[FailedReplication, ...]:
    """Return what failed in one scenario, in the order of addresses."""
    ready = gathering.ready
    return tuple(
        FailedReplication(
            draw=ready.numbers[d],
            replication=r,
            failure=gathering.failures[s, d, r],
            replay=_replay(ready, scenario, d, r),
        )
        for s, d, r in sorted(gathering.failures)
        if s == scenario
    )


def _replay(ready: StudyPlan, scenario: int, draw: int, replication: int) -> str:
    """The command that plays a replication of the written study again; its folder stands for `OUTPUT`."""
    words = ["simcpec", "replay", OUTPUT, "--replication", str(replication)]
    words += ["--scenario", ready.slugs[scenario]] if len(ready.slugs) > 1 else []
    words += ["--draw", str(ready.numbers[draw])] if len(ready.numbers) > 1 else []
    return " ".join(words)


def _result(gathering: Collector, scenario: int, draws: list[int], numbers: Ints, changed: set[str]) -> ScenarioResult:
    ready = gathering.ready
    resolved, point = ready.resolved[scenario], ready.points[scenario]
    built = [ready.built[scenario][d] for d in draws]
    tables: dict[str, Any] = {name: gathering.table(scenario, name, draws, numbers.shape[1]) for name in TABLES}
    return ScenarioResult(
        **tables,
        slug=ready.slugs[scenario],
        name=resolved.name,
        describes=resolved.scenario.describes,
        path=resolved.ref,
        axes=gathering.axes(scenario),
        plan=point.plan,
        prices=point.prices,
        costs=_costs(built, tables),
        incident_basis=BASIS[point.world.harm.counted_as],
        resolved_yaml=resolved.text,
        settings_table=settings_of(resolved, changed),
        failed=_failed(gathering, scenario),
        digest=sha256("".join(digest(each.world) for each in ready.built[scenario]).encode()).hexdigest(),
        draw_numbers=tuple(ready.numbers[d] for d in draws),
        replication_numbers=numbers,
        parameters=_kept_parameters(ready.parameters[scenario], draws),
        antithetic=ready.antithetic,
        exposures=np.array([each.prices.exposure for each in built], dtype=np.float64),
        valuations=np.array([(each.prices.discount_rate, each.prices.value_of_life or 0.0) for each in built]),
        aggregates=gathering.aggregates(scenario, draws) if ready.rows < ready.replications else None,
        remarks=point.remarks,
    )


def _kept_parameters(of: Parameters, draws: list[int]) -> Parameters:
    return Parameters(keys=of.keys, units=of.units, values=of.values[draws])


def _costs(built: Sequence[BuiltScenario], tables: Mapping[str, Floats]) -> Floats:
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


def _changes(ready: StudyPlan, scenario: int, base: int) -> tuple[Change, ...]:
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
