"""Sweeps whose states of the world are members of an ensemble."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.errors import Refused, ScenarioError
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.studies.study_file import read_study
from simcpec.experiments.sweep.tasks import BaseScenario
from simcpec.storage.ensemble_folder import Ensemble, about, write_members
from simcpec.storage.output_folder import whole_folder

STUDY = """\
name: Members
base: base
set: {run.horizon: 30 days}
policies:
  factors:
    - {key: policy.security_share.share, levels: [2 %, 3 %]}
states_of_the_world: {draws: 2, ensemble: FOLDER}
combine: full_factorial
replications: 2
"""
MEMBERS = Ensemble(
    keys=("world.detection.hazard", "world.provinces.SIN.plots"), times=frozenset({"world.provinces.SIN.plots"}),
    values=np.array([[0.001, 2.0], [0.002, 0.5]]), draws=(4, 9), weights=np.array([0.5, 0.5]), where="", digest="",
)  # fmt: skip


def stored(folder: Path, of: Ensemble = MEMBERS) -> Path:
    with whole_folder(folder, manifest=about(of)) as hidden:
        write_members(hidden, of)
    return folder


def study_of(tmp_path: Path, ensemble: Path, text: str = STUDY):  # type: ignore[no-untyped-def]
    (tmp_path / "mine.yaml").write_text(text.replace("FOLDER", ensemble.as_posix()), encoding="utf-8")
    return read_study((tmp_path / "mine.yaml").as_posix())


def test_points_are_members_and_identities_hang_on_the_ensemble(tmp_path: Path) -> None:
    study = study_of(tmp_path, stored(tmp_path / "one"))
    points = [study.points[n] for n in range(2)]
    one, two = (Preparer(study).prepared(point) for point in points)
    assert [each.values["world.detection.hazard"] for each in (one, two)] == [0.001, 0.002]
    plots = [each.values["world.provinces.SIN.plots"] * 365.25 for each in (one, two)]
    assert plots == pytest.approx([2.0 * 3.3, 0.5 * 3.3])
    there = Preparer(BaseScenario.of(study)).prepared(points[0])
    assert there.id == one.id
    other = replace(MEMBERS, values=MEMBERS.values * 1.1)
    changed = Preparer(study_of(tmp_path, stored(tmp_path / "two", other))).prepared(points[0])
    assert changed.id != one.id
    plain = study_of(tmp_path, tmp_path, STUDY.replace(", ensemble: FOLDER", ""))
    assert Preparer(plain).prepared(points[0]).id not in (one.id, changed.id)


def test_a_study_without_draws_or_ensemble_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"states_of_the_world\.draws is missing beside ensemble"):
        study_of(tmp_path, stored(tmp_path / "one"), STUDY.replace("draws: 2, ", ""))
    with pytest.raises(Refused, match="holds no ensemble"):
        study_of(tmp_path, tmp_path / "nowhere")
