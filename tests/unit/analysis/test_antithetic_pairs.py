"""Antithetic twins: the second mirrors what drives births, keeps everything else, and both count as one value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.analysis.estimates import estimate
from simcpec.analysis.paired_differences import paired
from simcpec.analysis.responses import RESPONSES, incidents, response
from simcpec.engines import engine
from simcpec.errors import UserError
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.study import completed, study
from simcpec.model.outcome import PROVINCE_COUNTS
from simcpec.numerics import streams
from simcpec.results.failure import Failure
from simcpec.results.records import ScenarioResult
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read
from simcpec.verification.worlds.neutral_world import bare_world, with_changes

TWINS = ("run.antithetic=on", "run.horizon=1 year")


def test_the_second_twin_has_the_complements_of_the_first() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        key, entity, place, number = (int(x) for x in rng.integers(-(2**63), 2**63 - 1, 4))
        k = 2 * int(rng.integers(0, 2**40))
        first, second = (streams.twin_block(key, r, 1, entity, place, streams.S_DRIFT, number) for r in (k, k + 1))
        assert first == streams.block(key, k, entity, place, streams.S_DRIFT, number)
        assert second == tuple(1.0 - u for u in first)  # exact: u is an odd multiple of 2**-53
        alone = streams.twin_block(key, k + 1, 0, entity, place, streams.S_DRIFT, number)
        assert alone == streams.block(key, k + 1, entity, place, streams.S_DRIFT, number)


def test_twins_mirror_births_and_nothing_else() -> None:
    """Plots are the candidates that were kept and mirrored; leads, which no twin mirrors, stay as they are."""
    world = bare_world(
        days=200, threat__rate=[[0.05, 0.02]], operations__routine=[0.3, 0.2],
        operations__teams=2,
    )  # fmt: skip
    twins = with_changes(world, threat__antithetic=1)
    play = engine("compiled")
    for k in (0, 8):
        plain = [play(world, seed=5, draw=0, replication=r) for r in (k, k + 1)]
        found = [play(twins, seed=5, draw=0, replication=r) for r in (k, k + 1)]
        assert found[0].cell.tobytes() == plain[0].cell.tobytes()
        assert found[1].cell.tobytes() != plain[1].cell.tobytes()
        names = ("leads_routine", "operations_routine", "busy_team_days")
        columns = [PROVINCE_COUNTS.index(name) for name in names]
        assert found[1].province[..., columns].tobytes() == plain[1].province[..., columns].tobytes()


def test_births_of_twins_go_against_each_other_and_have_the_right_mean() -> None:
    rate, days, pairs = 0.05, 400, 400
    world = bare_world(codes=("AAA",), days=days, threat__rate=rate, threat__antithetic=1)
    play = engine("compiled")
    born = np.array([play(world, seed=3, draw=0, replication=r).cell[..., 0].sum() for r in range(2 * pairs)])
    first, second = born[0::2], born[1::2]
    for each in (first, second):
        assert abs(each.mean() - rate * days) < 4 * np.sqrt(rate * days / pairs)
        assert abs(each.var(ddof=1) / (rate * days) - 1) < 4 * np.sqrt(2 / pairs)
    assert np.corrcoef(first, second)[0, 1] < -0.3
    same = with_changes(world, threat__antithetic=0)
    alone = np.array([play(same, seed=3, draw=0, replication=r).cell[..., 0].sum() for r in range(2 * pairs)])
    assert abs(np.corrcoef(alone[0::2], alone[1::2])[0, 1]) < 0.2  # the control: without mirroring nothing ties them


# ------------------------------------------------------------------------------------------------ as one value


@pytest.fixture(scope="module")
def result() -> ScenarioResult:
    return study(["base"], sets=TWINS, replications=12, draws=1, jobs=1).scenarios[0]


def test_every_response_averages_twins(result: ScenarioResult) -> None:
    alone = replace(result, antithetic=False)
    for each in RESPONSES:
        values, single = each.of(result), each.of(alone)
        assert values.shape == (1, 6) and single.shape == (1, 12)
        np.testing.assert_array_equal(values[0], (single[0, 0::2] + single[0, 1::2]) / 2)
        if each.by_province is not None:
            assert each.by_province(result).shape == (1, 6, 7)
    assert incidents(result).shape == incidents(result, "SIN").shape == (1, 6)


def test_half_widths_rest_on_pairs(result: ScenarioResult) -> None:
    found = estimate(response("attacks").of(result))
    pairs = response("attacks").of(result)[0]
    assert found.n == 6 and found.mean == pytest.approx(pairs.mean())
    assert found.half_width == pytest.approx(2.5705818 * pairs.std(ddof=1) / np.sqrt(6))  # Student, 5 degrees
    assert paired(pairs[None], pairs[None] / 2).n == 6


def test_a_replication_is_left_out_with_its_twin() -> None:
    ready = prepare(["base"], sets=["run.antithetic=on", "run.horizon=20 days"], replications=8, draws=2)
    answers = play_all(ready.worlds, ready.jobs, seed=ready.seed, workers=1)
    answers[3] = Failure("ArithmeticError", "lost")
    (result,) = completed(ready, answers).scenarios
    assert result.draw_numbers == (1, 2)
    assert result.replication_numbers.tolist() == [[0, 1, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5]]


def test_twins_are_read_back(tmp_path: Path) -> None:
    played = study(["base"], sets=TWINS, replications=2, draws=1, jobs=1)
    write(played, tmp_path / "out")
    assert read(tmp_path / "out").scenarios[0].antithetic is True


def test_an_odd_number_of_twins_is_refused() -> None:
    with pytest.raises(UserError, match=r"replications is 7, and run.antithetic is on.*even number, such as 8"):
        prepare(["base"], sets=TWINS, replications=7)
    assert prepare(["base"], sets=TWINS, replications=8).points[0].world.threat.antithetic == 1
    assert prepare(["base"], replications=7).points[0].world.threat.antithetic == 0


def test_twins_are_not_compared_with_singles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.yaml").write_text("extends: base\nname: other\nrun: {antithetic: on}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"run.antithetic must be the same.*base says off, other.yaml says on"):
        prepare(["base", "other.yaml"], replications=4)
