"""Small sweeps: a study file of a small world, run in this process, and what its folder holds as digests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simcpec.cli.commands.sweeps.folders import reading
from simcpec.experiments.sweep.compare_sweeps import digest_of_point
from simcpec.experiments.sweep.results import SweepReader
from simcpec.experiments.sweep.run import HowToSweep, SweepOutcome, in_folder, run_sweep
from simcpec.experiments.sweep.studies.study_file import SweepStudy, read_study
from simcpec.experiments.sweep.studies.study_record import StudyRecord, write_copies
from simcpec.storage.sweeps.database import opened

SMALL = """\
name: Small
base: bare
set: {run.horizon: 90 days}
factors:
  - {key: policy.security_share.share, name: share, levels: [0 %, 1 %, 2 %]}
  - {key: world.threat.excitation.follow_ons, name: follow_ons, levels: ["0", "0.3"]}
replications: 12
seed: 7
"""
#: where the budget changes something
LIVELY = SMALL.replace("base: bare", "base: base").replace("90 days", "300 days")
POINTS = 8  # of `SMALL`, with the baselines


def written(folder: Path, text: str = SMALL, name: str = "small.yaml") -> str:
    """A study file in a folder."""
    (folder / name).write_text(text, encoding="utf-8")
    return (folder / name).as_posix()


def study_of(ref: str, changes: Mapping[str, Any] | None = None) -> SweepStudy:
    """The study of a file, read once for each text that it holds."""
    key = ref, Path(ref).read_bytes(), repr(changes)
    if key not in _READ:
        _READ[key] = read_study(ref, changes=changes)
    return _READ[key]


_READ: dict[tuple[str, bytes, str], SweepStudy] = {}


def swept(ref: str, folder: Path, *, changes: Mapping[str, Any] | None = None, **how: Any) -> SweepOutcome:
    """Run a study in this process."""
    study = study_of(ref, changes)
    with in_folder(folder, "a test") as here:
        copies = None if changes else lambda: write_copies(ref, study, here.path)
        how = {"resume": True, "workers": 2, **how}
        return run_sweep(study, here, HowToSweep(**how), StudyRecord.of(study, changes or {}), copies)


TINY = """\
name: Tiny
base: bare
set: {run.horizon: 20 days}
factors: [{key: policy.security_share.share, name: share, levels: [0 %, 2 %]}]
replications: 4
"""


def digests(folder: Path, *, study: SweepStudy | None = None, damaged: bool = False) -> dict[str, str]:
    """What a folder holds of each point that has a result: digest of its replications by identity.

    study : that of the folder, where it is known.      damaged : whether something may be damaged, and is left out.
    """
    if study is None:
        with reading(folder) as reader:
            return _digests(reader, damaged=damaged)
    with opened(folder, write=False) as database:
        return _digests(SweepReader(study, database, database.found(verify=False)), damaged=damaged)


def _digests(reader: SweepReader, *, damaged: bool) -> dict[str, str]:
    points = [point for point in reader.study.points.in_order() if reader.data(point) is not None]
    found = {reader.id_of(point): digest_of_point(reader, point) for point in points}
    assert damaged or not reader.damaged, reader.damaged
    return found


def complete(study: SweepStudy, folder: Path) -> bool:
    """Whether every point of a study has a result."""
    with reading(folder) as reader:
        return not any(reader.lacks(point) for point in study.points.in_order())
