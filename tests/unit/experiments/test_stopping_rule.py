"""Playing until a half-width is reached: the looks, what is told of them, and bad wishes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simcpec.analysis.estimates import moments
from simcpec.analysis.group_sequential import APART, FIRST, all_looks, confidence_at, critical, looks_of, wanted
from simcpec.analysis.responses import RESPONSES, response
from simcpec.cli.console import summary
from simcpec.errors import UserError
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.study import study
from simcpec.reporting.tables.precision import GIVEN_UP, MET, precision
from simcpec.results.records import PrecisionTarget, Study
from simcpec.scenario import load, validate
from simcpec.scenario.schema.policy_block import MEASURED
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read

SHORT = "run.horizon=100 days"


def asks(text: str) -> str:
    return f"run.precision={text}"


ATTACKS = "response: attacks, half_width: 6 %, at_most: 3000"


@pytest.fixture(scope="module")
def alone() -> Study:
    """One scenario, until its attacks are known to 6 %."""
    return study(["bare"], sets=[SHORT, asks(f"{{{ATTACKS}}}")], rows=300, jobs=1)


# ------------------------------------------------------------------------------------------------ looks


@pytest.mark.parametrize(("looks", "point"), [(1, 1.960), (2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555)])
def test_equal_steps_give_the_constants_of_pocock(looks: int, point: float) -> None:
    assert critical(tuple(100 * k for k in range(1, looks + 1))) == pytest.approx(point, abs=6e-4)


def test_looks_double_and_the_last_one_is_the_limit() -> None:
    assert looks_of(400, 10_000) == (400, 800, 1600, 3200, 6400, 10_000)
    assert looks_of(401, 1100) == (500, 1100) and looks_of(1, 1000) == (FIRST, 400, 800, 1000)
    assert looks_of(400, 3300) == (400, 800, 1600, 3300)  # 3,200 is too near
    assert looks_of(400, 300) == (300,)
    two = [PrecisionTarget(response="attacks", relative=0.1, floor=0.0, at_most=at_most) for at_most in (1000, 500)]
    assert all_looks(200, two) == (200, 400, 500, 800, 1000)
    assert all(b >= APART * a for at in (900, 5000, 77_777) for a, b in pairwise(looks_of(9, at)))


def test_more_looks_take_wider_intervals_and_a_single_one_is_plain() -> None:
    points = [confidence_at(looks_of(400, at_most)) for at_most in (400, 1000, 10_000, 100_000)]
    assert points == sorted(points) and points[0] == pytest.approx(0.95) and points[-1] < 0.994


def test_the_larger_of_relative_and_floor_is_enough() -> None:
    goal = PrecisionTarget(response="attacks", relative=0.02, floor=0.1, at_most=1000)
    assert [wanted(goal, mean) for mean in (-10.0, 3.0, 0.0)] == [0.2, 0.1, 0.1]


# ------------------------------------------------------------------------------------------------ playing


def test_a_run_ends_at_the_first_look_that_is_precise_enough(alone: Study) -> None:
    of = alone.precision
    assert of is not None and of.looks == (400, 800, 1600, 3000)
    (found,) = of.reached
    assert found.met and found.replications == of.taken == alone.replications in of.looks[1:]
    assert found.half_width is not None and found.wanted is not None and found.mean is not None
    assert found.half_width <= found.wanted == pytest.approx(0.06 * found.mean)
    plain = study(["bare"], sets=[SHORT], replications=of.taken, rows=None, jobs=1)
    values = response("attacks").of(plain.scenarios[0])
    assert moments(values).half_width_at(found.confidence) == pytest.approx(found.half_width)
    before = moments(values[:, : of.taken // 2])
    half_width = before.half_width_at(found.confidence)
    assert half_width is not None and half_width > 0.06 * before.mean  # it could not have ended a look earlier
    assert alone.scenarios[0].rows == 300
    assert alone.scenarios[0].cell.tobytes() == plain.scenarios[0].cell[:, :300].tobytes()
    assert "--replications" not in alone.command and alone.command.endswith("--draws 1 --rows 300")


def test_a_comparison_looks_at_paired_differences_and_gives_up_at_the_limit() -> None:
    short = ATTACKS.replace("3000", "300")
    both = asks(f"[{{response: attacks, half_width: 50 %, floor: 2, at_most: 900}}, {{{short}}}]")
    found = study(["base", "share-3", "base"], sets=["run.horizon=250 days", both], baseline="base", jobs=1)
    assert found.precision is not None and found.precision.looks == (300, 400, 900)
    told = [(one.goal.at_most, one.scenario, one.replications, one.met) for one in found.precision.reached]
    assert told == [
        (900, "share-3", 400, True),
        (900, "base.2", 400, True),
        (300, "share-3", 300, False),
        (300, "base.2", 300, True),
    ]
    same = [one for one in found.precision.reached if one.scenario == "base.2"]
    assert all(one.half_width == 0.0 for one in same)  # the baseline again: identical now and later
    assert [result.replications for result in found.scenarios] == [found.precision.taken] * 3 == [400] * 3
    lines = summary.precision_lines(found)
    assert "not reached by 300" in lines[3] and lines[-1].startswith("Each scenario took 400 replications")


def test_what_has_never_varied_is_not_known() -> None:
    quiet = [
        "run.horizon=1 days",
        "world.provinces.BAL.plots=0.000001 /year",
        "world.provinces.SIN.plots=0.000001 /year",
    ]
    few = asks("{response: attacks, half_width: 10 %, at_most: 500}")
    found = study(["bare"], sets=[*quiet, few], jobs=1)
    assert found.precision is not None
    (one,) = found.precision.reached
    assert (one.mean, one.half_width, one.met, one.replications) == (0.0, 0.0, False, 500)
    assert summary.precision_lines(found)[1].endswith("not reached by 500: nothing varied yet")


def test_draws_are_taken_together() -> None:
    wish = asks("{response: attacks, half_width: 0 %, floor: 1, at_most: 900}")
    found = study(["base"], sets=["run.horizon=20 days", wish], draws=2, jobs=1)
    assert found.precision is not None and found.precision.reached[0].met
    assert found.scenarios[0].draws == 2 and found.scenarios[0].replications == found.precision.taken == 400


# ------------------------------------------------------------------------------------------------ telling


def test_it_reads_back_and_the_report_tells_it(alone: Study, tmp_path: Path) -> None:
    write(alone, tmp_path / "out")
    assert read(tmp_path / "out").precision == alone.precision
    table = precision(alone)
    assert table is not None and alone.precision is not None
    (record,) = table.records
    assert record[2] == "attacks" and record[-2:] == (alone.precision.taken, True)
    assert MET in str(table.panels) and GIVEN_UP not in str(table.panels)
    assert "400, 800, 1,600, 3,000" in table.caption
    plain = prepare(["bare"], replications=5)
    assert plain.goals == () and plain.looks == ()


# ------------------------------------------------------------------------------------------------ what cannot be


def test_a_number_of_replications_goes_before_precision() -> None:
    sets = [asks(f"{{{ATTACKS}}}")]
    assert prepare(["bare"], sets=sets).goals and not prepare(["bare"], sets=sets, quick=True).goals
    assert not prepare(["bare"], sets=sets, replications=7).goals


def test_scenarios_that_are_compared_want_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.yaml").write_text(f"extends: base\nname: o\nrun: {{precision: {{{ATTACKS}}}}}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"run\.precision must be the same in scenarios that are compared"):
        prepare(["base", "other.yaml"])
    assert prepare(["base", "other.yaml"], replications=5).goals == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{response: attack, half_width: 2 %, at_most: 1000}", "Did you mean attacks?"),
        ("{response: attacks, half_width: 0 %, at_most: 1000}", "half_width above 0 %, or a floor: beside it"),
        ("{response: attacks, half_width: 101 %, at_most: 1000}", "a share from 0 % to 100 %"),
        ("{response: attacks, half_width: 2 %}", "run.precision[0].at_most is missing"),
        ("{response: attacks, half_width: 2 %, at_most: 99}", "a whole number from 100 to 100000000"),
        ("{response: attacks, half_width: 2 %, at_most: 1000, floor: 0}", "a pure number above 0"),
        (
            "{response: attacks, half_width: 2 %, at_most: 1000, level: 3}",
            "one of response, half_width, floor, at_most",
        ),
        ("soon", "run.precision is soon"),
    ],
)
def test_wishes_that_cannot_be_are_told(text: str, told: str) -> None:
    faults = validate("bare", [asks(text)])
    assert len(faults) == 1 and told in str(faults[0])


def test_one_map_and_a_list_of_it_are_the_same_and_the_names_are_those_of_the_responses() -> None:
    one, many = (load("bare", sets=[asks(text)]) for text in (f"{{{ATTACKS}}}", f"[{{{ATTACKS}}}]"))
    assert one.scenario.run.precision == many.scenario.run.precision
    assert tuple(each.id for each in RESPONSES) == MEASURED
    assert load("bare").scenario.run.precision == []


def test_the_plan_tells_the_looks() -> None:
    ready: Any = prepare(["bare"], sets=[asks(f"{{{ATTACKS}}}")])
    assert ready.looks == (400, 800, 1600, 3000) and ready.rows == 1000
