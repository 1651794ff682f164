"""From a scenario to a world: shapes as documented, every key read, numbers by hand, faults that name the key."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.economics.allocation import anniversary
from simcpec.economics.costs import check_accounts
from simcpec.errors import ScenarioError, UserError
from simcpec.model import modes, world
from simcpec.scenario import load, shipped
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.scenario.building.scenario_reader import ScenarioReader
from simcpec.scenario.reading.nodes import data_of
from simcpec.scenario.reading.yaml_reader import read_bytes
from simcpec.scenario.schema.keys import KEYS
from simcpec.scenario.schema.scenario_block import Scenario
from simcpec.units import Horizon

YEAR = 365.25
DAY = 86_400_000_000
SIN, BAL = 1, 3  # positions in the base case
CODES = ("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT")
BASE = Path(__file__).resolve().parents[4] / "scenarios" / "base.yaml"


def scenario(changes: dict[str, Any], *, order: list[str] | None = None) -> Scenario:
    """The base case with changes by dotted key (a table replaces the whole of it), provinces in another order."""
    data = deepcopy(data_of(read_bytes(BASE.read_bytes(), "base.yaml")[0]))  # which others share
    for key, value in changes.items():
        *above, last = key.split(".")
        table = data
        for step in above:
            table = table[step]
        table[last] = value
    world_ = data["world"]
    world_["provinces"] = {code: world_["provinces"][code] for code in order or world_["provinces"]}
    context = {"provinces": list(world_["provinces"]), "cohorts": world_["cohorts"], "settings": list(modes.SETTINGS)}
    return Scenario.model_validate(data, context=context)


def built(**changes: Any) -> BuiltScenario:
    """The base case with changes by dotted key (dots written as two underscores)."""
    return build(scenario({key.replace("__", "."): value for key, value in changes.items()}))


@pytest.fixture(scope="module")
def base() -> BuiltScenario:
    """The base case."""
    return built()


# ------------------------------------------------------------------------------------------------ the contract


def documented() -> dict[str, tuple[type, str, tuple[str, ...]]]:
    """Path -> (part, annotation, axes) of every leaf of a world, from what its fields say of themselves."""
    leaves: dict[str, tuple[type, str, tuple[str, ...]]] = {}
    facts = world.world_fields()
    for top in fields(world.World):
        part = getattr(world, str(top.type), None)
        if not is_dataclass(part):
            continue
        for field in fields(part):
            axes = tuple(facts[f"{top.name}.{field.name}"].axes)
            leaves[f"{top.name}.{field.name}"] = (part, str(field.type), axes)
    return leaves


DOCUMENTED = documented()


def sizes(one: BuiltScenario) -> dict[str, int]:
    """Length of every axis of a built world."""
    w = one.world
    provinces, cohorts, settings = w.shape
    return {
        "E": len(w.calendar.epoch_start_tick),
        "P": provinces,
        "C": cohorts,
        "S": settings,
        "L": len(modes.LAYERS),
        "M": len(w.modes),
        "K": len(modes.INSTRUMENTS),
        "Y": len(one.plan.year_labels),
        "D": len(w.calendar.decision_tick),
        "T": len(w.calendar.period_end_tick),
        "J": len(w.calendar.stage_start_tick),
        "V": len(w.calendar.revision_tick),
        "N": len(w.harm.table),
        "G": len(w.groups),
        "O": len(w.origins.group),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"run.period": "month", "run.warm_up": "90 days", "run.horizon": "7 months"},
        {"policy.sop.revisions": [{"date": "2025-02-01"}, {"date": "2026-02-01", "cohorts": ["scattered"]}]},
        {"world.threat.drift.mode": "off"},
    ],
)
def test_every_array_has_the_documented_shape_and_type_and_nobody_writes_to_it(changes: dict[str, Any]) -> None:
    one = build(scenario(changes))
    length, flat = sizes(one), world.flatten(one.world)
    assert len(DOCUMENTED) > 100
    for path, (_, annotation, axes) in DOCUMENTED.items():
        value = flat[path]
        if annotation in ("Floats", "Ints"):
            assert isinstance(value, np.ndarray), path
            assert value.dtype == (np.float64 if annotation == "Floats" else np.int64), path
            assert value.flags.c_contiguous and not value.flags.writeable, path
            assert value.shape == tuple(int(axis) if axis.isdigit() else length[axis] for axis in axes), path
            assert not np.isnan(value).any(), path
        elif annotation == "Law":
            assert [type(part) for part in value] == [int, float, float], path
        else:
            assert type(value).__name__ == annotation, path


def test_equal_scenarios_give_equal_bytes_and_a_drawn_value_moves_its_own_leaf_only(base: BuiltScenario) -> None:
    again = build(load("base"))
    assert world.digest(again.world) == world.digest(base.world)
    drawn = build(load("base"), values={"world.threat.lapse": 0.5 / YEAR})
    before, after = world.flatten(base.world), world.flatten(drawn.world)
    assert [path for path in before if not np.array_equal(before[path], after[path])] == ["threat.lapse"]
    assert drawn.world.threat.lapse == pytest.approx(0.5 / YEAR)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_scenario_can_be_built(name: str) -> None:
    one = build(load(name))
    check_accounts(one.plan)
    assert len(one.period_labels) == len(one.period_days) > 0


def permuted(value: Any, axes: tuple[str, ...], order: list[int]) -> Any:
    """`value` with every axis P reordered, and every axis O: one group has an origin in each province."""
    for number, axis in enumerate(axes):
        value = np.take(value, order, axis=number) if axis in "PO" else value
    return value


def test_relabelled_provinces_permute_every_array_exactly(base: BuiltScenario) -> None:
    order = [3, 0, 6, 5, 1, 2, 4]
    other = build(scenario({}, order=[CODES[k] for k in order]))
    assert other.world.provinces == tuple(CODES[k] for k in order)
    assert other.world.addresses == tuple(base.world.addresses[k] for k in order)
    before, after = world.flatten(base.world), world.flatten(other.world)
    assert after.pop("origins.province").tolist() == before.pop("origins.province").tolist() == list(range(7))
    for path, (_, annotation, axes) in DOCUMENTED.items():
        if annotation in ("Floats", "Ints") and path in after:
            np.testing.assert_array_equal(after[path], permuted(before[path], axes, order), err_msg=path)
        elif path in after:
            assert after[path] == before[path], path
    for name in ("given", "spent", "units"):
        np.testing.assert_array_equal(getattr(other.plan, name), getattr(base.plan, name)[:, order])
    np.testing.assert_array_equal(other.plan.unallocated, base.plan.unallocated)
    np.testing.assert_array_equal(other.plan.force_cost, base.plan.force_cost[:, :, order])
    np.testing.assert_array_equal(other.prices.outlay_per_day, base.prices.outlay_per_day[order])


def test_an_added_province_without_people_and_plots_changes_nothing_elsewhere(base: BuiltScenario) -> None:
    empty = {"label": "Nowhere", "personnel": {}, "plots": "0 /year", "militants": "0 persons"}
    other = built(world__provinces__ZZ=empty)
    assert other.world.provinces[-1] == "ZZ"
    before, after = world.flatten(base.world), world.flatten(other.world)
    for path, (_, annotation, axes) in DOCUMENTED.items():
        if annotation in ("Floats", "Ints"):
            without = permuted(after[path], axes, list(range(7)))
            np.testing.assert_array_equal(without, before[path], err_msg=path)
    np.testing.assert_array_equal(other.plan.units[:, :7], base.plan.units)
    assert (other.plan.units[:, 7] == 0).all()


#: what an experiment reads, and no world
RUN_ONLY = ("replications", "parameter_draws", "ensemble", "seed", "precision")


def test_every_key_of_the_scenario_is_read(base: BuiltScenario) -> None:
    unread = {key for key in leaf_keys(scenario({})) if not base_reads(base, key)}
    elsewhere = {"name", "describes", "policy.levers"} | {f"run.{key}" for key in RUN_ONLY}
    off = {f"world.confidence.{key}" for key in ("memory", "elasticity", "reference", "lost")}
    off.add("world.budget.absorption.elasticity")
    off |= {f"world.observation.{key}" for key in ("harmless", "harmful", "provinces.BAL")}
    when_levers_ask = re.compile(r"world\.(agreements\..+|forces\.\w+\.(hiring_lag|eligible|needs))")
    assert {key for key in unread - elsewhere - off if not when_levers_ask.fullmatch(key)} == set()


# ------------------------------------------------------------------------------------------------ calendar


def test_four_years_from_2025_hold_one_leap_day(base: BuiltScenario) -> None:
    assert base.period_labels == ("2025", "2026", "2027", "2028")
    assert base.period_days == (365.0, 365.0, 365.0, 366.0)
    calendar = base.world.calendar
    assert calendar.horizon_tick == 1461 * DAY
    assert calendar.period_end_tick.tolist() == [365 * DAY, 730 * DAY, 1095 * DAY, 1461 * DAY]
    assert calendar.year_start_tick.tolist() == [0, 365 * DAY, 730 * DAY, 1095 * DAY]
    assert calendar.warm_up_periods == 0
    assert base.plan.year_labels == ("2025", "2026", "2027", "2028")


def test_a_warm_up_comes_before_the_start_with_what_was_inherited() -> None:
    one = built(run__warm_up="90 days")
    calendar = one.world.calendar
    assert calendar.warm_up_periods == 1
    assert calendar.period_end_tick.tolist()[:2] == [90 * DAY, 455 * DAY]
    assert calendar.year_start_tick.tolist()[0] == 90 * DAY
    assert calendar.horizon_tick == (1461 + 90) * DAY
    assert one.period_labels == ("2025", "2026", "2027", "2028")
    check_accounts(one.plan)


def test_months_from_the_middle_of_one() -> None:
    one = built(run__start="2025-01-31", run__horizon="3 months", run__period="month")
    assert one.period_labels == ("2025-01-31/2025-02-27", "2025-02-28/2025-03-30", "2025-03-31/2025-04-29")
    assert one.period_days == (28.0, 31.0, 30.0)
    whole = built(run__horizon="2 months", run__period="month")
    assert whole.period_labels == ("2025-01", "2025-02")


def test_a_leap_day_start_and_a_run_of_one_day() -> None:
    one = built(run__start="2024-02-29", run__horizon="2 years")
    assert one.period_days == (365.0, 365.0)
    assert one.plan.year_labels == ("2024-02-29/2025-02-27", "2025-02-28/2026-02-27")
    day = built(run__horizon="1 days")
    assert day.period_labels == ("2025-01-01/2025-01-01",)
    assert day.world.calendar.horizon_tick == DAY
    assert day.plan.year_fraction.tolist() == [1 / 365]
    assert day.plan.total.tolist() == [2_520_000_000 // 365]
    check_accounts(day.plan)


def test_the_horizon_and_the_budget_years_mean_the_same_year() -> None:
    for days in range(366 * 5):
        start = date(2023, 1, 1) + timedelta(days=days)
        assert Horizon(years=3).end(start) == anniversary(start, years=3)
        assert Horizon(months=7).end(start) == anniversary(start, months=7)


def test_regime_steps_and_drift_make_stages() -> None:
    drift = {"mode": "ar1", "persistence": "0.8", "innovation": "0.35", "every": "100 days", "start": "stationary"}
    steps = [
        {"date": "2021-08-15", "provinces": ["KP", "BAL"], "factor": "1.5"},
        {"date": "2025-02-20", "factor": "2"},
        {"date": "2025-04-11", "provinces": ["KP"], "factor": "3"},
        {"date": "2035-01-01", "factor": "9"},
    ]
    one = built(world__threat__drift=drift, world__threat__steps=steps, run__horizon="250 days").world
    assert one.calendar.stage_start_tick.tolist() == [0, 50 * DAY, 100 * DAY, 200 * DAY]
    assert one.calendar.stage_drifts.tolist() == [0, 0, 1, 1]  # 11 April 2025 is day 100: both at once
    np.testing.assert_allclose(one.threat.rate[:, 2] * YEAR, [0.99, 1.98, 5.94, 5.94], rtol=1e-15)
    np.testing.assert_allclose(one.threat.rate[:, SIN] * YEAR, [3.3, 6.6, 6.6, 6.6], rtol=1e-15)


def test_a_step_that_falls_on_the_horizon_is_not_played() -> None:
    steps = [{"date": "2025-01-31", "factor": "2"}]
    exact = built(world__threat__steps=steps, world__threat__drift__mode="off", run__horizon="30 days").world
    assert exact.calendar.stage_start_tick.tolist() == [0]
    longer = built(world__threat__steps=steps, world__threat__drift__mode="off", run__horizon="31 days").world
    assert longer.calendar.stage_start_tick.tolist() == [0, 30 * DAY]
    assert longer.threat.drift_on == 0


# ------------------------------------------------------------------------------------------------ faults


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"world.provinces.SIN.militants": "900000 persons"}, r"SIN\.militants is 900000, too many to be counted"),
        ({"world.intelligence.host_units": {"SIN": "0 units"}}, r"host_units is 0 in BAL|host_units is 0 in"),
    ],
)
def test_what_cannot_be_is_refused_with_the_key_to_change(changes: dict[str, Any], match: str) -> None:
    poor: dict[str, Any] = {}
    if "world.intelligence.host_units" in changes:
        poor = {"world.budget.inherited.security_share": {"share": "0 %", "of": "annual_outlay"}}
    with pytest.raises(ScenarioError, match=match):
        build(scenario({**poor, **changes}))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        (
            {"world.threat.drift.every": "1 days", "run.warm_up": "110000 days"},
            r"drift\.every is 1 days.*\n  Allowed: at least 1\.11 days",
        ),
        (
            {"policy.provinces.rule": "threat", **{f"world.provinces.{code}.plots": "0 /year" for code in CODES}},
            r"policy\.provinces cannot be followed: .* weights are all zero",
        ),
    ],
)
def test_what_only_shows_in_the_whole_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ScenarioError, match=match):
        build(scenario(changes))


def test_a_clock_too_fine_for_the_run_and_a_key_that_is_missing_are_told() -> None:
    with pytest.raises(ScenarioError, match=r"run\.horizon and warm-up are 14610*? ticks"):
        build(scenario({}), ticks_per_day=10**16)
    with pytest.raises(ScenarioError, match=r"world\.harm\.foreign\.start is missing"):
        ScenarioReader(scenario({})).required(KEYS.world.harm.foreign.start)


def test_audits_can_be_never() -> None:
    assert built(policy__sop__audit_every="never").world.calendar.audit_every_tick == 0


def test_a_clock_needs_ticks() -> None:
    with pytest.raises(UserError, match="ticks_per_day is 0; allowed: a whole number from 1"):
        build(scenario({}), ticks_per_day=0)
    hours = build(scenario({}), ticks_per_day=24).world.calendar
    assert (hours.ticks_per_day, hours.horizon_tick) == (24, 1461 * 24)


# ------------------------------------------------------------------------------------------------ helpers


def leaf_keys(node: Any, prefix: str = "") -> set[str]:
    """Dotted keys of everything that is no table."""
    if hasattr(type(node), "model_fields"):
        named = type(node).model_fields
        node = {field.alias or name: getattr(node, name) for name, field in named.items()}
    if isinstance(node, dict) and node:
        return {key for name, value in node.items() for key in leaf_keys(value, f"{prefix}{name}.")}
    return set() if node is None else {prefix.removesuffix(".")}


def base_reads(one: BuiltScenario, key: str) -> bool:
    """Whether a key, or the list that it is, was read."""
    return key in one.keys_read


@pytest.mark.parametrize(("source", "unit"), [("poisson", "of one person"), ("finite", "of one group at rest")])
def test_very_many_movements_are_remarked_on_with_the_unit_of_their_rate(source: str, unit: str) -> None:
    often = {"world__movements__source": source, "world__movements__rate": {"corridor": "900000 /year"}}
    (remark,) = built(**often).remarks
    assert remark.startswith("world.movements.rate gives ") and f"the rate {unit}" in remark
    assert built(**often, policy__escort={"rule": "off"}).remarks == ()
    assert built(world__movements__source=source).remarks == ()
