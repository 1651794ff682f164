"""What holds leaves together: blocks, maps by province or cohort, lists of names, and choices.

The declared provinces and cohorts reach the validators as pydantic's context, a dict of their names.
A map by province that leaves one out means zero for it, and is completed with zeros; where zero makes no sense the
omission is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import CoreSchema, core_schema

from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.schema.leaf import Number, Text, ValueKind, fault, shape_of
from simcpec.units import SHARE, format_quantity, short

Declared = Literal["provinces", "cohorts", "settings", "groups", "modes"]
PATHS: Mapping[Declared, tuple[str, ...]] = {
    "provinces": ("world", "provinces"), "cohorts": ("world", "cohorts"), "groups": ("world", "groups"),
    "modes": ("world", "threat", "modes"),
}  # fmt: skip
"""Where names are declared in a scenario; settings are fixed."""

PROVINCE_CODE = Text(
    "code of a province",
    longest=6,
    pattern="[A-Z][A-Z0-9]{0,5}",
    allowed="a code of 1 to 6 capital letters and digits that begins with a letter, for example SIN",
)
NAME = Text(
    "name",
    longest=40,
    pattern="[a-z][a-z0-9_]*",
    allowed="a word of small letters, digits and _ that begins with a letter, at most 40 long",
)
SETTINGS = ("site", "movement", "residence")


@dataclass(frozen=True, eq=False)
class Choice:
    """The numbers of a map that depend on the word of a switch in it: `reads[word]` lists those that the word reads.

    shared : mean one and the same whatever the word, and stay when a later layer names another one.
    optional : need not be given where they are read; the others do.
    neutral : may stand where they are not read, at a value that says nothing (`scenario.consistency`).
    open : the map holds numbers for every word, and those that the present one does not read stand by; otherwise
        they are refused.
    """

    switch: str
    reads: Mapping[str, tuple[str, ...]]
    shared: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    open: bool = False

    @cached_property
    def keys(self) -> frozenset[str]:
        """All keys that depend on the switch."""
        return frozenset(key for keys in self.reads.values() for key in keys)

    def left_behind(self, old: str, new: str) -> tuple[str, ...]:
        """Keys whose numbers belong to `old` and do not pass to `new`, where a later layer changes the word.

        In an open map these are the keys that `old` shares with another word (a key that one word alone reads holds
        that word's number, whoever wrote it), and those that must be neutral where they are not read.
        """
        if old == new or old not in self.reads or new not in self.reads:
            return ()
        own = [key for key in dict.fromkeys(key for keys in self.reads.values() for key in keys)]
        own = [key for key in own if key not in self.shared]
        if not self.open:
            return tuple(own)
        readers = {key: sum(key in keys for keys in self.reads.values()) for key in own}
        return tuple(k for k in own if k in self.reads[old] and (readers[k] > 1 or k in self.neutral))


class Block(BaseModel):
    """A map with fixed keys: strict, closed, frozen."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True, allow_inf_nan=False
    )
    choice: ClassVar[Choice | None] = None
    example: ClassVar[str] = ""

    @model_validator(mode="wrap")
    @classmethod
    def _once(cls, data: Any, handler: Any, info: Any) -> Any:
        """Check a part that many scenarios share once; `names` in the context is all that else decides about it."""
        names = (info.context or {}).get("names")
        if names is None or not isinstance(data, dict):
            return handler(data)
        return _CHECKED.of(data, (cls, names), lambda: handler(data))


_CHECKED = Memo(1024)


def refuse_sum(values: Mapping[str, Quantity] | list[Quantity], reads: tuple[str, ...] = (".",)) -> None:
    """Raise unless shares add up to 100 % exactly; `reads` is where they stand, as in `fault`."""
    parts = values.values() if isinstance(values, Mapping) else values
    total = sum((part.exact for part in parts), Fraction(0))
    if total != 1:
        shown = format_quantity(total, SHARE, exact=True)
        off = format_quantity(abs(1 - total), SHARE, exact=True)
        hint = f"Missing: {off}." if total < 1 else f"Too much: {off}."
        raise fault(f"adds up to {shown}", "shares that add up to 100 %", hint, reads)


@dataclass(frozen=True)
class KeyOf(ValueKind):
    """The key of a map, or an item of a list, that must have been declared; `declared` as in the context."""

    declared: Declared
    says: str = "a declared name"

    def core(self) -> CoreSchema:
        """A function with the context."""
        return core_schema.with_info_plain_validator_function(self._check)

    def _check(self, raw: Any, info: Any) -> str:
        known = declared_in(info, self.declared)
        if isinstance(raw, str) and (known is None or raw in known):
            return raw
        singular = self.declared.removesuffix("s")
        is_what = shape_of(raw) if not isinstance(raw, str) else f"is {short(raw)}"
        names, allowed = known or [], ", ".join(known or [])
        labels = (info.context or {}).get("labels") if self.declared == "provinces" else None
        reads = (".".join((*PATHS[self.declared], str(raw))),) if self.declared in PATHS else ()
        raise fault(f"{is_what}, no {singular} of this scenario", allowed, suggest(raw, names, labels=labels), reads)

    def json(self) -> dict[str, Any]:
        """Any text: what is declared is known to the scenario only."""
        return {"type": "string"}


def declared_in(info: Any, what: Declared) -> list[str] | None:
    """The declared names, None where the declaration itself is missing or wrong (another fault says so)."""
    context = info.context or {}
    names = context.get(what)
    return list(names) if names is not None else None


@dataclass(frozen=True)
class MapOver(ValueKind):
    """One quantity a province or cohort; `words` may stand in the place of the map.

    missing : ``zero`` completes the map with zeros, ``absent`` leaves it as it is, ``fault`` refuses the omission.
    total : the shares must add up to 100 %.
    """

    declared: Declared
    item: Number
    says: str
    missing: Literal["zero", "absent", "fault"] = "zero"
    total: bool = False
    words: tuple[str, ...] = ()

    def core(self) -> CoreSchema:
        """A map of checked keys and values inside a function that knows the words and the omissions."""
        keys = KeyOf(self.declared).core()
        inner = core_schema.dict_schema(keys_schema=keys, values_schema=self.item.core(), strict=True)
        return core_schema.with_info_wrap_validator_function(self._check, inner)

    def _check(self, raw: Any, handler: Any, info: Any) -> Any:
        by = f"a map by {self.declared.removesuffix('s')}, each {self.item.allowed()}"
        if isinstance(raw, str) and raw in self.words:
            return raw
        if not isinstance(raw, dict):
            words = f"; or {' or '.join(self.words)}" if self.words else ""
            raise fault(shape_of(raw), by + words, suggest(raw, self.words))
        values: dict[str, Quantity] = handler(raw)
        known = declared_in(info, self.declared) or []
        omitted = [name for name in known if name not in values]
        if omitted and self.missing == "fault":
            raise fault(f"says nothing about {', '.join(omitted)}", by, reads=(".".join(PATHS[self.declared]), "."))
        if self.total:
            refuse_sum(values)
        if self.missing == "zero":
            zero = {name: zero_of(self.item) for name in omitted}
            values = {name: (values | zero)[name] for name in known} if known else values
        return values

    def json(self) -> dict[str, Any]:
        """An object whose values are quantities, or one of the words."""
        item = {"description": self.item.says, **self.item.json()}
        table: dict[str, Any] = {"type": "object", "additionalProperties": item}
        return {"anyOf": [table, {"enum": list(self.words)}]} if self.words else table


@dataclass(frozen=True)
class NamedNumbers(ValueKind):
    """A map of names to pure numbers; which names there are, another check knows."""

    says: str
    item: Number

    def core(self) -> CoreSchema:
        """A map of names and checked numbers."""
        return core_schema.dict_schema(keys_schema=NAME.core(), values_schema=self.item.core(), strict=True)

    def json(self) -> dict[str, Any]:
        """An object of numbers."""
        return {"type": "object", "additionalProperties": self.item.json()}


def zero_of(item: Number) -> Quantity:
    """Return what an omitted province has."""
    return Quantity(value=0.0, exact=Fraction(0), kind=item.kind, text=f"0 {item.kind.shown}".strip())


def one_of(item: Number) -> Quantity:
    """Return the factor that changes nothing."""
    return Quantity(value=1.0, exact=Fraction(1), kind=item.kind, text="1")


@dataclass(frozen=True)
class ListOf(ValueKind):
    """A list of leaves or of declared names, `fewest` to `most` of them; `unique` without repeats.

    per_year : one item a budget year, in order.
    """

    item: ValueKind
    says: str
    fewest: int = 0
    most: int = 1000
    unique: bool = False
    total: bool = False
    per_year: bool = False

    def core(self) -> CoreSchema:
        """A list of checked items inside a function that knows length, repeats and sum."""
        inner = core_schema.list_schema(self.item.core(), strict=True)
        return core_schema.no_info_wrap_validator_function(self._check, inner)

    def _check(self, raw: Any, handler: Any) -> tuple[Any, ...]:
        allowed = f"a list of {self.fewest} to {self.most}"
        if not isinstance(raw, list):
            raise fault(shape_of(raw), f"{allowed}, in square brackets")
        if not self.fewest <= len(raw) <= self.most:
            raise fault(f"has {len(raw)} items", allowed)
        values = handler(raw)
        twice = sorted({str(value) for value in values if values.count(value) > 1}) if self.unique else []
        if twice:
            raise fault(f"names {', '.join(twice)} twice", "each name once")
        if self.total:
            refuse_sum(values)
        return tuple(values)

    def json(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.item.json(), "minItems": self.fewest, "maxItems": self.most}
