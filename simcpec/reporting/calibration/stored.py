"""A calibration read back from its folder: the tables that `calibrate` wrote, and what its figures are drawn from."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from simcpec.calibration import tables
from simcpec.calibration.checks.mechanisms import PARTS, Ablated, Mechanism
from simcpec.calibration.fit import FitRow
from simcpec.calibration.identifiability import Identified
from simcpec.errors import Refused
from simcpec.experiments.design.ensemble_draws import ensemble_in
from simcpec.model.world import Floats, Ints
from simcpec.reporting.calibration.figures import DRIFT_FIELDS, PATTERN_FIELDS, RANK_FIELDS
from simcpec.reporting.calibration.numbers import CalibrationNumbers, RankBin, Ridge, Row
from simcpec.results.records import Study
from simcpec.scenario.layering.ensembles import shipped_ensembles
from simcpec.storage.csv_text import READING, unguarded
from simcpec.storage.ensemble_folder import WHAT, read_ensemble
from simcpec.storage.output_folder import changed, manifest_of
from simcpec.storage.stored_files import Damaged, numbers, read_bytes, read_rows, refusing, table_faults

MOST = 200_000  # rows of a table
PREDICTED, DRAWS = "predicted.csv", "draws.csv"
FORMER = 10  # columns of the fit before it had means
PERSONS = ("killed", "injured", "local_killed")  # last columns of the table of predictions
ATTACKS = "attacks_"  # first columns of it, followed by the province


@dataclass(frozen=True, kw_only=True)
class StoredCalibration:
    """A calibration on the disk. windows : (n,) of each predicted column, one value a simulated window.

    values : (M,) of the ensemble by key, of keys that are values and no multiples of what a scenario says.
    """

    folder: Path
    manifest: Mapping[str, Any]
    numbers: CalibrationNumbers
    windows: Mapping[str, Ints]
    members: int
    values: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def provinces(self) -> tuple[str, ...]:
        """Provinces of the predictions, in their order."""
        return tuple(name.removeprefix(ATTACKS) for name in self.windows if name.startswith(ATTACKS))


def holds_calibration(folder: Path) -> bool:
    """Return whether a folder is one that `calibrate` has left, changed since or not."""
    manifest = manifest_of(folder)
    return manifest is not None and manifest.get("what") == WHAT


def read_calibration(folder: Path) -> StoredCalibration:
    """The calibration of a folder. Raises Refused for one that was changed since it was written."""
    manifest = manifest_of(folder)
    if manifest is None or manifest.get("what") != WHAT:
        raise Refused(f"{folder} holds no calibration; simcpec calibrate writes one")
    if altered := changed(folder, manifest):
        raise Refused(f"{folder} was changed since it was written ({', '.join(altered[:3])}); calibrate again")
    there = frozenset(manifest.get("outputs", {}))
    with table_faults():
        summary = {row[0]: row[1] for row in read_rows(folder / "summary.csv", tables.SUMMARY, at_most=1_000)}
        return StoredCalibration(
            folder=folder, manifest=manifest, windows=_windows(folder / PREDICTED) if PREDICTED in there else {},
            numbers=_numbers(folder, summary, there), members=int(summary["members"]), values=_values(folder),
        )  # fmt: skip


def _values(folder: Path) -> Mapping[str, Floats]:
    ensemble = read_ensemble(folder)
    return {key: ensemble.values[:, k] for k, key in enumerate(ensemble.keys) if key not in ensemble.times}


def calibration_of(study: Study) -> StoredCalibration | None:
    """The calibration of the ensemble whose members are the draws of a study; None where there is none, or not here.

    Raises Refused where the ensemble of that name is another one by now.
    """
    named = ensemble_in(study.scenarios[0].remarks)
    if named is None:
        return None
    where, digest = named
    folder = shipped_ensembles().get(where, Path(where))
    if not holds_calibration(folder):
        return None
    found = read_calibration(folder)
    if not str(found.manifest.get("digest", "")).startswith(digest):
        raise Refused(f"the ensemble {where} is no more the one that the study took its draws from (digest {digest})")
    return found


def _numbers(folder: Path, summary: Mapping[str, str], there: Collection[str]) -> CalibrationNumbers:
    """What figures are drawn from; an ensemble that is shipped keeps neither draws nor checks."""
    if DRAWS not in there:
        settings = _settings(folder / "settings.csv") if "settings.csv" in there else ()
        return CalibrationNumbers(
            fit=_fit_rows(folder / "fit.csv"), settings=settings, ridge=None, even=math.nan, planted=math.nan,
            patterns=None, drift=None, ranks=None,
        )  # fmt: skip
    checks = read_rows(folder / "checks.csv", tables.CHECKS, at_most=100)
    return CalibrationNumbers(
        fit=_fit_rows(folder / "fit.csv"),
        settings=_settings(folder / "settings.csv"),
        ridge=_ridge(folder, summary), even=float(checks[0][2]), planted=float(checks[1][2]),
        patterns=_figure_rows(folder, "cf2-patterns", PATTERN_FIELDS),
        drift=_figure_rows(folder, "cf5-drift", DRIFT_FIELDS), ranks=_rank_rows(folder),
        mechanisms=_mechanisms(folder),
    )  # fmt: skip


def _number(text: str) -> float:
    """The number of a cell; nan for an empty one."""
    return float(numbers([text])[0]) if text else math.nan


def _three(cells: Sequence[str]) -> tuple[float, float, float]:
    low, middle, high = map(_number, cells)
    return low, middle, high


def _fit_rows(path: Path) -> tuple[FitRow, ...]:
    """Rows of the fit; those of an earlier version have neither means nor exact intervals."""
    first = read_bytes(path).decode(READING).partition("\n")[0]
    header = tables.FIT if first.strip() == ",".join(tables.FIT) else tables.FIT[:FORMER]
    return tuple(_fit([*row, *[""] * (len(tables.FIT) - len(header))]) for row in read_rows(path, header, at_most=MOST))


def _fit(row: Sequence[str]) -> FitRow:
    observed, before, low, median, high, per_cent, tail = map(_number, row[2:9])
    mean, exact_low, exact_high = map(_number, row[10:13])
    return FitRow(
        target=unguarded(row[0]), kind=row[1], observed=observed, before=before, low=low, median=median, high=high,
        per_cent=per_cent, tail=tail, inside=row[9] == "yes", mean=mean, exact_low=exact_low, exact_high=exact_high,
    )  # fmt: skip


def _settings(path: Path) -> tuple[Identified, ...]:
    return tuple(_setting(row) for row in read_rows(path, tables.SETTINGS, at_most=MOST))


def _setting(row: Sequence[str]) -> Identified:
    return Identified(
        key=unguarded(row[0]), driver=row[1] == "yes", before=_three(row[2:5]), after=_three(row[5:8]),
        contraction=_number(row[8]), overlap=_number(row[9]), moved=row[10] == "yes",
    )  # fmt: skip


def _ridge(folder: Path, summary: Mapping[str, str]) -> Ridge:
    rows = read_rows(folder / DRAWS, tables.DRAWS, at_most=MOST)
    kept = [row for row in rows if row[2] == "no"]
    rate = _three([summary[f"rate_{end}"] for end in ("low", "median", "high")])
    return Ridge(
        births=numbers([row[3] for row in kept]), passage=numbers([row[4] for row in kept]),
        weights=numbers([row[1] for row in kept]), correlation=_number(summary["ridge_correlation"]), rate=rate,
    )  # fmt: skip


def _figure_rows(folder: Path, stem: str, fields: Sequence[str]) -> tuple[Row, ...] | None:
    path = folder / "figures" / f"{stem}.csv"
    if not path.is_file():
        return None
    return tuple(_row(row) for row in read_rows(path, fields, at_most=MOST))


def _row(cells: Sequence[str]) -> Row:
    one, two, three, four, five, six = map(_number, cells[1:])
    return unguarded(cells[0]), one, two, three, four, five, six


def _rank_rows(folder: Path) -> tuple[RankBin, ...] | None:
    path = folder / "figures" / "cf6-ranks.csv"
    if not path.is_file():
        return None
    rows = read_rows(path, RANK_FIELDS, at_most=MOST)
    return tuple((row[0], _number(row[1]), _number(row[2]), int(row[3])) for row in rows)


def _mechanisms(folder: Path) -> tuple[Ablated, ...]:
    """Mechanisms in the order of the table; () of a folder that was written before there were any."""
    path = folder / "mechanisms.csv"
    if not path.is_file():
        return ()
    rows = [dict(zip(tables.MECHANISMS, row, strict=True)) for row in read_rows(path, tables.MECHANISMS, at_most=200)]
    return tuple(_mechanism(row) for row in rows)


def _mechanism(row: Mapping[str, str]) -> Ablated:
    sets = tuple(unguarded(row["sets"]).split("; ")) if row["sets"] else ()
    score = _number(row["log_score"]) if row["log_score"] else -math.inf
    return Ablated(
        mechanism=Mechanism(
            name=unguarded(row["mechanism"]), acts=unguarded(row["acts"]), sets=sets, adds=row["change"] == "in"
        ),
        draws=int(row["draws"]), score=score, error=_number(row["log_score_error"]),
        parts={name: _number(row[name]) for name in PARTS}, ruled_out=_number(row["ruled_out"]),
        over_mean=_number(row["variance_over_mean"]), rate=_number(row["rate_per_year"]),
        attacks=(_number(row["attacks_averted_per_cent"]), _number(row["attacks_half_width"])),
        breaches=(_number(row["breaches_averted_per_cent"]), _number(row["breaches_half_width"])),
        against=(_number(row["against_written"]), _number(row["against_half_width"])),
    )  # fmt: skip


def _windows(path: Path) -> dict[str, Ints]:
    """Predicted counts and persons by the name of the column."""
    import csv
    import io

    with refusing(path), table_faults():
        header, *rows = csv.reader(io.StringIO(read_bytes(path).decode(READING), newline=""), strict=True)
        if tuple(header[-len(PERSONS) :]) != PERSONS or not 0 < len(rows) <= MOST:
            raise Damaged("has other columns than this version writes")
        if not all(name.startswith(ATTACKS) for name in header[: -len(PERSONS)]):
            raise Damaged("has other columns than this version writes")
        values = np.array([_whole(row, len(header)) for row in rows], dtype=np.int64)
    return {name: values[:, k] for k, name in enumerate(header)}


def _whole(row: Iterable[str], width: int) -> list[int]:
    found = [int(cell) for cell in row]
    if len(found) != width:
        raise Damaged(f"has {len(found)} cells in a line, and {width} columns")
    return found
