"""A study of few rows says what the one with all rows says, whoever plays it, and reads back to the last bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.analysis.estimates import estimate
from simcpec.analysis.paired_differences import BY_DELTA, IDENTICAL, Difference
from simcpec.analysis.responses import ASKED, RESPONSES, Response, incidents, response
from simcpec.analysis.scenario_analysis import AggregateAnalysis, ReplicationAnalysis, analysis_of, rate_ratio
from simcpec.analysis.study_analysis import AnalysedStudy
from simcpec.errors import UserError
from simcpec.experiments.design.prepare import prepare
from simcpec.experiments.execution import batches, collector, thread_pool
from simcpec.experiments.study import study
from simcpec.reporting.figures.fan_chart import fans
from simcpec.reporting.figures.operations_funnel import funnel
from simcpec.reporting.figures.province_panels import by_place
from simcpec.reporting.selection import HEADLINES, differences, estimates, shown, twins
from simcpec.results.records import ScenarioResult, Study
from simcpec.storage.data_frames import frame
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read

SHORT: dict[str, Any] = {"sets": ["run.horizon=300 days"], "draws": 2, "jobs": 1}
MANY = 130  # not a multiple of what is summed together
CLOSE = 1e-9


@pytest.fixture(scope="module")
def whole() -> AnalysedStudy:
    """All rows kept."""
    return study(["base", "share-3", "base"], replications=MANY, rows=None, **SHORT)


@pytest.fixture(scope="module")
def few() -> AnalysedStudy:
    """The same, with 20 rows of each draw."""
    return study(["base", "share-3", "base"], replications=MANY, rows=40, **SHORT)


def close(one: object, other: object) -> None:
    """The same fields, floats to `CLOSE` of what they are; who carries a difference is told by the kept pairs alone."""
    for name, value in dataclasses.asdict(one).items():  # type: ignore[call-overload]
        if isinstance(one, Difference) and name in ("carried_by", "note"):
            continue
        second = getattr(other, name)
        if isinstance(value, float) and isinstance(second, float):
            assert second == pytest.approx(value, rel=CLOSE, abs=1e-8), name
        else:
            assert value == second, name


def compared(result: ScenarioResult, baseline: ScenarioResult, each: Response) -> Difference:
    """The paired difference, whatever was kept."""
    return analysis_of(result).compare(analysis_of(baseline), each)


def bits(of: ScenarioResult) -> list[bytes | str]:
    """Everything that is summed."""
    assert of.aggregates is not None
    values = (getattr(of.aggregates, field.name) for field in dataclasses.fields(of.aggregates))
    return [value.tobytes() if isinstance(value, np.ndarray) else str(value) for value in values]


def test_the_first_rows_are_those_of_the_whole_study(whole: Study, few: Study) -> None:
    for a, b in zip(whole.scenarios, few.scenarios, strict=True):
        assert a.aggregates is None and b.aggregates is not None
        assert (b.rows, b.replications, b.plays, b.draws) == (20, MANY, 2 * MANY, 2)
        for name in ("cell", "cohort", "province", "costs"):
            assert getattr(a, name)[:, :20].tobytes() == getattr(b, name).tobytes()
        assert b.replication_numbers.tolist() == [list(range(20))] * 2


def test_every_response_is_that_of_all_rows(whole: Study, few: Study) -> None:
    for a, b in zip(whole.scenarios, few.scenarios, strict=True):
        close(analysis_of(a).rate(), analysis_of(b).rate())
        for each in RESPONSES:
            close(analysis_of(a).estimate(each), analysis_of(b).estimate(each))
            for one, other in zip(analysis_of(a).by_province(each), analysis_of(b).by_province(each), strict=True):
                close(one, other)
        for province in (None, *a.axes.provinces):
            one, other = (analysis_of(each).incidents_played(province) for each in (a, b))
            assert one == other


def test_every_difference_is_that_of_all_rows_and_a_copy_is_identical(whole: Study, few: Study) -> None:
    for index in (1, 2):
        for each in RESPONSES:
            a, b = (compared(one.scenarios[index], one.scenarios[0], each) for one in (whole, few))
            close(a, b)
            assert index == 1 or (b.verdict in ("identical", "not estimable") and b.mean == 0.0)
    verdicts = {compared(few.scenarios[1], few.scenarios[0], each).verdict for each in RESPONSES}
    assert {"less", "more", "not distinguishable"} <= verdicts


def test_ratios_have_the_interval_of_the_delta_method(whole: Study, few: Study) -> None:
    for province in (None, *whole.scenarios[0].axes.provinces):
        a, b = (rate_ratio(s.scenarios[1], s.scenarios[0], province=province, seed=s.seed) for s in (whole, few))
        bare = {"low": None, "high": None, "note": ""}
        close(dataclasses.replace(a, **bare), dataclasses.replace(b, **bare))
        if a.estimable and b.note == BY_DELTA:
            assert (b.low, b.high) == (b.delta_low, b.delta_high)
        else:
            assert a.note == b.note and (a.low, a.high) == pytest.approx((b.low, b.high))
    national = rate_ratio(few.scenarios[1], few.scenarios[0], seed=1)
    assert national.note == BY_DELTA and national.low is not None and national.low < national.ratio < 1.0
    same = rate_ratio(few.scenarios[2], few.scenarios[0], seed=1)
    assert (same.ratio, same.low, same.high, same.note) == (1.0, None, None, IDENTICAL)


def test_what_a_report_shows_is_that_of_all_rows(whole: Study, few: Study) -> None:
    assert twins(whole) == twins(few) == [0, 1, 0]
    for a, b in zip(fans(whole), fans(few), strict=True):
        assert np.array_equal(a.median, b.median) and np.allclose(a.mean, b.mean, rtol=1e-14)
        assert all(np.array_equal(a.bands[level], b.bands[level]) for level in a.bands)
    for name in HEADLINES:
        for one, other in zip(estimates(whole, name), estimates(few, name), strict=True):
            close(one, other)
        for (_, one), (_, other) in zip(differences(whole, name), differences(few, name), strict=True):
            close(one, other)
    for one, other in zip(funnel(whole).records, funnel(few).records, strict=True):
        assert one[:4] == other[:4] and one[4:] == pytest.approx(other[4:], rel=CLOSE)
    for code, row in by_place(whole).items():
        assert [played for _, played in row] == [played for _, played in by_place(few)[code]]
    assert whole.fates is not None and few.fates is not None
    assert (whole.fates.plays, few.fates.plays) == (100, 40)


def test_what_was_kept_decides_once_who_answers(whole: Study, few: Study) -> None:
    assert all(isinstance(analysis_of(each), ReplicationAnalysis) for each in whole.scenarios)
    assert all(isinstance(analysis_of(each), AggregateAnalysis) for each in few.scenarios)
    cost = response("total_cost")
    one, million = (analysis_of(few.scenarios[0]).estimate(cost, divisor=by) for by in (1.0, 1e6))
    assert million.mean == pytest.approx(one.mean / 1e6) and million.half_width == pytest.approx(one.half_width / 1e6)


@pytest.mark.parametrize("name", ["incidents", "deaths", "expected_deaths", "mean_wait", "total_cost", "foiled_share"])
def test_the_recipe_of_the_front_door_gives_the_numbers_of_the_report(
    whole: AnalysedStudy, few: AnalysedStudy, name: str
) -> None:
    """Of all replications, whatever is kept: with rows alone the mean of `few` is another one (the control)."""
    for found in (whole, few):
        scale = shown(name).scale
        reported = estimates(found, name)
        for slug, one, each in zip(found.estimate(name), found.estimate(name).values(), reported, strict=True):
            assert one == found.scenario(slug).estimate(name) and one.n == 2 * MANY
            assert one.mean / scale == pytest.approx(each.mean) and one.n == each.n
        apart = [d for _, d in differences(found, name)]
        for one, each in zip(found.compare(name).values(), apart, strict=True):
            assert one.mean / scale == pytest.approx(each.mean, abs=1e-12)
            assert (one.n, one.verdict) == (each.n, each.verdict)
    part = estimate(ASKED[name].kept(few.scenarios[0]))
    assert part.n == 40 and part.mean != pytest.approx(few.scenarios[0].estimate(name).mean)


def test_values_of_replications_that_were_not_kept_are_refused(whole: AnalysedStudy, few: AnalysedStudy) -> None:
    assert {values.shape for values in whole.values("incidents").values()} == {(2, MANY)}
    ways: list[Callable[[], object]] = [
        lambda: few.values("incidents"),
        lambda: few.scenarios[1].values("deaths"),
        lambda: response("incidents").of(few.scenarios[0]),
        lambda: response("incidents").by_province(few.scenarios[0]),
        lambda: incidents(few.scenarios[0]),
    ]
    for way in ways:
        with pytest.raises(UserError, match=r"20 of 130 replications .* --rows all \(in Python rows=None\)"):
            way()
    with pytest.warns(UserWarning, match="20 of 130 replications"):
        assert len(frame(few)) == 3 * 2 * 20


def test_only_what_was_played_as_a_pair_is_compared(whole: AnalysedStudy, few: AnalysedStudy) -> None:
    assert few.compare("attacks", few.scenarios[0].slug).keys() == {each.slug for each in few.scenarios[1:]}
    assert whole.compare("attacks", whole.scenarios[1].slug).keys() == {whole.scenarios[i].slug for i in (0, 2)}
    with pytest.raises(UserError, match="against the baseline of the study alone"):
        few.compare("attacks", few.scenarios[1].slug)
    with pytest.raises(UserError, match="against the baseline of the study alone"):
        few.scenarios[0].compare("attacks", few.scenarios[0])
    with pytest.raises(UserError, match="not played together"):
        few.scenarios[1].compare("attacks", whole.scenarios[0])
    other = dataclasses.replace(whole.scenarios[0], draw_numbers=(3, 4))
    with pytest.raises(UserError, match="parameter draws differ"):
        whole.scenarios[1].compare("attacks", other)
    with pytest.raises(UserError, match="no scenario of this study is called 'nobody'"):
        few.compare("attacks", "nobody")
    with pytest.raises(UserError, match="no province XXX"):
        few.scenarios[0].estimate("attacks", province="XXX")
    with pytest.raises(UserError, match="no response 'atacks'"):
        few.estimate("atacks")
    sindh = few.estimate("attacks", province="SIN")
    assert sindh == {each.slug: each.estimate("attacks", province="SIN") for each in few.scenarios}


@pytest.mark.parametrize("way", ["two workers", "small chunks", "small rounds", "reference engine"])
def test_workers_chunks_and_rounds_change_no_bit(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {**SHORT, "sets": ["run.horizon=3 days"], "replications": 105, "rows": 4}
    plain = study(["base", "share-3"], **asked)
    if way == "small chunks":
        monkeypatch.setattr(thread_pool, "MOST", 3)
    if way == "small rounds":
        monkeypatch.setattr(batches, "PLAYS", 100)
        monkeypatch.setattr(batches, "SPAN", 100)
    other = study(["base", "share-3"], **{
        **asked, **({"jobs": 2} if way == "two workers" else {}), **({"engine": "reference"} if "ref" in way else {}),
    })  # fmt: skip
    for a, b in zip(plain.scenarios, other.scenarios, strict=True):
        assert bits(a) == bits(b) and a.cell.tobytes() == b.cell.tobytes()


def test_a_study_of_few_rows_reads_back_to_the_last_bit(few: Study, tmp_path: Path) -> None:
    write(few, tmp_path / "out")
    back = read(tmp_path / "out")
    for a, b in zip(few.scenarios, back.scenarios, strict=True):
        assert bits(a) == bits(b) and a.cell.tobytes() == b.cell.tobytes()
    write(back, tmp_path / "again")
    names = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert Path("base/distributions.csv") in names
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    rows = (tmp_path / "out/base/distributions.csv").read_text(encoding="utf-8").splitlines()
    attacks = [line.split(",") for line in rows if line.startswith("attacks,")]
    assert sum(int(count) for *_, count in attacks) == 2 * MANY
    mean = sum(float(low) * int(count) for _, low, _, count in attacks) / (2 * MANY)
    years, found = few.scenarios[0].axes.years, analysis_of(few.scenarios[0]).estimate(RESPONSES[1])
    assert mean / years == pytest.approx(found.mean)  # whole numbers: exact


def test_more_replications_keep_the_rows_that_are_there(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"sets": ["run.horizon=5 days"], "jobs": 1}
    for name, replications, rows in (("one", 1000, None), ("two", 2000, None), ("kept", 2000, 1000)):
        found = study(["bare"], replications=replications, rows=rows, **asked)
        write(found, tmp_path / name)
    for file in ("cells.csv", "movements.csv", "provinces.csv", "costs.csv"):
        one, two, kept = ((tmp_path / name / "bare" / file).read_bytes() for name in ("one", "two", "kept"))
        assert one == kept and two.startswith(one) and len(two) > 1.9 * len(one)


def test_rows_that_were_asked_for() -> None:
    def rows(asked: int | None, replications: int, draws: int) -> int:
        return prepare(["bare"], replications=replications, draws=draws, rows=asked).rows

    assert [rows(1000, 400, 1), rows(1000, 4000, 1), rows(None, 4000, 1), rows(1, 50, 3)] == [400, 1000, 4000, 1]
    with pytest.raises(UserError, match="rows is 0; allowed: a whole number from 1, or all"):
        rows(0, 5, 1)
    told = [prepare(["bare"], replications=number, rows=None).command for number in (2000, 20)]
    assert told[0].endswith("--draws 1 --rows all") and told[1].endswith("--draws 1")
    assert prepare(["bare"], replications=2000, rows=7).command.endswith(" --rows 7")


def test_failed_replications_are_left_out_of_the_sums_of_all_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = collector.Collector.hold
    lost = {(1, 0, 5), (0, 1, 7), (1, 1, 150)}  # scenario, draw, replication

    def hold(self: Any, scenario: int, span: Any, answers: list[Any]) -> Any:
        for s, d, r in lost:
            if (s, d) == (scenario, span.draw) and span.first <= r < span.first + span.count:
                answers[r - span.first] = collector.Failure("ArithmeticError", "lost")
        return sound(self, scenario, span, answers)

    asked: dict[str, Any] = {"sets": ["run.horizon=20 days"], "draws": 2, "jobs": 1, "replications": 160}
    whole = study(["base", "share-3"], rows=None, **asked)
    monkeypatch.setattr(collector.Collector, "hold", hold)
    found = study(["base", "share-3"], rows=20, **asked)
    kept = [[r for r in range(160) if not {(0, d, r), (1, d, r)} & lost] for d in (0, 1)]
    for a, b in zip(whole.scenarios, found.scenarios, strict=True):
        assert b.aggregates is not None and b.aggregates.counts.tolist() == [159, 158] and b.replications == 158
        assert b.replication_numbers.tolist() == [kept[0][:9], kept[1][:9]]
        attacks = RESPONSES[1].of(a)
        means = [attacks[d, kept[d]].mean() for d in (0, 1)]
        assert analysis_of(b).estimate(RESPONSES[1]).mean == pytest.approx(np.mean(means))
    assert [len(one.failed) for one in found.scenarios] == [1, 3]
    again = "simcpec replay OUTPUT_FOLDER --replication {} --scenario share-3 --draw {}"
    lost_there = [(5, 1), (150, 2), (5, 0)]  # the last one at the values as written, which are played as draw 0
    assert sorted(one.replay for one in found.scenarios[1].failed) == sorted(again.format(*each) for each in lost_there)


def test_estimates_of_equal_counts_do_not_hang_on_the_last_digit() -> None:
    """One event in one of two draws: the variance between draws is that of the noise, to the last digit or not."""
    values = np.zeros((2, 230))
    values[1, 0] = 1.0 / 3.0
    assert estimate(values).low is None and "within Monte Carlo noise" in estimate(values).note


def test_antithetic_twins_are_one_value_each() -> None:
    asked: dict[str, Any] = {"sets": ["run.horizon=150 days", "run.antithetic=on"], "jobs": 1, "replications": 124}
    whole, few = (study(["base", "share-3"], rows=rows, **asked) for rows in (None, 21))
    for a, b in zip(whole.scenarios, few.scenarios, strict=True):
        assert (b.rows, b.replications, b.plays, b.units) == (22, 124, 124, 62) and a.units == 62
        for each in RESPONSES:
            close(analysis_of(a).estimate(each), analysis_of(b).estimate(each))
        assert analysis_of(a).incidents_played() == analysis_of(b).incidents_played()
    for each in RESPONSES:
        close(*(compared(one.scenarios[1], one.scenarios[0], each) for one in (whole, few)))
    for a, b in zip(fans(whole), fans(few), strict=True):
        assert np.array_equal(a.median, b.median) and np.allclose(a.mean, b.mean, rtol=1e-14)
