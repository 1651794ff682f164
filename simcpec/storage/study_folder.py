"""The folder of a study: written whole or not at all, read back with its digests checked.

    outputs/<name>/manifest.json      what made it, and the digest of every other file
    outputs/<name>/study.json         scenarios in their order, the baseline, what differs
    outputs/<name>/summary.csv, differences.csv, fates.csv
    outputs/<name>/<scenario>/scenario.yaml (resolved), cells.csv, movements.csv, provinces.csv, costs.csv,
                              accounts.csv, summary.csv, settings.csv, draws.csv, result.json; where not every
                              replication is a row, also distributions.csv and aggregates.json; where parameters are
                              drawn, also as-written.csv, with responses at the values as written

A scenario's files say nothing of other scenarios, the order of arguments, workers, folders, clocks or locale (only
`settings.csv` marks what differs from the baseline). Tables hold exact numbers, so that they are what is read back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.results.records import ScenarioResult, Study
from simcpec.stop_signals import stoppable
from simcpec.storage.csv_tables import scenario_files, settings_table, study_files
from simcpec.storage.csv_text import mark_tables
from simcpec.storage.output_folder import whole_folder, write_json, write_text
from simcpec.storage.stored_files import plain
from simcpec.storage.study_command import EXCEL, PLAIN, with_csv
from simcpec.storage.study_reader import AGGREGATES, STUDY_TEXTS, inputs_of

Render = Callable[[Study, Path], object]


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
    study = replace(study, command=with_csv(study.command, csv))
    said = {**_manifest(study), **({} if csv == PLAIN else {"csv": csv})}
    with (
        stoppable(),
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
    """Return how the CSV files of a stored study begin: `PLAIN` or `EXCEL`."""
    return EXCEL if study.manifest.get("csv") == EXCEL else PLAIN


# ---------------------------------------------------------------------------------------------- the study's own records


def _manifest(study: Study) -> dict[str, Any]:
    """Return what the manifest says, besides the digests of the files."""
    said = {name: getattr(study, name) for name in STUDY_TEXTS}
    limit = {} if study.time_limit is None else {"time_limit": asdict(study.time_limit)}
    return {**said, "software": dict(study.software), "inputs": inputs_of(study.scenarios), **limit}


def _study_record(study: Study) -> dict[str, Any]:
    return {
        "scenarios": [result.slug for result in study.scenarios],
        "baseline": study.baseline,
        "changes": [[asdict(change) for change in changes] for changes in study.changes],
        "plays_followed": None if study.fates is None else study.fates.plays,
        **({} if study.precision is None else {"precision": asdict(study.precision)}),
    }


# ------------------------------------------------------------------------------------------------ one scenario

_TEXTS = ("slug", "name", "describes", "path", "incident_basis", "digest")


def _write_scenario(result: ScenarioResult, folder: Path) -> None:
    for name, text in scenario_files(result).items():
        write_text(folder / name, text)
    write_text(folder / "settings.csv", settings_table(result.settings_table))
    record = {
        **{name: getattr(result, name) for name in _TEXTS},
        "axes": asdict(result.axes),
        "plan": plain(result.plan),
        "prices": plain(result.prices),
        "settings": [asdict(setting) for setting in result.settings_table],
        "failed": [asdict(failed) for failed in result.failed],
        "draw_numbers": list(result.draw_numbers),
        "replication_numbers": result.replication_numbers.tolist(),
        "antithetic": result.antithetic,
        "exposures": None if result.exposures is None else result.exposures.tolist(),
        "valuations": None if result.valuations is None else result.valuations.tolist(),
        "remarks": list(result.remarks),
        **({} if result.as_written is None else {"as_written": list(result.as_written.responses)}),
        **({"worlds": [asdict(each) for each in result.worlds]} if result.worlds else {}),
    }
    write_json(folder / "result.json", record)
    for sums in analysis_of(result).stored:
        write_json(folder / AGGREGATES, plain(sums))
