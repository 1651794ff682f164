"""The numbers of a built world, worked by hand: network, protection, and what a switch turns off."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.errors import ScenarioError
from simcpec.model import modes
from simcpec.model.rules.network import recruit_intensity
from simcpec.numerics import samplers
from simcpec.scenario.building.build import BuiltScenario, build
from tests.unit.scenario.building.test_build_numbers import BAL, DAY, SIN, YEAR, built, scenario


@pytest.fixture(scope="module")
def base() -> BuiltScenario:
    """The base case."""
    return built()


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
