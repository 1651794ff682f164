"""An artefact as files: data as CSV, what it is as JSON, and its renderings; all of them at once or none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simcpec.errors import EnvironmentFault, Refused
from simcpec.reporting.artefacts.artefact import Artefact, Made
from simcpec.reporting.artefacts.figure_files import figure_file
from simcpec.reporting.artefacts.paper_tables.parameters import bibliography_text
from simcpec.reporting.artefacts.subject import Subject
from simcpec.reporting.artefacts.table_formats.excel import excel
from simcpec.reporting.artefacts.table_formats.latex import latex
from simcpec.reporting.artefacts.table_formats.markdown import markdown
from simcpec.reporting.artefacts.table_formats.word import word
from simcpec.reporting.figures.sizes import FigureStyle
from simcpec.reporting.picture import Sketch
from simcpec.reporting.tables.table import Table
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of
from simcpec.stop_signals import safe_point
from simcpec.storage.atomic_replace import flush, written_aside
from simcpec.storage.csv_text import csv_text
from simcpec.storage.output_folder import MANIFEST

TABLE_FORMATS = ("latex", "csv", "md", "docx", "xlsx")
INTERVALS = {
    "±": "95 % Monte Carlo half-width: shrinks with more replications",
    "[low, high]": "uncertainty interval, 5-95 % over parameter draws of the conditional mean, corrected for Monte "
                   "Carlo noise: more replications do not shrink it",
}  # fmt: skip
Files = dict[str, bytes]


def table_files(of: Subject, one: Artefact, table: Table, formats: Sequence[str]) -> Files:
    """Return name -> bytes of the files of a table; data and specification are always among them."""
    stem = f"{table.id.lower()}-{table.slug}"
    fields, records = tidy(table)
    found: Files = {f"{stem}.csv": csv_text(fields, records).encode("utf-8")}
    for kind in dict.fromkeys(formats):
        safe_point()
        if kind == "latex":
            found[f"{stem}.tex"] = latex(table).encode("utf-8")
            if "[@" in str(table.panels):
                found[f"{stem}.bib"] = bibliography_text(of.one_study).encode("utf-8")
        elif kind == "md":
            found[f"{stem}.md"] = markdown(table).encode("utf-8")
        elif kind == "docx":
            found[f"{stem}.docx"] = word(table)
        elif kind == "xlsx":
            found[f"{stem}.xlsx"] = excel(table)
    return found | {f"{stem}.json": _specified(of, one, table, fields, found)}


def tidy(table: Table) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
    """Fields and records of a table; its printed cells where it keeps no others."""
    if table.fields:
        return table.fields, table.records
    panel = table.panels[0]
    heads = [cell.text for cell in panel.columns]
    return heads, [
        [" ".join(filter(None, (cell.text, cell.detail, cell.more))) for cell in row.cells] for row in panel.rows
    ]


def figure_files(of: Subject, one: Artefact, sketch: Sketch, formats: Sequence[str], style: FigureStyle) -> Files:
    """Return name -> bytes of the files of a figure; data and specification are always among them."""
    stem = f"{sketch.id.lower()}-{sketch.slug}"
    found: Files = {f"{stem}.csv": csv_text(sketch.fields, sketch.records).encode("utf-8")}
    for kind in dict.fromkeys(formats):
        safe_point()
        found[f"{stem}.{kind}"] = figure_file(sketch, kind, style, mark_of(of))
    return found | {f"{stem}.json": _specified(of, one, sketch, sketch.fields, found, style=style.name, alt=sketch.alt)}


def mark_of(of: Subject) -> str:
    """Return what the metadata of an image say it was made from."""
    if of.study is not None:
        digests = ", ".join(result.digest for result in of.study.scenarios)
        return f"seed {of.study.seed}; scenarios {digests}"
    if of.calibration is not None:
        return f"seed {of.calibration.manifest['seed']}; calibration {of.calibration.manifest['digest']}"
    if of.theory is not None:
        return f"seed {of.theory.run.seed}; {of.theory.run.command}"
    study = of.one_sweep.reader.study
    return f"seed {study.seed}; study {study.slug}; base {study.base.digest}"


def _specified(
    of: Subject, one: Artefact, made: Made, fields: Sequence[str], files: Mapping[str, bytes], **more: Any
) -> bytes:
    """The specification of an artefact as JSON."""
    said = {
        "id": made.id, "title": made.title, "caption": made.caption, "defined": one.defined, "columns": list(fields),
        "files": sorted(files), "intervals": INTERVALS, **_origin(of), **more,
    }  # fmt: skip
    return (json.dumps(said, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")


def _origin(of: Subject) -> dict[str, Any]:
    """What it was made from: scenarios with their digests, units, seed, versions."""
    if of.study is not None:
        return {"study": _study(of.study)}
    if of.calibration is not None:
        kept = ("command", "scenario", "targets", "targets_digest", "seed", "software", "members", "digest")
        return {"calibration": {name: of.calibration.manifest.get(name) for name in kept}}
    if of.theory is not None:
        run = of.theory.run
        return {"theory": {"command": run.command, "level": run.level, "seed": run.seed,
                           "software": dict(run.software)}}  # fmt: skip
    study = of.one_sweep.reader.study
    return {
        "sweep": {
            "name": study.name, "base": study.base.digest, "seed": study.seed, "replications": study.replications,
            "points": sorted(one.id for one in of.one_sweep.points),
        }
    }  # fmt: skip


def _study(study: Study) -> dict[str, Any]:
    from simcpec.analysis.responses import responses_of

    first = study.scenarios[0]
    return {
        "scenarios": [
            {"key": key_of(index), "name": result.name, "slug": result.slug, "digest": result.digest,
             "baseline": index == study.baseline}
            for index, result in enumerate(study.scenarios)
        ],
        "units": {
            each.id: f"{each.unit} a year" if each.per == "year" else each.unit
            for each in responses_of(*study.scenarios)
        },
        "money": {
            "currency": "USD", "price_year": first.prices.price_year, "discount_rate": first.prices.discount_rate,
        },
        "seed": study.seed, "draws": first.draws, "replications": first.replications, "engine": study.engine,
        "software": dict(study.software), "command": study.command, "digest": str(study.manifest.get("digest", "")),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ onto the disk


def check_place(folder: Path) -> None:
    """Refuse to add files to a stored study: its manifest seals what is in it. Raises Refused."""
    if (folder / MANIFEST).exists():
        raise Refused(f"{folder.as_posix()} holds a study whose files are sealed; name another folder with --out")
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder.as_posix()} is a file; name a folder with --out")


def place(folder: Path, files: Files) -> list[Path]:
    """Write files into a folder, each whole or not at all, once all of them are on the disk.

    Files of the same names are replaced, others are left alone.  Raises Refused and EnvironmentFault.
    """
    check_place(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_aside(folder) as hidden:
            for name, content in files.items():
                safe_point()
                (hidden / name).write_bytes(content)
                flush(hidden / name)
            for name in files:
                os.replace(hidden / name, folder / name)
        flush(folder)
    except OSError as fault:
        raise EnvironmentFault(f"{folder.as_posix()} cannot be written: {fault.strerror or fault}") from fault
    return [folder / name for name in files]
