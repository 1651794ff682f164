"""Settings that never act: dates outside the run, steps of a threat that is not there, amounts for years after the end.

Which keys hold a day, and what the day is of, and which lists hold an amount a year, is said in the schema (`Day`,
`ListOf.per_year`). A setting that never acts is a fault; one of which only a part acts is a remark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from math import floor
from typing import Any

from simcpec import units
from simcpec.catalogue.records import NAMED, NONE
from simcpec.economics.allocation import budget_years
from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.nodes import Path, dotted
from simcpec.scenario.schema.leaf import Day
from simcpec.scenario.schema.maps import Block, ListOf
from simcpec.scenario.schema.scenario_block import Scenario, every_block, keys_of, step_into, value_at
from simcpec.scenario.schema.world.record_block import OWN
from simcpec.units import NotAQuantity, parse_quantity

Told = tuple[str, str, str, str]  # dotted key, problem, allowed, hint
STEPS = "world.threat.steps"
INHERITED = ("world", "budget", "inherited")


def days_of(data: Any) -> tuple[date, date, date] | None:
    """First day played, first day that counts, first day after the run; None where no keys tell."""
    run = data.get("run") if isinstance(data, dict) else None
    if not isinstance(run, dict):
        return None
    try:
        start = date.fromisoformat(run["start"])
        end = units.parse_horizon(run["horizon"]).end(start)
        warm_up = floor(parse_quantity(run["warm_up"], units.DURATION))
        return start - timedelta(days=warm_up), start, end
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, NotAQuantity):
        return None


def outside_the_run(data: Any) -> Iterator[tuple[str, Told]]:
    """Every day of a setting that comes too late, or is over too early, to act in the run, with the day's role."""
    days = days_of(data)
    if days is None:
        return
    played, _, after = days
    for path, role, day in _dated(data, Scenario):
        if role == "first" and day >= after:
            yield role, (dotted(path), "begins when the run is over", f"a day before {after}", "")
        if role == "end" and day <= played:
            yield role, (dotted(path), "is over before the run begins", f"a day after {played}", "")


Dated = tuple[Path, str, date]


def _dated(data: Any, shape: Any) -> Iterator[Dated]:
    """Path, role and day of every setting with a day that is in force; a map that files share is gone through once."""
    if isinstance(data, dict):
        yield from _DATED.of(data, id(shape), lambda: (*_dated_here(data, shape), *_dated_below(data.items(), shape)))
    elif isinstance(data, list):
        yield from _dated_below(enumerate(data), shape)


def _dated_here(table: dict[str, Any], shape: Any) -> Iterator[Dated]:
    block = isinstance(shape, type) and issubclass(shape, Block)
    for name, leaf in _leaves_of(shape, Day) if block and table.get("enabled", True) is not False else ():
        day = _day(table.get(name))
        if day is not None:
            yield (name,), leaf.role, day


def _dated_below(values: Iterable[tuple[str | int, Any]], shape: Any) -> Iterator[Dated]:
    for step, value in values:
        inner = step_into(shape, step) if isinstance(value, dict | list) else None
        if inner is not None:
            yield from (((step, *path), role, day) for path, role, day in _dated(value, inner))


_DATED = Memo(1024)


def steps_without_effect(steps: Any, provinces: Any) -> Iterator[Told]:
    """Every step of the threat that multiplies by one, or multiplies nothing."""
    plots = _plots(provinces) if steps else {}
    for k, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        named = step.get("provinces") or list(plots)
        if isinstance(named, list) and named and all(plots.get(str(code)) == 0 for code in named):
            where = ", ".join(map(str, named))
            problem = f"changes nothing: no plots are born in {where}"
            key = f"{STEPS}[{k}]" + (".provinces" if "provinces" in step else "")
            yield key, problem, "provinces with plots above 0 /year", ""
        if isinstance(step.get("factor"), str) and _amount(step["factor"], units.NUMBER) == 1:
            yield f"{STEPS}[{k}].factor", "is 1, which changes nothing", "another factor, or no such step", ""


def remarks_outside(scenario: Any) -> tuple[str, ...]:
    """Sentences on settings of which only a part can act, for a `schema.Scenario`."""
    return (*_partial_steps(scenario), *_surplus(scenario), *_foreign_record(scenario))


def _foreign_record(scenario: Any) -> Iterator[str]:
    """A record that was asked for and is about other provinces."""
    record = scenario.world.record
    if record is None or record.use == NONE:
        return
    counted = frozenset(record.provinces) if record.use == OWN else NAMED[record.use].provinces
    if counted != frozenset(scenario.world.provinces):
        yield f"world.record counts {', '.join(sorted(counted))}, other provinces than these; reports do not show it."


def _partial_steps(scenario: Any) -> Iterator[str]:
    """Steps that name provinces in which no plots are born, beside others."""
    idle = [code for code, province in scenario.world.provinces.items() if not province.plots.exact]
    for k, step in enumerate(scenario.world.threat.steps):
        without = [code for code in step.provinces or () if code in idle]
        if without:
            yield f"{STEPS}[{k}].provinces: no plots are born in {', '.join(without)}, where the step changes nothing."


def _surplus(scenario: Any) -> Iterator[str]:
    """Lists with an amount a year that are longer than the years that read them."""
    run = scenario.run
    years = len(budget_years(run.start, run.horizon.end(run.start)))
    for path, count in _yearly(scenario):
        read = 1 if path[: len(INHERITED)] == INHERITED else years
        if count > read:
            what = "the first amount is read" if read == 1 else f"the first {read} amounts are read"
            yield f"{dotted(path)} holds {count} amounts; only {what}, one a budget year."


def _yearly(scenario: Any) -> Iterator[tuple[Path, int]]:
    """Path and length of every list with an amount a year in a checked scenario."""
    for path in _yearly_lists():
        yield path, len(value_at(scenario, path) or ())


@cache
def _yearly_lists() -> tuple[Path, ...]:
    """Return where the schema has lists with an amount a year: never in a map with free keys."""
    lists = [(*path, key) for path, block in every_block() for key, leaf in _leaves_of(block, ListOf) if leaf.per_year]
    assert not any("*" in path for path in lists), lists
    return tuple(lists)


@cache
def _leaves_of(block: type[Block], kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Key and annotation of the leaves of one kind."""
    of_kind = ((name, [part for part in field.metadata if isinstance(part, kind)]) for name, field in _fields(block))
    return tuple((name, parts[0]) for name, parts in of_kind if parts)


def _fields(block: type[Block]) -> Iterator[tuple[str, Any]]:
    return iter(keys_of(block).items())


def _plots(provinces: Any) -> dict[str, Any]:
    """Rate of plots by province; None for one that is uncertain or cannot be read."""
    return {
        code: _amount(province.get("plots"), units.RATE) if isinstance(province, dict) else None
        for code, province in (provinces if isinstance(provinces, dict) else {}).items()
    }


def _amount(text: Any, kind: units.Kind) -> Any:
    try:
        return parse_quantity(text, kind) if isinstance(text, str) else None
    except NotAQuantity:
        return None


def _day(text: Any) -> date | None:
    """A day of the calendar; None for anything else, which has a fault of its own."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
