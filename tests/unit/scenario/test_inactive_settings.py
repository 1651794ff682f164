"""Settings that never act, over every key of the schema that holds a day or an amount a year; and least periods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest

from simcpec import units
from simcpec.scenario import load, validate
from simcpec.scenario.building.build import build
from simcpec.scenario.inactive_settings import days_of, remarks_outside
from simcpec.scenario.reading.nodes import Path, dotted
from simcpec.scenario.schema.leaf import Day, Number, ValueKind
from simcpec.scenario.schema.maps import Block, ListOf
from simcpec.scenario.schema.scenario_block import Scenario, bare, keys_of

LISTS = {  # an entry of each list of dated settings, complete but for its day
    "policy.sop.revisions": "",
    "policy.levers": "lever: sop_revision, ",
    "world.threat.steps": "factor: 2, ",
}


def leaves(shape: Any = Scenario, path: Path = ()) -> Iterator[tuple[Path, ValueKind]]:
    """Every leaf of the schema; the first item stands for all of a list."""
    if isinstance(shape, type) and issubclass(shape, Block):
        for key, field in keys_of(shape).items():
            leaf = next((part for part in field.metadata if isinstance(part, ValueKind)), None)
            if leaf is not None:
                yield (*path, key), leaf
            yield from leaves(bare(field.annotation), (*path, key))
    elif get_origin(shape) is list:
        yield from leaves(bare(get_args(shape)[-1]), (*path, 0))
    elif get_origin(shape) is dict:
        yield from leaves(bare(get_args(shape)[-1]), (*path, "*"))


DAYS = [(path, leaf) for path, leaf in leaves() if isinstance(leaf, Day) and leaf.role != "run"]
YEARLY = [path for path, leaf in leaves() if isinstance(leaf, ListOf) and leaf.per_year]
DURATIONS = [(path, leaf) for path, leaf in leaves() if isinstance(leaf, Number) and leaf.kind is units.DURATION]


def entry(path: Path, day: str) -> str:
    """``--set`` of one entry with a day at `path`."""
    name, key = dotted(path[:-2]), path[-1]
    return f"{name}=[{{{LISTS[name]}{key}: {day}}}]"


def test_every_key_that_holds_a_day_says_what_it_is_of() -> None:
    """The parser of dates is used by `Day` alone, and each day but the run's own stands in a known list."""
    dates = [path for path, leaf in leaves() if getattr(leaf, "parser", None) is units.parse_date]
    assert {path for path, _ in DAYS} | {("run", "start")} == set(dates)
    assert {dotted(path[:-2]) for path, _ in DAYS} == set(LISTS)


@pytest.mark.parametrize(("path", "leaf"), DAYS, ids=[dotted(path) for path, _ in DAYS])
def test_a_day_outside_the_run_is_refused_and_one_inside_is_not(path: Path, leaf: Day) -> None:
    """The base case runs from 2025-01-01 up to 2029-01-01."""
    outside = ("2029-01-01", "2052-03-01") if leaf.role == "first" else ("2025-01-01", "1999-01-01")
    for day in outside:
        faults = [fault for fault in validate("base", [entry(path, day)]) if fault.key == dotted(path)]
        assert len(faults) == 1 and "run" in faults[0].problem and faults[0].allowed, day
    inside = "2028-12-31" if leaf.role == "first" else "2025-01-02"
    assert validate("base", [entry(path, inside)]) == []


def test_a_warm_up_is_part_of_the_run() -> None:
    late = "policy.levers=[{lever: sop_revision, to: 2024-12-01}]"
    assert len(validate("base", [late])) == 1
    assert validate("base", [late, "run.warm_up=60 days"]) == []
    data = load("base", sets=["run.warm_up=60 days"]).tree
    assert [str(day) for day in days_of(data) or ()] == ["2024-11-02", "2025-01-01", "2029-01-01"]


@pytest.mark.parametrize("path", YEARLY, ids=[dotted(path) for path in YEARLY])
def test_surplus_amounts_of_years_are_remarked_on(path: Path) -> None:
    block, inherited = dotted(path[:-1]), path[0] == "world"
    for count, remarked in ((1, False), (4, inherited), (5, True)):
        amounts = ", ".join(["1 m USD/year"] * count)
        scenario = load("base", sets=[f"{block}={{of: explicit, amounts: [{amounts}]}}"])
        remarks = build(scenario).remarks
        assert any(remark.startswith(f"{dotted(path)} holds {count} amounts") for remark in remarks) is remarked
        assert remarks == remarks_outside(scenario.scenario)


def test_a_step_of_a_threat_that_is_not_there_is_refused() -> None:
    none = "world.provinces.AJK.plots=0 /year"
    step = "world.threat.steps=[{date: 2026-01-01, provinces: [%s], factor: 2}]"
    (fault,) = validate("base", [none, step % "AJK"])
    assert fault.key == "world.threat.steps[0].provinces" and "no plots are born in AJK" in fault.problem
    assert validate("base", [step % "AJK"]) == []
    (remark,) = remarks_outside(load("base", sets=[none, step % "AJK, SIN"]).scenario)
    assert "no plots are born in AJK" in remark and "SIN" not in remark
    assert remarks_outside(load("base", sets=[step % "AJK, SIN"]).scenario) == ()


def test_a_step_by_one_is_refused_unless_it_is_uncertain() -> None:
    step = "world.threat.steps=[{date: 2026-01-01, factor: %s}]"
    assert [fault.key for fault in validate("base", [step % "1"])] == ["world.threat.steps[0].factor"]
    assert validate("base", [step % "{value: 1, low: 0.5, high: 2, law: uniform}"]) == []


# ------------------------------------------------------------------------------------------------ least durations


def test_no_period_is_so_short_that_a_run_never_ends() -> None:
    repeating = {dotted(path): leaf for path, leaf in DURATIONS if leaf.repeats}
    assert set(repeating) == {"policy.sop.audit_every", "world.threat.drift.every"}
    for key, leaf in repeating.items():
        assert leaf.json()["bounds"] == "from 1 days to 1000 years"
        (fault,) = validate("base", [f"{key}=1e-6 days"])
        assert fault.key == key and "from 1 days" in fault.allowed


@pytest.mark.parametrize(("path", "leaf"), DURATIONS, ids=[dotted(path) for path, _ in DURATIONS])
def test_every_duration_has_a_least_value_that_the_clock_can_count(path: Path, leaf: Number) -> None:
    """A tick is a microsecond; zero is allowed only where a key says so."""
    assert leaf.low is not None and leaf.above is None
    least = units.parse_quantity(leaf.low, units.DURATION)
    assert least == 0 or least * 86_400_000_000 >= 1
    assert leaf.low in leaf.json()["bounds"]
