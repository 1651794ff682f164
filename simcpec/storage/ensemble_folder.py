"""A calibrated ensemble on the disk: states of the world that studies take as their parameter draws.

A member has a value of each key, or, of the keys in `times`, how many times what the scenario itself says: the births
of a scenario with other dates are moved in proportion. Members weigh the same; one draw of the calibration may stand
behind several of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from simcpec.errors import Refused, did_you_mean
from simcpec.model.world import Floats
from simcpec.scenario.layering.ensembles import shipped_ensembles
from simcpec.storage.csv_text import READING, csv_text
from simcpec.storage.output_folder import MANIFEST, changed, manifest_of, write_text
from simcpec.storage.stored_files import Damaged, numbers, read_bytes, refusing, table_faults

WHAT = "ensemble"  # of a manifest
MEMBERS = "ensemble.csv"
SCENARIO = "scenario.yaml"  # that was calibrated, with all that it says
FIRST = ("member", "draw", "weight")  # columns before the keys
MOST_MEMBERS, MOST_KEYS = 100_000, 5_000


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """values : (M, K) canonical units, or factors of `times`.      draws : (M,) of the calibration.

    where : as the user named it.      digest : SHA-256 of the manifest, which has those of all files.
    calibrated : text of the scenario that was calibrated; "" where the folder does not have it.
    """

    keys: tuple[str, ...]
    times: frozenset[str]
    values: Floats
    draws: tuple[int, ...]
    weights: Floats
    where: str
    digest: str
    calibrated: str = field(default="", repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def member(self, number: int) -> dict[str, float]:
        """The member that stands for a parameter draw, which count from 1; after the last one comes the first again."""
        return dict(zip(self.keys, self.values[(number - 1) % len(self)].tolist(), strict=True))


def write_members(folder: Path, of: Ensemble) -> None:
    """Write the table of members into a folder that is being written."""
    rows = (
        (k + 1, of.draws[k], float(of.weights[k]), *of.values[k].tolist()) for k in range(len(of))
    )  # fmt: skip
    write_text(folder / MEMBERS, csv_text((*FIRST, *of.keys), rows))


def about(of: Ensemble) -> Mapping[str, Any]:
    """What the manifest of its folder says of it."""
    return {"what": WHAT, "times": sorted(of.times), "members": len(of)}


def ensemble_called(name: str) -> Ensemble:
    """A shipped ensemble by its name, or that of a folder. Raises Refused as `read_ensemble` does."""
    shipped = shipped_ensembles().get(name)
    if shipped is None and not (Path(name) / MANIFEST).exists() and (hint := did_you_mean(name, shipped_ensembles())):
        raise Refused(f"{name} holds no ensemble; simcpec calibrate writes one. {hint}")
    return read_ensemble(Path(name)) if shipped is None else replace(read_ensemble(shipped), where=name)


def read_ensemble(folder: Path) -> Ensemble:
    """The ensemble of a folder. Raises Refused for a folder that holds none, or was changed since it was written."""
    manifest = manifest_of(folder)
    if manifest is None or manifest.get("what") != WHAT:
        raise Refused(f"{folder} holds no ensemble; simcpec calibrate writes one")
    if altered := changed(folder, manifest):
        raise Refused(f"{folder} was changed since it was written ({', '.join(altered[:3])}); calibrate again")
    with refusing(folder / MANIFEST):
        times = manifest.get("times")
        if not isinstance(times, list) or not all(isinstance(key, str) for key in times):
            raise Damaged("does not say which keys are factors")
    of = _members(folder, frozenset(times), str(manifest["digest"]))
    with refusing(folder / SCENARIO):
        there = SCENARIO in manifest["outputs"]
        return replace(of, calibrated=read_bytes(folder / SCENARIO).decode(READING)) if there else of


def _members(folder: Path, times: frozenset[str], digest: str) -> Ensemble:
    import csv
    import io

    path = folder / MEMBERS
    with refusing(path), table_faults():
        rows = csv.reader(io.StringIO(read_bytes(path).decode(READING), newline=""), strict=True)
        header = next(rows)
        keys = tuple(header[len(FIRST) :])
        if tuple(header[: len(FIRST)]) != FIRST or not 0 < len(keys) <= MOST_KEYS or len(set(keys)) < len(keys):
            raise Damaged("has other columns than this version writes")
        cells = [row for _, row in zip(range(MOST_MEMBERS), rows, strict=False)]
        if not cells or any(len(row) != len(header) for row in cells) or not times <= set(keys):
            raise Damaged("is not the table of an ensemble")
        values = np.array([numbers(row) for row in cells])
    return Ensemble(
        keys=keys, times=times, values=values[:, len(FIRST) :], draws=tuple(int(d) for d in values[:, 1]),
        weights=values[:, 2], where=folder.as_posix(), digest=digest,
    )  # fmt: skip
