"""`sweep status`, `verify`, `export`, `report`, `compare`: what a folder holds, and what it says."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.commands.sweeps.folders import Sweep, failure_lines, failure_rows, folder_of_sweep, reading
from simcpec.cli.console.console import Console, columns
from simcpec.cli.console.progress import duration
from simcpec.errors import Refused

if TYPE_CHECKING:
    from simcpec.experiments.sweep.results import SweepReader

BETWEEN = 2.0  # seconds between two looks of `status --follow`


class Format(StrEnum):
    """What `sweep export` writes."""

    csv = "csv"
    parquet = "parquet"
    netcdf = "netcdf"


Follow = Annotated[bool, typer.Option("--follow", help="Repeat every two seconds until no run is active.")]


def status(console: Console, sweep: Sweep, follow: Follow = False) -> None:
    """Show the progress of a study: points done, failed and missing, and the time left while it runs."""
    folder = folder_of_sweep(sweep)
    said = _status(folder)
    while follow and said["running"] is not None and not console.json:
        console.line(_running_text(said))
        time.sleep(BETWEEN)
        said = _status(folder)
    console.result("sweep status", said, _status_text(said))


def _status(folder: Path) -> dict[str, Any]:
    from simcpec.storage.sweeps.kernel_lock import holder_of

    holder = holder_of(folder)
    with reading(folder) as reader:
        study = reader.study
        lacks = [(point, reader.lacks(point)) for point in study.points.in_order()]
        done = sum(lack == 0 for _, lack in lacks)
        keys = {point.key for point, lack in lacks if lack}
        failures = {key: body for key, body in reader.failures().items() if key in keys}
        return {
            "study": study.name, "output": folder.as_posix(), "points": len(lacks), "done": done,
            "failed": len(failures), "missing": len(lacks) - done - len(failures),
            "replications_missing": sum(lack for _, lack in lacks), "replications": study.replications,
            "running": None if holder is None else _left(holder), "failures": failure_rows(study, failures),
            "damaged": reader.damaged,
        }  # fmt: skip


def _left(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Who simulates, how far it is, and the seconds left at the pace so far."""
    said = {key: holder.get(key) for key in ("process", "host", "what", "done", "total", "seconds")}
    done, total, seconds = said["done"], said["total"], said["seconds"]
    known = isinstance(done, int) and isinstance(total, int) and isinstance(seconds, int | float) and done > 0
    return {**said, "seconds_left": round(seconds / done * (total - done), 1) if known else None}  # type: ignore[operator]


def _running_text(said: Mapping[str, Any]) -> str:
    now = said["running"]
    left = "" if now["seconds_left"] is None else f", {duration(now['seconds_left'])} left"
    return f"{said['done']:,} of {said['points']:,} points; process {now['process']} is at it{left}"


def _status_text(said: Mapping[str, Any]) -> str:
    rows = [
        ["study", said["study"]],
        ["points", f"{said['points']:,}, {said['replications']:,} replications each"],
        ["with a result", f"{said['done']:,}"],
        ["failed", f"{said['failed']:,}"],
        ["missing", f"{said['missing']:,} ({said['replications_missing']:,} replications with the failed ones)"],
        ["running", "no" if said["running"] is None else _running_text(said)],
        ["folder", said["output"]],
    ]
    more = [*failure_lines(said["failures"]), *(f"  damaged: {line}" for line in said["damaged"])]
    return columns(rows) + "".join(f"{line}\n" for line in more)


def verify(console: Console, sweep: Sweep) -> None:
    """Check the digest of every stored result; the exit code is 4 if one is damaged.

    Damaged results that have been simulated again since are listed but do not count as an error.
    """
    folder = folder_of_sweep(sweep)
    with reading(folder, verify=True) as reader:
        points = list(reader.study.points.in_order())
        missing = sum(reader.lacks(point) > 0 for point in points)
        said = {
            "output": folder.as_posix(), "rows": reader.found.rows, "damaged": reader.damaged,
            "points": len(points), "points_missing": missing,
        }  # fmt: skip
    lines = [
        f"{said['rows']:,} rows, {len(reader.damaged):,} of them damaged; "
        f"{missing:,} of {len(points):,} points lack a result"
    ]
    console.result("sweep verify", said, "\n".join([*lines, *(f"  {line}" for line in reader.damaged)]) + "\n")
    if reader.damaged and missing:
        raise Refused(f"{folder} is damaged; `simcpec sweep run --resume` simulates again what is not as it was stored")


def export(
    console: Console,
    sweep: Sweep,
    to: Annotated[Format, typer.Option("--to", help="File format.")] = Format.csv,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Output file; by default in the folder of the sweep."),
    ] = None,
) -> None:
    """Write one table with every response of every point: its level and its difference from the baseline."""
    from simcpec.experiments.sweep.export import exported

    folder = folder_of_sweep(sweep)
    path = out or folder / f"points.{ {'csv': 'csv', 'parquet': 'parquet', 'netcdf': 'nc'}[to] }"
    with reading(folder) as reader:
        rows = exported(reader, path, str(to))
        refuse_damage(reader)
    console.result("sweep export", {"output": path.as_posix(), "rows": rows}, f"{path.as_posix()}\n")


def refuse_damage(reader: SweepReader) -> None:
    """Raise Refused where something that was read is damaged: a missing point must not pass for one never asked for."""
    if reader.damaged:
        raise Refused("\n".join(["something is not as it was stored:", *(f"  {line}" for line in reader.damaged[:5])]))


def report(console: Console, sweep: Sweep) -> None:
    """Write the report page of a sweep again; nothing is simulated."""
    console.waiting("Drawing the report ...")
    page = draw(folder_of_sweep(sweep))
    console.result("sweep report", {"report": page.as_posix()}, f"{page.as_posix()}\n")


def draw(folder: Path) -> Path:
    """Draw the page of a folder, with its tables and figures; the path of the page."""
    from simcpec.reporting.sweeps.page import write_sweep_report

    with reading(folder) as reader:
        page = write_sweep_report(reader, folder)
        refuse_damage(reader)
        return page


def compare(
    console: Console,
    one: Annotated[str, typer.Argument(metavar="FIRST", help="Folder of a sweep, or the name of its study.")],
    other: Annotated[str, typer.Argument(metavar="SECOND", help="Folder of the other sweep.")],
) -> None:
    """Check that two sweeps agree on the points that they share, replication by replication, to the last bit.

    Points are the same if they have the same resolved scenario, seed, parameter draw and version of simcpec. The exit
    code is 4 if any shared point differs. To compare policies with each other, use the report of one sweep.
    """
    from simcpec.experiments.sweep.compare_sweeps import compared

    with reading(folder_of_sweep(one)) as left, reading(folder_of_sweep(other)) as right:
        found = compared(left, right)
    console.result("sweep compare", found.content, found.text)
    if found.unlike:
        raise Refused(f"{len(found.unlike):,} points that both have differ")
