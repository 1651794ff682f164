"""Simulating one stored replication again: `replay`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.commands.scenario import STDIN
from simcpec.cli.console.console import Console, columns, complain, write
from simcpec.errors import Refused, UserError

if TYPE_CHECKING:
    from simcpec.verification.replay import Replay

TOLD = 10  # numbers that differ which a message names
HIGHEST_REPLICATION = 2**62
HIGHEST_DRAW = 2**24 - 1


def replay(
    console: Console,
    folder: Annotated[Path, typer.Argument(metavar="OUTPUT_FOLDER", help="A folder that run or compare has left.")],
    replication: Annotated[
        int, typer.Option(min=0, max=HIGHEST_REPLICATION, metavar="K", help="Which replication, from 0.")
    ],
    scenario: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Name of the scenario's folder; needed if there are several.")
    ] = None,
    draw: Annotated[
        int | None, typer.Option(min=0, max=HIGHEST_DRAW, metavar="D", help="Parameter draw; 0 is the point values.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="NAME", help="Engine: compiled or reference; by default that of the study.")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every event as CSV to this file; - is stdout.")
    ] = None,
) -> None:
    """Simulate one replication of a stored folder again.

    It is simulated alone, from the stored scenario, and compared with what is stored; the exit code is 4 if any number
    differs. A replication that is not stored is simulated too.
    """
    from simcpec.storage import study_reader
    from simcpec.storage.atomic_replace import write_whole
    from simcpec.verification import replay as again

    if console.json and trace is not None and str(trace) == STDIN:
        raise UserError("--json and --trace - both want stdout; name a file for the trace")
    _known(engine)
    study = study_reader.read(folder)
    console.note("Simulating the replication again ...")
    found = again.replay(
        study, folder, slug=scenario, draw=draw, replication=replication, engine=engine, trace=trace is not None
    )
    told = _text(found)
    if trace is not None and found.outcome.trace is not None:
        text = again.trace_text(found.world, found.start, found.outcome.trace)
        if str(trace) == STDIN:
            write(sys.stdout, text)
        else:
            write_whole(trace, text)
            told += f"trace: {len(found.outcome.trace):,} events in {trace.as_posix()}\n"
    if trace is None or str(trace) != STDIN:
        console.result("replay", _data(found, trace), told)
    else:
        console.detail(told)
    if found.unequal:
        complain(_fault(found, dict(study.software)), plain=console.plain)
        raise typer.Exit(Refused.exit_code)


def _known(engine: str | None) -> None:
    from simcpec.engines import ENGINES

    if engine is not None and ":" not in engine and engine not in ENGINES:
        raise UserError(f"engine is {engine!r}; allowed: {', '.join(ENGINES)}")


def _text(found: Replay) -> str:
    where = f"{found.slug}, draw {found.draw}, replication {found.replication}"
    if not found.compared:
        said = "simulated; nothing of it is stored to compare with"
    elif found.unequal:
        said = f"{len(found.unequal):,} of {found.compared:,} numbers differ from those stored"
    else:
        said = f"all {found.compared:,} numbers equal those stored, to the last bit"
    return f"{where}: {said}\n"


def _fault(found: Replay, software: dict[str, str]) -> str:
    """Return what differs, and what may be behind it."""
    from simcpec.results.provenance import software as present

    rows = [[difference.name, repr(difference.a), repr(difference.b)] for difference in found.unequal[:TOLD]]
    more = f"and {len(found.unequal) - TOLD:,} more\n" if len(found.unequal) > TOLD else ""
    now = dict(present())
    other = [f"{name} {version} (here {now.get(name, 'none')})" for name, version in software.items()
             if now.get(name) != version]  # fmt: skip
    why = (
        f"The study was simulated with {', '.join(other)}."
        if other
        else "The study was simulated with the same versions."
    )
    return (
        f"the replication does not give what is stored:\n{columns(rows, heading=['number', 'stored', 'played'])}{more}"
        f"{why}"
    )


def _data(found: Replay, trace: Path | None) -> dict[str, Any]:
    return {
        "scenario": found.slug,
        "draw": found.draw,
        "replication": found.replication,
        "engine": found.engine,
        "stored": found.compared > 0,
        "compared": found.compared,
        "unequal": [
            {"name": difference.name, "stored": difference.a, "played": difference.b} for difference in found.unequal
        ],
        "trace": None if trace is None else trace.as_posix(),
    }
