"""Every lever, one by one: it changes something, nothing at zero, costs what it says, moves no draw."""

from __future__ import annotations

import json
from dataclasses import fields
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec import catalogue
from simcpec.catalogue.levers import NEUTRAL, Lever
from simcpec.economics.costs import accounts, check_accounts
from simcpec.engines import engine
from simcpec.errors import ScenarioError
from simcpec.experiments.study import study
from simcpec.model import modes
from simcpec.model.modes import INSTRUMENTS, SETTINGS
from simcpec.model.outcome import COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.plan import Plan
from simcpec.model.world import digest
from simcpec.scenario import load
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.scenario.building.levers.lever_targets import TARGETS, handle_of
from simcpec.scenario.schema.world.detection_block import DetectionBlock
from simcpec.storage.stored_files import plain, record
from simcpec.storage.study_folder import write
from simcpec.storage.study_reader import read
from simcpec.verification.worlds.neutral_world import with_changes

LEVERS = tuple(catalogue.levers())
REPLICATIONS = 12
FROM = "2025-07-01"
#: a world in which everything that a lever can take hold of is read, and often
LIVELY = (
    "run.horizon=2 years", "run.replications=1", "world.agreements={foreign_guards: on, joint_force: on, "
    "counter_terrorism: on}", *(f"world.provinces.{code}.plots=15 /year" for code in ("SIN", "KP", "BAL", "PUN", "GB")),
    "world.threat.drift.mode=off",
)  # fmt: skip
#: what a handle needs besides, to be read at all
ELSEWHERE = {
    **{
        name: (f"world.detection.mode={mode}",)
        for mode, keys in DetectionBlock.choice.reads.items()
        if mode != "leads"
        for name, target in TARGETS.items()
        if target.leaf in {f"detection.{key}" for key in keys}
    },
    "fire_level": ("world.network={model: fire_water, recruits: 0.05 /year}",),
    "water_level": ("world.network={model: fire_water, recruits: 0.05 /year}",),
}


def with_lever(name: str, **more: Any) -> BuiltScenario:
    """The lively world with one lever."""
    return built(needs(catalogue.lever(name)), entry(name, **more))


def drawn(name: str, values: dict[str, float], **more: Any) -> BuiltScenario:
    """The lively world with one lever and drawn values: those may come to nothing, what is written may not."""
    sets = [*LIVELY, *needs(catalogue.lever(name)), f"policy.levers=[{entry(name, **more)}]"]
    return build(load("base", sets=sets), values=values)


def entry(name: str, **more: Any) -> str:
    """An entry of `policy.levers` in flow style."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in {"lever": name, "from": FROM, **more}.items()) + "}"


def needs(lever: Lever) -> tuple[str, ...]:
    """Settings without which nothing reads what the lever moves."""
    return next((ELSEWHERE[move.of] for move in lever.moves if move.of in ELSEWHERE), ())


@cache
def built(sets: tuple[str, ...], *levers: str) -> BuiltScenario:
    """The lively world with these entries."""
    return build(load("base", sets=[*LIVELY, *sets, f"policy.levers=[{', '.join(levers)}]"]))


def outcomes(one: BuiltScenario) -> np.ndarray:
    """(R, n) everything that some replications count."""
    play = engine("compiled")
    rows = [play(one.world, seed=3, draw=0, replication=r) for r in range(REPLICATIONS)]
    return np.array([np.concatenate([o.cell.ravel(), o.cohort.ravel(), o.province.ravel()]) for o in rows])


def exogenous(one: BuiltScenario) -> list[Any]:
    """What nobody chooses: the threat, its calendar, and where draws are addressed."""
    w = one.world
    leaves = [getattr(w.threat, field.name) for field in fields(w.threat)]
    places = [w.addresses, w.calendar.stage_start_tick, w.calendar.stage_drifts, w.movements.rate, w.operations.routine]
    units = [w.detection.unit, w.network.unit, w.protection.insider_unit, w.operations.false_leads]
    return [np.asarray(leaf) for leaf in (*leaves, *places, *units)]


def refused(*levers: str, sets: tuple[str, ...] = ()) -> str:
    with pytest.raises(ScenarioError) as caught:
        built(sets, *levers)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ one by one


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_changes_a_response(name: str) -> None:
    lever = catalogue.lever(name)
    base, moved = built(needs(lever)), with_lever(name)
    if all(handle_of(move.of)[0] is TARGETS["payer"] for move in lever.moves):  # it moves who pays, and nothing else
        assert paid_by(moved) != paid_by(base)
    else:
        assert not np.array_equal(outcomes(moved), outcomes(base))


def paid_by(one: BuiltScenario) -> dict[str, int]:
    """Cents spent, by payer."""
    rows = accounts(one.plan, provinces=one.world.provinces, instruments=INSTRUMENTS)
    return {payer: sum(row.spent for row in rows if row.payer == payer) for payer in {row.payer for row in rows}}


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_without_intensity_changes_nothing_and_costs_nothing(name: str) -> None:
    lever = catalogue.lever(name)
    base, idle = built(needs(lever)), drawn(name, {"policy.levers[0].share": 0.0}, share="100 %")
    assert digest(idle.world) == digest(base.world)
    assert int(idle.plan.lever_cost.sum()) == 0
    for table in ("given", "spent", "units", "force_cost"):
        np.testing.assert_array_equal(getattr(idle.plan, table), getattr(base.plan, table))


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_whose_moves_are_neutral_changes_nothing(name: str) -> None:
    lever = catalogue.lever(name)
    neutral = {f"policy.levers[0].moves.{move.name}": NEUTRAL[move.how] for move in lever.moves}
    idle = drawn(name, neutral)
    assert digest(idle.world) == digest(built(needs(lever)).world)


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_moves_no_exogenous_draw(name: str) -> None:
    lever = catalogue.lever(name)
    base, moved = built(needs(lever)), with_lever(name)
    for one, other in zip(exogenous(base), exogenous(moved), strict=True):
        np.testing.assert_array_equal(one, other)
    columns = [PROVINCE_COUNTS.index("candidates")]
    play = engine("compiled")
    for r in range(3):
        still = (with_changes(each.world, network__model=modes.FIXED) for each in (base, moved))  # one stock in both
        a, b = (play(world, seed=3, draw=0, replication=r) for world in still)
        np.testing.assert_array_equal(a.province[..., columns], b.province[..., columns])
        movements = COHORT_COUNTS.index("movements")
        np.testing.assert_array_equal(a.cohort[..., movements], b.cohort[..., movements])


@pytest.mark.parametrize("name", [name for name in LEVERS if catalogue.lever(name).cost is not None])
def test_a_lever_costs_what_it_says(name: str) -> None:
    cost = catalogue.lever(name).cost
    assert cost is not None
    full, half = with_lever(name), with_lever(name, share="50 %")
    dated = with_lever(name, to="2026-12-30")
    scope = full.plan
    years = Fraction(1) if cost.once else Fraction(184, 365) + 1  # 1 July 2025 to the end of 2026
    expected = Fraction(str(cost.unit_cost)) * Fraction(str(cost.units)) * counted(name) * years
    assert abs(int(scope.lever_cost.sum()) - 100 * expected) <= 2
    assert abs(int(half.plan.lever_cost.sum()) - 100 * expected * halved(name)) <= 2
    part = 1 if cost.once else (Fraction(184, 365) + Fraction(363, 365)) / years
    assert abs(int(dated.plan.lever_cost.sum()) - 100 * expected * part) <= 2
    for one in (full, half, dated):
        check_accounts(one.plan)
        rows = accounts(one.plan, provinces=one.world.provinces, instruments=INSTRUMENTS)
        levers = [row for row in rows if row.line == f"lever: {name}"]
        assert sum(row.spent for row in levers) == int(one.plan.lever_cost.sum())
        assert {row.payer for row in levers} == {cost.payer}


def counted(name: str) -> Fraction:
    """Units of a lever's cost at full intensity, by hand from the people of the scenario."""
    lever, scenario = catalogue.lever(name), load("base", sets=LIVELY).scenario
    places = [code for code in scenario.world.provinces if not lever.provinces or code in lever.provinces]
    assert lever.cost is not None
    if lever.cost.per == "nation":
        return Fraction(1)
    if lever.cost.per == "province":
        return Fraction(len(places))
    if lever.cost.per == "unit in place":
        return sum((max(in_place(name, code), Fraction(lever.cost.least)) for code in places), Fraction(0))
    if lever.cost.per == "unit moved":
        return sum((Fraction(str(move.value)) for move in lever.moves if move.of.startswith("capacity_")
                    for code in places if not move.provinces or code in move.provinces), Fraction(0))  # fmt: skip
    cohorts = lever.cohorts or scenario.world.cohorts
    persons = [scenario.world.provinces[code].personnel[cohort].exact for code in places for cohort in cohorts]
    time = [getattr(scenario.world.settings, name).time.exact for name in lever.settings or SETTINGS]
    return sum(persons, Fraction(0)) * sum(time, Fraction(0)) / 1000


def halved(name: str) -> Fraction:
    """Part of the cost at half intensity: a half, but only whole units come, and these are paid."""
    lever = catalogue.lever(name)
    if lever.cost is None or lever.cost.per != "unit moved":
        return Fraction(1, 2)
    [move] = [move for move in lever.moves if move.of.startswith("capacity_")]
    return Fraction(int(move.value / 2 + 0.5)) / Fraction(str(move.value))


def test_units_that_come_are_those_that_are_paid_for() -> None:
    """0.6 of a team is one, and costs one; three tenths are none, which changes nothing."""
    one = with_lever("ibo_teams", share="30 %", provinces="[KP]")
    paid = int(one.plan.lever_cost.sum())
    k, p = INSTRUMENTS.index("operations"), one.world.provinces.index("KP")
    before = built(())
    assert int(one.world.capacity.target[-1, p, k]) == int(before.world.capacity.target[-1, p, k]) + 1
    assert paid == 100 * 250_000 + 100 * 250_000 * 184 // 365
    assert "less than half a unit" in refused(entry("ibo_teams", share="20 %"))


ROADS = {"PUN": 2971, "SIN": 2000, "KP": 1900, "BAL": 4300, "GB": 650, "AJK": 250, "ICT": 60}


def in_place(name: str, code: str) -> Fraction:
    """Units that a lever puts in place in a province at full intensity, by hand: by persons x time, and by road."""
    lever, world = catalogue.lever(name), load("base", sets=LIVELY).scenario.world
    persons = sum((one.exact for one in world.provinces[code].personnel.values()), Fraction(0))
    time = {"site": Fraction(60, 100), "residence": Fraction(35, 100)}
    where = set(lever.settings or time)
    return sum(
        (
            Fraction(str(move.value)) * (Fraction(ROADS[code], 100) if move.of == "patrol_units" else
            persons * sum((part for setting, part in time.items() if setting in where), Fraction(0)) / 1000)
            for move in lever.moves if move.of in ("patrol_units", "route_units", "hardening_units")
        ),
        Fraction(0),
    )  # fmt: skip


def test_no_instrument_of_units_costs_next_to_nothing_in_a_province() -> None:
    """In every province of its scope at least USD 50,000 a year; by persons on the road it was a few thousand."""
    of_units = [name for name in LEVERS if (cost := catalogue.lever(name).cost) and cost.per == "unit in place"]
    assert len(of_units) >= 6
    for name in of_units:
        cost = catalogue.lever(name).cost
        assert cost is not None
        paid = with_lever(name).plan.lever_cost[-1, 0] / 100
        assert paid[paid > 0].min() >= 50_000, name
    old = 3 * 90_000 * 2010 * 0.05 / 1000  # joint patrols in Islamabad, by persons on the road
    assert old < 50_000


def test_patrols_act_by_length_of_road_and_the_least_is_set_up() -> None:
    base, patrols = built(needs(catalogue.lever("joint_patrols"))), with_lever("joint_patrols")
    before, after = (one.world.protection.host_units[-1][:, modes.ROUTE] for one in (base, patrols))
    more = after[..., modes.MOVEMENT] / before[..., modes.MOVEMENT]
    np.testing.assert_allclose(more[:-1], 1.6, rtol=1e-12)  # 1.2 beside 2 on 100 km
    np.testing.assert_allclose(more[-1], 1.0 + 2 / 1.2, rtol=1e-12)  # two beside 1.2 on 60 km
    assert (after[..., modes.SITE] == before[..., modes.SITE]).all()


def test_who_is_elsewhere_is_not_paid_for() -> None:
    """A scope of fewer settings, or less time in them, costs less in proportion."""
    whole, part = with_lever("drones_and_cameras"), with_lever("drones_and_cameras", settings="[residence]")
    assert abs(95 * int(part.plan.lever_cost.sum()) - 35 * int(whole.plan.lever_cost.sum())) <= 200
    times = "world.settings={site: {time: 60 %}, movement: {time: 10 %}, residence: {time: 30 %}}"
    usual, longer = with_lever("bullet_proof_vehicles"), built((times,), entry("bullet_proof_vehicles"))
    assert abs(int(longer.plan.lever_cost.sum()) - 2 * int(usual.plan.lever_cost.sum())) <= 4


@pytest.mark.parametrize("name", LEVERS)
def test_the_plan_of_a_lever_can_be_stored_and_read_back(name: str) -> None:
    plan = with_lever(name).plan
    again = record(Plan, json.loads(json.dumps(plain(plan))))
    for field in fields(Plan):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(plan, field.name), err_msg=field.name)


def test_a_larger_budget_for_one_province_gives_the_others_what_they_had() -> None:
    base, one, all_ = built(()), with_lever("budget_increase", provinces="[SIN]"), with_lever("budget_increase")
    given, more, twice = (each.plan.given[1].sum(axis=1) for each in (base, one, all_))  # of 2026, by province
    p = base.world.provinces.index("SIN")
    assert more[p] == twice[p] and 0 <= more[p] - 2 * given[p] <= len(INSTRUMENTS)
    np.testing.assert_array_equal(np.delete(more, p), np.delete(given, p))
    np.testing.assert_array_equal(one.plan.given[0], base.plan.given[0])
    units = [each.world.capacity.target[-1] for each in (one, base)]
    np.testing.assert_array_equal(np.delete(units[0], p, axis=0), np.delete(units[1], p, axis=0))
    none = with_lever("budget_increase", moves="{budget: 0}").plan
    assert int(none.total[1]) == int(none.given[1].sum()) == 0
    check_accounts(one.plan)


def test_a_lever_that_stands_twice_is_told_apart_in_the_accounts() -> None:
    one = built((), entry("helicopters", to="2025-12-30"), entry("helicopters", provinces="[KP]", share="50 %"))
    assert one.plan.levers == ("helicopters", "helicopters (2)")
    days = (182, 365, 184)  # of 2025 in force, a year, from 1 July to its end
    assert one.plan.lever_cost[:, 0].sum() == 3 * 4_000_000_00 * days[0] // days[1]
    assert one.plan.lever_cost[:, 1].sum() == 2_000_000_00 + 2_000_000_00 * days[2] // days[1]


def test_a_comparison_with_bonds_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "bonds.yaml"
    secret = entry("itinerary_secrecy", settings="[movement]")
    levers = f"  levers: [{entry('corridor_bonds')}, {secret}]"
    path.write_text(f"extends: base\npolicy:\n{levers}\nrun: {{horizon: 2 years}}\n")
    found = study(["base", str(path)], sets=["run.horizon=2 years"], replications=2)
    write(found, tmp_path / "out")
    again = read(tmp_path / "out").scenarios
    assert again[1].plan.other_payers == ("bonds",)
    assert [one.remarks for one in again] == [one.remarks for one in found.scenarios]
    assert "settings narrow harder_to_plan" in again[1].remarks[0]
