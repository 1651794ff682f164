"""A run of the checks against theory read back from its folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from simcpec.errors import Refused
from simcpec.reporting.page.theory import FIELDS, TheoryRun
from simcpec.storage.csv_text import unguarded
from simcpec.storage.output_folder import changed, manifest_of
from simcpec.storage.stored_files import numbers, parse_json, read_bytes, read_rows, refusing, table_faults
from simcpec.verification.theory.finding import MOST, Finding

RUN, TABLE = "run.json", "v1-theory.csv"
NUMBERS = ("truth", "estimate", "half_width", "z", "power", "tolerance")
WORDS = ("family", "name", "formula", "unit", "scenario")


@dataclass(frozen=True, kw_only=True)
class StoredTheory:
    """Findings in the order of the table, and the run that they come from."""

    folder: Path
    run: TheoryRun
    findings: tuple[Finding, ...]


def holds_theory(folder: Path) -> bool:
    """Return whether a folder has what `verify theory` leaves, or what the documentation keeps of it."""
    return (folder / RUN).is_file() and _table(folder).is_file()


def _table(folder: Path) -> Path:
    inner = folder / "tables" / TABLE
    return inner if inner.is_file() else folder / TABLE


def read_theory(folder: Path) -> StoredTheory:
    """The findings of a folder. Raises Refused for one that was changed since it was written."""
    manifest = manifest_of(folder)
    if manifest is not None and (altered := changed(folder, manifest)):
        raise Refused(f"{folder} was changed since it was written ({', '.join(altered[:3])}); verify again")
    with refusing(folder / RUN):
        run = TypeAdapter(TheoryRun).validate_python(parse_json(read_bytes(folder / RUN)))
    with refusing(_table(folder)), table_faults():
        rows = read_rows(_table(folder), FIELDS, at_most=MOST)
        return StoredTheory(folder=folder, run=run, findings=tuple(map(_finding, rows)))


def _finding(row: Sequence[str]) -> Finding:
    """A finding from its row; the degrees of freedom of a distribution are not kept."""
    cells = dict(zip(FIELDS, row, strict=True))
    family, name, formula, unit, scenario = (unguarded(cells[field]) for field in WORDS)
    truth, estimate, half_width, z, power, tolerance = numbers([cells[field] for field in NUMBERS]).tolist()
    return Finding(
        family=family, name=name, formula=formula, unit=unit, scenario=scenario, truth=truth, estimate=estimate,
        half_width=half_width, z=z, power=power, tolerance=tolerance, replications=int(cells["replications"]),
    )  # fmt: skip
