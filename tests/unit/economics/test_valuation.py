"""Present values and priced deaths: by hand, beside undiscounted lines that do not move, where they are asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.analysis.responses import RESPONSES, VALUED, response, responses_of
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.discounting import discount_factors
from simcpec.economics.valuation import LIVES, PRESENT, VALUED_LINES, valued
from simcpec.experiments.study import study
from simcpec.model.outcome import CELL_COUNTS, CELL_DEATHS
from simcpec.model.plan import Prices
from simcpec.reporting.selection import headlines
from simcpec.reporting.tables.outcomes import headline
from simcpec.results.records import Study
from simcpec.scenario.building.build import build
from simcpec.scenario.resolved import load
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read

SHORT = {"sets": ["run.horizon=2 years", "world.costs.discount_rate=0 %"], "seed": 5, "engine": "reference"}
PRICED = [*SHORT["sets"], "world.costs.discount_rate=5 %", "world.costs.value_of_life=2000000 USD"]  # type: ignore[misc]


@pytest.fixture(scope="module")
def plain() -> Study:
    """A scenario without a rate and without a value."""
    return study(["theory/costs"], replications=6, rows=None, **SHORT)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def priced() -> Study:
    """The same with both."""
    return study(["theory/costs"], replications=6, rows=None, **{**SHORT, "sets": PRICED})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def few() -> Study:
    """The same, of which two replications are kept one by one."""
    return study(["theory/costs"], replications=6, rows=2, **{**SHORT, "sets": PRICED})  # type: ignore[arg-type]


def prices(rate: float, life: float | None) -> Prices:
    """Prices of the base case with a rate and a value."""
    return replace(build(load("base")).prices, discount_rate=rate, value_of_life=life)


def test_valued_lines_by_hand() -> None:
    costs = np.arange(1.0, 1 + 2 * len(COST_LINES)).reshape(2, 1, len(COST_LINES))
    cell = np.zeros((2, 1, 2, 3, len(CELL_COUNTS)))
    cell[1, 0, 0, 1, CELL_DEATHS], cell[1, 0, 1, 2, CELL_DEATHS] = 3.0, 1.0
    days = np.array([365.25, 365.25])
    found = valued(costs=costs, cell=cell, days=days, prices=prices(0.05, 2e6))
    factors = np.array([1.05**-0.5, 1.05**-1.5])
    np.testing.assert_allclose(found[..., : len(COST_LINES)], costs * factors[:, None, None], rtol=1e-14)
    np.testing.assert_allclose(found[:, 0, VALUED_LINES.index(LIVES)], [0.0, 8e6])
    np.testing.assert_allclose(found[:, 0, VALUED_LINES.index(LIVES + PRESENT)], [0.0, 8e6 * 1.05**-1.5])
    without = valued(costs=costs, cell=cell, days=days, prices=prices(0.0, None))
    assert without[..., : len(COST_LINES)].tobytes() == costs.tobytes()
    assert not without[..., len(COST_LINES) :].any()


def test_neither_a_rate_nor_a_value_moves_anything_else(plain: Study, priced: Study) -> None:
    for a, b in zip(plain.scenarios, priced.scenarios, strict=True):
        for name in ("cell", "cohort", "province", "costs"):
            assert getattr(a, name).tobytes() == getattr(b, name).tobytes()
        for each in RESPONSES:
            assert analysis_of(a).estimate(each) == analysis_of(b).estimate(each)


def test_present_values_and_priced_deaths_of_a_study(priced: Study) -> None:
    one = priced.scenarios[0]
    factors = discount_factors(np.array(one.axes.period_days), 0.05)
    total = (one.costs.sum((3, 4)) * factors).sum(2).mean() / one.axes.years
    found = analysis_of(one).estimate(response("total_cost_present"))
    assert found.mean == pytest.approx(total, rel=1e-12)
    assert 0 < found.mean < analysis_of(one).estimate(response("total_cost")).mean
    deaths, lives = (analysis_of(one).estimate(response(name)).mean for name in ("deaths", "deaths_valued"))
    assert deaths > 0
    assert lives == pytest.approx(2e6 * deaths, rel=1e-12)
    harm, with_lives = (analysis_of(one).estimate(response(name)).mean for name in ("harm_cost", "harm_valued"))
    assert with_lives == pytest.approx(harm + lives, rel=1e-12)


def test_sums_say_what_replications_say(priced: Study, few: Study) -> None:
    for a, b in zip(priced.scenarios, few.scenarios, strict=True):
        for each in VALUED:
            one, other = analysis_of(a).estimate(each), analysis_of(b).estimate(each)
            assert other.mean == pytest.approx(one.mean, rel=1e-9)
            assert other.half_width == pytest.approx(one.half_width, rel=1e-6, abs=1e-6)


def test_they_are_shown_beside_the_undiscounted_lines_and_only_where_they_are_set(plain: Study, priced: Study) -> None:
    assert responses_of(*plain.scenarios) == RESPONSES
    assert set(responses_of(*priced.scenarios)) == {*RESPONSES, *VALUED}
    shown = headlines(priced)
    assert shown[shown.index("total_cost") + 1] == "total_cost_present"
    assert shown[-1] == "total_valued_present"
    assert [name for name in shown if "present" not in name and "valued" not in name] == list(headlines(plain))
    caption = headline(priced).caption
    assert "at 5 % a year" in caption and "USD 2,000,000" in caption and "injuries are not priced" in caption
    assert "present value" not in headline(plain).caption
    rows = {record[2]: record[3] for record in headline(priced).records}
    assert rows["total_valued"] == "USD m a year"
    only_rate = replace(priced.scenarios[0], prices=replace(priced.scenarios[0].prices, value_of_life=None))
    assert not [each.id for each in responses_of(only_rate) if "valued" in each.id]


def test_a_study_keeps_them(priced: Study, plain: Study, tmp_path: Path) -> None:
    write(priced, tmp_path / "priced")
    back = read(tmp_path / "priced")
    for a, b in zip(priced.scenarios, back.scenarios, strict=True):
        assert a.valued.tobytes() == b.valued.tobytes()
    table = (tmp_path / "priced" / priced.scenarios[0].slug / "valuations.csv").read_text().splitlines()
    assert table[0].startswith("draw,replication,period,province,security_spending_present_usd,")
    summary = (tmp_path / "priced" / priced.scenarios[0].slug / "summary.csv").read_text()
    assert "total_cost_present,USD,year,all" in summary
    write(plain, tmp_path / "plain")
    assert not (tmp_path / "plain" / plain.scenarios[0].slug / "valuations.csv").exists()
    assert "present" not in (tmp_path / "plain" / plain.scenarios[0].slug / "summary.csv").read_text()
