"""The numbers of a built world, worked by hand: money, threat, network, protection."""

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
from simcpec.model.rules.network import recruit_intensity
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


# ------------------------------------------------------------------------------------------------ network


def test_the_balanced_inflow_holds_the_stock_still(base: BuiltScenario) -> None:
    network, operations = base.world.network, base.world.operations
    inflow = network.inflow + network.external
    for p in range(7):
        stock = int(network.militants[p])
        recruits = recruit_intensity(modes.LINEAR, stock, inflow[0, p], network.recruits[0, p], 1.0)
        losses = operations.routine[p] * (operations.arrests[0, p] + operations.deaths[0, p])
        np.testing.assert_allclose(recruits, stock * network.exits[0, p] + losses, rtol=1e-12)
    assert (network.unit >= inflow[0]).all()
    np.testing.assert_allclose(network.external, 0.3 * inflow, rtol=1e-12)
    by_hand = 1500 * 0.10 - 1500 * 0.05 + 1600 * (0.177 + 0.039)
    np.testing.assert_allclose(inflow[0, BAL] * YEAR, by_hand, rtol=1e-12)


def test_a_logistic_network_is_balanced_with_its_brake() -> None:
    network = built(world__network={"model": "logistic", "recruits": "0.05 /year"}).world.network
    by_hand = 1500 * 0.10 - 1500 * 0.05 * (1 - 1 / 2) + 1600 * (0.177 + 0.039)
    np.testing.assert_allclose((network.inflow + network.external)[0, BAL] * YEAR, by_hand, rtol=1e-12)
    assert network.capacity[BAL] == 3000.0


def test_a_fire_water_network_is_balanced_by_its_own_terms() -> None:
    fire = {"inflow_power": "0.5", "water_power": "1", "fire_power": "0.5", "response": "1", "threshold": "1"}
    fire |= {"water": "0.1 /year", "fire": "0.3 /year", "water_level": "2", "fire_level": "1.5"}
    network = built(world__network={"model": "fire_water", "recruits": "0.05 /year", "fire_water": fire}).world.network
    root = 1500**0.5
    losses = 0.10 * 1500 + 2 * 0.1 * 1500 + 1.5 * 0.3 * root
    recruits = (1 + 1 * (1.5 - 1)) * 0.05 * root
    np.testing.assert_allclose((network.inflow + network.external)[0, BAL] * YEAR, losses - recruits, rtol=1e-12)
    np.testing.assert_allclose([network.water_rate * YEAR, network.fire_rate * YEAR], [0.1, 0.3])


def test_the_inflow_can_be_given_by_province() -> None:
    network = built(world__network__inflow={"BAL": "36.525 /year"}).world.network
    np.testing.assert_allclose(network.inflow, [[0, 0, 0, 0.07, 0, 0, 0]])
    np.testing.assert_allclose(network.external, [[0, 0, 0, 0.03, 0, 0, 0]])


def test_where_recruitment_outgrows_all_losses_the_inflow_is_zero_and_a_remark_says_so() -> None:
    one = built(world__network__recruits="0.9 /year")
    assert one.world.network.inflow[0, BAL] == 0.0
    assert any("balanced cannot hold the militants of BAL still" in remark for remark in one.remarks)
    assert built().remarks == ()


def test_a_network_that_is_off_has_no_flows() -> None:
    network = built(world__network__model="off").world.network
    assert (network.inflow == 0.0).all()
    assert network.model == modes.FIXED


def test_three_worlds_of_backlash_and_a_custom_one() -> None:
    numbers = {}
    for name in ("none", "moderate", "strong"):
        w = built(world__backlash__world=name).world.network
        numbers[name] = (w.per_death, w.per_arrest, round(w.footprint_gain * YEAR, 12), w.footprint_tips)
    assert numbers == {
        "none": (0.0, 0.0, 0.0, 0.0), "moderate": (1.5, 0.2, 0.02, 0.05), "strong": (4.0, 0.5, 0.08, 0.2),
    }  # fmt: skip
    own = {
        "world.backlash.world": "custom",
        "world.backlash.per_death": "0.7",
        "world.backlash.per_arrest": "0.1",
        "world.backlash.footprint_gain": "0.3 /year",
    }
    w = build(scenario(own)).world.network
    assert (w.per_death, w.per_arrest) == (0.7, 0.1)
    np.testing.assert_allclose(w.footprint_gain * YEAR, 0.3)


def test_no_world_of_backlash_is_taken_out_of_the_balanced_inflow_again() -> None:
    inflow = [built(world__backlash__world=name).world.network.inflow for name in ("none", "moderate", "strong")]
    np.testing.assert_array_equal(inflow[0], inflow[1])
    np.testing.assert_array_equal(inflow[0], inflow[2])


def test_the_reference_of_the_footprint_is_that_of_the_day_before_or_a_number(base: BuiltScenario) -> None:
    network, bought = base.world.network, base.world.capacity.inherited[:, modes.GUARDS]
    today = network.footprint[0] + network.footprint_per_guard * bought
    np.testing.assert_allclose(network.footprint_reference, today, rtol=1e-12)
    own = built(world__backlash__footprint_reference=0.7).world.network
    assert own.footprint_reference.tolist() == [0.7] * 7


def test_the_footprint_by_hand(base: BuiltScenario) -> None:
    network = base.world.network
    host = (5500 * 0.33 * 1.0 + 2645 * 0.33 * 0.5) / 2590
    np.testing.assert_allclose(network.footprint[0, SIN], host, rtol=1e-12)
    np.testing.assert_allclose(network.footprint_per_guard[SIN], 0.33 * 0.3 / 2590, rtol=1e-12)


# ------------------------------------------------------------------------------------------------ protection


def test_effective_guards_of_the_host_state_by_hand(base: BuiltScenario) -> None:
    protection = base.world.protection
    guards = 5500 * 1.0 * 0.33 + 2645 * 0.7 * 0.33
    np.testing.assert_allclose(protection.host_units[0, SIN, modes.GUARD, 1, modes.SITE], guards * 0.25)
    assert protection.host_units[0, SIN, modes.GUARD, 1, modes.MOVEMENT] == 0.0
    road = [729 * 6 * 0.6 / YEAR, 1861 * 0.6 * 0.6 / YEAR]  # persons under way
    at_rest = [modes.SITE, modes.RESIDENCE]
    np.testing.assert_allclose(protection.host_units[0, SIN, modes.ROUTE][:, at_rest].sum(), 5 * 2590 * 0.95 / 1000)
    persons = built(world__protection__routes__spread_over="persons").world.protection
    np.testing.assert_allclose(persons.host_units[0, SIN, modes.ROUTE].sum(), 5 * (2590 * 0.95 + sum(road)) / 1000)
    assert (persons.quality == 1.0).all()
    np.testing.assert_allclose(protection.posting.sum(axis=(1, 2)), 1.0)
    present = 20_000 * 0.95 + (2700 * 6 + 17_300 * 0.6) * 0.6 / YEAR  # persons x time of the nation
    np.testing.assert_allclose(protection.posting[modes.ROUTE, 0, modes.MOVEMENT], 2700 * 6 * 0.6 / YEAR / present)
    np.testing.assert_allclose(protection.unit_effect[0], [1.0, 0.6 * 0.33, 1.0])
    trained = built(world__protection__training="10 %").world.protection
    np.testing.assert_allclose(trained.host_units[:, :, modes.GUARD], 1.1 * protection.host_units[:, :, modes.GUARD])
    np.testing.assert_allclose(trained.unit_effect[0], [1.0, 1.1 * 0.6 * 0.33, 1.0])


@pytest.mark.parametrize("layer_gain", ["150 persons/unit", "60 persons/unit"])
def test_patrols_of_a_road_stop_by_their_number_on_a_kilometre_for_both_cohorts(layer_gain: str) -> None:
    """Whatever the gain by persons: ceiling x (1 - exp(-37.5 x patrols / km)), with bought ones on the road beside."""
    w = built(world__protection__layers__route__gain=layer_gain).world.protection
    road = (slice(None), modes.ROUTE, slice(None), modes.MOVEMENT)
    for bought in (0.0, 40.0):
        units = (w.host_units[0][road] + bought * w.posting[modes.ROUTE, :, modes.MOVEMENT]) * w.quality[0][road]
        stopped = 0.3 * (1 - np.exp(-w.gain[0, :, modes.ROUTE, None] * units / w.exposure[:, :, modes.MOVEMENT]))
        km = np.array([2971, 2000, 1900, 4300, 650, 250, 60])
        patrols = 0.02 * km + bought * w.posting[modes.ROUTE, :, modes.MOVEMENT].sum()
        expected = 0.3 * (1 - np.exp(-37.5 * patrols / km))
        np.testing.assert_allclose(stopped, expected[:, None] * np.ones(2), rtol=1e-12)


def test_a_road_is_needed_where_people_travel() -> None:
    with pytest.raises(ScenarioError, match=r"routes\.length gives no road in SIN, where people travel"):
        build(scenario({"world.protection.routes.length.SIN": "0 km"}))


def test_procedures_are_as_old_as_the_latest_revision_that_reached_the_cohort() -> None:
    revisions = [{"date": "2024-12-22", "cohorts": ["scattered"]}, {"date": "2024-09-23"}, {"date": "2025-03-01"}]
    one = built(policy__sop__revisions=revisions).world
    assert one.protection.compliance_age[SIN].tolist() == [100.0, 10.0]
    assert one.protection.compliance[SIN].tolist() == [0.92, 0.92]
    assert one.calendar.revision_tick.tolist() == [59 * DAY]
    assert one.calendar.revision_reach[:, 0].tolist() == [[1, 1]]
    warm = built(policy__sop__revisions=revisions, run__warm_up="50 days").world
    assert warm.calendar.revision_tick.tolist() == [40 * DAY, 109 * DAY]
    assert warm.calendar.revision_reach[:, 0].tolist() == [[0, 1], [1, 1]]


def test_without_a_revision_procedures_are_where_audits_keep_them_or_at_the_floor() -> None:
    audited = built(policy__sop__revisions=[], policy__sop__mode="periodic").world
    protection = audited.protection
    rounds = audited.capacity.inherited[SIN, modes.PROCEDURES]
    coverage = 1 - 0.8 * np.exp(-500 / 2590 * rounds)
    level = protection.compliance[SIN, 0]
    decayed = 0.45 + (level - 0.45) * np.exp(-91.3125 / 270)
    np.testing.assert_allclose(decayed + coverage * (0.92 - decayed), level, rtol=1e-12)  # an audit brings it back
    assert protection.compliance_age[SIN, 0] == 91.3125 / 2
    never = built(policy__sop__revisions=[], policy__sop__mode="reactive").world.protection
    assert (never.compliance == 0.45).all()
    assert (never.compliance_age == 0.0).all()
    lasting = {"policy.sop.revisions": [], "policy.sop.mode": "reactive", "world.protection.compliance.decay": "never"}
    assert (build(scenario(lasting)).world.protection.compliance == 0.92).all()


def test_compliance_and_insiders_start_as_the_scenario_gives_them() -> None:
    given = built(
        world__protection__compliance__start={"corridor": "70 %", "scattered": "50 %"},
        world__protection__insider__start="clean",
    ).world.protection
    assert given.compliance.tolist() == [[0.7, 0.5]] * len(given.compliance)
    assert (given.compliance_age == 0.0).all() and given.insider_steady == 0
    assert built().world.protection.insider_steady == 1
    with pytest.raises(ScenarioError, match=r"(?s)start scattered is 30 %.*45 % to 92 %") as fault:
        built(world__protection__compliance__start={"corridor": "70 %", "scattered": "30 %"})
    assert len(fault.value.faults) == 1
    with pytest.raises(ScenarioError, match=r"start corridor is 0 %"):
        built(world__protection__compliance__start={"scattered": "60 %"})


def test_switches_at_off() -> None:
    one = built(
        policy__sop__mode="off",
        policy__surge__mode="off",
        world__protection__insider__mode="off",
        world__stoppage__mode="off",
        policy__escort__rule="off",
        world__displacement__mode="off",
        world__detection__mode="off",
        world__harm__foreign={"law": "none"},
    ).world
    assert one.protection.sop == modes.NO_SOP
    assert one.protection.surge_units == 0
    assert one.protection.insider_on == 0
    assert (one.protection.insider_onset == 0.0).all()
    assert one.harm.stoppage[0] == samplers.LAW_NEVER
    assert one.harm.severity == modes.HARMLESS
    assert one.movements.rule == modes.NO_ESCORT
    assert one.cells.displacement == modes.STAY
    assert one.detection.mode == modes.UNFOUND


def test_a_law_can_be_never() -> None:
    one = built(
        world__operations__patience={"law": "never"},
        world__preparation={"law": "gamma", "mean": "90 days", "shape": "3"},
    )
    assert one.world.operations.patience == (int(samplers.LAW_NEVER), np.inf, 1.0)
    assert one.world.threat.preparation == (int(samplers.LAW_GAMMA), 30.0, 3.0)


def test_where_nothing_decays_audits_keep_procedures_fresh() -> None:
    lasting = {"policy.sop.revisions": [], "policy.sop.mode": "both", "world.protection.compliance.decay": "never"}
    assert (build(scenario(lasting)).world.protection.compliance == 0.92).all()


def test_a_layer_can_be_a_constant() -> None:
    one = built(world__protection__layers__route__stop_probability="25 %").world.protection
    assert one.constant.tolist() == [[0.25, -1.0, -1.0]]
    zero = built(world__protection__layers__route__stop_probability="0 %").world.protection
    assert zero.constant.tolist() == [[0.0, -1.0, -1.0]]


def test_movements_by_person_and_by_party(base: BuiltScenario) -> None:
    poisson = base.world.movements
    np.testing.assert_allclose(poisson.rate[SIN] * YEAR, [6 * 729 / 8, 0.6 * 1861 / 5], rtol=1e-12)
    finite = built(
        world__movements={"source": "finite", "rate": {"corridor": "6 /year", "scattered": "0.6 /year"}}
    ).world.movements
    assert finite.groups[SIN].tolist() == [91, 372]  # 729 / 8 = 91.1
    np.testing.assert_allclose(finite.rate[SIN] * YEAR, [6.0, 0.6], rtol=1e-12)


def test_an_empirical_law_of_deaths_is_a_table_of_cumulative_probabilities() -> None:
    table = [{"deaths": "0", "share": "50 %"}, {"deaths": "3", "share": "50 %"}]
    one = built(world__harm__foreign={"law": "empirical", "table": table}).world.harm
    assert one.table.tolist() == [[0.0, 0.5], [3.0, 1.0]]


def test_a_province_may_have_a_drift_of_its_own_and_a_group_goes_before_it() -> None:
    own = {"BAL": {"persistence": "0.75", "innovation": "0.45"}}
    threat = built(world__threat__drift__provinces=own).world.threat
    names = built().world.provinces
    assert [threat.drift_persistence[names.index(name)] for name in ("SIN", "BAL")] == [0.8, 0.75]
    assert [threat.drift_innovation[names.index(name)] for name in ("SIN", "BAL")] == [0.35, 0.45]
    shares = {name: "100 %" for name in names}
    group = {"plots": shares, "drift": {"persistence": "0.1", "innovation": "0.2"}}
    grouped = built(world__threat__drift__provinces=own, world__groups={"only": group}).world.threat
    assert set(grouped.drift_persistence) == {0.1} and set(grouped.drift_innovation) == {0.2}
    with pytest.raises(ScenarioError, match="XYZ"):
        built(world__threat__drift__provinces={"XYZ": own["BAL"]})
