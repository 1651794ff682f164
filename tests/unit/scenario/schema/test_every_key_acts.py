"""Every key of `policy:` and `world:`, moved alone, changes what outcomes rest on; or it is said here why it cannot.

The keys are those of the schema, so that a new one cannot be forgotten. Outcomes rest on the world, the budget
plan, the prices and the labels; a scenario that is refused was read as well.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
from pydantic import ValidationError

from simcpec.economics.costs import costs
from simcpec.economics.valuation import valued
from simcpec.errors import ScenarioError
from simcpec.model.modes import INSTRUMENTS, SETTINGS
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.plan import Prices
from simcpec.model.world import digest
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.scenario.reading.nodes import data_of, dotted
from simcpec.scenario.schema.leaf import Number, ValueKind, WholeNumber
from simcpec.scenario.schema.maps import Block, ListOf, MapOver, NamedNumbers
from simcpec.scenario.schema.scenario_block import Scenario, bare, keys_of, step_into
from simcpec.units import RATE, decimal_text, format_quantity

Data = dict[str, Any]
Steps = tuple[str | int, ...]
LEVER = (
    "policy.levers=[{lever: ibo_teams, from: 2026-01-01, to: 2026-06-01, provinces: [SIN, PUN], share: 80 %, units: 4},"
    " {lever: bullet_proof_vehicles, from: 2025-03-01, cohorts: [corridor], settings: [movement]}]"
)
GROUPS = (
    "world.groups={west: {plots: {BAL: 90 %, SIN: 60 %}, militants: {BAL: 80 %, SIN: 50 %}, external: 40 %, leaving: 3,"
    " reach: [SIN, BAL], settings: {site: 0, movement: 0.5, residence: 0}, drift: {persistence: 0.5, innovation: 0.2}},"
    " south: {plots: {PUN: 100 %, SIN: 40 %, KP: 100 %,"
    " BAL: 10 %, GB: 100 %, AJK: 100 %, ICT: 100 %}, militants: {PUN: 100 %, SIN: 50 %, KP: 100 %, BAL: 20 %,"
    " GB: 100 %, AJK: 100 %, ICT: 100 %}}}"
)
FILLED = (
    LEVER,
    GROUPS,
    "world.threat.drift.provinces={SIN: {persistence: 0.5, innovation: 0.2}}",
    "world.threat.excitation.spread={KP: {KP: 60 %, ICT: 40 %}}",
    "policy.sop.revisions=[{date: 2026-01-01, cohorts: [corridor]}]",
    "world.threat.steps=[{date: 2026-01-01, provinces: [SIN], factor: 2}]",
    "world.threat.modes={light: {share: 60 %}, heavy: {share: 40 %}}",
    "world.threat.mode_shares={KP: {light: 30 %, heavy: 70 %}}",
    "world.groups.west.modes={light: 80 %, heavy: 20 %}",
    "world.preparation_by_province={KP: 100 days}",
    "world.operations.work_by_province={KP: 2 days}",
    "world.protection.layers_by_province={KP: {route: {ceiling: 20 %, gain: 100 persons/unit},"
    " guard: {ceiling: 70 %, gain: 0.5 persons/guard}, hardening: {ceiling: 20 %, gain: 80 persons/unit}}}",
    "world.harm.present={site: 50 persons}",
    "world.harm.mitigation={guard: 10 %}",
    "run.horizon=2 years",
)
#: the entry of a map that stands for all of them; the first one otherwise
ENTRY = {"provinces": "SIN", "groups": "west", "forces": "ssd", "agreements": "joint_force"}
#: shares that add up to 100 %: one cannot move without another
WHOLE = ("split", "settings", "posting", "works", "clusters", "shares", "table", "modes")

_AMOUNTS = "{of: explicit, amounts: [20000000 USD/year, 30000000 USD/year]}"
_SHARES = "{rule: explicit, shares: {PUN: 60 %, SIN: 40 %}}"
_TABLE = "{law: empirical, table: [{deaths: 0 persons, share: 50 %}, {deaths: 3 persons, share: 50 %}]}"
_CUSTOM = ("world.backlash.world=custom", "world.backlash.per_death=1", "world.backlash.per_arrest=1",
           "world.backlash.footprint_gain=0.1 /year")  # fmt: skip
_GROWING = ("world.budget.absorption={growth: 30 %, elasticity: 1}", "policy.security_share.share=5 %")
_GROWING_LINE = (
    "world.budget.absorption.instruments={"
    + ", ".join(f"{name}: {{growth: 30 %, elasticity: 1}}" for name in INSTRUMENTS)
    + "}",
    "policy.security_share.share=5 %",
)
_ON = ("world.confidence.mode=on",)
_GROWS = ("policy.levers=[{lever: ssd_expansion, from: 2025-02-01}]",)
#: keys that the base case does not read, because a switch says so, and a world that reads them
SWITCHED: Mapping[str, tuple[str, ...]] = {
    "policy.security_share.amounts": (f"policy.security_share={_AMOUNTS}",),
    "policy.provinces.shares": (f"policy.provinces={_SHARES}",),
    "world.budget.inherited.security_share.amounts": (f"world.budget.inherited.security_share={_AMOUNTS}",),
    "world.budget.inherited.provinces.shares": (f"world.budget.inherited.provinces={_SHARES}",),
    "policy.provinces.threat": ("policy.provinces.exposure=50 %",),
    "world.budget.inherited.provinces.threat": ("world.budget.inherited.provinces.exposure=50 %",),
    "world.budget.absorption.growth": _GROWING,
    "world.budget.absorption.elasticity": _GROWING,
    **{
        f"world.budget.absorption.instruments.{name}.{one}": _GROWING_LINE
        for name in INSTRUMENTS
        for one in ("growth", "elasticity")
    },
    "world.budget.spread_over": ("policy.security_share={of: capital_cost_once, share: 0.5 %}",),
    "world.harm.foreign.table[0].deaths": (f"world.harm.foreign={_TABLE}",),
    "world.harm.foreign.table[0].share": (f"world.harm.foreign={_TABLE}",),
    "world.backlash.per_death": _CUSTOM,
    "world.backlash.per_arrest": _CUSTOM,
    "world.backlash.footprint_gain": _CUSTOM,
    "world.backlash.footprint_tips": _CUSTOM,
    "world.observation.harmless": ("world.observation.mode=on",),
    "world.observation.harmful": ("world.observation.mode=on",),
    "world.observation.provinces": ("world.observation.mode=on",),
    "world.confidence.memory": _ON,
    "world.confidence.elasticity": _ON,
    "world.confidence.reference": _ON,
    "world.confidence.lost": _ON,
    "world.forces.ssd.hiring_lag": _GROWS,
    "world.forces.ssd.eligible": _GROWS,
}
#: keys that move no number of any world, but decide whether a scenario is refused (`scenario.consistency`)
DECIDES = {
    "world.agreements": "world.agreements.joint_force=off",
    "world.forces.ssd.needs": "world.forces.ssd.needs=joint_force",
}
#: keys that by design change no result: reports show what was observed beside what was simulated
SHOWN = "world.record."


@cache
def whole(sets: tuple[str, ...]) -> tuple[Data, dict[str, Any]]:
    """Data of the base case with lists that are not empty, and the context in which they are read."""
    data = data_of(load("base", sets=[*FILLED, *sets]).root)
    world = data["world"]
    declared = {what: list(world[what]) for what in ("provinces", "cohorts", "groups")}
    return data, {**declared, "settings": list(SETTINGS)}


@cache
def first(sets: tuple[str, ...]) -> str:
    """What the outcomes of the world of `sets` rest on."""
    return rests_on(*whole(sets))


def rests_on(data: Data, context: Any) -> str:
    """A digest of all that outcomes rest on; the fault where there is one."""
    scenario = Scenario.model_validate(copy.deepcopy(data), context=context)
    try:
        built = build(scenario)
    except ScenarioError as error:
        return "\n".join(f"{fault.key} {fault.problem}" for fault in error.faults)
    parts = [digest(built.world), repr((built.province_labels, built.period_labels))]
    for record in (built.plan, built.prices):
        assert is_dataclass(record)
        parts += [f"{np.asarray(getattr(record, each.name)).tolist()}" for each in fields(record)]
    return sha256("|".join(parts).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------ keys and values


def schema_keys(block: type[Block], data: Any, path: Steps) -> Iterator[tuple[Steps, Any]]:
    """(path, field) of every key below a block, by one entry of each map and list."""
    for name, field in keys_of(block).items():
        here = (*path, name)
        shape, value = bare(field.annotation), data.get(name) if isinstance(data, dict) else None
        inner = step_into(shape, "x")
        if isinstance(shape, type) and issubclass(shape, Block):
            yield from schema_keys(shape, value, here)
        elif isinstance(inner, type) and issubclass(inner, Block):
            steps: Sequence[Any] = range(len(value or [0])) if get_origin(shape) is list else [entry(name, value)]
            for step in steps:
                yield from schema_keys(inner, value[step] if value else None, (*here, step))
        else:
            yield here, field


def entry(name: str, value: Any) -> str:
    return ENTRY.get(name) or next(iter(value))


def others(field: Any, value: Any, context: Any) -> Iterator[Any]:
    """Other values that may stand at a key, nearest first."""
    leaf = next((part for part in field.metadata if isinstance(part, ValueKind)), None)
    shape = bare(field.annotation)
    if isinstance(leaf, MapOver | NamedNumbers):
        names = list(value) if isinstance(value, dict) and value else context.get(getattr(leaf, "declared", ""), [])
        for name in names:
            now = value.get(name) if isinstance(value, dict) else None
            for other in numbers(leaf.item, now):
                yield {**(value if isinstance(value, dict) else {}), name: other}
    elif isinstance(leaf, ListOf) and isinstance(leaf.item, Number):
        for k, now in enumerate(value or ()):
            yield from ([*value[:k], other, *value[k + 1 :]] for other in numbers(leaf.item, now))
    elif isinstance(leaf, ListOf):
        names = context[leaf.item.declared] if hasattr(leaf.item, "declared") else []
        yield from ([name] for name in names)
        yield list(names)
        yield list(value or ())[::-1]
    elif isinstance(leaf, Number):
        yield from numbers(leaf, value)
    elif get_origin(shape) is Literal:
        yield from (word for word in get_args(shape) if word != value)
    elif shape is bool:
        yield not (field.default if value is None else value)
    elif shape is date:
        day = date.fromisoformat(value or "2026-01-01")
        yield from ((day + timedelta(days=days)).isoformat() for days in (40, -40))
    elif isinstance(value, dict) and any(isinstance(row, dict) for row in value.values()):  # a matrix
        yield {name: {name: "100 %"} for name in value}
    elif step_into(shape, "x") is not None:  # a map of switches
        yield from ({**value, name: "off" if word == "on" else "on"} for name, word in value.items())
    elif isinstance(leaf, WholeNumber):
        yield str(int(value) + 1)
    else:
        yield from ("PUX", "another")


def numbers(leaf: Number, now: Any) -> Iterator[str]:
    """Texts of other amounts, within the bounds or not."""
    try:
        quantity = leaf.read(now) if now is not None else None
    except Exception:
        quantity = None
    at = Fraction(1) if quantity is None else quantity.exact
    for amount in (at * 11 / 10, at * 9 / 10, at + 1, at * 2, at - 1, at / 2, at + Fraction(1, 10), at + 1000):
        if amount != at or quantity is None:
            text = format_quantity(amount, leaf.kind, exact=True)
            yield f"{decimal_text(amount)} /day" if leaf.kind is RATE else text
    yield from filter(None, (leaf.low, leaf.high, *leaf.words))


def put(data: Data, path: Steps, value: Any) -> Data:
    """`data` with another value at a path."""
    data = copy.deepcopy(data)
    node: Any = data
    for step in path[:-1]:
        node = node[step] if isinstance(node, list) else node.setdefault(step, {})
    node[path[-1]] = value
    return data


def acts(path: Steps, field: Any, sets: tuple[str, ...]) -> bool:
    """Whether some other value at a key changes what outcomes rest on."""
    data, context = whole(sets)
    above = data_at(data, path[:-1])
    if above is None:
        return False
    before, node = first(sets), above[path[-1]] if isinstance(above, list) else above.get(path[-1])
    tried = 0
    for other in others(field, node, context):
        for changed in (put(data, path, other), *beside(data, path, other)):
            try:
                if rests_on(changed, context) != before:
                    return True
                tried += 1
            except ValidationError:
                continue
        if tried > 5:
            break
    return False


def data_at(data: Any, path: Steps) -> Any:
    """What stands at a path, None where nothing does."""
    for step in path:
        data = data.get(step) if isinstance(data, dict) else data and data[step]
    return data


def beside(data: Data, path: Steps, other: Any) -> Iterator[Data]:
    """For shares of a whole: a tenth of one moved to another one."""
    if not set(map(str, path)) & set(WHOLE):
        return
    node = data_at(data, path[:-1])
    values = node.get(path[-1]) if isinstance(node, dict) else node[path[-1]]
    if isinstance(values, dict) and len(values) > 1:
        names = list(values)
        yield put(data, path, {**values, names[0]: values[names[1]], names[1]: values[names[0]]})
    elif isinstance(values, list) and len(values) > 1:
        yield put(data, path, values[::-1])
    elif "table" in path:
        rows = [{**row, "share": share} for row, share in zip(data_at(data, path[:-2]), ("30 %", "70 %"), strict=True)]
        yield put(data, path[:-2], rows)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and value != values and str(value).endswith("%"):
                yield put(put(data, path, value), (*path[:-1], name), values)
        if "modes" in path:
            shares = [mode["share"] for mode in data_at(data, path[:-2]).values()]
            modes = zip(data_at(data, path[:-2]), shares[::-1], strict=True)
            yield put(data, path[:-2], {name: {"share": share} for name, share in modes})
        for name, sibling in data["world"]["settings"].items() if path[-1] == "time" else ():
            yield put(put(data, path, sibling["time"]), ("world", "settings", name, "time"), values)


# ------------------------------------------------------------------------------------------------ the tests


def every_key() -> list[tuple[str, Steps, Any]]:
    """(dotted key, path, field) of every key of `policy:` and `world:`."""
    data, _ = whole(())
    found = [each for top in ("policy", "world") for each in schema_keys(step_into(Scenario, top), data[top], (top,))]
    return [(dotted(path), path, field) for path, field in found]


@pytest.mark.slow
def test_every_key_moved_alone_changes_what_outcomes_rest_on() -> None:
    keys = every_key()
    assert len(keys) > 200
    known = {*SWITCHED, *DECIDES}
    assert known <= {key for key, _, _ in keys}
    dead = [
        key for key, path, field in keys if key not in known and not key.startswith(SHOWN) and not acts(path, field, ())
    ]
    assert not dead, f"read by nothing: {dead}"


def test_a_record_is_shown_and_changes_no_result() -> None:
    shown = load("base", sets=["world.record=none"])
    data, context = whole(())
    assert shown.scenario.world.record != load("base").scenario.world.record
    assert any(key.startswith(SHOWN) for key, _, _ in every_key())
    assert rests_on({**data, "world": {**data["world"], "record": {"use": "none"}}}, context) == first(())


@pytest.mark.parametrize("key", SWITCHED)
def test_a_key_that_is_switched_off_acts_where_it_is_on(key: str) -> None:
    path, field = next((path, field) for name, path, field in every_key() if name == key)
    assert not acts(path, field, ()), f"{key} acts in the base case: it needs no switch"
    assert acts(path, field, SWITCHED[key])


def test_a_lag_without_a_first_day_is_refused() -> None:
    entry = "{lever: ibo_teams, lag: 30 days}"
    with pytest.raises(ScenarioError, match=r"levers\[0\]\.lag is read by nothing, because ibo_teams has no from"):
        load("base", sets=[f"policy.levers=[{entry}]"])
    load("base", sets=["policy.levers=[{lever: ibo_teams, lag: 30 days, from: 2025-03-01}]"])
    load("base", sets=["policy.levers=[{lever: ibo_teams}]"])


@pytest.mark.parametrize("key", DECIDES)
def test_a_key_that_moves_no_number_decides_whether_a_scenario_is_refused(key: str) -> None:
    lever = "policy.levers=[{lever: joint_force, from: 2025-02-01}]"
    load("base", sets=[lever, "world.agreements.joint_force=on"])
    with pytest.raises(ScenarioError, match="no agreement"):
        load("base", sets=[lever, "world.agreements.joint_force=on", DECIDES[key], *(
            ["world.agreements.joint_force=off"] if "needs" in key else []
        )])  # fmt: skip


PRICES = Prices(
    price_year=2024, discount_rate=0.05, outlay_per_day=np.full(7, 1e9), delay_per_waiting_day=3000.0,
    cancelled_movement=1500.0, slow_down=0.002, compensation_per_death=250_000.0, direct_damage=2e6, carrying_rate=0.08,
    capital_per_province=np.full(7, 36525.0), stopped_share=0.15, outlay_elasticity=0.1, value_of_life=1e6,
    exposure=np.full(7, 100.0), outlay_reference=0.5, outlay_memory=200.0,
)  # fmt: skip


@cache
def two_years() -> tuple[Any, Any]:
    """Calendar and plan of two years of the base case."""
    built = build(load("base", sets=["run.horizon=2 years"]))
    return built.world.calendar, built.plan


@pytest.mark.parametrize("name", [each.name for each in fields(Prices) if each.name not in ("price_year", "exposure")])
def test_every_price_moves_a_line_of_costs_or_of_what_is_valued(name: str) -> None:
    days, prices = np.array([365.0, 365.0]), PRICES
    calendar, plan = two_years()
    rng = np.random.default_rng(1)
    shapes = {"cell": (2, 7, 2, 3, len(CELL_COUNTS)), "cohort": (2, 7, 2, len(COHORT_COUNTS))}
    tables = {key: rng.uniform(0.0, 3.0, shape) for key, shape in shapes.items()}
    tables["province"] = rng.uniform(0.0, 3.0, (2, 7, len(PROVINCE_COUNTS)))

    def lines(prices: Prices) -> Any:
        found = costs(**tables, calendar=calendar, plan=plan, prices=prices)
        return np.concatenate([found, valued(costs=found, cell=tables["cell"], days=days, prices=prices)], axis=-1)

    other = replace(prices, **{name: getattr(prices, name) * 1.5})
    assert not np.array_equal(lines(prices), lines(other))
