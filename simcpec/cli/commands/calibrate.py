"""`calibrate`: fit the uncertain settings of a scenario to history, and say what history cannot tell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.console.console import Console, columns
from simcpec.cli.console.progress import Stopwatch, bar
from simcpec.cli.options import MOST, Engine, Force, Jobs, Scenario, Seed, Sets
from simcpec.errors import Refused

if TYPE_CHECKING:
    from simcpec.calibration.calibrate import Calibration
    from simcpec.calibration.draws.plan import CalibrationPlan
    from simcpec.calibration.events.own_events import OwnEvents

OUTPUTS = Path("outputs") / "calibration"
PARTS = ".parts"  # beside the wanted folder, until that is whole
TOLD = 8  # settings that the text names on both ends


def calibrate(
    console: Console,
    scenario: Scenario,
    targets: Annotated[
        str,
        typer.Option("--targets", metavar="FILE", help="A file of calibration targets, or the name of a shipped one."),
    ],
    sets: Sets = None,
    draws: Annotated[
        int, typer.Option(min=8, max=MOST, metavar="N", help="How many draws of the uncertain settings to simulate.")
    ] = 1024,
    replications: Annotated[
        int, typer.Option("--replications", "-r", min=2, max=MOST, metavar="N", help="Replications of each draw.")
    ] = 32,
    members: Annotated[
        int, typer.Option(min=8, max=100_000, metavar="N", help="How many members the ensemble gets.")
    ] = 400,
    seed: Seed = None,
    jobs: Jobs = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where the ensemble goes.")] = None,
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            metavar="CSV",
            help="A list of events of your own, for severity, drift and follow-ons: date, province, deaths; or the"
            " columns of UCDP GED, GTD or ACLED. No event of it is stored.",
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a calibration that was stopped.")] = False,
    force: Force = False,
    engine: Engine = "compiled",
) -> None:
    """Fit the uncertain settings of a scenario to history.

    Draws of all uncertain settings are simulated over the days of the targets, ruled out or weighed, and resampled to
    an ensemble of states of the world. The folder holds the ensemble, for run --ensemble, and tables of the fit, of
    what the data moved and of what they could not. A calibration that was stopped goes on with --resume, to the same
    bytes.
    """
    from simcpec.calibration.calibrate import calibrated
    from simcpec.calibration.draws.plan import plan_of
    from simcpec.calibration.draws.simulated import Simulator
    from simcpec.calibration.targets.target_file import read_targets
    from simcpec.storage.output_folder import probe

    read, own = read_targets(targets), _read_events(console, events, scenario, sets or ())
    plan = plan_of(
        scenario, read if own is None else own.into(read), sets=(*(sets or ()), *(() if own is None else own.sets)),
        draws=draws, replications=replications, members=members, tries=8, seed=seed,
    )  # fmt: skip
    folder = out if out is not None else OUTPUTS / plan.resolved.slug
    probe(folder, force=force)
    parts = folder.with_name(folder.name + PARTS)
    _refuse_parts(parts, resume=resume, force=force)
    with bar(console, "Simulating draws") as progress:
        how = Simulator(
            plan=plan, folder=parts, engine=engine, jobs=jobs, progress=Stopwatch(progress), notice=console.waiting
        )
        found = calibrated(how, folder.as_posix())
    command = _command(scenario, targets, sets or [], plan, engine, events)
    _write(found, folder, command, own, force=force)
    _remove(parts)
    console.result("calibrate", _content(found, folder), _told(found, folder))


def _read_events(console: Console, events: Path | None, scenario: str, sets: Sequence[str]) -> OwnEvents | None:
    """Return what a list of events of the user's own gives, and say what was left out of it; None without a list."""
    from simcpec.calibration.events.own_events import own_events

    if events is None:
        return None
    own = own_events(events, scenario, sets)
    for line in own.lines:
        console.remark(f"{events.name}: {line}")
    return own


def _refuse_parts(parts: Path, *, resume: bool, force: bool) -> None:
    """Refuse what another calibration has left, unless it is to be gone on with or given up."""
    if not parts.exists() or resume:
        return
    if not force:
        raise Refused(
            f"{parts.as_posix()} holds the parts of a calibration that was stopped; --resume goes on with it,"
            " --force begins again"
        )
    _remove(parts)


def _remove(parts: Path) -> None:
    """Remove the parts, and nothing else that may stand there."""
    from simcpec.calibration.draws.simulated import PART_NAMES

    for path in [path for form in PART_NAMES for path in sorted(parts.glob(form))]:
        path.unlink()
    if parts.exists() and not any(parts.iterdir()):
        parts.rmdir()


def _command(
    scenario: str, targets: str, sets: list[str], plan: CalibrationPlan, engine: str, events: Path | None
) -> str:
    words = ["simcpec", "calibrate", scenario, "--targets", targets]
    words += [word for text in sets for word in ("--set", text)]
    words += ["--draws", str(plan.draws), "--replications", str(plan.replications), "--members", str(plan.members)]
    words += ["--seed", str(plan.seed), *([] if engine == "compiled" else ["--engine", engine])]
    words += [] if events is None else ["--events", events.as_posix()]
    return shlex.join(words)


def _write(found: Calibration, folder: Path, command: str, own: OwnEvents | None, *, force: bool) -> None:
    from simcpec.calibration.tables import tables
    from simcpec.experiments.sweep.studies.model_digest import model_digest
    from simcpec.reporting.calibration.pictures import pictures
    from simcpec.results.provenance import software
    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.ensemble_folder import about, write_members
    from simcpec.storage.output_folder import whole_folder, write_text

    plan = found.weighed.plan
    manifest = {
        **about(found.ensemble), "command": command, "scenario": plan.resolved.ref, "targets": plan.targets.where,
        "targets_digest": plan.targets.digest, "plan_digest": plan.digest, "model": model_digest(),
        "seed": plan.seed,
        "software": dict(software()), "effective_draws": found.weighed.effective, "converged": found.converged,
    }  # fmt: skip
    with whole_folder(folder, manifest=manifest, force=force) as hidden:
        write_members(hidden, found.ensemble)
        write_text(hidden / "scenario.yaml", plan.resolved.text)
        for name, text in {**tables(found), **({} if own is None else {"events.csv": own.table})}.items():
            write_text(hidden / name, text)
        for picture in pictures(found):
            write_text(hidden / "figures" / f"{picture.stem}.svg", picture.svg)
            (hidden / "figures" / f"{picture.stem}.png").write_bytes(picture.png)
            write_text(hidden / "figures" / f"{picture.stem}.csv", csv_text(picture.fields, picture.records))


# ------------------------------------------------------------------------------------------------ telling


def _content(found: Calibration, folder: Path) -> dict[str, Any]:
    from simcpec.calibration.checks.mechanisms import findings
    from simcpec.calibration.tables import summary

    return {
        "output": folder.as_posix(),
        **summary(found),
        "unmoved": [each.key for each in found.settings if not each.moved],
        "moved": [each.key for each in found.settings if each.moved],
        "mechanisms": findings(found.mechanisms),
    }


def _told(found: Calibration, folder: Path) -> str:
    from simcpec.calibration.tables import summary
    from simcpec.reporting.formatting import significant

    said, of = summary(found), found.weighed
    rows = [
        [row.target, significant(row.observed), significant(row.median),
         f"{significant(row.low)} to {significant(row.high)}", f"{row.per_cent:.0f} %", "yes" if row.inside else "NO"]
        for row in found.fit
    ]  # fmt: skip
    moved = [each for each in found.settings if each.moved]
    unmoved = [each for each in found.settings if not each.moved]
    least = [
        f"  {each.key}: {100.0 * each.contraction:.0f} %" for each in sorted(moved, key=lambda e: -e.contraction)[:TOLD]
    ]  # fmt: skip
    drivers = [each.key for each in unmoved if each.driver]
    lines = [
        columns(rows, heading=("target", "observed", "predicted", "interval", "of", "inside"), numbers=(1, 2)),
        f"Effective draws: {of.effective:.0f} of {of.plan.draws} ({found.weighed.plan.members} members); "
        + ("converged." if found.converged else f"NOT converged: {said['effective_wanted']:.0f} are wanted."),
        f"National rate a year: {significant(found.rate[1])} ({significant(found.rate[0])} to"
        f" {significant(found.rate[2])}); the interval is {found.wider:.1f} times that of a Poisson count.",
        f"What the data moved (variance of the range taken away), {len(moved)} of {len(found.settings)} settings:",
        *least,
        f"What they could not move, among the drivers: {', '.join(drivers) or 'none'}.",
        f"4 + 4 years see a halving with probability {said['halving_if_poisson']:.2f} if counts were Poisson;"
        f" false alarms at this dispersion: {100.0 * said['false_alarm_as_dispersed']:.0f} %.",
        *_checked(found),
        *_switched(found),
        folder.as_posix(),
    ]
    return "\n".join(lines) + "\n"


def _checked(found: Calibration) -> list[str]:
    """What the checks say, in sentences."""
    from simcpec.calibration.checks.out_of_sample import MODEL

    lines = [
        f"Simulation-based calibration: p = {found.ranks.p:.2g}, 90 % intervals cover {found.ranks.coverage:.0f} %;"
        f" with a planted error p = {found.planted.p:.1g}."
    ]
    ours = [each for each in found.forecasts if each.method == MODEL]
    beaten = [
        f"{one.province} ({other.method})"
        for one in ours
        for other in found.forecasts
        if other.province == one.province and other.score < one.score
    ]
    if ours:
        lines.append(f"Out of sample the drift of the model is beaten in: {', '.join(beaten) or 'no province'}.")
    if found.rivals:
        one, two = found.rivals
        lines.append(
            f"Draws {one.draw} and {two.draw} fit equally well; a quarter more guards averts {one.guards:.1f} and"
            f" {two.guards:.1f} % of breaches, a quarter more detection {one.detection:.1f} and {two.detection:.1f} %."
        )
    return lines


def _switched(found: Calibration) -> list[str]:
    """What the record says of each mechanism, in sentences."""
    from simcpec.calibration.checks.mechanisms import findings

    said = findings(found.mechanisms)
    return ["Mechanisms, one at a time:", *(f"  {each}" for each in said)] if said else []
