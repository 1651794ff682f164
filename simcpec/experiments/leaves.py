"""The leaves of a resolved scenario: what they say, what stands behind them, which of them are uncertain, what differs.

A leaf is joined with the entry of the catalogue that gives its very value; a value that no entry gives has been chosen
by somebody, and is then as certain as its own file says. So a range of the catalogue never follows a number that was
set by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from simcpec import catalogue, units
from simcpec.catalogue import Distribution, Entry
from simcpec.catalogue.laws import distribution_of
from simcpec.errors import UserError
from simcpec.experiments.design import Factor
from simcpec.experiments.results import Setting
from simcpec.scenario.quantity import Quantity
from simcpec.scenario.schema import Scenario, keys_of
from simcpec.scenario.schema_leaf import Leaf as Shape
from simcpec.scenario.schema_leaf import Number
from simcpec.scenario.schema_maps import Block, ListOf, MapOver

NOT_SET = "not set"
TITLES = ("name", "describes")  # what a scenario is called changes nothing


@dataclass(frozen=True)
class Leaf:
    """One key of a resolved scenario. `value` : Quantity, word, date, whole number or None.  `shape` : its schema."""

    key: str
    value: Any
    shape: Shape | None

    @property
    def text(self) -> str:
        """The value with its unit, as a reader knows it."""
        if isinstance(self.value, Quantity):
            return self.value.text
        return "none" if self.value is None else str(self.value)

    @property
    def parts(self) -> tuple[str, str]:
        """Value and unit apart."""
        if not isinstance(self.value, Quantity):
            return self.text, ""
        number, _, unit = self.text.partition(" ")
        return number, unit

    @property
    def meaning(self) -> Any:
        """What two leaves must share to say the same: 30 % and 30% do, and so do 1 /year and 1 /year with one range."""
        if isinstance(self.value, Quantity):
            return self.value.exact, self.value.low, self.value.high, self.value.law
        return self.text


def leaves(scenario: Scenario) -> dict[str, Leaf]:
    """Every leaf by its dotted key, in the order of the schema; titles are left out."""
    found = {leaf.key: leaf for leaf in _walk(scenario, "", None)}
    return {key: leaf for key, leaf in found.items() if key not in TITLES}


def _walk(node: Any, key: str, shape: Shape | None) -> Iterator[Leaf]:
    if isinstance(node, Block):
        names = {field.alias or name: name for name, field in type(node).model_fields.items()}
        for step, field in keys_of(type(node)).items():
            inner = next((one for one in field.metadata if isinstance(one, Shape)), None)
            yield from _walk(getattr(node, names[step]), f"{key}.{step}".lstrip("."), inner)
    elif isinstance(node, Mapping):
        inner = shape.item if isinstance(shape, MapOver) else shape
        for step, value in node.items():
            yield from _walk(value, f"{key}.{step}", inner)
    elif isinstance(node, list | tuple):
        inner = shape.item if isinstance(shape, ListOf) else shape
        for number, value in enumerate(node):
            yield from _walk(value, f"{key}[{number}]", inner)
    else:
        yield Leaf(key, node, shape)


# ------------------------------------------------------------------------------------------------ the catalogue


def entry_behind(leaf: Leaf) -> Entry | None:
    """The entry of the catalogue that gives this key this very value."""
    return next((entry for entry in catalogue.entries_for(leaf.key) if _gives(entry, leaf)), None)


def _gives(entry: Entry, leaf: Leaf) -> bool:
    if isinstance(leaf.value, Quantity):
        amount = canonical(entry, leaf.value.kind)
        return amount is not None and amount == leaf.value.exact
    return str(entry.value) == leaf.text


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


def settings_of(found: Mapping[str, Leaf], baseline: Mapping[str, Leaf] | None) -> tuple[Setting, ...]:
    """Every key with source and grade; `changed` where it differs from the baseline's."""
    against = {} if baseline is None else baseline
    return tuple(
        _setting(leaf, baseline is not None and differs(leaf, against.get(key))) for key, leaf in found.items()
    )


def _setting(leaf: Leaf, changed: bool) -> Setting:
    value, unit = leaf.parts
    entry = entry_behind(leaf)
    source, grade = ("", "") if entry is None else (_cited(entry), entry.grade)
    if isinstance(leaf.value, Quantity):  # what the file itself says goes before the catalogue
        source, grade = leaf.value.source or leaf.value.reason or source, leaf.value.grade or grade
    return Setting(
        key=leaf.key, value=value, unit=unit, changed=changed, source=source, grade=grade,
        catalogue_id="" if entry is None else entry.id,
    )  # fmt: skip


def _cited(entry: Entry) -> str:
    return f"{entry.source.key}: {entry.source.where}"


# ------------------------------------------------------------------------------------------------ differences


def differs(leaf: Leaf, other: Leaf | None) -> bool:
    """Whether two leaves say different things; a key that one of them lacks differs."""
    return other is None or leaf.meaning != other.meaning


def differences(of: Mapping[str, Leaf], baseline: Mapping[str, Leaf]) -> list[tuple[str, str, str]]:
    """(key, old, new) of every key that differs, in the order of the scenario, then what only the baseline has."""
    keys = [*of, *(key for key in baseline if key not in of)]
    return [
        (key, _shown(baseline.get(key)), _shown(of.get(key)))
        for key in keys
        if key not in of or differs(of[key], baseline.get(key))
    ]


def _shown(leaf: Leaf | None) -> str:
    """Value with unit, and the range where there is one."""
    if leaf is None:
        return NOT_SET
    value = leaf.value
    if isinstance(value, Quantity) and value.low is not None and value.high is not None:
        ends = (units.format_quantity(end, value.kind) for end in (value.low, value.high))
        return f"{leaf.text} ({' to '.join(ends)}, {value.law})"
    return leaf.text


# ------------------------------------------------------------------------------------------------ uncertainty


def factors_of(found: Mapping[str, Leaf], read: Iterable[str]) -> list[Factor]:
    """The uncertain keys among those that the world reads (`read`), sorted by key.

    A range in the scenario goes before that of the catalogue. Without one, a value of exactly 0 is a mechanism that is
    switched off and stays so. Keys that one entry of the catalogue gives are one quantity and move together.
    Raises UserError where an interval cannot carry its law.
    """
    known = set(read)
    factors = (_factor(leaf) for key, leaf in sorted(found.items()) if key in known)
    return [factor for factor in factors if factor is not None]


def _factor(leaf: Leaf) -> Factor | None:
    value, shape = leaf.value, leaf.shape
    if not isinstance(value, Quantity) or not isinstance(shape, Number) or not shape.uncertain:
        return None
    named = next(iter(catalogue.entries_for(leaf.key)), None)
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
        name=leaf.key if named is None else named.id,
        unit=value.kind.canonical,
        distribution=distribution,
        scale=scale,
        least=_bound(shape, shape.low, shape.above, default=float("-inf")),
        greatest=_bound(shape, shape.high, shape.below, default=float("inf")),
        whole=shape.whole,
    )


def _own_law(key: str, value: Quantity) -> Distribution:
    """The law that the scenario file gives, in canonical units."""
    low, high = value.low, value.high
    assert low is not None and high is not None
    if value.law == "normal":
        from simcpec.catalogue.laws import Z_975

        return Distribution("normal", {"mean": (low + high) / 2, "sd": (high - low) / (2 * Z_975)})
    try:
        return distribution_of(value.law, value.value, (low, high), {})
    except ValueError as fault:
        raise UserError(f"{key}: {fault}") from fault


def _bound(shape: Number, included: str | None, excluded: str | None, *, default: float) -> float:
    """A bound of the schema in canonical units; an excluded end is never reached by a continuous law."""
    text = included if included is not None else excluded
    return default if text is None else float(units.parse_quantity(text, shape.kind))
