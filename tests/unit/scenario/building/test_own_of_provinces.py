"""What a province, a group or an instrument has of its own: modes, layers, preparation, work and absorption."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.errors import ScenarioError
from simcpec.model import modes
from simcpec.model.world import World, digest
from simcpec.scenario import load
from simcpec.scenario.building.build import BuiltScenario, build

KP, BAL = 2, 3
MODES = "world.threat.modes={light: {share: 60 %}, heavy: {share: 40 %, planning: 2}}"
GROUPS = (
    "world.groups={{west: {{plots: {{BAL: 50 %, KP: 100 %, PUN: 100 %, SIN: 100 %, GB: 100 %, AJK: 100 %, ICT: 100 %}}"
    "{own}}}, south: {{plots: {{BAL: 50 %}}}}}}"
)
LAYERS = "world.protection.layers"


def made(*sets: str, scenario: str = "base") -> BuiltScenario:
    return build(load(scenario, sets=list(sets)))


def world(*sets: str) -> World:
    return made(*sets).world


def refused(*sets: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        made(*sets)
    return str(caught.value)


@pytest.mark.parametrize(
    ("usual", "own"),
    [
        ((MODES,), ("world.threat.mode_shares={KP: {light: 60 %, heavy: 40 %}}",)),
        ((), ("world.preparation_by_province={KP: 150 days}",)),
        ((), ("world.operations.work_by_province={KP: 1.5 days}",)),
        ((), (f"{LAYERS}_by_province={{KP: {{guard: {{ceiling: 80 %, gain: 0.6 persons/guard}}, route: {{}}}}}}",)),
    ],
)
def test_an_own_number_that_is_the_usual_one_is_the_world_without_it_to_the_byte(
    usual: tuple[str, ...], own: tuple[str, ...]
) -> None:
    assert digest(world(*usual, *own)) == digest(world(*usual))


def test_shares_of_modes_are_those_of_the_group_else_of_the_province_else_of_all() -> None:
    own = ", modes: {light: 90 %, heavy: 10 %}"
    one = world(MODES, GROUPS.format(own=own), "world.threat.mode_shares={BAL: {heavy: 100 %}}")
    west, south = one.threat.mode_share
    assert west.tolist() == [[0.9, 0.1]] * 7
    assert south[BAL].tolist() == [0.0, 1.0] and south[KP].tolist() == [0.6, 0.4]


def test_preparation_work_and_layers_of_a_province_are_its_own_alone() -> None:
    one = world(
        MODES, "world.preparation_by_province={KP: 75 days}", "world.operations.work_by_province={BAL: 3 days}",
        f"{LAYERS}_by_province={{KP: {{hardening: {{ceiling: 10 %, gain: 40 persons/unit}}}}}}",
    )  # fmt: skip
    assert one.threat.mode_planning[KP].tolist() == [0.5, 1.0] and one.threat.mode_planning[BAL].tolist() == [1.0, 2.0]
    assert one.operations.work_factor.tolist() == [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0]
    usual, layer = world(), modes.HARDENING_LAYER
    for name, value in (("ceiling", 0.1), ("gain", 40.0)):
        here, there = getattr(one.protection, name), getattr(usual.protection, name)
        assert here[0, KP, layer] == pytest.approx(value) and there[0, KP, layer] != pytest.approx(value)
        same = np.ones(there.shape, bool)
        same[:, KP, layer] = False
        np.testing.assert_array_equal(here[same], there[same])


def test_patrols_by_length_stop_the_same_whatever_the_gain_by_persons_of_the_province() -> None:
    """Patrols count by kilometre: the factor that turns units into patrols takes the province's own gain out."""
    usual = world().protection
    own = world(f"{LAYERS}_by_province={{KP: {{route: {{gain: 60 persons/unit}}}}}}").protection
    road = (0, slice(None), modes.ROUTE, slice(None), modes.MOVEMENT)
    reach = [one.gain[0, :, modes.ROUTE, None] * one.host_units[road] * one.quality[road] for one in (usual, own)]
    np.testing.assert_allclose(reach[1], reach[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        ((MODES, "world.threat.mode_shares={KP: {light: 70 %, heavy: 20 %}}"), "adds up to 90 %"),
        ((MODES, "world.threat.mode_shares={KP: {light: 70 %, hevy: 30 %}}"), "no mode of this scenario"),
        (("world.threat.mode_shares={KP: {light: 100 %}}",), "no mode of this scenario"),
        (("world.preparation_by_province={KPK: 75 days}",), "KPK"),
        (("world.operations.work_by_province={KP: 0 days}",), "world.operations.work_by_province.KP"),
        (("world.harm.foreign={law: power, mu: 1, start: 1 persons, cap: 9 persons}",), "adds up to nothing finite"),
        (
            ("world.harm.foreign={law: discrete_power, zero: 0 %, mu: 2, start: 0 persons, cap: 9 persons}",),
            "below every number of dead",
        ),
        (("world.budget.absorption.instruments.guard={growth: 10 %}",), "guards"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(sets: tuple[str, ...], told: str) -> None:
    assert told in refused(*sets)


def test_a_line_hires_as_its_instrument_says_else_as_all_do() -> None:
    five, every = "policy.security_share.share=5 %", "world.budget.absorption={growth: 30 %, elasticity: 1"
    usual, all_bound = made(five).plan, made(five, every + "}").plan
    alone = made(five, "world.budget.absorption.instruments.guards={growth: 30 %, elasticity: 1}").plan
    freed = made(five, every + ", instruments: {guards: {growth: none}}}").plan
    g = modes.GUARDS
    assert (all_bound.units[0] <= usual.units[0]).all() and all_bound.units[0, :, g].sum() < usual.units[0, :, g].sum()
    rest = np.arange(len(modes.INSTRUMENTS)) != g
    np.testing.assert_array_equal(alone.units[..., g], all_bound.units[..., g])
    np.testing.assert_array_equal(alone.units[..., rest], usual.units[..., rest])
    np.testing.assert_array_equal(freed.units[..., g], usual.units[..., g])
    np.testing.assert_array_equal(freed.units[..., rest], all_bound.units[..., rest])


def test_giving_up_moves_by_the_part_of_the_attraction_that_a_lever_is_about() -> None:
    """Of all cohorts and settings the whole, of parts that make it up the same in sum; of nobody's part nothing."""

    def moved(scope: str) -> np.ndarray:
        lever = f"policy.levers=[{{lever: checkpoints, provinces: [KP]{scope}, moves: {{visible: 0.1}}}}]"
        return np.asarray((world(lever).cells.outside - world().cells.outside)[0, 0])

    whole = moved("")
    assert whole[KP] == pytest.approx(0.1) and np.count_nonzero(whole) == 1
    parts = [moved(f", settings: [{name}]")[KP] for name in modes.SETTINGS]
    assert sum(parts) == pytest.approx(0.1) and max(parts) < 0.06
    cohorts = [moved(f", cohorts: [{name}]")[KP] for name in ("corridor", "scattered")]
    assert sum(cohorts) == pytest.approx(0.1) and min(cohorts) > 0.0
