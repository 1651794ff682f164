"""The chapter "What history can and cannot say": the ensemble of a study, its fit and what it moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec.reporting.calibration import history_chapter as history
from simcpec.reporting.calibration.used_ensemble import used_ensemble
from simcpec.results.records import Study
from simcpec.storage.csv_text import csv_text
from simcpec.storage.output_folder import manifest_of, whole_folder, write_text
from tests.support import studies

FIT = (
    ("target", "kind", "observed", "low", "median", "high", "per_cent", "tail", "inside"),
    [
        ("attacks, all", "count", 14.0, 4.0, 15.0, 36.0, 90.0, 0.934, True),
        ("foreigners killed", "harm", 20.0, 0.0, 15.0, 19.0, 95.0, 0.04, False),
        ("share_foiled", "pattern", 0.6, 0.2, 0.4, 0.6, 95.0, None, True),
    ],
)
SETTINGS = (
    ("key", "driver", "contraction", "overlap", "moved"),
    [
        ("world.detection.hazard", True, -0.01, 0.95, False),
        ("world.costs.carrying_rate", False, 0.0, 0.97, False),
        ("world.provinces.SIN.plots", False, 0.93, 0.3, True),
    ],
)
SUMMARY = (("what", "value"), [("draws", 1024), ("effective_draws", 242.7), ("ridge_correlation", -0.89)])
MECHANISMS = (("mechanism", "verdict"), [("drift", "for it"), ("insiders", "cannot tell")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = {"fit": FIT, "settings": SETTINGS, "summary": SUMMARY, "mechanisms": MECHANISMS}
    manifest = {"what": "ensemble", "members": 8, "command": "simcpec calibrate mine", "targets": "t.yaml",
                "targets_digest": "0123456789abcdef"}  # fmt: skip
    with whole_folder(tmp_path / "mine", manifest=manifest) as hidden:
        for name, (heading, rows) in tables.items():
            write_text(hidden / f"{name}.csv", csv_text(heading, rows))
    return tmp_path / "mine"


@pytest.fixture
def study_of(folder: Path) -> Callable[..., Study]:
    def made(name: str = folder.as_posix(), digest: str | None = None) -> Study:
        digest = str((manifest_of(folder) or {})["digest"]) if digest is None else digest
        said = f"Parameter draws are members of the calibrated ensemble {name} (8 members, digest {digest[:12]}); more."
        played = replace(studies.result(draws=3), remarks=(said,))
        return studies.study(played, baseline=None, command=f"simcpec run a.yaml --ensemble '{name}'")

    return made


def test_the_chapter_has_record_prediction_and_provenance(study_of: Callable[..., Study]) -> None:
    study = study_of()
    table = history.history_fit(study)
    assert table is not None
    attacks, killed = table.records
    assert attacks[:3] == ("attacks, all", "count", 14.0)
    assert attacks[3:5] == pytest.approx((7.654, 23.49), rel=1e-3), "the exact interval of 14"
    assert killed[3:5] == (None, None) and len(table.records) == 2
    _, moved, still = table.panels
    assert [row.cells[0].text for row in moved.rows] == ["world.provinces.SIN.plots"]
    assert [row.cells[0].text for row in still.rows] == ["world.detection.hazard"]
    assert "0123456789ab" in table.notes[0] and "simcpec calibrate mine" in table.notes[0]
    assert table.notes[-1] == "The record cannot tell whether these mechanisms act: insiders."
    said = history.claim(study)
    assert said.startswith(
        "243 of 1,024 draws of the calibration are effective; outside of their intervals: foreigners killed."
    )
    assert "moved 1 of 3 settings" in said


def test_another_folder_than_that_of_the_study_is_not_shown(study_of: Callable[..., Study]) -> None:
    for study in (study_of(digest="f" * 64), study_of(name="nowhere")):
        table = history.history_fit(study)
        assert table is not None and table.fields == ("what", "said")
        assert "cannot be shown" in history.claim(study)


def test_an_ensemble_that_the_scenario_names_is_found_by_the_remark(study_of: Callable[..., Study]) -> None:
    by_scenario = replace(study_of(), command="simcpec run base --draws 3")
    assert used_ensemble(by_scenario) == used_ensemble(study_of())


def test_a_study_without_an_ensemble_has_no_such_chapter(study_of: Callable[..., Study]) -> None:
    plain = studies.study(studies.result(draws=3), baseline=None)
    one = replace(study_of(), draws=1)
    none = replace(study_of(), command="simcpec run a.yaml --ensemble none")
    for study in (plain, one, none):
        assert used_ensemble(study) is None
        assert history.history_fit(study) is None and history.claim(study) == ""
