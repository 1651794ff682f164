"""Before anything is played: load, agree on seed and numbers, draw parameters, build every world, check the budget.

Every scenario gets the same addresses (seed, parameter draw, replication), and every uncertain parameter that two
scenarios leave alone has the same value in both, draw by draw.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from simcpec.analysis.group_sequential import all_looks
from simcpec.economics.costs import check_accounts
from simcpec.engines.contract import Engine
from simcpec.errors import Fault, ScenarioError, UserError
from simcpec.experiments.design.ensemble_draws import ensemble_parameters, kept_as_written, remark
from simcpec.experiments.design.parameter_draws import draw_numbers, sampled
from simcpec.experiments.design.study_size import StudySize, agreed, by_name, other_readings, size_in_worlds, study_size
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.experiments.execution.process_pool import Job
from simcpec.model.world import World
from simcpec.numerics.streams import check_seed
from simcpec.results.records import Parameters, PrecisionTarget
from simcpec.scenario import Resolved, differences
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.scenario.layering.ensembles import NO_ENSEMBLE
from simcpec.scenario.layering.variants import load_variants, shown_sets, variants
from simcpec.scenario.schema.policy_block import Precision
from simcpec.scenario.several import each as each_of
from simcpec.scenario.several import together
from simcpec.stop_signals import safe_point
from simcpec.storage.as_written import replications_as_written
from simcpec.storage.ensemble_folder import Ensemble
from simcpec.storage.study_command import command_of, with_replications

Value = TypeVar("Value")

ROWS = 1000  # replications of a scenario, over all its draws, that are kept whole where nobody says otherwise
SAME_CALENDAR = ("run.horizon", "run.warm_up", "run.period")


@dataclass(frozen=True, kw_only=True)
class StudyPlan:
    """Everything of a study but its outcomes: loaded, built and checked, nothing played."""

    resolved: tuple[Resolved, ...]  # in the order of the arguments
    slugs: tuple[str, ...]
    points: tuple[BuiltScenario, ...]  # of the point values: what plan, prices and labels are taken from
    drawings: tuple[tuple[BuiltScenario, ...], ...]  # per draw, of its scenarios
    parameters: tuple[Parameters, ...]  # per scenario
    baseline: int | None
    seed: int
    replications: int  # with goals: those of the first look, or fewer
    numbers: tuple[int, ...]  # of the parameter draws
    engine: str
    sets: tuple[str, ...]  # ``key=value`` over every scenario
    rows: int  # replications of each draw that are kept whole
    goals: tuple[PrecisionTarget, ...]  # () where the number of replications is given
    command: str  # gives the same results again
    ensemble: str = ""  # whose members the draws are; "" where they are drawn from the catalogue

    @property
    def built(self) -> tuple[tuple[BuiltScenario, ...], ...]:
        """Per scenario and draw."""
        return tuple(zip(*self.drawings, strict=True))

    @property
    def worlds(self) -> list[World]:
        """As the jobs number them."""
        return [built.world for of_scenario in self.built for built in of_scenario]

    @property
    def antithetic(self) -> bool:
        """Whether replications are twins; `prepare` has seen to it that they are so in all scenarios, and even."""
        return bool(self.points[0].world.threat.antithetic)

    @property
    def plays(self) -> int:
        """Replications to play, over all scenarios and draws, at the values as written, and in other worlds."""
        return len(self.resolved) * (len(self.numbers) * self.replications + self.as_written + self.in_worlds)

    @cached_property
    def other_readings(self) -> tuple[str, ...]:
        """Readings of backlash under which a comparison over an ensemble is simulated too; () where it is none."""
        return () if self.baseline is None or not self.ensemble else other_readings(self.resolved)

    @property
    def in_worlds(self) -> int:
        """Replications of each scenario under the other readings of backlash."""
        draws, each = size_in_worlds(len(self.numbers), self.replications)
        return len(self.other_readings) * draws * each

    @property
    def as_written(self) -> int:
        """Replications of each scenario at the values as written, beside those of its draws; 0 without draws."""
        if self.numbers == (0,):
            return 0
        return replications_as_written(len(self.numbers) * self.replications, twins=self.antithetic)

    @property
    def looks(self) -> tuple[int, ...]:
        """Replications of a draw at which goals are looked at; () without goals."""
        return all_looks(self.replications, self.goals)

    @property
    def jobs(self) -> list[Job]:
        """Scenario by scenario, draw by draw: replications at the same addresses in all of them."""
        draws = len(self.numbers)
        return [
            Job(s * draws + d, number, replication)
            for s in range(len(self.resolved))
            for d, number in enumerate(self.numbers)
            for replication in range(self.replications)
        ]


def prepare(
    refs: Sequence[str],
    *,
    sets: Sequence[str] = (),
    vary: Sequence[str] = (),
    baseline: str | None = None,
    replications: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    rows: int | None = ROWS,
    quick: bool = False,
    engine: str | Engine = "compiled",
    ensemble: str | None = NO_ENSEMBLE,
) -> StudyPlan:
    """Load, check and build everything; plays nothing. Arguments and errors as in `study`.

    ensemble : a shipped name or a folder whose members are the parameter draws, 100 where nobody says how many;
    ``none``; None takes what the scenarios say (`study_size`), as the command line does.
    """
    if not refs:
        raise UserError("no scenario was named; allowed: one or more paths or shipped names")
    ones = variants(refs, sets=sets, vary=vary)
    base = _baseline(refs, [one.label == "" for one in ones], baseline)
    resolved = load_variants(ones)
    names = {one.ref: found.ref for one, found in zip(ones, resolved, strict=True)}
    return _ready(
        resolved,
        sets=shown_sets(refs, sets, names),
        vary=vary,
        base=base,
        replications=replications,
        draws=draws,
        seed=seed,
        rows=rows,
        quick=quick,
        engine=engine,
        ensemble=ensemble,
    )


def check(resolved: Resolved) -> tuple[str, ...]:
    """Build the world of a scenario as it is written, and those of its draws; returns its remarks.

    Raises `UserError`, most often a `ScenarioError`, where `run` would refuse it.
    """
    return _ready((resolved,)).points[0].remarks


def _ready(
    resolved: tuple[Resolved, ...],
    *,
    sets: Sequence[str] = (),
    vary: Sequence[str] = (),
    base: int | None = None,
    replications: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    rows: int | None = ROWS,
    quick: bool = False,
    engine: str | Engine = "compiled",
    ensemble: str | None = NO_ENSEMBLE,
) -> StudyPlan:
    """Agree on numbers, build every world, and check it."""
    size = study_size(resolved, replications=replications, draws=draws, quick=quick, ensemble=ensemble)
    replications, members = size.replications, size.ensemble
    goals = _agreed_goals(resolved) if replications is None else ()
    count = agreed(resolved, "replications", replications)
    if count < 1:
        raise UserError(f"replications is {count}; allowed: a whole number from 1")
    _refuse_lone_twins(resolved, [count, *(goal.at_most for goal in goals)])
    drawn, chosen = size.draws, check_seed(agreed(resolved, "seed", seed))
    numbers = draw_numbers(drawn)
    most = max([count, *(goal.at_most for goal in goals)])
    _refuse_other_calendar(resolved, 0 if base is None else base)
    points = each_of(resolved, build)
    _refuse_other_lengths(resolved, points, 0 if base is None else base)
    for point in points:
        check_accounts(point.plan)
    parameters, drawings = _drawings(resolved, points, chosen, numbers, members)
    points = tuple(_remarked(each, point, size) for each, point in zip(resolved, points, strict=True))
    name = engine if isinstance(engine, str) else f"{engine.__module__}:{getattr(engine, '__name__', '')}"
    return StudyPlan(
        resolved=resolved,
        slugs=_slugs(resolved),
        points=points,
        drawings=tuple(drawings),
        parameters=tuple(parameters),
        baseline=base,
        seed=chosen,
        replications=count,
        numbers=numbers,
        engine=name,
        sets=tuple(sets),
        rows=rows_of(rows, most, drawn, twins=bool(points[0].world.threat.antithetic)),
        goals=goals,
        command=command_of(resolved, sets, vary, base, chosen, None if goals else count, drawn, name)
        + ("" if rows_of(rows, most, drawn) == rows_of(ROWS, most, drawn) else f" --rows {rows or 'all'}")
        + _of_ensemble(size, drawn),
        ensemble="" if members is None else members.where,
    )


# ------------------------------------------------------------------------------------------------ what was asked for


def _agreed_goals(resolved: Sequence[Resolved]) -> tuple[PrecisionTarget, ...]:
    """The precision that all scenarios want."""
    said = by_name(resolved, map(goals_of, resolved))
    if len(set(said.values())) > 1:
        raise UserError(
            "run.precision must be the same in scenarios that are compared."
            " Give --set run.precision=... or --replications for all."
        )
    return next(iter(said.values()))


def goals_of(resolved: Resolved) -> tuple[PrecisionTarget, ...]:
    """Return what `run.precision` of a scenario wants."""
    return targets(resolved.scenario.run.precision)


def targets(blocks: Sequence[Precision]) -> tuple[PrecisionTarget, ...]:
    """Return the half-widths that blocks of a file want."""
    return tuple(
        PrecisionTarget(
            response=each.response,
            relative=each.half_width.value,
            floor=0.0 if each.floor is None else each.floor.value,
            at_most=each.at_most,
        )
        for each in blocks
    )


def rows_of(rows: int | None, replications: int, draws: int, *, twins: bool = False) -> int:
    """Replications of each draw that are kept whole: all (None), or its part of `rows`, at least one (or two twins)."""
    if rows is not None and rows < 1:
        raise UserError(f"rows is {rows}; allowed: a whole number from 1, or all")
    part = replications if rows is None else min(replications, max(1, rows // draws))
    return part + part % 2 if twins else part


def _baseline(refs: Sequence[str], plain: Sequence[bool], baseline: str | None) -> int | None:
    """Place of the baseline among all scenarios, of which the `plain` ones are `refs`; None for a single one."""
    if baseline is not None and baseline not in refs:
        raise UserError(f"baseline {baseline} is none of the scenarios; allowed: {', '.join(refs)}")
    places = [place for place, is_plain in enumerate(plain) if is_plain]
    return places[0 if baseline is None else list(refs).index(baseline)] if len(plain) > 1 else None


def _refuse_other_calendar(resolved: Sequence[Resolved], base: int) -> None:
    """Scenarios are compared period by period: they share horizon, warm-up and period; one may play in other years."""
    for each in (one for one in resolved if one is not resolved[base]):
        for key, old, new in differences(resolved[base], each):
            if key in SAME_CALENDAR:
                raise UserError(
                    f"{key} must be the same in scenarios that are compared: {resolved[base].ref} says {old},"
                    f" {each.ref} says {new}. Give --set {key}=... for all."
                )


def _refuse_other_lengths(resolved: Sequence[Resolved], points: Sequence[BuiltScenario], base: int) -> None:
    """Periods of scenarios that begin on different days are compared one by one, and so have the same lengths."""
    for each, point in zip(resolved, points, strict=True):
        if point.period_days != points[base].period_days:
            raise UserError(
                f"run.start of {each.ref} gives periods of {_days(point)} days, that of {resolved[base].ref} of"
                f" {_days(points[base])}; scenarios that are compared have periods of the same lengths."
                " Give --set run.start=... for all."
            )


def _days(point: BuiltScenario) -> str:
    return ", ".join(f"{days:g}" for days in point.period_days)


def _refuse_lone_twins(resolved: Sequence[Resolved], counts: Sequence[int]) -> None:
    """Antithetic replications are twins: in all scenarios that are compared or in none, and an even number of them."""
    said = by_name(resolved, (each.scenario.run.antithetic for each in resolved))
    if len(set(said.values())) > 1:
        told = ", ".join(f"{ref} says {word}" for ref, word in said.items())
        raise UserError(
            f"run.antithetic must be the same in scenarios that are compared: {told}."
            " Give --set run.antithetic=... for all."
        )
    odd = next((count for count in counts if count % 2), None)
    if "on" in said.values() and odd is not None:
        raise UserError(
            f"replications is {odd}, and run.antithetic is on: they are played as twins;"
            f" allowed: an even number, such as {odd + 1}"
        )


def _slugs(resolved: Sequence[Resolved]) -> tuple[str, ...]:
    """Folder names, each once: a reference that is named twice gets a number (both are the same, so order is idle)."""
    seen: dict[str, int] = {}
    found = []
    for each in resolved:
        seen[each.slug] = seen.get(each.slug, 0) + 1
        found.append(each.slug if seen[each.slug] == 1 else f"{each.slug}.{seen[each.slug]}")
    return tuple(found)


def asking_for(ready: StudyPlan, count: int) -> StudyPlan:
    """The study as if this number of replications had been asked for, and no precision."""
    kept, draws = min(ready.rows, count), len(ready.numbers)
    usual = kept == rows_of(ROWS, count, draws, twins=ready.antithetic)
    command = with_replications(ready.command, count, usual_rows=usual)
    return replace(ready, replications=count, rows=kept, goals=(), command=command)


# ------------------------------------------------------------------------------------------------ parameter draws


def _drawings(
    resolved: Sequence[Resolved],
    points: Sequence[BuiltScenario],
    seed: int,
    numbers: tuple[int, ...],
    ensemble: Ensemble | None,
) -> tuple[list[Parameters], list[tuple[BuiltScenario, ...]]]:
    """Per scenario the drawn values, and per draw what is built of each scenario. Draw 0 is the point values."""
    if numbers == (0,):
        return [Parameters() for _ in points], [tuple(points)]
    parameters = []
    for each, point in zip(resolved, points, strict=True):
        factors = factors_of(each, point.keys_read)
        if ensemble is not None:
            parameters.append(ensemble_parameters(ensemble, each, factors, seed=seed, numbers=numbers))
            continue
        keys, units = tuple(factor.key for factor in factors), tuple(factor.unit for factor in factors)
        parameters.append(Parameters(keys=keys, units=units, values=sampled(factors, seed=seed, numbers=numbers)))
    return parameters, [drawing(resolved, parameters, numbers, d) for d in range(len(numbers))]


def _remarked(resolved: Resolved, point: BuiltScenario, size: StudySize) -> BuiltScenario:
    """With what there is to tell of the ensemble."""
    if size.ensemble is None:
        return replace(point, remarks=(*point.remarks, size.note)) if size.note else point
    kept = kept_as_written(size.ensemble, resolved, factors_of(resolved, point.keys_read), point.keys_read)
    return replace(point, remarks=(*point.remarks, remark(size.ensemble, kept)))


def _of_ensemble(size: StudySize, drawn: int) -> str:
    """The option that gives the same draws again; nothing where there are none."""
    if drawn == 1 or (size.ensemble is None and size.named is None):
        return ""
    return f" --ensemble {NO_ENSEMBLE if size.ensemble is None else shlex.quote(size.ensemble.where)}"


def drawing(
    resolved: Sequence[Resolved], parameters: Sequence[Parameters], numbers: tuple[int, ...], d: int
) -> tuple[BuiltScenario, ...]:
    """All scenarios, built with the values of one draw (its index).  Raises ScenarioError where one cannot be built."""
    safe_point()
    built: list[BuiltScenario] = []
    faults: list[Fault] = []
    for each, of_one in zip(resolved, parameters, strict=True):
        drawn = dict(zip(of_one.keys, of_one.values[d].tolist(), strict=True))
        try:
            built.append(build(each, values=drawn))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        where = f" (parameter draw {numbers[d]})"
        raise ScenarioError(together(replace(fault, where=fault.where + where) for fault in faults))
    return tuple(built)
