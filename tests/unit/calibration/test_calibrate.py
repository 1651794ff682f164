"""A small calibration of the base case over the days of the targets, from end to end."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.calibration.calibrate import Calibration, calibrated
from simcpec.calibration.checks import mechanisms
from simcpec.calibration.checks.mechanisms import Ablated, Mechanism
from simcpec.calibration.checks.rival_worlds import EQUAL
from simcpec.calibration.draws.plan import CalibrationPlan, plan_of
from simcpec.calibration.draws.simulated import Simulator, draws_of
from simcpec.calibration.identifiability import evaluation_power, identified
from simcpec.calibration.tables import tables
from simcpec.calibration.targets.target_file import read_targets
from simcpec.calibration.weighing.resample import members_of
from simcpec.calibration.weighing.weights import HARM_KEYS
from simcpec.errors import Refused, UserError
from simcpec.experiments.design.ensemble_draws import ensemble_parameters
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.reporting.calibration import check_figures, figures
from simcpec.reporting.calibration.numbers import numbers_of
from simcpec.reporting.calibration.stored import read_calibration
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.storage.ensemble_folder import about, read_ensemble, write_members
from simcpec.storage.output_folder import whole_folder
from tests.support.command import in_this_process

SCENARIO = "history-2021-2024"
ANNOUNCED: list[tuple[int, int]] = []  # of the calibration below: replications done, and of how many


#: of fourteen mechanisms: of each way to switch one, and of each verdict on the record
SWITCHED = ("drift", "follow-ons", "displacement", "preparation", "backlash")


LISTED = mechanisms.mechanisms


@pytest.fixture(scope="module", autouse=True)
def few_mechanisms() -> Iterator[None]:
    """Ablate `SWITCHED` alone; the whole list is tested apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mechanisms, "mechanisms", lambda plan: tuple(m for m in LISTED(plan) if m.name in SWITCHED))
        yield


@pytest.fixture(scope="module")
def plan() -> CalibrationPlan:
    return plan_of(SCENARIO, read_targets(SCENARIO), draws=8, replications=2, members=8, tries=8, seed=5)


@pytest.fixture(scope="module")
def kept(plan: CalibrationPlan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Calibration]:
    folder = tmp_path_factory.mktemp("parts")
    ANNOUNCED.clear()
    progress = lambda done, total, left: ANNOUNCED.append((done, total))  # noqa: E731
    return folder, calibrated(Simulator(plan=plan, folder=folder, progress=progress), "mine")


def test_a_calibration_that_was_killed_ends_in_the_same_bytes(kept: tuple[Path, Calibration], tmp_path: Path) -> None:
    folder, whole = kept
    shutil.copytree(folder, tmp_path / "parts")
    for path in [*(tmp_path / "parts").glob("*guards-*.json"), *(tmp_path / "parts").glob("mechanism-g*.json")]:
        path.unlink()  # killed after the draws
    again = calibrated(Simulator(plan=whole.weighed.plan, folder=tmp_path / "parts"), "mine")
    assert tables(again) == tables(whole)
    assert np.array_equal(again.ensemble.values, whole.ensemble.values)


def test_what_is_announced_rises_through_all_stages_to_the_whole(kept: tuple[Path, Calibration]) -> None:
    shares = [done / total for done, total in ANNOUNCED]
    assert shares[0] == 0.0 and shares[-1] == 1.0
    assert all(one < two for one, two in itertools.pairwise(shares)), "it stands still or falls"
    stages = sorted(path.name for path in kept[0].iterdir())
    assert len(ANNOUNCED) == 1 + len(stages), "a part that was simulated and not announced"
    draws = next(share for (done, _), share in zip(ANNOUNCED, shares, strict=True) if done >= 8 * 2)
    assert draws < 0.5, "what comes after the draws is work too"


def test_parts_of_another_calibration_are_refused(kept: tuple[Path, Calibration], tmp_path: Path) -> None:
    folder, whole = kept
    shutil.copytree(folder, tmp_path / "parts")
    other = replace(whole.weighed.plan, seed=6)
    with pytest.raises(Refused, match="belongs to another calibration"):
        calibrated(Simulator(plan=other, folder=tmp_path / "parts"), "mine")
    (tmp_path / "parts" / "draws-0000000.json").write_text("{", encoding="utf-8")
    with pytest.raises(Refused, match="remove it, and the calibration simulates it again"):
        calibrated(Simulator(plan=whole.weighed.plan, folder=tmp_path / "parts"), "mine")


def test_a_part_that_was_cut_off_is_simulated_again_to_the_same_bytes(
    kept: tuple[Path, Calibration], tmp_path: Path
) -> None:
    folder, whole = kept
    shutil.copytree(folder, tmp_path / "parts")
    name = "draws-0000000.json"
    (tmp_path / "parts" / name).unlink()
    draws_of(Simulator(plan=whole.weighed.plan, folder=tmp_path / "parts"))
    assert (tmp_path / "parts" / name).read_bytes() == (folder / name).read_bytes()


def test_weights_add_up_and_members_follow_them(kept: tuple[Path, Calibration]) -> None:
    of = kept[1].weighed
    assert of.weights.sum() == pytest.approx(1.0)
    assert 1.0 <= of.effective <= of.plan.draws
    counts = np.bincount(kept[1].members[:, 0], minlength=of.plan.draws)
    assert np.all(np.abs(counts - of.plan.members * of.weights.sum(axis=1)) < of.plan.tries + 1.0)
    assert np.all(counts[of.weights.sum(axis=1) == 0.0] == 0)


def test_expected_counts_are_linear_in_births(kept: tuple[Path, Calibration]) -> None:
    of = kept[1].weighed
    assert np.allclose(of.expected, np.einsum("dkp,dpq->dkq", of.births, of.response))
    simulated = np.array([summary.counted for summary in of.summaries])
    back = np.einsum("p,dpq->dq", of.plan.births, of.response)
    some = simulated.min(axis=0) > 0.5
    assert np.allclose(back[:, some], simulated[:, some], rtol=0.01)


def test_the_law_of_harm_is_that_of_the_world_of_the_draw(kept: tuple[Path, Calibration]) -> None:
    plan = kept[1].weighed.plan
    built = build(plan.resolved, values=plan.drawn(3)).world.harm
    found = kept[1].weighed.laws[3].harm
    for name in HARM_KEYS.values():
        assert getattr(found, name) == pytest.approx(getattr(built, name), rel=1e-12), name


def test_when_all_is_ruled_out_the_nearest_target_is_named(kept: tuple[Path, Calibration]) -> None:
    of = kept[1].weighed
    nothing = replace(of, log_weights=np.full_like(of.log_weights, -np.inf), implausible=of.implausible + 5.0)
    with pytest.raises(UserError, match="every one of the 8 draws is ruled out"):
        members_of(nothing)


def test_settings_that_no_target_reads_are_not_moved_by_equal_weights(kept: tuple[Path, Calibration]) -> None:
    of = kept[1].weighed
    equal = replace(of, log_weights=np.zeros_like(of.log_weights))
    found = {each.key: each for each in identified(equal)}
    assert abs(found["world.costs.direct_damage"].contraction) < 1e-9
    assert found["world.costs.direct_damage"].overlap == pytest.approx(1.0, abs=0.05)
    assert not found["world.costs.direct_damage"].moved
    keys = [each.moved for each in identified(of)]
    assert keys == sorted(keys), "what the data do not move stands first"


def test_four_years_before_and_after_see_a_halving_with_the_power_that_is_known() -> None:
    assert evaluation_power(3.55, 4.0, 0.5) == pytest.approx(0.38, abs=0.005)
    assert evaluation_power(3.55, 4.0, 1.0) <= 0.05
    assert evaluation_power(3.55, 40.0, 0.5) > 0.99
    assert evaluation_power(3.55, 4.0, 1.0, over_mean=2.5) > 0.05  # a Poisson test of dispersed counts


# ---- the ensemble


@pytest.fixture
def stored(kept: tuple[Path, Calibration], tmp_path: Path) -> Path:
    found = kept[1].ensemble
    with whole_folder(tmp_path / "ensemble", manifest=about(found)) as hidden:
        write_members(hidden, found)
    return tmp_path / "ensemble"


def test_an_ensemble_comes_back_to_the_last_bit(kept: tuple[Path, Calibration], stored: Path) -> None:
    found, wanted = read_ensemble(stored), kept[1].ensemble
    assert found.keys == wanted.keys
    assert found.times == wanted.times
    assert np.array_equal(found.values, wanted.values)
    assert found.draws == wanted.draws


@pytest.mark.parametrize("harm", ["changed", "none", "other"])
def test_what_is_no_ensemble_is_refused(stored: Path, harm: str) -> None:
    if harm == "changed":
        (stored / "ensemble.csv").write_text("member,draw,weight\r\n", encoding="utf-8")
    elif harm == "none":
        (stored / "manifest.json").unlink()
    else:
        said = json.loads((stored / "manifest.json").read_text(encoding="utf-8"))
        (stored / "manifest.json").write_text(json.dumps({**said, "what": "economics"}), encoding="utf-8")
    with pytest.raises(Refused):
        read_ensemble(stored)


def test_another_scenario_takes_values_and_moves_its_own_births(kept: tuple[Path, Calibration]) -> None:
    ensemble, base = kept[1].ensemble, load("base")
    factors = factors_of(base, build(base).keys_read)
    found = ensemble_parameters(ensemble, base, factors, seed=3, numbers=[1, 2, 9])
    member = ensemble.member(1)
    row = dict(zip(found.keys, found.values[0].tolist(), strict=True))
    assert row["world.detection.hazard"] == member["world.detection.hazard"]
    assert row["world.provinces.KP.plots"] * 365.25 == pytest.approx(0.66 * member["world.provinces.KP.plots"])
    ours = [key in ensemble.keys for key in found.keys]
    assert np.array_equal(found.values[0, ours], found.values[2, ours]), "after the last of 8 comes the first again"
    policy = [key for key in found.keys if key.startswith("policy.")]
    assert policy and not set(policy) & set(ensemble.keys), "a policy is no state of the world"


@pytest.mark.slow
def test_commands_calibrate_and_use_the_ensemble(kept: tuple[Path, Calibration], tmp_path: Path) -> None:
    shutil.copytree(kept[0], tmp_path / "found.parts")
    words = ["calibrate", SCENARIO, "--targets", SCENARIO, "--draws", "8", "-r", "2", "--members", "8", "--seed", "5"]
    refused = in_this_process(*words, "--out", "found", cwd=tmp_path)
    assert refused.returncode == 4
    assert "found.parts holds the parts of a calibration that was stopped; --resume goes on with it" in refused.stderr
    done = in_this_process(*words, "--out", "found", "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "NOT converged: 200 are wanted" in done.stdout
    assert not (tmp_path / "found.parts").exists()
    assert (tmp_path / "found" / "fit.csv").read_text(encoding="utf-8") == tables(kept[1])["fit.csv"]
    drawn = sorted(path.name for path in (tmp_path / "found" / "figures").iterdir())
    assert [name for name in drawn if name.endswith(".svg")] == [
        f"{stem}.svg"
        for stem in (
            "cf1-predictive",
            "cf2-patterns",
            "cf3-settings",
            "cf4-ridge",
            "cf5-drift",
            "cf6-ranks",
            "cf7-mechanisms",
            "cf8-gaps",
        )
    ]
    run = ["run", "base", "--ensemble", "found", "-r", "40", "--dry-run", "--json"]
    done = in_this_process(*run, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["studies"][0]["command"].endswith("--draws 8 --ensemble found")
    _the_folder_makes_what_was_drawn(tmp_path / "found", kept[1])


def _the_folder_makes_what_was_drawn(folder: Path, of: Calibration) -> None:
    """A folder gives back every number that its figures are drawn from, and T3; one that was changed is refused."""
    stored = read_calibration(folder)
    whole = numbers_of(of)
    assert stored.numbers.patterns == whole.patterns and stored.numbers.ranks == whole.ranks
    assert stored.numbers.drift == whole.drift and stored.numbers.settings == whole.settings
    for draw in (figures.predictive, figures.ridge_plot, check_figures.mechanisms, check_figures.gaps):
        one, other = draw(stored.numbers), draw(whole)
        assert one is not None and other is not None and one.records == other.records
    words = ["table", str(folder), "T3", "--to", "md", "--json"]
    made = json.loads(in_this_process(*words, cwd=folder.parent).stdout)["tables"]
    assert [one["files"] for one in made] == [[f"t3-calibration-fit.{kind}" for kind in ("csv", "json", "md")]]
    listed = json.loads(in_this_process("list", "artefacts", str(folder), "--json", cwd=folder.parent).stdout)
    there = [row["id"] for row in listed["rows"] if row["here"] == "yes"]
    assert {"T3", *(f"CF{k}" for k in range(1, 9))} <= set(there)
    (folder / "fit.csv").write_text("planted", encoding="utf-8")
    with pytest.raises(Refused, match=r"was changed since it was written \(fit.csv\)"):
        read_calibration(folder)


def test_two_worlds_fit_equally_well_and_advise_otherwise(kept: tuple[Path, Calibration]) -> None:
    one, two = kept[1].rivals
    assert abs(one.log_likelihood - two.log_likelihood) <= EQUAL
    assert one.guards - one.detection > two.guards - two.detection
    assert one.draw != two.draw


def test_every_table_has_rows_and_no_nan(kept: tuple[Path, Calibration]) -> None:
    for name, text in tables(kept[1]).items():
        assert text.count("\n") > 1, name
        assert "nan" not in text and "inf," not in text, name


def test_gaps_are_those_of_the_attacks_that_were_counted(kept: tuple[Path, Calibration]) -> None:
    of = kept[1]
    attacks = [each for each in of.gaps if each.between == "attacks"]
    fatal = [each for each in of.gaps if each.between == "fatal_attacks"]
    assert len(attacks) == len(fatal) == 8 * 2, "eight members, two replications of each"
    assert all(one.number >= two.number for one, two in zip(attacks, fatal, strict=True))
    for k, check in enumerate(of.fresh):
        ours = [each.number + 1 for each in attacks if each.member == k + 1]
        if min(ours) > 1:  # the same addresses: day by day there are as many as the counts say
            assert sum(ours) / 2 == check.simulated
    rows = {row.target: row for row in of.fit if row.kind == "gap"}
    assert rows["gaps of fatal attacks: longest, days"].observed == 545.0
    assert all(0.0 <= row.tail <= 1.0 for row in rows.values())


def test_a_count_comes_with_its_exact_interval(kept: tuple[Path, Calibration]) -> None:
    (row,) = [each for each in kept[1].fit if each.target == "attacks, all"]
    years = kept[1].weighed.plan.targets.days / 365.25
    assert (row.exact_low / years, row.exact_high / years) == pytest.approx(kept[1].poisson)
    assert row.low <= row.median <= row.high


def test_every_mechanism_is_switched_and_its_row_says_so(kept: tuple[Path, Calibration]) -> None:
    written, *rows = kept[1].mechanisms
    assert (written.score, written.error, written.verdict) == (0.0, 0.0, "")
    by_name = {row.mechanism.name: row for row in rows}
    assert set(by_name) == set(SWITCHED)
    assert by_name["drift"].parts["monthly"] < -10.0, "years of monthly counts speak for drift"
    assert by_name["drift"].verdict == "for it"
    assert by_name["drift"].over_mean < written.over_mean, "what drifts scatters"
    assert all(row.parts["monthly"] == 0.0 for row in rows if row.mechanism.name != "drift")
    assert by_name["backlash"].mechanism.adds
    said = mechanisms.findings(kept[1].mechanisms)
    assert len(said) == len(rows) and said[0].startswith("drift: the record speaks for it that the threat drifts")


def test_every_mechanism_of_the_base_case_is_listed_and_can_be_switched(plan: CalibrationPlan) -> None:
    by_name = {mechanism.name: mechanism for mechanism in LISTED(plan)}
    assert set(by_name) == {
        "drift", "clusters", "follow-ons", "displacement", "detection", "preparation", "insiders", "common cause",
        "decay", "route layer", "hardening layer", "guard layer", "stoppages", "backlash",
    }  # fmt: skip
    for mechanism in by_name.values():
        assert mechanisms.changed_plan(plan, mechanism.sets) != plan, mechanism.name


def test_a_switch_takes_the_drawn_value_away(kept: tuple[Path, Calibration]) -> None:
    plan = kept[1].weighed.plan
    (one,) = [each for each in mechanisms.mechanisms(plan) if each.name == "follow-ons"]
    changed = mechanisms.changed_plan(plan, one.sets)
    values = mechanisms.values_in(changed, one.sets)(3)
    assert "world.threat.excitation.follow_ons" in plan.drawn(3)
    assert not [key for key in values if key.startswith("world.threat.excitation.follow_ons")]
    world = build(changed.resolved, values=values).world
    assert float(np.max(world.threat.follow_ons)) == 0.0
    assert np.array_equal(changed.values, plan.values)


def switched(score: float, error: float, *, adds: bool = False, against: tuple[float, float] = (0.0, 0.5)) -> Ablated:
    mechanism = Mechanism(name="x", acts="it acts", sets=("a=b",), adds=adds)
    return Ablated(
        mechanism=mechanism, draws=12, score=score, error=error, parts={}, ruled_out=0.0, over_mean=2.0, rate=4.0,
        attacks=(4.0, 0.5), breaches=(5.0 + against[0], 0.5), against=against,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("score", "error", "adds", "verdict"),
    [
        (-0.5, 0.1, False, "cannot tell"),
        (-3.0, 0.2, False, "for it"),
        (-3.0, 1.5, False, "cannot tell"),
        (3.0, 0.2, False, "against it"),
        (-3.0, 0.2, True, "against it"),
        (-3.0, float("nan"), False, "cannot tell"),
    ],
)
def test_the_record_speaks_beyond_three_to_one_and_noise(score: float, error: float, adds: bool, verdict: str) -> None:
    assert switched(score, error, adds=adds).verdict == verdict


def test_a_headline_that_moves_is_told_from_one_that_stays() -> None:
    written = switched(0.0, 0.0)
    assert "the headline stays" in mechanisms.finding(switched(0.1, 0.1, against=(0.3, 0.5)), written)
    assert "the headline moves" in mechanisms.finding(switched(0.1, 0.1, against=(-2.0, 0.5)), written)


def test_what_is_averted_is_a_ratio_of_paired_means() -> None:
    before = np.array([10.0, 20.0, 30.0])
    even = mechanisms.Averted(before, 0.9 * before)
    assert even.percent == pytest.approx(10.0)
    assert mechanisms.half_width(even.influence) == pytest.approx(0.0, abs=1e-9)
    uneven = mechanisms.Averted(before, np.array([9.0, 15.0, 29.0]))
    assert mechanisms.half_width(uneven.influence) > 5.0
    assert mechanisms.half_width(uneven.influence - uneven.influence) == 0.0, "paired by draws"


def test_figures_show_what_the_tables_say(kept: tuple[Path, Calibration]) -> None:
    of = numbers_of(kept[1])
    observed = {row[0]: row[1] for row in figures.predictive(of).records}
    assert observed["attacks SIN"] == 8.0
    assert observed["foreigners killed"] == 20.0
    drift, patterns, ranks = figures.drift(of), figures.patterns(of), figures.ranks(of)
    assert drift is not None and patterns is not None and ranks is not None
    assert [row[0] for row in drift.records] == ["BAL", "KP", "PUN", "SIN", "all, as used"]
    elasticity = next(row for row in patterns.records if row[0] == "elasticity of guards")
    assert elasticity[4] <= elasticity[5] <= elasticity[6]
    assert sum(row[3] for row in ranks.records if row[0].startswith("truths")) == kept[1].ranks.ranks.size
    shown = [row[8] for row in figures.settings(of).records]
    assert shown == sorted(shown), "what the data do not move stands first"
