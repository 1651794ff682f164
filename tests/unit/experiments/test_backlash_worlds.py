"""A comparison over an ensemble is simulated where backlash is read otherwise, and says where it was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcpec.analysis.study_analysis import AnalysedStudy
from simcpec.analysis.uncertainty.ranking import backlash_text
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.design.study_size import other_readings, size_in_worlds
from simcpec.experiments.study import played, study
from simcpec.scenario import load
from simcpec.storage import study_folder, study_reader

ASKED = {"sets": ["run.horizon=30 days"], "draws": 5, "replications": 2, "seed": 5}
ONLY = "Less and more hold under the base reading of backlash only: no other one was simulated here."


@pytest.fixture(scope="module")
def compared() -> AnalysedStudy:
    told: list[tuple[int, int]] = []
    ready = prepare(["share-1", "share-3"], ensemble=None, **ASKED)  # type: ignore[arg-type]
    found = played(ready, jobs=1, progress=lambda done, total, left: told.append((done, total)))
    assert ready.plays == 2 * (5 * 2 + ready.as_written + 2 * 4 * 2) and told[-1] == (ready.plays, ready.plays)
    return found


def test_the_first_draws_are_simulated_under_every_other_reading(compared: AnalysedStudy) -> None:
    base, other = compared.scenarios
    assert base.worlds == ()
    assert [(each.world, each.baseline, each.draws, each.replications) for each in other.worlds] == [
        ("moderate", "share-1", 4, 2), ("strong", "share-1", 4, 2),
    ]  # fmt: skip
    spent = {each.world: each.differences["security_spending"] for each in other.worlds}
    assert spent["moderate"] == spent["strong"] and spent["strong"][0] > 0.0, "the same budgets in every world"
    assert backlash_text(compared).startswith("Less or more is claimed where 90 % of the draws have that sign")


def test_worlds_come_back_from_the_folder(compared: AnalysedStudy, tmp_path: Path) -> None:
    study_folder.write(compared, tmp_path / "kept")
    kept = study_reader.read(tmp_path / "kept")
    assert [each.worlds for each in kept.scenarios] == [each.worlds for each in compared.scenarios]
    assert kept.compare("breaches") == compared.compare("breaches")


def test_what_is_not_over_an_ensemble_says_that_it_has_one_reading() -> None:
    found = study(["share-1", "share-3"], **(ASKED | {"draws": 1}))  # type: ignore[arg-type]
    assert all(each.worlds == () for each in found.scenarios) and backlash_text(found) == ONLY


def test_scenarios_that_differ_in_backlash_have_no_other_reading() -> None:
    strong = load("share-1", sets=["world.backlash.world=strong"])
    assert other_readings([load("share-1"), strong]) == ()
    assert other_readings([strong, strong]) == ("none", "moderate")


def test_a_fifth_of_the_draws_is_enough_and_four_the_least() -> None:
    assert size_in_worlds(100, 10) == (20, 10)
    assert size_in_worlds(200, 40) == (40, 10)
    assert size_in_worlds(5, 4) == (4, 4) and size_in_worlds(2, 4) == (2, 4)
