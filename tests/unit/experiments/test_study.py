"""From files to a study: what is shared between scenarios, what differs, and what is left out when something fails."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.paired_differences import paired
from simcpec.analysis.responses import RESPONSES, response
from simcpec.catalogue import entry
from simcpec.errors import EngineError, ScenarioError, UserError
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.design.study_size import QUICK_REPLICATIONS
from simcpec.experiments.design.uncertain_settings import canonical, entries_of, factors_of, settings_of
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.study import completed, study
from simcpec.results.failure import Failure
from simcpec.results.records import ScenarioResult, Study
from simcpec.scenario import leaves, load
from simcpec.scenario.building.build import build
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read

ENGINE = '''
import numpy as np
from simcpec.errors import EngineError
from simcpec.model.outcome import CELL_COUNTS, CELL_OF_MODE, COHORT_COUNTS, PROVINCE_COUNTS, Outcome
from simcpec.numerics.streams import key_word

def play(world, *, seed, draw, replication, trace=False):
    """Poisson attacks that guards thin, drawn by address: quick, and monotone in what is bought."""
    P, C, S = world.shape
    T = len(world.calendar.period_end_tick)
    rng = np.random.Philox(key=[key_word(seed, draw) % 2**64, replication])
    rng = np.random.Generator(rng)
    if world.provinces[0] == "BAD" and replication in (1, 4):
        raise ArithmeticError("bad province")
    cell = np.zeros((T, P, C, S, len(CELL_COUNTS)))
    for p in range(P):
        born = rng.poisson(40.0 * world.threat.rate[0, p] * 365, 1)[0]
        kept = int((rng.random(born) < 0.5 ** (world.capacity.target[0, p, 0] / 1000.0)).sum())
        cell[:, p, 0, 0, 0] = born
        cell[:, p, 0, 0, 4] = kept
        cell[:, p, 0, 0, 8] = kept
        cell[:, p, 0, 0, 2] = born - kept
    province = np.zeros((T, P, len(PROVINCE_COUNTS)))
    province[..., PROVINCE_COUNTS.index("attacks_group_1")] = cell[..., CELL_COUNTS.index("attacks")].sum((2, 3))
    return Outcome(cell=cell, cohort=np.zeros((T, P, C, len(COHORT_COUNTS))), province=province,
                   mode=cell[..., list(CELL_OF_MODE)].sum((2, 3))[:, :, None],
                   start_plots=np.zeros((P, C, S)))

def unsound(world, *, seed, draw, replication, trace=False):
    """The same, but every third replication of drawn values does not end."""
    if draw and replication % 3 == 2:
        raise EngineError("grows without bound")
    return play(world, seed=seed, draw=draw, replication=replication)
'''
FAST: dict[str, Any] = {"engine": "quick_engine:play", "jobs": 1, "replications": 6}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a quick engine on the search path."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "quick_engine.py").write_text(ENGINE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    monkeypatch.delitem(sys.modules, "quick_engine", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def overlay(name: str, body: str = "") -> str:
    Path(name).write_text(f"extends: base\nname: {name}\n{body}", encoding="utf-8")
    return name


SHARE_2 = "policy:\n  security_share: {share: 2 %, of: annual_outlay}\n"


def arrays(result: ScenarioResult) -> bytes:
    parts = [result.cell, result.cohort, result.province, result.costs, result.parameters.values, result.exposures]
    return b"".join(part.tobytes() for part in parts if part is not None)


def by_path(found: Study) -> dict[str, bytes]:
    return {result.path: arrays(result) for result in found.scenarios}


# ------------------------------------------------------------------------------------------------ what is shared


@pytest.mark.parametrize("draws", [1, 3])
def test_a_renamed_copy_differs_by_exactly_nothing(draws: int) -> None:
    copy = overlay("نقل $x$ <b>.yaml")
    found = study(["base", copy], draws=draws, **FAST)
    a, b = found.scenarios
    assert arrays(a) == arrays(b) and a.digest == b.digest and a.slug != b.slug
    assert found.changes == ((), ()) and not any(setting.changed for setting in b.settings_table)
    for each in RESPONSES:
        difference = paired(each.of(b), each.of(a))
        assert difference.verdict in ("identical", "not estimable") and difference.mean == 0.0


def test_the_same_reference_twice_has_two_folders(tmp_path: Path) -> None:
    found = study(["base", "base"], **FAST)
    assert [result.slug for result in found.scenarios] == ["base", "base.2"]
    write(found, tmp_path / "out")
    assert len(read(tmp_path / "out").scenarios) == 2


def test_the_order_of_arguments_and_the_workers_change_no_number() -> None:
    two, three = overlay("two.yaml", SHARE_2), overlay("three.yaml", SHARE_2.replace("2 %", "3 %"))
    plain = study(["base", two, three], baseline="base", draws=2, **FAST)
    turned = study([three, "base", two], baseline="base", draws=2, **FAST)
    assert by_path(plain) == by_path(turned) and turned.baseline == 1
    assert by_path(plain) == by_path(study(["base", two, three], draws=2, **{**FAST, "jobs": 2}))
    assert {r.path: r.slug for r in plain.scenarios} == {r.path: r.slug for r in turned.scenarios}
    assert by_path(plain) != by_path(study(["base", two, three], draws=2, seed=0, **FAST))


def test_more_money_averts_attacks_in_every_replication() -> None:
    found = study(["base", overlay("two.yaml", SHARE_2)], **FAST)
    one, two = (response("attacks").of(result) for result in found.scenarios)
    assert (two <= one).all() and (two < one).any()


def test_seed_zero_is_a_seed() -> None:
    zero, again, one = (study(["base"], **{**FAST, "seed": seed}) for seed in (0, 0, 1))
    assert zero.seed == 0 and by_path(zero) == by_path(again) != by_path(one)
    assert study(["base"], **FAST).seed == 2024


def test_replications_are_those_of_a_longer_study() -> None:
    few, many = study(["base"], **{**FAST, "replications": 2}), study(["base"], **FAST)
    assert np.array_equal(few.scenarios[0].cell, many.scenarios[0].cell[:, :2])


# ------------------------------------------------------------------------------------------------ parameter draws


def test_draws_are_shared_by_scenarios_that_leave_a_key_alone() -> None:
    other = overlay(
        "other.yaml", "world:\n  threat: {lapse: {value: 0.2 /year, low: 0.1 /year, high: 0.3 /year, law: uniform}}\n"
    )
    found = study(["base", other], draws=4, **FAST)
    a, b = (result.parameters for result in found.scenarios)
    assert a.keys == b.keys and a.values.shape == (4, len(a.keys)) and len(a.keys) > 50
    changed = [key for column, key in enumerate(a.keys) if not np.array_equal(a.values[:, column], b.values[:, column])]
    assert changed == ["world.threat.lapse"]
    at = a.keys.index("world.threat.lapse")
    low, high = 0.1 / 365.25, 0.3 / 365.25
    assert ((b.values[:, at] >= low) & (b.values[:, at] <= high)).all()
    # the same uniform: both laws rank the draws alike
    assert np.array_equal(np.argsort(a.values[:, at]), np.argsort(b.values[:, at]))
    assert found.scenarios[0].draw_numbers == (1, 2, 3, 4)


def test_one_draw_is_the_point_values() -> None:
    result = study(["base"], draws=1, **FAST).scenarios[0]
    assert result.draw_numbers == (0,) and result.parameters.keys == () and result.parameters.values.shape == (1, 0)
    assert result.exposures is not None and np.array_equal(result.exposures[0], result.prices.exposure)


def test_every_draw_has_its_own_exposure_and_its_own_money() -> None:
    ranged = ["personnel.corridor={value: 1000 persons, low: 500 persons, high: 2000 persons, law: lognormal}"]
    sets = [f"world.provinces.PUN.{text}" for text in [*ranged, "personnel.scattered=7000 persons"]]
    result = study(["base"], draws=3, sets=sets, **FAST).scenarios[0]
    of = result.parameters
    assert result.exposures is not None and "world.provinces.PUN.personnel.scattered" not in of.keys
    drawn = of.values[:, of.keys.index("world.provinces.PUN.personnel.corridor")]
    assert len(np.unique(drawn)) == 3
    np.testing.assert_allclose(result.exposures[:, 0], drawn + 7000.0)
    assert result.prices.exposure[0] == 8000.0
    assert len(np.unique(result.costs[:, 0, 0, 0, 0])) == 3
    assert result.plan.total[0] == 25_200_000_00  # of the point values, whatever is drawn


def test_what_is_uncertain_and_what_is_not() -> None:
    resolved = load("base")
    factors = {factor.key: factor for factor in factors_of(resolved, build(resolved).keys_read)}
    assert factors["world.threat.lapse"].scale == pytest.approx(1 / 365.25)
    assert factors["world.operations.teams.SIN"].whole
    assert "policy.security_share.share" not in factors  # chosen by somebody
    assert "world.protection.training" not in factors  # exactly 0: switched off
    assert factors_of(resolved, {"world.threat.lapse"}) == [factors["world.threat.lapse"]]  # what nothing reads is left
    assert "world.settings.site.time" not in factors  # shares that add up to 100 %
    pair = [factors[f"world.forces.{force}.on_duty"].name for force in ("ssd", "spu")]
    assert pair == ["forces.on_duty", "forces.on_duty"]


def test_a_number_set_by_hand_is_certain_unless_it_brings_its_own_range() -> None:
    def factors(text: str) -> list[str]:
        resolved = load("base", sets=[text])
        return [factor.key for factor in factors_of(resolved, build(resolved).keys_read)]

    assert "world.preparation.mean" in factors("world.preparation.mean=150 days")
    assert "world.preparation.mean" not in factors("world.preparation.mean=151 days")
    ranged = "world.preparation.mean={value: 151 days, low: 100 days, high: 200 days, law: normal}"
    assert "world.preparation.mean" in factors(ranged)
    certain = "world.preparation.mean={value: 150 days, low: 100 days, high: 200 days, law: none}"
    assert "world.preparation.mean" not in factors(certain)


# ------------------------------------------------------------------------------------------------ what differs


def test_changes_say_old_new_and_the_money_behind_them() -> None:
    other = overlay("two.yaml", SHARE_2 + "world: {preparation: {mean: 100 days}}\n")
    found = study(["base", other], **FAST)
    changes = {change.key: change for change in found.changes[1]}
    assert set(changes) == {"policy.security_share.share", "world.preparation.mean"}
    share = changes["policy.security_share.share"]
    assert (share.old, share.new) == ("1 %", "2 %")
    assert (share.usd_per_year_old, share.usd_per_year_new) == (25_200_000.0, 50_400_000.0)
    mean = changes["world.preparation.mean"]
    assert (mean.old, mean.new, mean.usd_per_year_old) == ("150 days", "100 days", None)
    told = {setting.key for setting in found.scenarios[1].settings_table if setting.changed}
    assert told == set(changes)


def test_a_split_tells_the_money_of_its_instrument_and_a_range_is_told() -> None:
    split = "policy: {split: {guards: 50 %, operations: 16 %}}\n"
    ranged = "world: {threat: {lapse: {value: 0.2 /year, low: 0.1 /year, high: 0.3 /year, law: uniform}}}\n"
    found = study(["base", overlay("split.yaml", split + ranged)], **FAST)
    changes = {change.key: change for change in found.changes[1]}
    guards = changes["policy.split.guards"]
    assert guards.usd_per_year_old == pytest.approx(0.52 * 25.2e6, abs=1.0)
    assert guards.usd_per_year_new == pytest.approx(0.50 * 25.2e6, abs=1.0)
    lapse = changes["world.threat.lapse"]
    assert (lapse.old, lapse.new) == ("0.2 /year", "0.2 /year (0.1 /year to 0.3 /year, uniform)")


def test_settings_have_source_and_grade_from_the_file_or_the_catalogue() -> None:
    own = "world.preparation.mean={value: 140 days, source: our interviews, grade: C}"
    known = entry("threat.plots.sindh")
    sets = [own, f"world.provinces.SIN.plots={known.value} {known.unit}"]
    settings = {setting.key: setting for setting in settings_of(load("base", sets=sets), {"world.preparation.mean"})}
    mean = settings["world.preparation.mean"]
    assert (mean.value, mean.unit, mean.source, mean.grade, mean.catalogue_id, mean.changed) == (
        "140", "days", "our interviews", "C", "", True,
    )  # fmt: skip
    plots = settings["world.provinces.SIN.plots"]
    assert (plots.catalogue_id, plots.grade) == (known.id, known.grade) and plots.source.startswith(known.source.key)
    assert "name" not in settings and "describes" not in settings


def test_the_unit_of_every_entry_is_understood_where_the_base_case_asks() -> None:
    pairs = [(leaf, one) for leaf in leaves(load("base")) if leaf.quantity for one in entries_of(leaf.key)]
    assert len(pairs) > 200
    assert [f"{one.id}: {one.unit}" for leaf, one in pairs if canonical(one, leaf.quantity.kind) is None] == []


# ------------------------------------------------------------------------------------------------ what was asked for


def test_what_the_scenarios_say_about_the_run_must_agree() -> None:
    other = overlay("other.yaml", "run: {replications: 7, seed: 3, parameter_draws: 2}\n")
    with pytest.raises(UserError, match=r"run.parameter_draws must be the same.*base says 1.*--draws"):
        prepare(["base", other])
    with pytest.raises(
        UserError, match=r"run.replications must be the same.*base says \d+, other.yaml says 7.*--replications"
    ):
        prepare(["base", other], draws=1)
    with pytest.raises(UserError, match=r"run.seed must be the same.*--seed"):
        prepare(["base", other], replications=2, draws=1)
    ready = prepare([other])
    assert (ready.replications, ready.seed, ready.numbers) == (7, 3, (1, 2))
    assert prepare([other], quick=True).replications == QUICK_REPLICATIONS == 50  # as the help of --quick says
    assert prepare([other], quick=True).numbers == (0,)
    assert prepare([other], quick=True, replications=3).replications == 3


def test_another_calendar_is_refused() -> None:
    with pytest.raises(UserError, match=r"run.horizon must be the same.*base says 4 years, long.yaml says 5 years"):
        prepare(["base", overlay("long.yaml", "run: {horizon: 5 years}\n")])
    assert len(prepare(["base", "long.yaml"], sets=["run.horizon=1 days"]).resolved) == 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="no scenario was named"):
        study([])
    with pytest.raises(UserError, match="baseline share-3 is none of the scenarios; allowed: base, share-2"):
        study(["base", "share-2"], baseline="share-3", **FAST)
    with pytest.raises(UserError, match="replications is 0"):
        study(["base"], replications=0)
    with pytest.raises(UserError, match="draws is 0"):
        study(["base"], draws=0)
    with pytest.raises(UserError, match="seed is -1"):
        study(["base"], seed=-1)
    with pytest.raises(ScenarioError):
        study(["base"], sets=["policy.secuirty_share=1 %"])


def test_the_command_gives_the_same_study_and_leaves_out_what_changes_nothing(folder: Path) -> None:
    two = overlay("two x.yaml", SHARE_2)
    found = study(["base", str(folder / two)], sets=["run.horizon=2 years"], baseline="base", **FAST)
    assert found.command == (
        "simcpec compare base 'two x.yaml' --baseline base --set 'run.horizon=2 years' --seed 2024 --replications 6"
        " --draws 1 --engine quick_engine:play"
    )
    assert str(folder) not in found.command and found.scenarios[1].path == "two x.yaml"
    assert found.software["simcpec"] and found.software["numpy"] == np.__version__


def test_a_single_run_has_no_baseline_and_no_changes() -> None:
    found = study(["base"], baseline="base", **FAST)
    assert found.baseline is None and found.changes == ((),) and found.command.startswith("simcpec run base ")


# ------------------------------------------------------------------------------------------------ what failed

BAD = """world:
  provinces:
    BAD: {label: Bad, personnel: {corridor: 10 persons, scattered: 10 persons}, plots: 1 /year, militants: 10 persons}
"""


def failing(ready: Any, where: set[tuple[int, int, int]]) -> Study:
    """The study of sound answers but for those at (scenario, draw index, replication)."""
    draws, replications = len(ready.numbers), ready.replications
    answers = play_all(ready.worlds, ready.jobs, seed=ready.seed, engine="quick_engine:play", workers=1)
    for s, d, r in where:
        answers[(s * draws + d) * replications + r] = Failure("ArithmeticError", f"{s} {d} {r}")
    return completed(ready, answers)


def test_a_failed_replication_is_left_out_of_all_scenarios_and_named() -> None:
    ready = prepare(["base", "share-2"], replications=5, draws=1, engine="quick_engine:play")
    whole, found = failing(ready, set()), failing(ready, {(1, 0, 2)})
    for result, sound in zip(found.scenarios, whole.scenarios, strict=True):
        assert result.replication_numbers.tolist() == [[0, 1, 3, 4]]
        assert np.array_equal(result.cell, sound.cell[:, [0, 1, 3, 4]])
        assert np.array_equal(result.costs, sound.costs[:, [0, 1, 3, 4]])
    assert found.scenarios[0].failed == ()
    (failed,) = found.scenarios[1].failed
    assert (failed.draw, failed.replication, failed.error) == (0, 2, "ArithmeticError: 1 0 2")
    assert failed.replay == "simcpec replay OUTPUT_FOLDER --replication 2 --scenario share-2"
    assert (found.replications, whole.replications) == (5, 5)


def test_a_draw_that_mostly_fails_is_left_out_whole_and_the_others_stay_whole() -> None:
    ready = prepare(["base", "share-2"], replications=4, draws=3, engine="quick_engine:play")
    found = failing(ready, {(0, 1, 0), (0, 1, 1), (0, 1, 3), (1, 2, 0)})
    for result in found.scenarios:
        assert result.draw_numbers == (1, 3)
        assert result.replication_numbers.tolist() == [[0, 1, 2], [1, 2, 3]]
        assert len(result.cell) == len(result.costs) == len(result.parameters.values) == 2
    assert len(found.scenarios[0].failed) == 3 and found.scenarios[0].failed[0].draw == 2


def test_a_study_in_which_everything_fails_is_an_error() -> None:
    ready = prepare(["base"], replications=2, draws=1, engine="quick_engine:play")
    with pytest.raises(EngineError, match="nothing could be played to its end: ArithmeticError: 0 0 0"):
        failing(ready, {(0, 0, 0), (0, 0, 1)})


def test_an_engine_that_raises_leaves_the_others(folder: Path) -> None:
    Path("bad.yaml").write_text(Path(__file__).parents[3].joinpath("scenarios/base.yaml").read_text(encoding="utf-8"))
    found = study(["base"], **{**FAST, "replications": 6})
    answers_ready = prepare(["base"], replications=6, draws=1, engine="quick_engine:play")
    worlds = [
        replace(answers_ready.built[0][0].world, provinces=("BAD", *answers_ready.built[0][0].world.provinces[1:]))
    ]
    answers = play_all(worlds, answers_ready.jobs, seed=2024, engine="quick_engine:play", workers=1)
    kept = completed(answers_ready, answers)
    assert kept.scenarios[0].replication_numbers.tolist() == [[0, 2, 3, 5]]
    assert np.array_equal(kept.scenarios[0].cell, found.scenarios[0].cell[:, [0, 2, 3, 5]])
    assert {failed.error for failed in kept.scenarios[0].failed} == {"ArithmeticError: bad province"}


def test_a_draw_keeps_its_failures_and_moves_no_other_replication() -> None:
    found = study(["base", "share-2"], draws=3, engine="quick_engine:unsound", jobs=1, replications=7)
    sound = study(["base", "share-2"], draws=3, **{**FAST, "replications": 7})
    for result, same in zip(found.scenarios, sound.scenarios, strict=True):
        assert result.replication_numbers.tolist() == [[0, 1, 3, 4, 6]] * 3
        assert np.array_equal(result.cell, same.cell[:, [0, 1, 3, 4, 6]])
        assert {(one.replication, one.failure) for one in result.failed} == {
            (r, Failure("EngineError", "grows without bound")) for r in (2, 5)
        }


# ------------------------------------------------------------------------------------------------ the real engine


def test_a_scenario_has_one_result_alone_beside_others_and_among_more_draws() -> None:
    """More money opens strips in the scenarios beside it, and a draw may open others: neither moves a byte here."""
    asked: dict[str, Any] = {"sets": ["run.horizon=120 days"], "replications": 3, "seed": 5, "jobs": 1}
    alone = study(["share-1"], draws=2, **asked).scenarios[0]
    beside = study(["share-3", "share-1", "share-0.5"], draws=2, **asked).scenarios[1]
    among = study(["share-1", "base"], draws=4, **asked).scenarios[0]
    other = study(["share-3"], draws=2, **asked).scenarios[0]
    for name in ("cell", "cohort", "province", "costs"):
        table = getattr(alone, name)
        assert table.tobytes() == getattr(beside, name).tobytes()
        assert table.tobytes() == np.ascontiguousarray(getattr(among, name)[:2]).tobytes()
    assert alone.province.tobytes() != other.province.tobytes()  # the control


def test_the_warm_up_is_left_out_of_every_table() -> None:
    found = study(["base"], sets=["run.warm_up=100 days", "run.horizon=2 years"], **FAST)
    (result,) = found.scenarios
    assert result.cell.shape[2] == result.costs.shape[2] == len(result.axes.periods) == 2
    assert result.axes.years == pytest.approx(730 / 365.25)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_an_engine_plays_the_same_bytes_with_one_worker_and_with_two(engine: str, tmp_path: Path) -> None:
    short = {"sets": ["run.horizon=20 days"], "replications": 3, "engine": engine}
    one = study(["base", "share-2"], jobs=1, **short)
    two = study(["base", "share-2"], jobs=2, **short)
    write(one, tmp_path / "one")
    write(two, tmp_path / "two")
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) > 20
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
    assert not any(result.failed for result in one.scenarios)


def test_the_compiled_engine_is_the_one_that_plays_and_its_numbers_are_those_of_the_reference_engine() -> None:
    short = {"sets": ["run.horizon=20 days"], "replications": 3, "draws": 2}
    default, other = (
        study(["base", "share-2"], **short),
        study(["base", "share-2"], engine="reference", jobs=1, **short),
    )
    assert (default.engine, other.engine) == ("compiled", "reference")
    assert by_path(default) == by_path(other)
    assert "--engine" not in default.command and "--engine reference" in other.command
