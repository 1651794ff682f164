"""The numbers of a built world, worked by hand: money and threat."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from simcpec.economics.costs import check_accounts
from simcpec.errors import ScenarioError
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.model import modes, world
from simcpec.model.rules.detection import intelligence_factor
from simcpec.numerics import samplers
from simcpec.scenario import Resolved, load
from simcpec.scenario.building.build import BuiltScenario, build

YEAR = 365.25
DAY = 86_400_000_000
SIN, BAL = 1, 3  # positions in the base case
CODES = ("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT")


def scenario(changes: dict[str, Any]) -> Resolved:
    """The base case with changes by dotted key."""
    return load("base", sets=[f"{key}={json.dumps(value)}" for key, value in changes.items()])


def built(**changes: Any) -> BuiltScenario:
    """The base case with changes by dotted key (dots written as two underscores)."""
    return build(scenario({key.replace("__", "."): value for key, value in changes.items()}))


@pytest.fixture(scope="module")
def base() -> BuiltScenario:
    """The base case."""
    return built()


# ------------------------------------------------------------------------------------------------ money


def test_two_percent_is_twice_one_percent_and_lines_add_up() -> None:
    one = built(policy__security_share={"share": "1 %", "of": "annual_outlay"})
    two = built(policy__security_share={"share": "2 %", "of": "annual_outlay"})
    assert (two.plan.total == 2 * one.plan.total).all()
    assert one.plan.total.tolist() == [2_520_000_000] * 4
    assert (two.plan.units >= one.plan.units).all()
    for plan in (one.plan, two.plan):
        check_accounts(plan)
        assert (plan.given.sum(axis=(1, 2)) + plan.unallocated == plan.total).all()


def test_a_mixture_of_rules_is_what_it_says_and_all_by_exposure_is_exposure_to_the_cent() -> None:
    def given(**provinces: str) -> Any:
        return built(policy__provinces=provinces).plan.given[0].sum(axis=1) / 1e6

    parts = {rule: given(rule=rule) for rule in ("exposure", "threat", "works")}
    assert (given(rule="mixed", exposure="100 %", threat="50 %") == parts["exposure"]).all()
    mixed = 0.4 * parts["exposure"] + 0.6 * (0.3 * parts["threat"] + 0.7 * parts["works"])
    np.testing.assert_allclose(given(rule="mixed", exposure="40 %", threat="30 %"), mixed, atol=1e-5)
    assert np.abs(mixed - parts["exposure"]).max() > 1.0


def test_a_line_that_grows_faster_than_it_can_hire_pays_more_and_buys_less() -> None:
    share = {"share": "5 %", "of": "annual_outlay"}
    usual = built(policy__security_share=share)
    slow = built(policy__security_share=share, world__budget__absorption={"growth": "30 %", "elasticity": "1"})
    check_accounts(slow.plan)
    assert (slow.plan.given == usual.plan.given).all() and (slow.plan.units <= usual.plan.units).all()
    k, before = (
        modes.INSTRUMENTS.index("guards"),
        usual.world.capacity.inherited[SIN, modes.INSTRUMENTS.index("guards")],
    )
    money, units = slow.plan.given[0, SIN, k] / 100, slow.plan.units[0, SIN, k]
    m = 1.3 * before

    def cost(n: float) -> float:
        return float(6350 * (n + (n - m) ** 2 / (2 * m)))

    assert cost(units) <= money < cost(units + 1) and units < usual.plan.units[0, SIN, k]
    assert slow.plan.spent[0, SIN, k] / 100 == pytest.approx(cost(units), abs=0.01)
    assert [text for text in slow.remarks if "absorption" in text and "guards" in text]
    assert not [text for text in usual.remarks if "absorption" in text]
    none = built(policy__security_share=share, world__budget__absorption={"growth": "30 %", "elasticity": "0"})
    assert (none.plan.spent == usual.plan.spent).all()


@pytest.mark.parametrize("units", ["whole", "fractional"])
@pytest.mark.parametrize("growth", ["0 %", "30 %", "100 %"])
def test_absorbed_lines_add_up_and_more_money_never_buys_less(growth: str, units: str) -> None:
    before = None
    for share in ("0.5 %", "1 %", "2 %", "7 %"):
        changes = {"policy.security_share": {"share": share, "of": "annual_outlay"}, "policy.units": units}
        plan = build(scenario({**changes, "world.budget.absorption": {"growth": growth, "elasticity": "2"}})).plan
        check_accounts(plan)
        bought = plan.units + (plan.parts if units == "fractional" else 0.0)
        assert before is None or (bought >= before - 1e-9).all()
        before = bought


def test_the_division_between_provinces_is_drawn_as_one_quantity() -> None:
    base = load("base")
    factors = {one.key: one.name for one in factors_of(base, build(base).keys_read)}
    keys = ("policy.provinces.exposure", "world.budget.inherited.provinces.exposure")
    assert {factors[key] for key in keys} == {"budget.provinces_exposure"}


@pytest.mark.parametrize("of", ["annual_outlay", "capital_cost_once"])
@pytest.mark.parametrize("rule", ["exposure", "threat", "works", "equal"])
@pytest.mark.parametrize("share", ["0 %", "0.5 %", "1.234567 %", "3 %", "100 %"])
def test_lines_add_up_for_every_base_rule_and_share(of: str, rule: str, share: str) -> None:
    changes = {"policy.security_share": {"share": share, "of": of}, "policy.provinces": {"rule": rule}}
    plan = build(scenario({**changes, "run.horizon": "30 months"})).plan
    check_accounts(plan)
    base_cents = {"annual_outlay": 252_000_000_000, "capital_cost_once": 2_520_000_000_000 // 25}[of]
    exact = Fraction(share.removesuffix(" %")) / 100 * base_cents
    fractions = (Fraction(1), Fraction(1), Fraction(181, 365))
    assert plan.total.tolist() == [int(exact * fraction) for fraction in fractions]
    assert (plan.total == 0).all() == (share == "0 %")


def test_a_share_of_zero_leaves_what_the_host_state_has(base: BuiltScenario) -> None:
    none = built(policy__security_share={"share": "0 %", "of": "annual_outlay"})
    assert (none.world.capacity.target == 0).all()
    np.testing.assert_array_equal(none.world.capacity.inherited, base.world.capacity.inherited)
    assert (none.plan.spent == 0).all()
    assert (none.plan.force_cost > 0).any()
    before, after = world.flatten(base.world), world.flatten(none.world)
    assert [path for path in before if not np.array_equal(before[path], after[path])] == ["capacity.target"]


def test_explicit_amounts_and_shares() -> None:
    amounts = {"of": "explicit", "amounts": ["10 m USD/year", "20 m USD/year"]}
    rule = {"rule": "explicit", "shares": {"SIN": "40 %", "BAL": "60 %"}}
    one = built(policy__security_share=amounts, policy__provinces=rule)
    assert one.plan.total.tolist() == [1_000_000_000, *[2_000_000_000] * 3]
    assert one.plan.given[0, :, modes.GUARDS].tolist() == [0, 208_000_000, 0, 312_000_000, 0, 0, 0]


def test_constant_capacity_stays_while_the_budget_is_still_accounted_for(base: BuiltScenario) -> None:
    one = built(policy__capacity="constant", policy__security_share={"share": "3 %", "of": "annual_outlay"})
    assert (one.world.capacity.target == base.world.capacity.inherited).all()
    assert (one.world.intelligence.gain == 0.0).all()
    assert one.plan.total.tolist() == [7_560_000_000] * 4


def test_the_first_guards_by_hand(base: BuiltScenario) -> None:
    given = 2_520_000_000 * 2590 * 52 // (20_000 * 100)
    assert base.plan.given[0, SIN, modes.GUARDS] == given
    assert base.plan.units[0, SIN, modes.GUARDS] == given // 635_000 == 267
    assert base.plan.spent[0, SIN, modes.GUARDS] == 267 * 635_000
    assert base.world.capacity.inherited[SIN, modes.GUARDS] == 267
    ssd = base.plan.forces.index("ssd")
    assert base.plan.force_payers[ssd] == "federal"
    assert base.plan.force_cost[0, ssd, SIN] == 5500 * 900_000
    assert base.plan.forces == ("ssd", "spu", "ssu", "police", "fc", "caf", "sponsor", "foreign", "joint")


def test_hiring_is_erlang_2_and_prices_are_by_hand(base: BuiltScenario) -> None:
    hiring = base.world.capacity.hiring
    assert hiring == (int(samplers.LAW_GAMMA), 90.0, 2.0)
    prices = base.prices
    np.testing.assert_allclose(prices.outlay_per_day[SIN], 2520e6 * 0.27 / YEAR)
    np.testing.assert_allclose(prices.capital_per_province[SIN], 25200e6 * 0.27)
    np.testing.assert_allclose(prices.slow_down, 0.002 * 0.6 * 0.33)
    assert prices.exposure[SIN] == 2590.0
    assert prices.value_of_life is None
    assert prices.outlay_elasticity == 0.0


def test_confidence_means_attacks_a_year_whatever_the_memory() -> None:
    confidence = {"mode": "on", "memory": "730.5 days", "elasticity": "-0.1", "reference": "none", "lost": "100 %"}
    one = built(world__confidence=confidence)
    assert one.world.harm.memory == 730.5
    np.testing.assert_allclose(one.prices.outlay_elasticity, 0.05)
    assert one.prices.outlay_reference == 0.0
    later = built(world__confidence={**confidence, "reference": "4 /year", "lost": "25 %"}).prices
    assert later.outlay_reference == pytest.approx(8.0) and later.outlay_memory == 730.5
    np.testing.assert_allclose(later.outlay_elasticity, 0.1 / 8 * (0.25 + 0.75 * 0.08 * 2))


# ------------------------------------------------------------------------------------------------ threat


def test_utilities_by_hand_and_no_one_means_never(base: BuiltScenario) -> None:
    cells = base.world.cells
    np.testing.assert_allclose(cells.utility[0, SIN, 1, modes.MOVEMENT], np.log(5 * 0.6 * 150), rtol=1e-14)
    on_road = 729 * 6 * 0.6 / YEAR + 1861 * 0.6 * 0.6 / YEAR
    home = 2590 * (0.6 + 0.35) + on_road * 150
    np.testing.assert_allclose(cells.outside[0, 0, SIN], -2.0 + np.log(home), rtol=1e-14)
    assert (np.diag(cells.leaving[0]) == 0.0).all()
    people = {"corridor": "0 persons", "scattered": "10 persons"}
    province = {"label": "B", "personnel": people, "plots": "2 /year", "militants": "10 persons"}
    one = built(world__provinces__BAL=province, world__displacement__outside_option="none").world.cells
    assert (one.utility[0, BAL, 0] == -np.inf).all()
    assert np.isfinite(one.utility[0, BAL, 1]).all()
    assert (one.outside == -np.inf).all()


def test_traffic_by_hand_and_an_unwatched_road_attracts_by_time(base: BuiltScenario) -> None:
    movements = base.world.movements
    np.testing.assert_allclose(movements.traffic[SIN], [729 * 6 / 8 / YEAR, 1861 * 0.6 / 5 / YEAR], rtol=1e-12)
    assert (movements.memory, movements.ambush) == (90.0, 14.0)
    np.testing.assert_array_equal(movements.unescorted[0, SIN], [0.03, 0.4])
    flown = built(world__movements__by_air="75 %").world.movements
    np.testing.assert_allclose(flown.traffic, 0.25 * movements.traffic, rtol=1e-12)
    blind = built(world__movements__road={"mode": "unwatched"}).world
    assert (blind.movements.memory, blind.movements.traffic.max()) == (np.inf, 0.0)
    np.testing.assert_allclose(blind.cells.utility[0, SIN, 1, modes.MOVEMENT], np.log(1861 * 0.05 * 150), rtol=1e-14)


def test_what_does_not_stay_is_spread_over_provinces_with_a_threat(base: BuiltScenario) -> None:
    spread = base.world.threat.follow_spread
    np.testing.assert_allclose(spread.sum(axis=1), 1.0)
    np.testing.assert_allclose(spread[SIN], [0.1 / 6 if p != SIN else 0.9 for p in range(7)])
    assert base.world.threat.follow_ons.tolist() == [0.05, 0.05, 0.3, 0.2, 0.05, 0.05, 0.05]
    quiet = {f"world.provinces.{code}.plots": "0 /year" for code in CODES if code != "SIN"}
    alone = build(scenario(quiet)).world.threat.follow_spread
    assert alone[SIN].tolist() == [float(p == SIN) for p in range(7)]
    np.testing.assert_allclose(alone[BAL], [0.1 if p == SIN else 0.9 if p == BAL else 0.0 for p in range(7)])


def test_the_intelligence_of_the_day_before_is_factor_one_to_the_bit(base: BuiltScenario) -> None:
    w = base.world
    for p in range(7):
        units = float(w.intelligence.host_units[p] + w.capacity.inherited[p, modes.INTELLIGENCE])
        assert intelligence_factor(units, w.intelligence.gain[p], w.intelligence.reference[p]) == 1.0
    size = np.sqrt(55696147 * 140914 * 280)  # of Sindh: half population, half territory
    np.testing.assert_allclose(w.intelligence.gain[SIN], 150000 / size, rtol=1e-12)
    np.testing.assert_allclose(w.intelligence.reference[SIN], 1 - np.exp(-150000 / size * 93), rtol=1e-12)


def test_intelligence_is_spread_over_what_the_scenario_says() -> None:
    def gains(**block: str) -> list[float]:
        one = build(scenario({f"world.intelligence.{key}": text for key, text in block.items()}))
        return [float(gain) for gain in one.world.intelligence.gain]

    rest = {"gain": "20 persons/unit"}
    persons = gains(spread_over="persons", **rest)
    assert persons[SIN] == float(Fraction(20, 2590))  # to the bit as it was before anything else could be said
    population, area = gains(spread_over="population", **rest), gains(spread_over="territory", **rest)
    assert population[SIN] == pytest.approx(20 / 55696147, rel=1e-12)
    np.testing.assert_allclose(area[SIN], 20 / (140914 * 280), rtol=1e-12)
    np.testing.assert_allclose(gains(**rest), np.sqrt(np.multiply(population, area)), rtol=1e-12)
    np.testing.assert_allclose(gains(mix="0 %", **rest), population, rtol=1e-12)
    np.testing.assert_allclose(gains(mix="100 %", **rest), area, rtol=1e-12)


@pytest.mark.parametrize("key", ["population", "area"])
def test_a_province_with_a_threat_gives_what_intelligence_is_spread_over(key: str) -> None:
    facts = {"population": "9 persons", "area": "9 sq km"}
    del facts[key]
    added = {"personnel": {"corridor": "9 persons"}, "plots": "1 /year", "militants": "9 persons", **facts}
    road = {"world.protection.routes.length.NEW": "9 km"}
    changes = {"world.provinces.NEW": added, "world.intelligence.host_units.NEW": "3 units", **road}
    with pytest.raises(ScenarioError, match=rf"NEW\.{key} is missing: intelligence is spread over mixed"):
        build(scenario(changes))
    build(scenario({**changes, "world.intelligence.spread_over": "persons"}))


def test_hazards_and_tips_of_a_province_stand_in_for_the_general_ones(base: BuiltScenario) -> None:
    key = "world.detection."
    own = {f"{key}hazard_by_province": {"SIN": "1.8 /year"}, f"{key}tips_by_province": {"BAL": "0.5 /year"}}
    one, before = built(**own).world.detection, base.world.detection
    ratios = one.hazard[0] / before.hazard[0], one.tips[0] / before.tips[0], one.unit / before.unit
    expected = [[1.0] * 7, [1.0] * 7, [1.0] * 7]
    expected[0][SIN], expected[1][BAL], expected[2][SIN], expected[2][BAL] = 2.0, 0.5, 2.8 / 1.9, 1.4 / 1.9
    np.testing.assert_allclose(ratios, expected, rtol=1e-12)
    same = {name: "0.9 /year" for name in CODES}
    assert (built(**{"world.detection.hazard_by_province": same}).world.detection.hazard == before.hazard).all()


def test_initial_plots_and_clusters() -> None:
    one = built(world__threat__initial={"SIN": "3", "KP": "1"}, world__threat__clusters=["100 %"]).world.threat
    assert one.initial == modes.GIVEN
    assert one.given.tolist() == [0, 3, 1, 0, 0, 0, 0]
    assert one.cluster.tolist() == [1.0, 1.0, 1.0]
