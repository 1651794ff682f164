"""The settings of a scenario: what stands behind each, which of them are uncertain, what differs from another.

A setting is joined with the entry of the catalogue that gives its very value; a value that no entry gives was chosen by
somebody, and is then as certain as its own file says. So a range of the catalogue never follows a number that was set
by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from functools import cache

from simcpec import catalogue, units
from simcpec.catalogue import Distribution, Entry
from simcpec.catalogue.laws import Z_975, distribution_of
from simcpec.errors import UserError
from simcpec.experiments.design.parameter_draws import Factor
from simcpec.results.records import Setting
from simcpec.scenario import Leaf, Quantity, Resolved, leaves
from simcpec.scenario.lever_entries import KEY
from simcpec.scenario.reading.nodes import Path
from simcpec.scenario.schema.leaf import Number
from simcpec.scenario.schema.scenario_block import leaf_at

TITLES = ("name", "describes")  # what a scenario is called changes nothing


# ------------------------------------------------------------------------------------------------ the catalogue


def entry_behind(leaf: Leaf) -> Entry | None:
    """The entry of the catalogue that gives this key this very value."""
    return next((entry for entry in entries_of(leaf.key) if _gives(entry, leaf)), None)


def entries_of(key: str) -> tuple[Entry, ...]:
    """Entries of a key; the catalogue numbers the items of a list like the keys of a map."""
    return catalogue.entries_for(key.replace("[", ".").replace("]", ""))


def _gives(entry: Entry, leaf: Leaf) -> bool:
    if leaf.quantity is None:
        return str(entry.value) == leaf.text
    amount = canonical(entry, leaf.quantity.kind)
    return amount is not None and amount == leaf.quantity.exact


def canonical(entry: Entry, kind: units.Kind) -> Fraction | None:
    """The value of an entry in canonical units of `kind`; None where it is no number of that kind."""
    if isinstance(entry.value, bool) or not isinstance(entry.value, int | float):
        return None
    number = Fraction(str(entry.value))
    if kind is units.NUMBER:
        return number
    factor = kind.factor(" ".join(entry.unit.split()))
    if factor is None and not kind.bare:
        return None
    return number * (1 if factor is None else factor)


def settings_of(resolved: Resolved, changed: Collection[str]) -> tuple[Setting, ...]:
    """Every key of the file with its source and grade; `changed` are the keys that differ from the baseline."""
    return tuple(_setting(leaf, leaf.key in changed) for leaf in leaves(resolved) if leaf.key not in TITLES)


def _setting(leaf: Leaf, changed: bool) -> Setting:
    value, _, unit = leaf.text.partition(" ") if leaf.quantity is not None else (leaf.text, "", "")
    entry = entry_behind(leaf)
    source, grade = ("", "") if entry is None else (f"{entry.source.key}: {entry.source.where}", entry.grade)
    if leaf.quantity is not None:  # what the file itself says goes before the catalogue
        source, grade = leaf.quantity.source or leaf.quantity.reason or source, leaf.quantity.grade or grade
    return Setting(
        key=leaf.key, value=value, unit=unit, changed=changed, source=source, grade=grade,
        catalogue_id="" if entry is None else entry.id,
    )  # fmt: skip


def shown(leaf: Leaf | None) -> str:
    """A setting for a reader: value with unit, and the range where the file gives one; "not set" for None."""
    if leaf is None:
        return "not set"
    value = leaf.quantity
    if value is not None and value.low is not None and value.high is not None:
        ends = (units.format_quantity(end, value.kind) for end in (value.low, value.high))
        return f"{leaf.text} ({' to '.join(ends)}, {value.law})"
    return leaf.text


# ------------------------------------------------------------------------------------------------ uncertainty


def factors_of(resolved: Resolved, read: Collection[str]) -> list[Factor]:
    """The uncertain keys among those that the world reads (`read`), sorted by key.

    A range in the scenario goes before that of the catalogue. Without one, a value of exactly 0 is a mechanism that is
    switched off and stays so. Keys that one entry of the catalogue gives are one quantity and move together.
    Raises UserError where an interval cannot carry its law.
    """
    levers = resolved.tree["policy"].get("levers", ())
    names = {f"{KEY}[{k}]": f"lever.{item['lever']}" for k, item in enumerate(levers)}
    factors = [_factor(leaf, names) for leaf in leaves(resolved) if leaf.key in read]
    return sorted((factor for factor in factors if factor is not None), key=lambda factor: factor.key)


def _factor(leaf: Leaf, levers: Mapping[str, str]) -> Factor | None:
    value, shape = leaf.quantity, leaf_at(_path(leaf.key))
    if value is None or not isinstance(shape, Number) or not shape.uncertain:
        return None
    named = next(iter(entries_of(leaf.key)), None)
    if value.uncertain:
        distribution, scale = _own_law(leaf.key, value), 1.0
    else:
        entry = None if value.low is not None or value.exact == 0 else entry_behind(leaf)
        if entry is None or entry.law == "none":
            return None
        named, distribution = entry, entry.distribution()
        scale = float(value.exact / Fraction(str(entry.value)))
    return Factor(
        key=leaf.key,
        name=_name(leaf.key, levers) if named is None else named.id,
        unit=value.kind.canonical,
        distribution=distribution,
        scale=scale,
        least=_bound(shape, shape.low, shape.above, default=float("-inf")),
        greatest=_bound(shape, shape.high, shape.below, default=float("inf")),
        whole=shape.whole,
    )


def _name(key: str, levers: Mapping[str, str]) -> str:
    """Return what the draws of a key hang on: a lever's on its name, wherever in the list it stands."""
    entry, _, rest = key.partition("].")
    return f"{levers[entry + ']']}.{rest}" if entry + "]" in levers else key


@cache
def _path(key: str) -> Path:
    """The steps of a dotted key; items of lists are numbers."""
    steps = key.replace("[", ".[").split(".")
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in steps)


def _own_law(key: str, value: Quantity) -> Distribution:
    """The law that the scenario file gives, in canonical units."""
    low, high = value.low, value.high
    assert low is not None and high is not None
    if value.law == "normal":
        return Distribution("normal", {"mean": (low + high) / 2, "sd": (high - low) / (2 * Z_975)})
    try:
        return distribution_of(value.law, value.value, (low, high), {})
    except ValueError as fault:
        raise UserError(f"{key}: {fault}") from fault


def _bound(shape: Number, included: str | None, excluded: str | None, *, default: float) -> float:
    """A bound of the schema in canonical units; an excluded end is never reached by a continuous law."""
    text = included if included is not None else excluded
    return default if text is None else float(units.parse_quantity(text, shape.kind))
