"""`sweep plan`, `sweep run`, `sweep extend`: what a study will take, and simulating it."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.commands.sweeps.folders import (
    Study,
    Sweep,
    failure_lines,
    failure_rows,
    folder_of_study,
    folder_of_sweep,
    reading,
)
from simcpec.cli.commands.sweeps.policy_table import contrasts_reached, policy_table
from simcpec.cli.commands.sweeps.results import draw
from simcpec.cli.console.console import Console, columns
from simcpec.cli.console.progress import bar, duration
from simcpec.cli.console.study_plan import size_text
from simcpec.cli.options import MOST, Engine, Jobs, Out
from simcpec.errors import UserError

if TYPE_CHECKING:
    from simcpec.experiments.sweep.run import HowToSweep, SweepOutcome
    from simcpec.experiments.sweep.studies.study_file import SweepStudy

Resume = Annotated[
    bool, typer.Option("--resume", help="Continue a study that was begun: simulate only what is missing.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first point that fails.")]
Chunk = Annotated[
    int | None,
    typer.Option(
        "--chunk", min=1, max=MOST, metavar="N", help="Replications in one task, 100 by default; changes no result."
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="WHERE",
        help="Simulate on Dask workers: tcp://HOST:PORT of a scheduler, or local[:N] for N processes here.",
    ),
]
Patience = Annotated[
    float,
    typer.Option(
        "--patience",
        min=0.01,
        metavar="SECONDS",
        help="Time limit of one task; it is tried once more, then counts as failed.",
    ),
]
PATIENCE = 600.0
NoReport = Annotated[bool, typer.Option("--no-report", help="Do not write the report page at the end.")]
Scenarios = Annotated[bool, typer.Option("--scenarios", help="Print the first points as complete resolved scenarios.")]


def plan(console: Console, study: Study, jobs: Jobs = None, out: Out = None, scenarios: Scenarios = False) -> None:
    """Estimate what a study takes: points, replications, time and disk space. Nothing is simulated.

    The first points are built and shown. The time is estimated from the speed measured on this machine.
    """
    from simcpec.experiments.sweep.studies.study_file import read_study

    read = read_study(study)  # a bad study is refused before the simulation is imported
    from simcpec.experiments.sweep.sweep_plan import sweep_plan

    found = sweep_plan(read, jobs=jobs)
    folder = folder_of_study(study, out)
    first = [
        {
            "id": each.id, "values": read.points.values(each.point), "sets": list(each.point.sets),
            "draw": each.point.draw, "baseline": each.point.policy < 0, "scenario": each.resolved.text,
        }
        for each in found.first
    ]  # fmt: skip
    content = {
        "study": read.name, "points": found.points, "baselines": found.baselines, "replications": found.replications,
        "plays": found.plays, "seed": read.seed, "seconds": float(f"{found.seconds:.2g}"),
        "disk_bytes": float(f"{found.disk_bytes:.2g}"), "measured_here": found.measured, "output": folder.as_posix(),
        "precision": [asdict(each) for each in read.precision],
        "factors": [_factor(each) for each in (*read.points.policy_factors, *read.points.state_factors)],
        "first": first,
    }  # fmt: skip
    console.result("sweep plan", content, _plan_text(content, scenarios=scenarios))


def _factor(each: Any) -> dict[str, Any]:
    levels = list(each.levels) if each.levels is not None else [each.range.text(0.0), each.range.text(1.0)]
    return {"name": each.name, "target": each.target, "levels": levels, "range": each.levels is None}


def _goal_text(goal: dict[str, Any]) -> str:
    """What is wanted of the contrasts of a response, as a line of the plan."""
    wanted = [f"{100.0 * goal['relative']:g} % of it"] if goal["relative"] else []
    wanted += [f"{goal['floor']:g}"] if goal["floor"] else []
    return (
        f"the contrast of {goal['response']} is known to {' or '.join(wanted)} at every point, "
        f"or {goal['at_most']:,} replications are there"
    )


def _plan_text(said: dict[str, Any], *, scenarios: bool) -> str:
    known = "at the pace measured here" if said["measured_here"] else "at a built-in pace; none was measured here"
    rows = [["study", said["study"]]]
    for number, factor in enumerate(said["factors"]):
        levels = factor["levels"]
        shown = " to ".join(levels) if factor["range"] else ", ".join(levels[:8]) + (", ..." if len(levels) > 8 else "")
        count = "" if factor["range"] else f" ({len(levels)} levels)"
        rows.append(["factors" if number == 0 else "", f"{factor['name']}: {shown}{count}"])
    rows += [
        ["points", f"{said['points']:,}, and {said['baselines']:,} of the baseline"],
        ["replications", f"{said['replications']:,} of each point, {said['plays']:,} in all"],
        *([["until", _goal_text(each)] for each in said["precision"]]),
        ["seed", str(said["seed"])],
        ["expected", f"{duration(said['seconds'])}, {size_text(said['disk_bytes'])} on disk ({known})"],
        ["results go to", said["output"]],
    ]
    text = columns(rows)
    for each in said["first"]:
        name = (
            "baseline" if each["baseline"] else ", ".join(f"{k} {v or 'as written'}" for k, v in each["values"].items())
        )
        text += f"\n{name}    {each['id']}\n"
        text += "".join(f"  {line}\n" for line in each["sets"]) if not scenarios else each["scenario"]
    return text


def run(
    console: Console,
    study: Study,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    fail_fast: FailFast = False,
    chunk: Chunk = None,
    engine: Engine = "compiled",
    cluster: Cluster = None,
    patience: Patience = PATIENCE,
    no_report: NoReport = False,
) -> None:
    """Simulate every point of a study and write a report.

    Results go to outputs/sweeps/<study> and are stored as soon as they are simulated. If a run ends early for any
    reason, --resume continues it. A point that fails does not affect the others. The last line printed is the path of
    the report.
    """
    from simcpec.experiments.sweep.studies.study_file import read_study

    read_study(study)  # all faults of the file before anything is made, and before the simulation is imported
    from simcpec.experiments.sweep.run import in_folder
    from simcpec.experiments.sweep.studies.study_record import as_extended, stored

    folder = folder_of_study(study, out)
    how = _how(console, jobs, chunk, engine, cluster, patience=patience, fail_fast=fail_fast, resume=resume)
    with in_folder(folder, f"simcpec sweep run {study}") as here:
        record = stored(here.database.found(verify=False))
        read = as_extended(study, record if resume else None)
        _finish(
            console, "sweep run", read, here, how, study, {} if record is None else record.changes, no_report=no_report
        )


def extend(
    console: Console,
    sweep: Sweep,
    points: Annotated[
        int | None,
        typer.Option(min=1, max=MOST, metavar="N", help="Total points of a Sobol' or Latin hypercube design."),
    ] = None,
    trajectories: Annotated[
        int | None, typer.Option(min=1, max=MOST, metavar="N", help="Total trajectories of a Morris design.")
    ] = None,
    replications: Annotated[
        int | None,
        typer.Option("--replications", "-r", min=1, max=MOST, metavar="N", help="Total replications of each point."),
    ] = None,
    response: Annotated[
        list[str] | None,
        typer.Option("--response", metavar="NAME", help="Add a response; nothing has to be simulated."),
    ] = None,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
    chunk: Chunk = None,
    engine: Engine = "compiled",
    cluster: Cluster = None,
    patience: Patience = PATIENCE,
    no_report: NoReport = False,
) -> None:
    """Add points, replications or responses to a study; existing results are kept unchanged.

    A Sobol' design continues its sequence. A Latin hypercube grows to a multiple of its present size, and new points
    fill the empty strata. New replications follow the existing ones.
    """
    from simcpec.experiments.sweep.run import in_folder
    from simcpec.experiments.sweep.studies.study_record import StudyRecord, extension, stored, study_in

    if points is None and replications is None and trajectories is None and not response:
        raise UserError("nothing is extended; allowed: --points, --trajectories, --replications, --response")
    folder = folder_of_sweep(sweep)
    with reading(folder) as reader:
        record = stored(reader.found)
        assert record is not None
        changes = extension(
            reader.study, record, points=points, replications=replications, trajectories=trajectories,
            responses=response or (),
        )  # fmt: skip
    read = study_in(folder, StudyRecord(**{**record.body, "changes": changes}))
    how = _how(console, jobs, chunk, engine, cluster, patience=patience, fail_fast=fail_fast, resume=True)
    with in_folder(folder, f"simcpec sweep extend {sweep}") as here:
        _finish(console, "sweep extend", read, here, how, None, changes, no_report=no_report)


# ------------------------------------------------------------------------------------------------ running


def _how(
    console: Console, jobs: int | None, chunk: int | None, engine: str, cluster: str | None, *, patience: float,
    fail_fast: bool, resume: bool,
) -> HowToSweep:  # fmt: skip
    from simcpec.engines import ENGINES
    from simcpec.experiments.execution.dask_cluster import checked_place
    from simcpec.experiments.sweep.run import CHUNK, HowToSweep

    if ":" not in engine and engine not in ENGINES:
        raise UserError(f"engine is {engine!r}; allowed: {', '.join(ENGINES)}")
    if cluster is not None and jobs is not None:
        raise UserError("--jobs counts workers on this machine; with --cluster it is local:N, or what the cluster has")
    return HowToSweep(
        workers=jobs, chunk=chunk or CHUNK, engine=engine, fail_fast=fail_fast, resume=resume, notice=console.waiting,
        patience=patience, cluster=None if cluster is None else checked_place(cluster),
    )  # fmt: skip


def _finish(
    console: Console, verb: str, read: SweepStudy, here: Any, how: HowToSweep, ref: str | None,
    changes: Any, *, no_report: bool,
) -> None:  # fmt: skip
    """Simulate, draw the page, tell, and complain of what failed."""
    from dataclasses import replace

    from simcpec.experiments.sweep.rounds import run_rounds
    from simcpec.experiments.sweep.run import complain
    from simcpec.experiments.sweep.studies.study_record import write_copies
    from simcpec.experiments.sweep.sweep_plan import learn

    began = time.monotonic()
    copies = None if ref is None else lambda: write_copies(ref, read, here.path)
    with bar(console, "Simulating") as progress:
        rounds = run_rounds(read, here, replace(how, progress=progress), changes, copies)
    read, outcome = rounds.study, rounds.outcome
    if how.cluster is None:
        learn(read, replications=outcome.simulated, seconds=outcome.seconds, jobs=how.workers, engine=str(how.engine))
    for line in outcome.damaged:
        console.line(f"{line}; simulated again")
    page = here.path
    if not no_report and (outcome.simulated or not outcome.failed):
        console.waiting("Drawing the report ...")
        page = draw(here.path)
    seconds = time.monotonic() - began
    with reading(here.path) as reader:
        reached = contrasts_reached(read, rounds.reached)
        shown = policy_table(reader) + reached.text + _text(read, page, outcome, seconds)
        content = _content(read, here.path, page, outcome, seconds)
        console.result(verb, content | ({"precision": reached.content} if read.precision else {}), shown)
        points = [read.points[number] for number in outcome.failed]
        keys = {point.key for point in points}
        failures = {key: body for key, body in reader.failures().items() if key in keys}
        complain(outcome, failure_lines(failure_rows(read, failures)))


def _content(read: SweepStudy, folder: Path, page: Path, outcome: SweepOutcome, seconds: float) -> dict[str, Any]:
    return {
        "study": read.name, "points": len(read.points), "replications": read.replications,
        "simulated": outcome.simulated, "failed": len(outcome.failed), "damaged": outcome.damaged,
        "output": folder.as_posix(), "report": None if page == folder else page.as_posix(),
        "seconds": round(seconds, 3),
    }  # fmt: skip


def _text(read: SweepStudy, page: Path, outcome: SweepOutcome, seconds: float) -> str:
    done = len(read.points) - len(outcome.failed)
    head = (
        f"{read.name}: {done:,} of {len(read.points):,} points have {read.replications:,} replications each; "
        f"{outcome.simulated:,} were simulated now, in {duration(seconds)}\n"
    )
    return f"{head}{page.as_posix()}\n"
