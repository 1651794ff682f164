"""The folder of a study: written whole or not at all, read back with its digests checked.

    outputs/<name>/manifest.json      what made it, and the digest of every other file
    outputs/<name>/study.json         scenarios in their order, the baseline, what differs
    outputs/<name>/summary.csv, differences.csv, fates.csv
    outputs/<name>/<scenario>/scenario.yaml (resolved), cells.csv, movements.csv, provinces.csv, costs.csv,
                              accounts.csv, summary.csv, settings.csv, draws.csv, result.json; where not every
                              replication is a row, also distributions.csv and aggregates.json

A scenario's files say nothing of other scenarios, the order of arguments, workers, folders, clocks or locale (only
`settings.csv` marks what differs from the baseline). Tables hold exact numbers, so that they are what is read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from simcpec.errors import Refused
from simcpec.experiments.csv_text import mark_tables
from simcpec.experiments.failure import Failure
from simcpec.experiments.folder import (
    MANIFEST,
    SCHEMA,
    changed,
    manifest_of,
    what_is_wrong,
    whole_folder,
    write_json,
    write_text,
)
from simcpec.experiments.folder import probe as probe
from simcpec.experiments.results import Aggregates as Aggregates
from simcpec.experiments.results import Axes as Axes
from simcpec.experiments.results import Change as Change
from simcpec.experiments.results import FailedReplication as FailedReplication
from simcpec.experiments.results import Fate as Fate
from simcpec.experiments.results import Fates as Fates
from simcpec.experiments.results import Goal as Goal
from simcpec.experiments.results import Parameters as Parameters
from simcpec.experiments.results import Reached as Reached
from simcpec.experiments.results import ScenarioResult as ScenarioResult
from simcpec.experiments.results import Sequential as Sequential
from simcpec.experiments.results import Setting as Setting
from simcpec.experiments.results import Study as Study
from simcpec.experiments.signals import ending_on_sigterm
from simcpec.experiments.tables import (
    COUNT_TABLES,
    read_counts,
    read_draws,
    read_fates,
    scenario_files,
    settings_table,
    study_files,
)
from simcpec.model.plan import Plan, Prices

PLAIN, EXCEL = "plain", "excel"  # how CSV files begin: with their header, or with a byte-order mark before it

Render = Callable[[Study, Path], object]
Record = TypeVar("Record")


def write(
    study: Study,
    folder: Path,
    *,
    force: bool = False,
    render: Render | None = None,
    timing: Mapping[str, Any] | None = None,
    csv: str = PLAIN,
) -> Path:
    """Write everything into `folder`, which appears whole at the end; returns it.

    render : writes the report into the folder it is given.      timing : what differs from run to run (wall time,
    workers); kept in the manifest, outside of its digest.      csv : `PLAIN` or `EXCEL`, in which every CSV file
    begins with a byte-order mark.
    An earlier output of ours is replaced, unless something in it was added or changed since: that takes `force`.
    Raises Refused for a folder that is not ours, EnvironmentFault where the disk stands in the way.
    """
    said = {**_manifest(study), **({} if csv == PLAIN else {"csv": csv})}
    with (
        ending_on_sigterm(),
        whole_folder(folder, manifest={**said, "timing": dict(timing or {})}, force=force) as hidden,
    ):
        for result in study.scenarios:
            _write_scenario(result, hidden / result.slug)
        for name, text in study_files(study).items():
            write_text(hidden / name, text)
        write_json(hidden / "study.json", _study_record(study))
        if render is not None:
            render(replace(study, manifest=said), hidden)
        if csv == EXCEL:
            mark_tables(hidden)
    return folder


def csv_of(study: Study) -> str:
    """How the CSV files of a stored study begin: `PLAIN` or `EXCEL`."""
    return EXCEL if study.manifest.get("csv") == EXCEL else PLAIN


def read(folder: Path) -> Study:
    """The study of a folder that `write` left, to the last bit.

    Raises Refused if it is no study, of another version, or if any of its files was added, removed or changed.
    """
    manifest = manifest_of(folder)
    if manifest is None:
        wrong = what_is_wrong(folder) or f": it has no {MANIFEST} of ours"
        raise Refused(f"{folder} is not the output of a study{wrong}")
    if manifest.get("schema") != SCHEMA:
        raise Refused(f"{folder} was written by another version (schema {manifest.get('schema')}, here {SCHEMA})")
    changes = changed(folder, manifest)
    if changes:
        raise Refused(f"{folder} was changed since it was written: {', '.join(changes[:5])}")
    record = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    return Study(
        scenarios=tuple(_read_scenario(folder / slug) for slug in record["scenarios"]),
        baseline=record["baseline"],
        changes=tuple(tuple(Change(**change) for change in changes) for changes in record["changes"]),
        fates=_read_fates(folder, record),
        precision=_read_precision(record.get("precision")),
        ceilings={int(draw): of for draw, of in record.get("ceilings", {}).items()},
        manifest=manifest,
        **{name: manifest[name] for name in _SAID},
    )


# ---------------------------------------------------------------------------------------------- the study's own records

_SAID = ("seed", "engine", "command", "software", "draws", "replications")


def _manifest(study: Study) -> dict[str, Any]:
    """What the manifest says, besides the digests of the files."""
    inputs = {
        result.slug: {
            "path": result.path,
            "resolved": sha256(result.resolved_yaml.encode()).hexdigest(),
            "worlds": result.digest,
            "failed": len(result.failed),
        }
        for result in study.scenarios
    }
    return {**{name: getattr(study, name) for name in _SAID}, "software": dict(study.software), "inputs": inputs}


def _study_record(study: Study) -> dict[str, Any]:
    return {
        "scenarios": [result.slug for result in study.scenarios],
        "baseline": study.baseline,
        "changes": [[asdict(change) for change in changes] for changes in study.changes],
        "plays_followed": None if study.fates is None else study.fates.plays,
        **({} if study.precision is None else {"precision": asdict(study.precision)}),
        **({"ceilings": {str(draw): dict(of) for draw, of in study.ceilings.items()}} if study.ceilings else {}),
    }


def _read_precision(record: Mapping[str, Any] | None) -> Sequential | None:
    """How playing in looks ended, where it was played so."""
    if record is None:
        return None
    reached = tuple(Reached(**{**each, "goal": Goal(**each["goal"])}) for each in record["reached"])
    return Sequential(looks=tuple(record["looks"]), taken=record["taken"], reached=reached)


def _read_fates(folder: Path, record: Mapping[str, Any]) -> Fates | None:
    """The fates of plots where they were followed; studies of earlier versions have none."""
    plays = record.get("plays_followed")
    return None if plays is None else read_fates(folder, record["scenarios"], plays)


# ------------------------------------------------------------------------------------------------ one scenario

AGGREGATES = "aggregates.json"
_TEXTS = ("slug", "name", "describes", "path", "incident_basis", "digest")


def _write_scenario(result: ScenarioResult, folder: Path) -> None:
    for name, text in scenario_files(result).items():
        write_text(folder / name, text)
    write_text(folder / "settings.csv", settings_table(result.settings_table))
    record = {
        **{name: getattr(result, name) for name in _TEXTS},
        "axes": asdict(result.axes),
        "plan": _record(result.plan),
        "prices": _record(result.prices),
        "settings": [asdict(setting) for setting in result.settings_table],
        "failed": [asdict(failed) for failed in result.failed],
        "draw_numbers": list(result.draw_numbers),
        "replication_numbers": result.replication_numbers.tolist(),
        "antithetic": result.antithetic,
        "per_breach": None if result.per_breach is None else result.per_breach.tolist(),
        "exposures": None if result.exposures is None else result.exposures.tolist(),
        "remarks": list(result.remarks),
    }
    write_json(folder / "result.json", record)
    if result.aggregates is not None:
        write_json(folder / AGGREGATES, _record(result.aggregates))


def _read_scenario(folder: Path) -> ScenarioResult:
    record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    axes = Axes(**{name: tuple(values) for name, values in record["axes"].items()})
    replications = np.array(record["replication_numbers"], dtype=np.int64)
    lead = (*replications.shape, len(axes.periods), len(axes.provinces))
    inner = {"cell": (len(axes.cohorts), len(axes.settings)), "cohort": (len(axes.cohorts),)}
    counts: dict[str, Any] = {
        field: read_counts(folder, file, names, (*lead, *inner.get(field, ()), len(names)))
        for file, field, _, names in COUNT_TABLES
    }
    return ScenarioResult(
        **{name: record[name] for name in _TEXTS},
        **counts,
        axes=axes,
        plan=_from_record(Plan, record["plan"]),
        prices=_from_record(Prices, record["prices"]),
        resolved_yaml=(folder / "scenario.yaml").read_bytes().decode("utf-8"),
        settings_table=tuple(Setting(**setting) for setting in record["settings"]),
        failed=tuple(_read_failed(each) for each in record["failed"]),
        draw_numbers=tuple(record["draw_numbers"]),
        replication_numbers=replications,
        antithetic=record.get("antithetic", False),
        per_breach=None if record.get("per_breach") is None else np.array(record["per_breach"], dtype=np.float64),
        exposures=None if record["exposures"] is None else np.array(record["exposures"], dtype=np.float64),
        parameters=read_draws(folder, len(record["draw_numbers"])),
        aggregates=_read_aggregates(folder),
        remarks=tuple(record.get("remarks", ())),
    )


def _read_failed(record: Mapping[str, Any]) -> FailedReplication:
    """A replication that failed, with the fields of its error."""
    return FailedReplication(**{**record, "failure": Failure.from_data(record["failure"])})


def _read_aggregates(folder: Path) -> Aggregates | None:
    """The sums of replications that are not all rows, where there are such."""
    if not (folder / AGGREGATES).exists():
        return None
    return _from_record(Aggregates, json.loads((folder / AGGREGATES).read_text(encoding="utf-8")))


def _record(part: Any) -> dict[str, Any]:
    """A record of arrays and plain values as JSON: an array is its type, shape and flat values."""
    said: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            value = {"type": value.dtype.name, "shape": list(value.shape), "values": value.ravel().tolist()}
        said[field.name] = value
    return said


def _from_record(kind: type[Record], record: Mapping[str, Any]) -> Record:
    """The way back from `_record`."""
    values: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            value = np.array(value["values"], dtype=value["type"]).reshape(value["shape"])
        values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)
