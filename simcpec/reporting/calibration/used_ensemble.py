"""The calibration behind the parameter draws of a study, as far as its folder is there: its fit, and what it moved.

A study names the ensemble in its command and the digest of it in its remarks. A shipped ensemble comes with the
package; another is looked for where the command says. Folders that were condensed have fewer tables than whole ones.
"""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcpec.results.records import Study
from simcpec.scenario.layering.shipped_files import shipped
from simcpec.storage.csv_text import READING, unguarded
from simcpec.storage.output_folder import manifest_of

OPTION, NONE = "--ensemble", "none"
DIGEST = re.compile(r"digest ([0-9a-f]{12})")  # of a remark on the ensemble
NAMED = re.compile(r"members of the calibrated ensemble (.+?) \(")
FIT, SETTINGS, SUMMARY, MECHANISMS = "fit.csv", "settings.csv", "summary.csv", "mechanisms.csv"
MOST = 10_000  # rows of a table

Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class UsedEnsemble:
    """name : as the command has it.      digest : first digits, as the study says; "" in earlier versions.

    there : whether the folder is there, with the digest of the study.      manifest : of the folder, else empty.
    fit, settings, mechanisms : rows of its tables by heading; () where there is none.      summary : by name.
    """

    name: str
    digest: str
    there: bool
    manifest: Mapping[str, Any]
    fit: Rows
    settings: Rows
    mechanisms: Rows
    summary: Mapping[str, str]


def used_ensemble(study: Study) -> UsedEnsemble | None:
    """The ensemble of a study; None where its draws are members of none."""
    remarks = " ".join(remark for result in study.scenarios for remark in result.remarks if "ensemble" in remark)
    said = NAMED.search(remarks)
    name = _name(study.command) or (None if said is None else said[1])
    if name is None or name == NONE or study.draws < 2:
        return None
    found = DIGEST.search(remarks)
    digest = "" if found is None else found[1]
    packed = shipped()["base"].parent / "ensembles" / name
    folder = packed if packed.is_dir() else Path(name)
    manifest = manifest_of(folder) or {}
    there = bool(manifest) and str(manifest.get("digest", "")).startswith(digest)
    fit, settings, mechanisms, summary = (
        _rows(folder / name) if there else () for name in (FIT, SETTINGS, MECHANISMS, SUMMARY)
    )
    return UsedEnsemble(
        name=name, digest=digest, there=there, manifest=manifest if there else {}, fit=fit, settings=settings,
        mechanisms=mechanisms, summary={row["what"]: row["value"] for row in summary if {"what", "value"} <= set(row)},
    )  # fmt: skip


def _name(command: str) -> str | None:
    """What a command calls its ensemble, ``none`` included; None where it does not say."""
    words = shlex.split(command)
    return words[words.index(OPTION) + 1] if OPTION in words[:-1] else None


def _rows(path: Path) -> Rows:
    """The rows of a table; () where there is none, or one that cannot be read."""
    try:
        with path.open(encoding=READING, newline="") as file:
            found = [row for row, _ in zip(csv.DictReader(file), range(MOST), strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()
    return tuple({key: unguarded(text or "") for key, text in row.items() if key} for row in found)
