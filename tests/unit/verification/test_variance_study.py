"""The study of variances: what its contrasts change, what its ratios and tests come to, and that it finds errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.engines import engine
from simcpec.engines.reference.simulate import perform
from simcpec.errors import EngineError, UserError
from simcpec.model import modes
from simcpec.model.world import World
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification import sequential_draws
from simcpec.verification.variance import Bias, ReductionGoal, Sample, biases, limit_for, measured, ratios
from simcpec.verification.variance_runs import VarianceRuns, in_twins, more
from simcpec.verification.worlds.neutral_world import bare_world
from tests.support.command import simcpec

ADDRESS = {"seed": 4, "draw": 0, "replication": 3}


# ------------------------------------------------------------------------------------------------ what is changed


def test_teams_get_a_quarter_more_and_nobody_less() -> None:
    base = load("base")
    before, after = build(base).plan, build(load("base", sets=more(base, ("operations",)))).plan
    at = modes.OPERATIONS
    others = [k for k in range(len(modes.INSTRUMENTS)) if k != at]
    assert np.abs(after.given[..., others] - before.given[..., others]).max() <= 1  # cents
    assert np.abs(after.given[..., at] - 1.25 * before.given[..., at]).max() <= 2
    assert (after.units[..., others] == before.units[..., others]).all() and (after.units >= before.units).all()


def test_all_instruments_keep_their_split() -> None:
    base = load("base")
    other = load("base", sets=more(base, modes.INSTRUMENTS))
    assert other.scenario.policy.security_share.share.exact == base.scenario.policy.security_share.share.exact * 5 / 4
    assert other.scenario.policy.split.by_instrument() == base.scenario.policy.split.by_instrument()


def test_explicit_amounts_and_odd_numbers_are_refused() -> None:
    sets = ["policy.security_share.of=explicit", "policy.security_share.amounts=[20 m USD/year]"]
    with pytest.raises(UserError, match="base gives its security budget as explicit amounts; allowed: a share"):
        more(load("base", sets=sets), ("operations",))
    for number in (30, 65):
        with pytest.raises(UserError, match=f"replications is {number}; allowed: an even number from 32"):
            measured("bare", replications=number)


# ------------------------------------------------------------------------------------------------ draws in turn


@pytest.fixture
def busy() -> World:
    return bare_world(
        days=60, threat__rate=0.2, operations__routine=0.5, operations__teams=1,
        detection__mode=2, detection__hazard=0.1, detection__unit=0.1,
    )  # fmt: skip


def test_a_turn_is_kept_by_its_address(busy: World) -> None:
    stage = sequential_draws.Turns(busy, **ADDRESS, trace=False)
    first, second = stage.draw(7, 1, 2), stage.draw(8, 1, 2)
    assert first != second and stage.draw(7, 1, 2) == first and len(stage.drawn) == 2
    other = sequential_draws.Turns(busy, **ADDRESS, trace=False)
    assert other.draw_birth(99, 5, 6) == first  # whoever asks first gets the first
    assert not set(first) & set(engine_draw(busy, 7))


def engine_draw(world: World, entity: int) -> tuple[float, ...]:
    return sequential_draws.Simulation(world, **ADDRESS, trace=False).draw(entity, 1, 2)


def test_draws_in_turn_make_other_histories_of_the_same_law(busy: World) -> None:
    one, again = sequential_draws.play(busy, **ADDRESS, trace=True), sequential_draws.play(busy, **ADDRESS, trace=True)
    assert one.trace is not None and again.trace is not None and one.trace.tobytes() == again.trace.tobytes()
    by_address = engine("reference")(busy, **ADDRESS, trace=True)
    assert by_address.trace is not None and by_address.trace.tobytes() != one.trace.tobytes()
    whole = perform(sequential_draws.Simulation(busy, **ADDRESS, trace=True), busy)
    assert whole.trace is not None and whole.trace.tobytes() == by_address.trace.tobytes()


# ------------------------------------------------------------------------------------------------ what comes of it


def sample(rng: np.random.Generator, n: int = 400, shift: float = 0.0) -> Sample:
    """Values whose spread is known: realised 2, expected 1, apart 2; twins half as good as two single ones."""
    common, own = rng.normal(size=(2, 1, n))
    names = ("attacks", "breaches", "deaths")
    address = {name: 50.0 + shift + common + np.sqrt(3.0) * own for name in names}
    expected = {name: 50.0 + shift + common for name in names[1:]}
    apart = {name: 50.0 + shift + 2.0 * rng.normal(size=(1, n)) for name in names}
    turn = {name: 50.0 + shift + 2.0 * rng.normal(size=(1, n // 8)) for name in names}
    twins = {name: 50.0 + shift + 2.0 * rng.normal(size=(1, n // 2)) for name in names}
    return Sample(address=address, expected=expected, apart=apart, turn=turn, twins=twins, second=twins)


def test_ratios_count_plays() -> None:
    rng = np.random.default_rng(3)
    base = sample(rng)
    other = replace(base, address={k: v + 1.0 + 0.1 * rng.normal(size=v.shape) for k, v in base.address.items()})
    found = {(one.response, one.way): one.gain.ratio for one in ratios("teams", base, other)}
    assert found["attacks", "address"] == pytest.approx(800.0, rel=0.3)  # 2 x 4 over 0.01
    assert found["breaches", "expected"] == pytest.approx(4.0, rel=0.3)  # 2 x 4 over 2 x 1
    assert found["attacks", "twins"] == pytest.approx(0.5, rel=0.3)  # two plays for one value of the same spread
    assert ("attacks", "expected") not in found


def test_a_bias_is_found_and_no_bias_is_not() -> None:
    of = sample(np.random.default_rng(5))
    limit = limit_for(30)
    assert limit == pytest.approx(4.149, abs=1e-3)
    found = biases("base", of, limit)
    assert len(found) == 10 and {one.verdict for one in found} == {"unbiased"}
    wrong = replace(of, expected={name: 1.01 * values for name, values in of.expected.items()})
    verdicts = {one.response: one.verdict for one in biases("base", wrong, limit) if one.way == "expected"}
    assert verdicts == {"breaches": "biased", "deaths": "biased"}


def test_few_replications_have_no_power_and_say_so() -> None:
    few = Bias(
        scenario="base",
        response="attacks",
        way="address",
        estimate=10.0,
        plain=10.5,
        error=2.0,
        planted=0.25,
        limit=4.0,
    )
    assert few.verdict == "not powered" and few.z == -0.25
    assert few.found_from == pytest.approx((4.0 + 2.33) * 2.0 / 10.5)
    exact = replace(few, error=0.0)
    assert exact.verdict == "biased" and replace(exact, plain=10.0).verdict == "unbiased" and exact.z is None
    assert replace(few, error=0.2).verdict == "unbiased" and replace(few, error=0.1).verdict == "biased"


@pytest.mark.parametrize(("low", "high", "verdict"), [(51, 90, "reached"), (20, 49, "missed"), (20, 90, "open")])
def test_a_goal_is_reached_by_its_whole_interval(low: float, high: float, verdict: str) -> None:
    from simcpec.analysis.variance_reduction import VarianceRatio

    found = VarianceRatio(ratio=low, low=low, high=high)
    assert ReductionGoal(contrast="a", response="b", way="c", at_least=50.0, found=found).verdict == verdict


def test_a_replication_that_fails_ends_the_study(busy: World) -> None:
    stage = VarianceRuns(seed=1, replications=32, jobs=1, notice=lambda text: None)
    broken = replace(busy, detection=replace(busy.detection, hazard=busy.detection.hazard * 1e6))
    with pytest.raises(EngineError, match="a rate in AAA reached 1e"):
        stage.played(broken, range(2))
    assert in_twins(busy).threat.antithetic == 1


def test_the_command_measures_writes_and_passes(tmp_path: Path) -> None:
    """On the bare scenario: no teams, nothing that stops or harms, so that nothing differs and nothing is biased."""
    out = tmp_path / "variance"
    done = simcpec(
        "verify", "variance", "bare", "--replications", "64", "--jobs", "1", "--json", "--out", str(out), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["passes"] and told["replications_in_turn"] == 8 and told["control"] is None
    assert {row["ratio"] for row in told["ratios"] if row["way"] == "address"} == {None}
    assert {row["verdict"] for row in told["biases"]} == {"unbiased"}
    assert {goal["verdict"] for goal in told["goals"]} == {"nothing differs"}
    assert len((out / "variance-ratios.csv").read_text().splitlines()) == 1 + len(told["ratios"])
    assert len((out / "bias.csv").read_text().splitlines()) == 1 + len(told["biases"])


def test_the_command_takes_one_scenario(tmp_path: Path) -> None:
    done = simcpec("verify", "variance", "bare", "base", cwd=tmp_path)
    assert done.returncode == 2 and "measures one scenario, not 2" in done.stderr
