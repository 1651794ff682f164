"""One parameter with its source: what it means, how sure it is, where it stands, and what it must give back.

An entry is a frozen record read from ``catalogue/data/*.yaml``. Nothing here draws, and nothing here needs numpy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from simcpec.catalogue.laws import LAWS, Distribution, distribution_of
from simcpec.errors import nearest as nearest_names

Value = float | int | str | tuple[float, ...]
ISO_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")

GRADES: Mapping[str, str] = MappingProxyType(
    {"A": "official series", "B": "two independent counts", "C": "one count", "D": "judgement"}
)
READ_AGAIN: Mapping[str, str] = MappingProxyType(
    {
        "source": "the locator was found again in the source, its abstract or the file of facts, and says the figure",
        "arithmetic": "the figure was computed again from those it comes from",
        "interval": "the ends were found again: in the count, the sources or the rule that they follow",
        "form": "words, unit and grade were held against the rule of the model that uses the figure",
    }
)
INTERVAL_KINDS = (
    "exact 95 % Poisson",
    "exact 95 % binomial",
    "measured 95 %",
    "range of sources",
    "range of judgement",
)


class Malformed(ValueError):
    """A record that cannot be an entry, a source or a statement; the reader adds file, line and id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """Where a number stands and why it was taken from there.

    key : key of a source.  where : locator inside it, words that can be searched for.
    reason : why this source.  also : other places that say the same, or "".
    """

    key: str
    where: str
    reason: str
    also: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The second reading of an entry or a lever: the day, what was held against what, and what came out.

    day : ISO date.  of : some of `READ_AGAIN`.  note : figures that came out, or what stays doubtful, or "".
    """

    day: str
    of: tuple[str, ...]
    note: str = ""

    @property
    def told(self) -> str:
        """Day and kinds of the reading, then what came out."""
        return f"{self.day}: {', '.join(self.of)}" + (f"; {self.note}" if self.note else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A number (or date, or list of numbers) that the model uses or is held against.

    id : dotted, lower case, unique.          theme : the file it stands in, without suffix.
    value : number, ISO date, or tuple of numbers, in `unit`.
    interval : (low, high) in `unit`, or None where there is none; `interval_kind` is one of `INTERVAL_KINDS`.
    law : how the interval becomes a distribution of draws, one of `LAWS`; see `Entry.distribution`.
    derived : the arithmetic in words.        gives_back : the same for a machine, see `catalogue.checks`.
    grade : A official series, B two independent counts, C one count, D judgement.
    sets : dotted scenario keys that take this value; ``*`` stands for exactly one part.
    stands_beside : ids that say something else about the same quantity; exactly one of them is `chosen`, and `why`.
    bears_on : mechanisms that a number bears on without setting a key: section of the model, then words.
    checked : the second reading, or None.
    """

    id: str
    theme: str
    says: str
    value: Value
    unit: str
    source: Citation
    grade: str
    interval: tuple[float, float] | None = None
    interval_kind: str = ""
    law: str = "none"
    derived: str = ""
    gives_back: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    caveat: str = ""
    sets: tuple[str, ...] = ()
    stands_beside: tuple[str, ...] = ()
    chosen: bool = False
    why: str = ""
    bears_on: tuple[str, ...] = ()
    checked: Reading | None = None

    @property
    def number(self) -> float:
        """The value as a number; `Malformed` if it is a date, a word or a list."""
        if isinstance(self.value, int | float):
            return float(self.value)
        raise Malformed(f"value {self.value!r} of {self.id} is not one number")

    def distribution(self) -> Distribution:
        """Law and parameters of the draws of this entry; ``none`` is the constant `value` (see `catalogue.laws`)."""
        return distribution_of(self.law, self.value, self.interval, self.gives_back)


REQUIRED = ("id", "says", "value", "unit", "source", "grade")
ALLOWED = tuple(name for name in Entry.__dataclass_fields__ if name != "theme")
TEXTS = ("id", "says", "unit", "grade", "interval_kind", "law", "derived", "caveat", "why")


def entry_from(record: Mapping[str, Any], theme: str) -> Entry:
    """Build one entry from its YAML mapping; raises `Malformed` with what is wrong and what is allowed."""
    refuse_unknown(record, ALLOWED)
    require(record, REQUIRED)
    texts = {name: text(record, name) for name in TEXTS if name in record}
    entry = Entry(
        **texts,
        theme=theme,
        value=_value(record["value"]),
        source=citation_from(record["source"]),
        interval=interval_from(record.get("interval")),
        gives_back=MappingProxyType(dict(mapping(record, "gives_back"))),
        sets=strings(record, "sets"),
        stands_beside=strings(record, "stands_beside"),
        chosen=flag(record, "chosen"),
        bears_on=strings(record, "bears_on"),
        checked=reading_from(record.get("checked")),
    )
    _refuse_incoherent(entry)
    return entry


def _refuse_incoherent(entry: Entry) -> None:
    """Raise `Malformed` where fields contradict each other."""
    one_of("grade", entry.grade, GRADES)
    one_of("law", entry.law, LAWS)
    if entry.interval is not None:
        one_of("interval_kind", entry.interval_kind, INTERVAL_KINDS)
        low, high = entry.interval
        if not low <= high:
            raise Malformed(f"interval [{low}, {high}] runs backwards")
        if not low <= entry.number <= high:
            raise Malformed(f"value {entry.value} lies outside its interval [{low}, {high}]")
    elif entry.interval_kind:
        raise Malformed("interval_kind is given but interval is not")
    if entry.grade in "CD" and not entry.caveat:
        raise Malformed(f"grade {entry.grade} ({GRADES[entry.grade]}) asks for a caveat")
    if entry.chosen and not (entry.stands_beside and entry.why):
        raise Malformed("chosen asks for stands_beside (the entries it was preferred to) and why")
    entry.distribution()


def _value(raw: Any) -> Value:
    """Number, text or list of numbers; YAML dates become ISO text."""
    if isinstance(raw, list):
        if not raw or not all(is_number(item) for item in raw):
            raise Malformed("a list as value holds numbers, at least one")
        return tuple(raw)
    if is_number(raw) or isinstance(raw, str):
        return raw  # type: ignore[no-any-return]
    if hasattr(raw, "isoformat"):
        return str(raw.isoformat())
    raise Malformed(f"value is {raw!r}; allowed: a number, a date, a word or a list of numbers")


def interval_from(raw: Any) -> tuple[float, float] | None:
    """``[low, high]`` as a pair, None where there is none; raises `Malformed`."""
    if raw is None:
        return None
    if isinstance(raw, list) and len(raw) == 2 and all(is_number(end) for end in raw):
        return (raw[0], raw[1])
    raise Malformed(f"interval is {raw!r}; allowed: [low, high], two numbers")


def citation_from(raw: Any) -> Citation:
    """The citation that a mapping says; raises `Malformed`."""
    if not isinstance(raw, Mapping):
        raise Malformed("source is not a mapping of key, where, reason, also")
    refuse_unknown(raw, ("key", "where", "reason", "also"), prefix="source.")
    require(raw, ("key", "where", "reason"), prefix="source.")
    return Citation(**{name: text(raw, name) for name in raw})


def reading_from(raw: Any) -> Reading | None:
    """The second reading that a mapping says, None where there is none; raises `Malformed`."""
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise Malformed("checked is not a mapping of day, of, note")
    refuse_unknown(raw, ("day", "of", "note"), prefix="checked.")
    require(raw, ("day", "of"), prefix="checked.")
    day, of = str(_value(raw["day"])), strings(raw, "of")
    if not ISO_DAY.fullmatch(day):
        raise Malformed(f"checked.day is {day!r}; allowed: a day as 2026-01-31")
    for word in of:
        one_of("checked.of", word, READ_AGAIN)
    return Reading(day=day, of=of, note=text(raw, "note"))


def flag(record: Mapping[str, Any], name: str) -> bool:
    """The truth value at `name`, false where there is none; raises `Malformed`."""
    raw = record.get(name, False)
    if isinstance(raw, bool):
        return raw
    raise Malformed(f"{name} is {raw!r}; allowed: true or false")


# What the readers of sources and statements share with this one.


def is_number(raw: Any) -> bool:
    """Return whether `raw` is a finite int or float; true and false are not numbers."""
    return isinstance(raw, int | float) and not isinstance(raw, bool) and -float("inf") < raw < float("inf")


def refuse_unknown(record: Mapping[str, Any], allowed: tuple[str, ...], prefix: str = "") -> None:
    """Raise `Malformed` for the first key that is not allowed, with the nearest one that is."""
    for name in record:
        if name not in allowed:
            raise Malformed(f"unknown key {prefix}{name}; {nearest(str(name), allowed)}")


def require(record: Mapping[str, Any], names: tuple[str, ...], prefix: str = "") -> None:
    """Raise `Malformed` for the keys that are missing or empty."""
    missing = [prefix + name for name in names if record.get(name) in (None, "", {}, [])]
    if missing:
        raise Malformed(f"missing {', '.join(missing)}")


def text(record: Mapping[str, Any], name: str, default: str = "") -> str:
    """The text at `name`, stripped; `Malformed` if it is something else."""
    raw = record.get(name, default)
    if isinstance(raw, str):
        return raw.strip()
    raise Malformed(f"{name} is {raw!r}, not a text (put it in quotes)")


def strings(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The list of texts at `name`, or ()."""
    raw = record.get(name, [])
    if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return tuple(raw)
    raise Malformed(f"{name} is {raw!r}; allowed: a list of texts")


def mapping(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The mapping at `name`, or {}."""
    raw = record.get(name, {})
    if isinstance(raw, Mapping):
        return raw
    raise Malformed(f"{name} is {raw!r}, not a mapping")


def one_of(name: str, given: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> None:
    """Raise `Malformed` unless `given` is allowed."""
    if given not in allowed:
        raise Malformed(f"{name} is {given!r}; allowed: {', '.join(allowed)}")


def nearest(name: str, known: Mapping[str, Any] | tuple[str, ...] | list[str], count: int = 3) -> str:
    """``did you mean ...?`` with the nearest known names, or some of the names if nothing is near."""
    close = nearest_names(name, known, count=count, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    few = sorted(known)[:12]
    return f"known: {', '.join(few)}" + (", ..." if len(known) > len(few) else "")
