"""Fractional units: money buys parts of units, exactly; each is hired in that share of the replications."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest

from simcpec.economics.costs import check_accounts
from simcpec.economics.unspent_money import unspent_lines
from simcpec.engines.reference.simulate import simulate
from simcpec.engines.reference.simulation import Simulation
from simcpec.errors import IdentityBroken, ScenarioError
from simcpec.model import events, modes
from simcpec.model.outcome import Outcome
from simcpec.model.plan import Plan
from simcpec.model.rules.capacity import hired_units
from simcpec.model.rules.detection import intelligence_factor
from simcpec.model.world import World, digest
from simcpec.numerics.samplers import LAW_GAMMA
from simcpec.numerics.streams import S_UNIT, block, key_word, place_word
from simcpec.reporting.page import findings, limits
from simcpec.reporting.tables import budget
from simcpec.scenario import load
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.storage.stored_files import plain, record
from simcpec.verification.worlds.neutral_world import bare_world
from tests.support import studies

SIN = 1  # position in the base case


def of(*sets: str, units: str = "fractional") -> BuiltScenario:
    """The base case with these units."""
    return build(load("base", sets=[f"policy.units={units}", *sets]))


def share(text: str, units: str) -> Plan:
    """The plan of the base case at a share."""
    return of(f"policy.security_share.share={text}", units=units).plan


# ---------------------------------------------------------------------------------------------- the key


def test_units_are_whole_unless_asked_for() -> None:
    said, silent = of(units="whole"), build(load("base"))
    assert digest(said.world) == digest(silent.world) and not said.plan.fractional
    assert (silent.world.capacity.inherited_part == 0.0).all() and (silent.world.capacity.target_part == 0.0).all()


def test_another_word_is_refused_with_those_allowed() -> None:
    with pytest.raises(ScenarioError, match=r"policy.units is part.*\n.*\n.*whole, fractional"):
        load("base", sets=["policy.units=part"])


# ---------------------------------------------------------------------------------------------- the money


def test_a_line_by_hand() -> None:
    plan = of().plan
    given = 2_520_000_000 * 2590 * 52 // (20_000 * 100)  # cents for guards of SIN, at 635,000 each and no fixed cost
    exact = Fraction(given, 635_000)
    assert (plan.given[0, SIN, modes.GUARDS], plan.units[0, SIN, modes.GUARDS]) == (given, floor(exact))
    assert plan.parts[0, SIN, modes.GUARDS] == float(exact - floor(exact)) > 0.0
    assert plan.spent[0, SIN, modes.GUARDS] == given


@pytest.mark.parametrize("text", ["0 %", "0.5 %", "1.234567 %", "3 %"])
def test_what_exceeds_the_fixed_cost_is_spent_to_the_cent(text: str) -> None:
    whole, plan = share(text, "whole"), share(text, "fractional")
    check_accounts(plan)
    for name in ("total", "given", "units", "unallocated"):
        np.testing.assert_array_equal(getattr(plan, name), getattr(whole, name))
    bought = plan.units + plan.parts > 0.0
    assert (plan.spent[~bought] == 0).all() and (plan.unspent[bought] <= 1).all()
    assert (plan.spent >= whole.spent).all()
    assert bought.any() == (text != "0 %")


def test_half_a_per_cent_leaves_a_staircase_only_where_units_are_whole() -> None:
    """More than 5 % of the money for operations is unspent with whole units, next to nothing with fractional ones."""
    unspent = {}
    for units in ("whole", "fractional"):
        plan = share("0.5 %", units)
        line = plan.given[..., modes.OPERATIONS].sum(), plan.unspent[..., modes.OPERATIONS].sum()
        unspent[units] = line[1] / line[0]
        assert ("operations" in {each.instrument for each in unspent_lines(plan)}) == (units == "whole")
    assert unspent["whole"] > 0.5 and unspent["fractional"] < 1e-6


def test_a_broken_account_is_told() -> None:
    plan = of().plan
    parts = plan.parts.copy()
    parts[0, 0, 0] = 1.5
    with pytest.raises(IdentityBroken, match="part of a unit is not between 0 and 1"):
        check_accounts(replace(plan, parts=parts))
    nothing = replace(plan, parts=np.zeros_like(plan.parts), units=np.zeros_like(plan.units))
    with pytest.raises(IdentityBroken, match="charged and buys nothing"):
        check_accounts(nothing)


def test_parts_are_stored_with_the_plan() -> None:
    plan = of().plan
    again = record(Plan, plain(plan))
    np.testing.assert_array_equal(again.parts, plan.parts)
    assert again.fractional and not record(Plan, plain(build(load("base")).plan)).fractional


# ---------------------------------------------------------------------------------------------- the world


def test_targets_are_what_money_buys_and_levers_add_whole_units() -> None:
    built, lever = of(), of("policy.levers=[{lever: ibo_teams, from: 2025-06-01}]")
    capacity = built.world.capacity
    np.testing.assert_array_equal(capacity.target, built.plan.units)
    np.testing.assert_array_equal(capacity.target_part, built.plan.parts)
    assert (capacity.inherited_part > 0.0).any()
    more = lever.world.capacity
    assert len(more.target) == len(capacity.target) + 1 == len(more.target_part)
    assert (more.target[-1] - capacity.target[-1]).sum() > 0
    np.testing.assert_array_equal(more.target_part[-1], capacity.target_part[-1])
    np.testing.assert_array_equal(more.target_part[1], capacity.target_part[0])


def test_constant_capacity_keeps_the_parts_that_are_inherited() -> None:
    capacity = of("policy.capacity=constant").world.capacity
    assert (capacity.target_part == capacity.inherited_part).all() and (capacity.inherited_part > 0.0).any()


def test_intelligence_of_the_day_before_has_the_mean_factor_one() -> None:
    world = of().world
    gain, reference = world.intelligence.gain, world.intelligence.reference
    before = world.intelligence.host_units + world.capacity.inherited[:, modes.INTELLIGENCE]
    parts = world.capacity.inherited_part[:, modes.INTELLIGENCE]
    acting = (gain > 0.0) & (parts > 0.0)
    assert acting.any()
    for p in np.flatnonzero(acting):
        low, high = (intelligence_factor(float(before[p] + more), gain[p], reference[p]) for more in (0, 1))
        assert low < 1.0 < high and (1.0 - parts[p]) * low + parts[p] * high == pytest.approx(1.0, abs=1e-12)


# ---------------------------------------------------------------------------------------------- the replication

PLAYS = 400


def hiring(x: float, *, inherited: float | None = None, part: bool = True) -> World:
    """Plots and leads, and teams of which the budget buys `x` from the first day of each of two years on."""

    def units(value: float) -> np.ndarray:
        row = np.zeros((1, len(modes.INSTRUMENTS)))
        row[0, modes.OPERATIONS] = value
        return row

    def both(value: float) -> tuple[np.ndarray, np.ndarray]:
        whole = np.floor(value)
        return units(whole).astype(np.int64), units((value - whole) if part else 0.0)

    target, parts = both(x)
    before, before_part = both(x if inherited is None else inherited)
    per_day = 86_400_000_000
    return bare_world(
        codes=("AAA",), days=60, periods=6, threat__rate=0.3, operations__routine=[0.4], operations__teams=[0],
        calendar__decision_tick=[0, 30 * per_day], capacity__decision=[0, 1],
        capacity__inherited=before, capacity__inherited_part=before_part,
        capacity__target=[target, target], capacity__target_part=[parts, parts],
        capacity__hiring=(int(LAW_GAMMA), 10.0, 2.0), capacity__tranches=2,
    )  # fmt: skip


def once(world: World, replication: int) -> Outcome:
    return simulate(world, seed=3, draw=0, replication=replication, trace=True)


def hired(world: World, replications: int) -> np.ndarray:
    """Units of operations in place at the start of each replication."""
    stages = (Simulation(world, seed=3, draw=0, replication=r, trace=False) for r in range(replications))
    return np.array([stage.state.bought[0][modes.OPERATIONS] for stage in stages])


@pytest.mark.parametrize("x", [0.3, 2.75])
def test_the_mean_number_of_units_is_what_the_money_buys(x: float) -> None:
    """Truth x; the standard error of a share over 400 independent replications. The control: whole units miss x."""
    part = x - floor(x)
    error = 4.0 * (part * (1.0 - part) / PLAYS) ** 0.5
    units, whole = hired(hiring(x), PLAYS), hired(hiring(x, part=False), PLAYS)
    assert set(units) == {floor(x), floor(x) + 1}
    assert abs(units.mean() - x) < error
    assert abs(whole.mean() - x) > error


def test_a_replication_is_that_of_one_of_the_whole_neighbours_to_the_last_bit() -> None:
    """So every mean is the linear interpolation between them: at x = 2.4 two fifths of the replications have three."""
    worlds = {x: hiring(x) for x in (2.0, 2.4, 3.0)}
    upper = 0
    for r in range(25):
        u = block(key_word(3, 0), r, 0, int(place_word(worlds[2.4].addresses[0], 255, 0)), S_UNIT, modes.OPERATIONS)[0]
        low, at, high = (once(world, r) for world in worlds.values())
        neighbour, other = (high, low) if u < 0.4 else (low, high)
        upper += u < 0.4
        for name in ("cell", "cohort", "province", "trace"):
            assert getattr(at, name).tobytes() == getattr(neighbour, name).tobytes()
        assert at.province.tobytes() != other.province.tobytes()
    assert 0 < upper < 25


def test_more_money_never_means_fewer_units_at_any_moment_of_any_replication() -> None:
    amounts = (0.0, 0.2, 0.9, 1.0, 1.1, 1.6, 2.3)
    rises = 0
    for r in range(12):
        levels = [_levels(hiring(x, inherited=0.5), r) for x in amounts]
        for less, more in pairwise(levels):
            assert (more >= less).all()
            rises += int((more > less).any())
    assert rises > 12


def _levels(world: World, replication: int) -> np.ndarray:
    """Operation teams bought, at every hour."""
    rows = once(world, replication).trace
    assert rows is not None
    rows = rows[rows["kind"] == events.KIND_CAPACITY]
    at = np.searchsorted(rows["tick"], np.arange(60 * 24) * 3_600_000_000, side="right")
    start = Simulation(world, seed=3, draw=0, replication=replication, trace=False).state.bought[0][modes.OPERATIONS]
    return np.concatenate([[float(start)], rows["value"]])[at]


def test_an_unchanged_policy_changes_no_capacity() -> None:
    for r in range(30):
        outcome = once(hiring(1.5), r)
        assert outcome.trace is not None and not (outcome.trace["kind"] == events.KIND_CAPACITY).any()


def test_the_rule_rises_with_the_money_whatever_the_uniform() -> None:
    for u in (1e-9, 0.25, 0.5, 0.75, 1.0 - 1e-9):
        found = [hired_units(floor(x), x - floor(x), u) for x in np.linspace(0.0, 4.0, 161)]
        assert found == sorted(found)
        assert all(abs(units - x) <= 1.0 for units, x in zip(found, np.linspace(0.0, 4.0, 161), strict=True))


# ---------------------------------------------------------------------------------------------- what is told


def in_made_up_provinces(plan: Plan) -> Plan:
    """A plan cut to as many provinces as made-up studies have; the money of others is left out."""
    number = len(studies.CODES)
    cut = {name: getattr(plan, name)[:, :number] for name in ("given", "spent", "units", "parts")}
    of_others = {name: getattr(plan, name)[..., :number] for name in ("force_cost", "lever_cost")}
    return replace(plan, **cut, **of_others, total=cut["given"].sum((1, 2)) + plan.unallocated)


def test_findings_name_the_remedy_and_limits_say_what_is_played() -> None:
    whole = replace(studies.result(seed=1), plan=in_made_up_provinces(share("0.5 %", "whole")))
    told = [each for each in findings.findings(studies.study(whole, baseline=None)) if each.about == "Unspent money"]
    assert len(told) == 1 and told[0].details[-1] == findings.REMEDY and "policy.units: fractional" in findings.REMEDY
    assert not [each for each in limits.limits(studies.study(whole, baseline=None)) if each.about == "Parts of a unit"]
    rich = replace(whole, plan=in_made_up_provinces(share("0.5 %", "fractional")))
    study = studies.study(rich, baseline=None)
    assert not [each for each in findings.findings(study) if each.about == "Unspent money"]
    said = [each for each in limits.limits(study) if each.about == "Parts of a unit"]
    assert len(said) == 1 and "hired in that share of the replications" in said[0].text


def test_the_budget_table_has_the_units_bought() -> None:
    base = studies.result(seed=1)
    at = budget.allocation(studies.study(base, baseline=None))
    assert {type(row[-1]) for row in at.records} == {int, type(None)} and "fractional" not in at.caption
    parts = np.full(base.plan.units.shape, 0.123456)
    table = budget.allocation(studies.study(replace(base, plan=replace(base.plan, parts=parts)), baseline=None))
    assert str(table.records[0][-1]) == f"{base.plan.units[0, 0, 0]}.1235" and "expected cost" in table.caption
