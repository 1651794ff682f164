"""The ensemble that the base case names: true to its manifest, found by its name, overruled by scenarios."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from simcpec.calibration.targets.target_file import read_targets
from simcpec.errors import Refused, ScenarioError
from simcpec.experiments.design.ensemble_draws import ensemble_parameters, kept_as_written
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.scenario import Resolved, leaves, load, load_whole
from simcpec.scenario.building.build import build
from simcpec.scenario.layering.ensembles import ensemble_of, shipped_ensembles
from simcpec.storage.ensemble_folder import Ensemble, ensemble_called

NAME = "history-2021-2024"
HAZARD, SIN = "world.detection.hazard", "world.provinces.SIN.plots"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    return ensemble_called(NAME)


def drawn(ensemble: Ensemble, *sets: str) -> tuple[dict[str, float], tuple[str, ...]]:
    """Values of the first draw, and the keys that stay as the scenario says."""
    resolved = load("base", sets=sets)
    read = build(resolved).keys_read
    factors = factors_of(resolved, read)
    found = ensemble_parameters(ensemble, resolved, factors, seed=3, numbers=[1])
    return dict(zip(found.keys, found.values[0].tolist(), strict=True)), kept_as_written(
        ensemble, resolved, factors, read
    )


# ------------------------------------------------------------------------------------------------ true to its manifest


def test_it_says_what_it_was_made_from(ensemble: Ensemble) -> None:
    said = json.loads((shipped_ensembles()[NAME] / "manifest.json").read_text(encoding="utf-8"))
    assert said["targets_digest"] == read_targets(NAME).digest, "other targets: calibrate anew"
    assert said["converged"] is True and said["effective_draws"] >= 200.0
    assert (len(ensemble), said["members"]) == (200, 200)
    assert said["command"].startswith(f"simcpec calibrate {NAME} --targets {NAME} --draws 1024")
    assert {"model", "seed", "software", "plan_digest", "made_from"} <= set(said)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert said["software"]["simcpec"] == project["project"]["version"], "another version: calibrate anew"


def test_its_values_lie_within_the_bounds_of_their_keys_and_spread(ensemble: Ensemble) -> None:
    resolved = load("base")
    factors = {factor.key: factor for factor in factors_of(resolved, build(resolved).keys_read)}
    known = [n for n, key in enumerate(ensemble.keys) if key in factors and key not in ensemble.times]
    assert len(known) > 200
    for n in known:
        factor, column = factors[ensemble.keys[n]], ensemble.values[:, n]
        assert factor.least <= column.min() < column.max() <= factor.greatest, factor.key
        assert not factor.whole or np.array_equal(column, np.rint(column)), factor.key
    assert {key.split(".")[2] for key in ensemble.times} == set(resolved.scenario.provinces)


def test_it_was_calibrated_from_a_scenario_that_says_what_the_base_case_says(ensemble: Ensemble) -> None:
    """Where the base case is changed, members would stay behind; history differs by its dates and births alone."""
    said = {leaf.key: leaf for leaf in leaves(load_whole(ensemble.calibrated, NAME))}
    now = {leaf.key: leaf for leaf in leaves(load("base"))}
    other = [
        key
        for key in ensemble.keys
        if key not in ensemble.times and said[key].quantity.said != now[key].quantity.said  # type: ignore[union-attr]
    ]
    assert other == [], "calibrate anew"
    assert drawn(ensemble)[1] == ()


def test_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(shipped_ensembles()[NAME], folder)
    assert len(ensemble_called(folder.as_posix())) == 200
    table = bytearray((folder / "ensemble.csv").read_bytes())
    table[len(table) // 2] ^= 1
    (folder / "ensemble.csv").write_bytes(table)
    with pytest.raises(Refused, match=r"was changed since it was written \(ensemble\.csv\)"):
        ensemble_called(folder.as_posix())
    with pytest.raises(Refused, match=rf"holds no ensemble.*Did you mean {NAME}"):
        ensemble_called("history-2021-2023")


# ------------------------------------------------------------------------------------------------ the key


def named(ref: str, *sets: str) -> tuple[str, Path] | None:
    return ensemble_of(load(ref, sets=sets).root)


def test_whatever_extends_the_base_case_names_its_ensemble() -> None:
    assert named("base") == named("share-2") == (NAME, shipped_ensembles()[NAME])
    assert named("base", "run.ensemble=none") is None
    assert named("bare") is None and named("theory/erlang-c") is None


def test_a_folder_is_looked_for_beside_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(shipped_ensembles()[NAME], tmp_path / "below" / "own")
    (tmp_path / "below" / "mine.yaml").write_text("extends: base\nrun: {ensemble: own}\n", encoding="utf-8")
    assert named("below/mine.yaml") == ("below/own", Path("below/own"))
    assert named("base", "run.ensemble=below/own") == ("below/own", Path("below/own"))
    whole = load("below/mine.yaml").text
    assert isinstance(load_whole(whole, "stored"), Resolved), "what is stored is read wherever it lies"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("history-2021-2023", r"neither a shipped ensemble nor a folder that holds one(?s:.*)Did you mean history-"),
        ("../elsewhere", "leads out of the folder of this file"),
        ("non", r"neither a shipped(?s:.*)Did you mean none"),
        ("[]", "a text of 1 to 200"),
    ],
)
def test_a_name_that_is_none_is_one_fault_with_its_place(tmp_path: Path, name: str, problem: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: base\nrun:\n  ensemble: {name}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"mine\.yaml, line 3(?s:.*){problem}") as caught:
        load(path.as_posix())
    assert len(caught.value.faults) == 1


# ------------------------------------------------------------------------------------------------ whose word counts


def test_a_member_gives_what_the_scenario_leaves_to_it(ensemble: Ensemble) -> None:
    values, _ = drawn(ensemble)
    member = ensemble.member(1)
    assert values[HAZARD] == member[HAZARD]
    assert values[SIN] == pytest.approx(member[SIN] * 3.3 / 365.25)


def test_a_value_or_a_range_of_the_scenario_goes_before_the_ensemble(ensemble: Ensemble) -> None:
    values, kept = drawn(ensemble, f"{HAZARD}=2 /year")
    assert HAZARD not in values and kept == (HAZARD,)
    own = f"{HAZARD}={{value: 2 /year, low: 1.9 /year, high: 2.1 /year, law: uniform}}"
    values, kept = drawn(ensemble, own)
    assert 1.9 <= values[HAZARD] * 365.25 <= 2.1 and kept == (HAZARD,)
    assert values["world.detection.tips"] == ensemble.member(1)["world.detection.tips"], "the others stay members"


def test_births_are_moved_in_proportion_to_what_the_scenario_says(ensemble: Ensemble) -> None:
    once, twice = (drawn(ensemble, f"{SIN}={value} /year")[0][SIN] for value in (3.3, 6.6))
    assert twice == pytest.approx(2.0 * once)


def test_what_a_lever_moves_is_its_own(ensemble: Ensemble) -> None:
    """A lever acts on the member's value; how strongly is no state of the world, and drawn from the catalogue."""
    plain, _ = drawn(ensemble)
    values, kept = drawn(ensemble, "policy.levers=[{lever: army_handover, from: 2025-06-01}]")
    assert kept == () and {key: values[key] for key in plain} == plain
    assert all(key.startswith("policy.levers[0].") for key in set(values) - set(plain))
