"""Simulating scenarios: `run` each by itself, `compare` them with common random numbers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.commands.report import pages_written
from simcpec.cli.commands.scenario import STDIN, loaded
from simcpec.cli.console import study_data, study_plan, summary
from simcpec.cli.console.completion import scenarios as scenario_names
from simcpec.cli.console.console import Console
from simcpec.cli.console.progress import Stopwatch, bar, duration
from simcpec.cli.options import (
    Brief,
    Csv,
    CsvStyle,
    Draws,
    DryRun,
    Engine,
    EnsembleName,
    Force,
    Jobs,
    MaxTime,
    Out,
    Pdf,
    Quick,
    Replications,
    Rows,
    Scenarios,
    Seed,
    Sets,
    Vary,
)
from simcpec.errors import PointsFailed, Refused, StoppedEarly, UserError

if TYPE_CHECKING:
    from simcpec.experiments.design.prepare import StudyPlan
    from simcpec.results.records import Study

OUTPUTS = Path("outputs")
LONGEST = 100  # characters of a folder's name
TOLD = 3  # failed replications that a message names


@dataclass(frozen=True, kw_only=True)
class Order:
    """How to simulate, as the options say; None is what the scenarios say."""

    sets: tuple[str, ...]
    vary: tuple[str, ...] = ()
    seed: int | None
    replications: int | None
    draws: int | None
    jobs: int | None
    rows: int | None
    quick: bool
    force: bool
    dry_run: bool
    csv: str
    engine: str
    max_time: float | None  # seconds of a study
    ensemble: str | None = None  # whose members are the parameter draws: a shipped name, a folder, or none
    brief: bool = False  # also the executive page
    pdf: bool = False  # also each page as PDF


@dataclass(frozen=True, kw_only=True)
class Task:
    """One study, ready to be simulated, and the folder its results go to."""

    ready: StudyPlan
    folder: Path


def run(
    console: Console,
    scenarios: Scenarios,
    sets: Sets = None,
    seed: Seed = None,
    replications: Replications = None,
    draws: Draws = None,
    ensemble: EnsembleName = None,
    jobs: Jobs = None,
    rows: Rows = None,
    out: Out = None,
    quick: Quick = False,
    dry_run: DryRun = False,
    force: Force = False,
    csv: Csv = CsvStyle.plain,
    engine: Engine = "compiled",
    max_time: MaxTime = None,
    brief: Brief = False,
    pdf: Pdf = False,
) -> None:
    """Simulate scenarios, each on its own, and report.

    A scenario that extends base is simulated for 100 members of its calibrated ensemble, 10 replications each, so that
    every mean has a Monte Carlo and an uncertainty interval. --draws N takes N members; --draws 1, or -r alone,
    simulates the values as written.

    The results of each go to a folder of its own, outputs/<scenario>, with the report, tables, figures and all
    numbers; with --out and several scenarios, to FOLDER/<scenario>. The last line printed is the path of the report.
    """
    from simcpec.scenario.layering.variants import own_sets

    order = _order(sets, seed, replications, draws, jobs, rows, quick, force, dry_run, csv, engine, max_time)
    order = replace(order, ensemble=ensemble, brief=brief, pdf=pdf)
    _check(console, scenarios, order)
    own = own_sets(scenarios, order.sets)
    ready = [_prepared([ref], None, replace(order, sets=own[ref])) for ref in scenarios]
    names = [name_of(one, quick=quick) for one in ready]
    if len(set(names)) < len(names):
        raise UserError("a scenario stands twice; each is run once")
    folders = [out] if out is not None and len(ready) == 1 else [(out or OUTPUTS) / name for name in names]
    _finish(console, "run", [Task(ready=r, folder=f) for r, f in zip(ready, folders, strict=True)], order)


def compare(
    console: Console,
    scenarios: Scenarios,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO",
            help="The scenario that the others are compared with; the first by default.",
            autocompletion=scenario_names,
        ),
    ] = None,
    sets: Sets = None,
    vary: Vary = None,
    seed: Seed = None,
    replications: Replications = None,
    draws: Draws = None,
    ensemble: EnsembleName = None,
    jobs: Jobs = None,
    rows: Rows = None,
    out: Out = None,
    quick: Quick = False,
    dry_run: DryRun = False,
    force: Force = False,
    csv: Csv = CsvStyle.plain,
    engine: Engine = "compiled",
    max_time: MaxTime = None,
    brief: Brief = False,
    pdf: Pdf = False,
    save_study: Annotated[
        Path | None,
        typer.Option(
            "--save-study", metavar="FILE", help="Write what --vary asks for as a study file, for `simcpec sweep`."
        ),
    ] = None,
) -> None:
    """Simulate scenarios with the same random numbers and compare them.

    Every scenario meets the same plots, leads and movements, so that a difference comes from the scenarios and
    not from chance. Scenarios that extend base are simulated for 100 members of their calibrated ensemble, 10
    replications each (--draws N takes N members; --draws 1, or -r alone, simulates the values as written), and a fifth
    of the members again under every other reading of backlash. Fewer or more is claimed where 90 % of the draws and
    all readings agree; otherwise it is a tie. With --vary, one scenario is enough: it is compared with itself under
    other values. Results go to
    outputs/<baseline>-vs-<others>. The last line printed is the path of the report.
    """
    order = _order(sets, seed, replications, draws, jobs, rows, quick, force, dry_run, csv, engine, max_time)
    order = replace(order, ensemble=ensemble, brief=brief, pdf=pdf)
    order = replace(order, vary=tuple(vary or ()))
    if len(scenarios) < 2 and not order.vary:
        raise UserError("there is nothing to compare; name two scenarios or more, use --vary, or `simcpec run`")
    _check(console, scenarios, order)
    ready = _prepared(scenarios, _named(baseline, scenarios), order)
    folder = out if out is not None else OUTPUTS / name_of(ready, quick=quick)
    if save_study is not None:
        _save_study(save_study, scenarios, ready, order)
    _finish(console, "compare", [Task(ready=ready, folder=folder)], order)


# ------------------------------------------------------------------------------------------------ before playing


def _order(
    sets: list[str] | None,
    seed: int | None,
    replications: int | None,
    draws: int | None,
    jobs: int | None,
    rows: int | None,
    quick: bool,
    force: bool,
    dry_run: bool,
    csv: str,
    engine: str,
    max_time: float | None,
) -> Order:
    return Order(
        sets=tuple(sets or ()),
        seed=seed,
        replications=replications,
        draws=draws,
        jobs=jobs,
        rows=rows,
        quick=quick,
        force=force,
        dry_run=dry_run,
        csv=csv,
        engine=engine,
        max_time=max_time,
    )


def _check(console: Console, refs: Sequence[str], order: Order) -> None:
    """Tell all faults of all files before anything heavy is imported; what stdin holds is read only once, later."""
    if order.pdf:
        from simcpec.reporting.page.pdf import weasyprint

        weasyprint()
    if refs.count(STDIN) > 1:
        raise UserError("- stands twice; stdin can be read only once")
    loaded(console, refs, order.sets, order.vary, but=[STDIN])
    from simcpec.engines import ENGINES

    if ":" not in order.engine and order.engine not in ENGINES:
        raise UserError(f"engine is {order.engine!r}; allowed: {', '.join(ENGINES)}")


def _named(baseline: str | None, refs: Sequence[str]) -> str | None:
    """The baseline as it stands among the scenarios: ``share-1`` also means ``scenarios/share-1.yaml``."""
    from simcpec.scenario import slug_of

    if baseline is None or baseline in refs:
        return baseline
    same = [ref for ref in refs if slug_of(ref) == slug_of(baseline)]
    return same[0] if same else baseline


def _save_study(target: Path, refs: Sequence[str], ready: StudyPlan, order: Order) -> None:
    """Write the study file that a comparison stands for. Raises Refused where there is a file already."""
    from simcpec.experiments.sweep.studies.from_vary import study_text
    from simcpec.storage.atomic_replace import write_whole

    text = study_text(
        refs, sets=order.sets, vary=order.vary, replications=ready.replications, draws=len(ready.numbers),
        seed=ready.seed, target=target,
    )  # fmt: skip
    if target.exists() and not order.force:
        raise Refused(f"{target} is there already; name another file, or use --force to replace it")
    if not order.dry_run:
        write_whole(target, text)


def _prepared(refs: Sequence[str], baseline: str | None, order: Order) -> StudyPlan:
    from simcpec.experiments.design import prepare
    from simcpec.storage.study_command import with_csv

    ready = prepare.prepare(
        refs,
        sets=order.sets,
        vary=order.vary,
        baseline=baseline,
        replications=order.replications,
        draws=order.draws,
        seed=order.seed,
        rows=prepare.ROWS if order.rows is None else (order.rows or None),  # 0 stands for all
        quick=order.quick,
        engine=order.engine,
        ensemble=order.ensemble,
    )
    return replace(ready, command=with_csv(ready.command, order.csv))


def name_of(ready: StudyPlan, *, quick: bool = False) -> str:
    """Name of the folder of a study: the scenario, or ``baseline-vs-others``; a first look never replaces a result."""
    base = ready.baseline
    others = [slug for index, slug in enumerate(ready.slugs) if index != base]
    name = "-".join(others) if base is None else f"{ready.slugs[base]}-vs-{'-'.join(others)}"
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 7].rstrip('-.')}-{sha256(name.encode()).hexdigest()[:6]}"
    return f"{name}-quick" if quick else name


def _finish(console: Console, verb: str, tasks: Sequence[Task], order: Order) -> None:
    """Simulate the tasks one after the other, or, in a dry run, say what they are."""
    from simcpec.storage import output_folder

    for task in tasks:
        output_folder.probe(task.folder, force=order.force)
    if order.dry_run:
        found = [_plan(task, order) for task in tasks]
        console.result(verb, {"dry_run": True, "studies": found}, "\n".join(map(study_plan.text, found)))
        return
    done = [(task, _played(console, task, order)) for task in tasks]
    studies = [{**_places(task, order), "command": study.command, **study_data.data(study)} for task, study in done]
    text = "\n".join(f"{_told(study)}\n{_pages_text(task, order)}\n" for task, study in done)
    console.result(verb, {"dry_run": False, "studies": studies}, text)
    _complain_of_failures([(study, task.folder) for task, study in done])
    _complain_of_limits([study for _, study in done])


# ------------------------------------------------------------------------------------------------ playing


def _told(study: Study) -> str:
    """The short table, and below it what became of the precision that was asked for."""
    lines = [*summary.precision_lines(study), *summary.limit_lines(study)]
    return summary.table(study) + "".join(f"{line}\n" for line in lines)


def _played(console: Console, task: Task, order: Order) -> Study:
    """Simulate one study and write its folder."""
    from simcpec.economics.unspent_money import unspent_lines
    from simcpec.experiments import cost_of_study, study
    from simcpec.reporting import write_report
    from simcpec.reporting.page.findings import REMEDY, unspent_text
    from simcpec.storage import study_folder

    began = time.monotonic()
    ready = task.ready
    plan = _plan(task, order)
    for line in study_plan.text(plan).splitlines():
        console.detail(line)
    several = ready.points if len(ready.points) > 1 else ()
    of_all = [remark for remark in ready.points[0].remarks if several and all(remark in p.remarks for p in several)]
    for remark in of_all:
        console.remark(remark)
    for ref, point in zip(ready.slugs, ready.points, strict=True):
        for remark in point.remarks:
            if remark not in of_all:
                console.remark(f"{ref}: {remark}")
        if lines := unspent_lines(point.plan):
            tell = console.remark if any(line.most for line in lines) else console.detail
            tell(f"{ref}: {unspent_text(lines)}" + ("" if lines[0].fractional else f". {REMEDY}"))
    if (warning := study_plan.warning(plan, order.max_time)) is not None:
        console.line(warning)
    with bar(console, "Simulating") as progress:
        watch = Stopwatch(progress)
        result = study.played(
            ready, jobs=order.jobs, progress=watch, notice=console.waiting, max_seconds=order.max_time
        )
    spent = time.monotonic() - began
    plays = watch.done or replace(ready, replications=result.replications).plays
    console.waiting(f"Simulated {plays} replications in {duration(spent)}; writing {task.folder.as_posix()} ...")
    for line in [*summary.pairing_lines(result), *summary.fate_lines(result)]:
        console.detail(line)
    timing = {"seconds": round(spent, 3), "jobs": order.jobs}
    writing = time.monotonic()
    render = partial(write_report, notice=console.seldom, brief=order.brief, pdf=order.pdf)
    study_folder.write(result, task.folder, force=order.force, render=render, timing=timing, csv=order.csv)
    cost_of_study.learn(
        ready, replications=watch.done, seconds=watch.seconds, writing=time.monotonic() - writing, jobs=order.jobs
    )
    return result


def _places(task: Task, order: Order) -> dict[str, str]:
    return {"output": task.folder.as_posix(), **pages_written(task.folder, brief=order.brief, pdf=order.pdf)}


def _pages_text(task: Task, order: Order) -> str:
    """One path a line, that of the report last."""
    report, *others = pages_written(task.folder, brief=order.brief, pdf=order.pdf).values()
    return "\n".join([*others, report])


def _complain_of_failures(studies: Sequence[tuple[Study, Path]]) -> None:
    """Raise PointsFailed if replications failed; the others have been kept and written."""
    failed = [each for study, folder in studies for each in summary.failures(study.scenarios, folder)]
    if not failed:
        return
    lines = [f"  {which}\n    again: {again}" for which, again in failed[:TOLD]]
    more = [f"  and {len(failed) - TOLD} more, which the report names"] if len(failed) > TOLD else []
    what = "1 replication failed and was" if len(failed) == 1 else f"{len(failed)} replications failed and were"
    head = f"finished, but {what} left out of every scenario:"
    raise PointsFailed("\n".join([head, *lines, *more]))


def _complain_of_limits(studies: Sequence[Study]) -> None:
    """Raise StoppedEarly if a time limit ended a study; what it had by then has been written."""
    lines = [line for study in studies for line in summary.limit_lines(study)]
    if lines:
        raise StoppedEarly("\n".join(lines))


def _plan(task: Task, order: Order) -> dict[str, Any]:
    """Return what would be simulated and written."""
    plan = study_plan.plan(task.ready, jobs=order.jobs)
    return {**plan, "max_time_seconds": order.max_time, "replaces": task.folder.exists(), **_places(task, order)}
