"""Armed groups: what scenario files may say of them, the world that is built, and levers on what comes from outside."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from simcpec.errors import ScenarioError
from simcpec.model import modes
from simcpec.model.world import World, digest
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.scenario.building.groups import divided

PUN, SIN, KP, BAL = range(4)
ALL = "{PUN: 100 %, SIN: 100 %, KP: 100 %, BAL: 100 %, GB: 100 %, AJK: 100 %, ICT: 100 %}"
WEST = (
    "west: {plots: {BAL: 90 %, SIN: 60 %}, militants: {BAL: 80 %, SIN: 50 %}, external: 50 %, leaving: 2, "
    "reach: [SIN, BAL]}"
)
REST = "{PUN: 100 %, SIN: 40 %, KP: 100 %, BAL: 10 %, GB: 100 %, AJK: 100 %, ICT: 100 %}"
OTHER = "{PUN: 100 %, SIN: 50 %, KP: 100 %, BAL: 20 %, GB: 100 %, AJK: 100 %, ICT: 100 %}"
SOUTH = f"south: {{plots: {REST}, militants: {OTHER}}}"
TWO = f"world.groups={{{WEST}, {SOUTH}}}"


def world(*sets: str) -> World:
    """The world of the base case with settings over it."""
    return build(load("base", sets=list(sets))).world


def of_provinces(one: World, values: np.ndarray) -> np.ndarray:
    """Sums over the origins of each province; the last axis is that of origins."""
    return np.stack([values[..., one.origins.province == p].sum(axis=-1) for p in range(len(one.provinces))], axis=-1)


def test_one_group_without_preferences_is_the_world_without_groups_to_the_byte() -> None:
    assert digest(world(f"world.groups={{all: {{plots: {ALL}}}}}")) == digest(world())
    assert digest(world(f"world.groups={{all: {{plots: {ALL}, foreign: 0.5}}}}")) != digest(world())


def test_origins_are_the_pairs_that_have_plots_or_militants_and_share_out_what_a_province_has() -> None:
    one, alone = world(TWO), world()
    assert one.groups == ("west", "south")
    assert one.origin_names[:3] == ("west SIN", "west BAL", "south PUN") and len(one.origin_names) == 9
    np.testing.assert_allclose(of_provinces(one, one.threat.rate), alone.threat.rate, rtol=1e-14)
    np.testing.assert_array_equal(one.militants, alone.militants)
    assert one.network.militants[:2].tolist() == [450, 1200]
    inflow = one.network.inflow + one.network.external
    np.testing.assert_allclose(of_provinces(one, inflow), alone.network.inflow + alone.network.external, rtol=1e-12)
    np.testing.assert_allclose((one.network.external / inflow)[0], [0.5, 0.5, *[0.3] * 7], rtol=1e-12)


@pytest.mark.parametrize(
    ("number", "shares", "parts"),
    [(10, (1, 1, 1), [4, 3, 3]), (7, (0, 3, 0), [0, 7, 0]), (0, (1, 2, 0), [0, 0, 0]), (5, (1, 1, 0), [3, 2, 0])],
)
def test_whole_things_are_shared_out_to_the_last_one(number: int, shares: tuple[int, ...], parts: list[int]) -> None:
    assert divided(number, [Fraction(share, sum(shares)) for share in shares]) == parts


def test_a_group_leaves_home_at_its_own_cost_within_its_reach_and_at_that_of_all_beyond() -> None:
    leaving = world(TWO).cells.leaving
    assert leaving[0, BAL, SIN] == leaving[0, SIN, BAL] == 2.0 and leaving[0, BAL, BAL] == 0.0
    usual = load("base").scenario.world.displacement.leaving_home.value
    assert leaving[0, BAL, KP] == leaving[1, KP, SIN] == usual


def test_preferences_move_odds_between_settings_and_against_giving_up() -> None:
    flat = world(TWO).cells
    taste = world(TWO, "world.groups.west.settings.movement=1").cells
    assert taste.preference.tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert (taste.outside[0, 0] > flat.outside[0, 0]).all() and (taste.outside[0, 1] == flat.outside[0, 1]).all()
    keen = world(TWO, "world.groups.west.foreign=0.7").cells
    np.testing.assert_allclose(flat.outside[0, 0] - keen.outside[0, 0], 0.7, rtol=1e-12)


def test_drift_and_follow_ons_of_a_group_are_its_own() -> None:
    more = "world.groups.south={drift: {persistence: 0.5, innovation: 0.1}, follow_ons: 2}"
    threat = world(TWO, more).threat
    assert threat.drift_persistence.tolist() == [0.8] * 2 + [0.5] * 7
    assert threat.follow_factor.tolist() == [1.0, 2.0]


def test_given_plots_go_to_the_groups_by_their_shares() -> None:
    one = world(TWO, "world.threat.initial={SIN: 5, KP: 2}")
    assert one.threat.given.tolist() == [3, 0, 0, 2, 2, 0, 0, 0, 0]


def test_a_row_of_the_spread_says_where_follow_ons_are_born_and_other_rows_stay() -> None:
    alone = world().threat.follow_spread
    named = world("world.threat.excitation.spread={KP: {KP: 60 %, ICT: 30 %, PUN: 10 %}}").threat.follow_spread
    np.testing.assert_allclose(named[KP], [0.1, 0, 0.6, 0, 0, 0, 0.3], rtol=1e-15)
    np.testing.assert_array_equal(np.delete(named, KP, axis=0), np.delete(alone, KP, axis=0))


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ((TWO, "world.groups.west.plots.SIN=50 %"), r"world\.groups have 90 % of the plots of SIN together"),
        ((TWO, "world.groups.south.militants.BAL=30 %"), r"have 110 % of the militants of BAL together"),
        ((TWO, "world.groups.west.reach=[KKP]"), r"is KKP, no province of this scenario(.|\n)*Did you mean KP\?"),
        ((TWO, "world.groups.west.external=120 %"), r"external is 120 %(.|\n)*from 0 % to 100 %"),
        ((TWO, "world.groups.west.militant={}"), r"militant is no key(.|\n)*Did you mean militants\?"),
        (("world.threat.excitation.spread={KP: {KP: 60 %}}",), r"spread\.KP adds up to 60 %"),
        (("policy.levers=[{lever: helicopters, groups: [west]}]",), r"groups\[0\] is west, no group"),
        ((TWO, "policy.levers=[{lever: external_orchestration, groups: [wst]}]"), r"Did you mean west\?"),
        ((TWO, "policy.levers=[{lever: helicopters, groups: [west]}]"), r"does not differ between groups"),
        (
            ("policy.levers=[{lever: border_infiltration_control}]", "world.network.external=0 %"),
            r"no part of the inflow in KP, BAL comes from outside",
        ),
        (
            (TWO, "policy.levers=[{lever: external_orchestration, groups: [west], provinces: [BAL]}]",
             "world.groups.west.external=0 %"),
            r"no part of the inflow of west in BAL comes from outside",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(sets: tuple[str, ...], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        world(*sets)


def test_a_lever_on_what_comes_from_outside_moves_it_alone_and_of_the_groups_named() -> None:
    lever = "policy.levers=[{lever: external_orchestration, groups: [west]}]"
    before, after = world(TWO).network, world(TWO, lever).network
    np.testing.assert_allclose(after.external[0], before.external[0] * ([0.7] * 2 + [1.0] * 7), rtol=1e-12)
    np.testing.assert_array_equal(after.inflow, before.inflow)
    np.testing.assert_array_equal(after.unit, before.unit)


def test_half_of_what_infiltrates_is_the_share_of_the_inflow_that_the_catalogue_says() -> None:
    """30 % from outside, half of it stopped: the inflow falls by 15 %."""
    before, after = world().network, world("policy.levers=[{lever: border_infiltration_control}]").network
    whole = (after.inflow + after.external)[0] / (before.inflow + before.external)[0]
    np.testing.assert_allclose(whole, [1, 1, 0.85, 0.85, 1, 1, 1], rtol=1e-12)


def test_a_dropped_group_takes_its_name_out_of_the_levers_below(tmp_path: Path) -> None:
    below, above = tmp_path / "below.yaml", tmp_path / "above.yaml"
    key, groups = TWO.split("=", 1)
    below.write_text(
        f"extends: base\nworld: {{{key.removeprefix('world.')}: {groups}}}\n"
        "policy: {levers: [{lever: external_orchestration, groups: [west, south]}]}\n"
    )
    above.write_text(
        f"extends: below.yaml\nworld: {{groups: {{west: drop, south: {{plots: {ALL}, militants: {ALL}}}}}}}\n"
    )
    one = load(str(above))
    assert one.scenario.policy.levers[0].groups == ("south",)
    assert build(one).world.groups == ("south",)


def test_there_is_room_for_six_groups_and_no_more() -> None:
    names = [f"g{k}" for k in range(modes.GROUPS + 1)]
    groups = ", ".join(f"{name}: {{plots: {{SIN: 1 %}}}}" for name in names)
    with pytest.raises(ScenarioError, match="at most 6"):
        world(f"world.groups={{{groups}}}")
