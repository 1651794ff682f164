"""Which study and which folder the words of a sweep verb mean."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.errors import Refused

if TYPE_CHECKING:
    from simcpec.experiments.sweep.results import SweepReader
    from simcpec.experiments.sweep.studies.study_file import SweepStudy

SWEEPS = Path("outputs") / "sweeps"
TOLD = 5  # failed or damaged things that a message names


def study_names(incomplete: str) -> list[str]:
    """Complete the name of a shipped study."""
    from simcpec.scenario.layering.shipped_files import shipped_studies

    return [name for name in shipped_studies() if name.startswith(incomplete)]


Study = Annotated[
    str,
    typer.Argument(metavar="STUDY", help="A study file, or the name of a shipped study.", autocompletion=study_names),
]
Sweep = Annotated[
    str,
    typer.Argument(
        metavar="SWEEP", help="A folder written by sweep run, or the name of its study.", autocompletion=study_names
    ),
]


def folder_of_study(ref: str, out: Path | None) -> Path:
    """The folder that the results of a study go to."""
    from simcpec.experiments.sweep.studies.study_file import slug_of_study

    return out if out is not None else SWEEPS / slug_of_study(ref)


def folder_of_sweep(ref: str) -> Path:
    """The folder that is meant: by its path, or by the name of its study. Raises Refused where there is none."""
    from simcpec.storage.sweeps.database import NAME

    for folder in (Path(ref), folder_of_study(ref, None)):
        if (folder / NAME).is_file():
            return folder
    raise Refused(f"{ref} is no folder of a sweep, and there is none at {folder_of_study(ref, None).as_posix()}")


@contextmanager
def reading(folder: Path, *, verify: bool = False) -> Iterator[SweepReader]:
    """A reader of a folder, with the study as its own copies say. Raises Refused where these cannot be had."""
    from simcpec.experiments.sweep.results import SweepReader
    from simcpec.experiments.sweep.studies.study_record import stored, study_in
    from simcpec.storage.sweeps.database import opened

    with opened(folder, write=False) as database:
        found = database.found(verify=verify)
        record = stored(found)
        if record is None:
            raise Refused(f"{folder} does not say of which study it is; `simcpec sweep run STUDY --resume` mends that")
        yield SweepReader(study_in(folder, record), database, found)


def again(study: SweepStudy, sets: Sequence[str], draw: int, replications: int) -> str:
    """The command that simulates one point by itself, up to the last of these replications.

    A parameter draw is simulated with those before it; one draw alone would be the values as written.
    """
    words = ["simcpec", "run", study.base_ref]
    words += [word for text in (*study.sets, *sets) for word in ("--set", text)]
    words += ["--seed", str(study.seed), "-r", str(replications)]
    if draw and study.ensemble is not None:
        words += ["--ensemble", study.ensemble.where, "--draws", str(draw)]
    else:  # the base scenario may name an ensemble, which a study without one does not draw from
        words += ["--set", "run.ensemble=none", "--draws", str(max(2, draw) if draw else 1)]
    return shlex.join(words)


def failure_rows(study: SweepStudy, failures: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Points that failed: what they say of each factor, why, and the command that simulates them again."""
    rows = []
    for body in failures.values():
        first = body["failures"][0]
        rows.append(
            {
                "values": body["values"],
                "replication": first["replication"],
                "why": f"{first['kind']}: {first['message']}",
                "again": again(study, body["sets"], body["draw"], first["replication"] + 1),
            }
        )
    return rows


def failure_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The failure table as lines of a message."""
    lines = []
    for row in rows[:TOLD]:
        said = (
            ", ".join(f"{name} {text or 'as written'}" for name, text in row["values"].items()) or "the base scenario"
        )
        lines += [f"  {said}: replication {row['replication']}: {row['why']}", f"    again: {row['again']}"]
    return [*lines, *([f"  and {len(rows) - TOLD} more, which sweep status lists"] if len(rows) > TOLD else [])]
