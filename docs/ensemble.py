"""Writes a calibrated ensemble into the repository: `python docs/ensemble.py FOLDER`, a folder of `simcpec calibrate`.

What the package ships is small enough to be read: the first members, which stand in random order, with six significant
digits; beside them the scenario that was calibrated, its fit and its summary. The manifest says what it was made from.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from simcpec.errors import Refused  # noqa: E402 (a clone need not be installed for its pages)
from simcpec.storage.ensemble_folder import Ensemble, about, read_ensemble, write_members  # noqa: E402
from simcpec.storage.output_folder import manifest_of, whole_folder  # noqa: E402

MEMBERS, DIGITS = 200, 6
ENSEMBLES = DOCS.parent / "scenarios" / "ensembles"
BESIDE = ("scenario.yaml", "fit.csv", "settings.csv", "summary.csv")  # files that come along as they are
SAID = (
    "command", "scenario", "targets", "targets_digest", "plan_digest", "model", "seed", "software",
    "effective_draws", "converged",
)  # of the manifest  # fmt: skip


def condensed(of: Ensemble, members: int, digits: int) -> Ensemble:
    """The first members, which stand in random order, with values of so many significant digits."""
    values = [[float(f"{value:.{digits}g}") for value in row] for row in of.values[:members].tolist()]
    weights = np.array([float(f"{weight:.{digits}g}") for weight in of.weights[:members].tolist()])
    return replace(of, values=np.array(values), draws=of.draws[:members], weights=weights)


def write(source: Path, target: Path) -> None:
    """Write the shipped form of an ensemble. Raises Refused for one that did not converge, or was changed."""
    whole = read_ensemble(source)
    manifest = manifest_of(source) or {}
    if not manifest.get("converged"):
        raise Refused(f"{source} has not converged; calibrate with more draws")
    few = condensed(whole, MEMBERS, DIGITS)
    made_from = {"digest": whole.digest, "members": len(whole), "significant_digits": DIGITS}
    said = {**about(few), **{key: manifest[key] for key in SAID}, "made_from": made_from}
    with whole_folder(target, manifest=said) as hidden:
        write_members(hidden, few)
        for name in BESIDE:
            (hidden / name).write_bytes((source / name).read_bytes())


def main(arguments: Sequence[str]) -> None:
    """Write the ensemble of a folder under the name of the scenario that was calibrated."""
    if len(arguments) != 1:
        raise SystemExit("usage: python docs/ensemble.py FOLDER")
    source = Path(arguments[0])
    target = ENSEMBLES / str((manifest_of(source) or {}).get("scenario", source.name))
    write(source, target)
    print(target.relative_to(DOCS.parent).as_posix())


if __name__ == "__main__":
    main(sys.argv[1:])
