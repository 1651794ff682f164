"""The leaves of a scenario: how each key's text becomes a value, what it may be, and what it says in the JSON Schema.

Each class here annotates a field (``Annotated[Quantity, number(...)]``) and is both its validator and its
documentation.  A fault is a `PydanticCustomError` whose context carries problem, allowed and hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from simcpec import units
from simcpec.errors import did_you_mean
from simcpec.scenario.reading.quantity import GRADES, LAWS, Quantity
from simcpec.units import Kind, NotAQuantity, parse_quantity, short

LONG_FORM = ("value", "low", "high", "law", "source", "grade", "reason")


def fault(problem: str, allowed: str = "", hint: str = "", reads: tuple[str, ...] = ()) -> PydanticCustomError:
    """A fault for `messages` to place.

    reads : what it depends on, as dotted keys; those under its own key begin with a dot, ``.`` is all of them.
    """
    context = {"problem": problem, "allowed": allowed, "hint": hint, "reads": reads}
    return PydanticCustomError("scenario", "{problem}", context)


def told(error: NotAQuantity) -> PydanticCustomError:
    """Return the fault of a text that is no quantity."""
    return fault(error.problem, error.allowed, error.hint)


def shape_of(raw: Any) -> str:
    """Return what `raw` is, for a message: ``is empty``, ``is a map``, ``is 3 days``."""
    if raw is None:
        return "is empty"
    if isinstance(raw, (dict, list)):
        return "is a map" if isinstance(raw, dict) else "is a list"
    return f"is {short(str(raw).lower() if isinstance(raw, bool) else raw)}"


class ValueKind:
    """Base of the annotations: a plain validator and a JSON Schema of its own."""

    says: str

    def read(self, raw: Any) -> Any:
        """The value of what stands in the file; raises `PydanticCustomError`."""
        raise NotImplementedError

    def json(self) -> dict[str, Any]:
        """JSON Schema of what may stand in the file."""
        raise NotImplementedError

    def core(self) -> CoreSchema:
        """Schema for pydantic-core."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return self.core()

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"description": self.says, **self.json()}


@dataclass(frozen=True)
class Number(ValueKind):
    """A quantity of one kind within bounds; `words` (none, never) stand for its absence and read as None.

    low, high : bounds as text in the kind's own unit, both included unless `above` or `below` exclude them.
    whole : only integers.       uncertain : whether {value, low, high, law, ...} may be written instead.
    repeats : a duration after which something happens again, over the whole run.
    """

    kind: Kind
    says: str
    low: str | None = None
    high: str | None = None
    above: str | None = None
    below: str | None = None
    words: tuple[str, ...] = ()
    whole: bool = False
    uncertain: bool = True
    repeats: bool = False

    def read(self, raw: Any) -> Quantity | None:
        """A quantity, or None for one of `words`."""
        if isinstance(raw, dict) and self.uncertain:
            return self._long(raw)
        text = self._text(raw)
        if text in self.words:
            return None
        exact = self._amount(text)
        return Quantity(value=float(exact), exact=exact, kind=self.kind, text=self._normal(text))

    def allowed(self) -> str:
        """Return what may stand here, in words."""
        example = "" if self.bounds() else f", for example {self.kind.example}"
        words = f"; or {' or '.join(self.words)}" if self.words else ""
        return f"{'a whole number' if self.whole and self.kind is units.NUMBER else self.kind.name}" + (
            f" {self.bounds()}{example}{words}".rstrip()
        )

    def bounds(self) -> str:
        """The bounds in words, "" if there are none."""
        ends = (
            ("from", self.low),
            ("above", self.above),
            ("to" if self.low or self.above else "up to", self.high),
            ("to below" if self.low or self.above else "below", self.below),
        )
        return " ".join(f"{word} {end}" for word, end in ends if end is not None)

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """The least and the greatest amount, included or not; None for an end without a bound."""
        return self.low or self.above, self.high or self.below

    def _text(self, raw: Any) -> str:
        if isinstance(raw, str) and raw.strip():
            return raw.strip()
        raise fault(shape_of(raw) if raw != "" else "is empty", self.allowed())

    def _amount(self, text: str) -> Fraction:
        """The exact amount within bounds."""
        try:
            exact = parse_quantity(text, self.kind)
        except NotAQuantity as error:
            raise told(error) from None
        if not self.admits(exact):
            raise fault(f"is {short(text)}", self.allowed())
        if self.whole and exact.denominator != 1:
            raise fault(f"is {short(text)}, no whole number", self.allowed())
        return exact

    def admits(self, exact: Fraction) -> bool:
        """Whether an amount is within the bounds."""
        return (
            (self.low is None or exact >= self._bound(self.low))
            and (self.above is None or exact > self._bound(self.above))
            and (self.high is None or exact <= self._bound(self.high))
            and (self.below is None or exact < self._bound(self.below))
        )

    def _bound(self, text: str) -> Fraction:
        return parse_quantity(text, self.kind)

    def _normal(self, text: str) -> str:
        """``30%`` as ``30 %``: number, one space, unit."""
        found = re.match(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(.*)", text, re.ASCII)
        assert found, text
        return f"{found[1]} {' '.join(found[2].split()) or self.kind.shown}".strip()

    def _long(self, raw: Mapping[str, Any]) -> Quantity:
        """{value, low, high, law, source, grade, reason} with all its faults at once."""
        faults: list[InitErrorDetails] = []

        def part(name: str, reader: Callable[[Any], Any]) -> Any:
            try:
                return reader(raw[name]) if name in raw else None
            except PydanticCustomError as error:
                faults.append(InitErrorDetails(type=error, loc=(name,), input=raw.get(name)))
                return None

        for name in raw:
            if name not in LONG_FORM:
                part(name, _unknown(name))
        exact, low, high = (part(name, self._end) for name in ("value", "low", "high"))
        words = {name: part(name, reader) or "" for name, reader in _ABOUT.items()}
        if not faults:
            _refuse_range(exact, low, high, words["law"] or "none")
            assert exact is not None
            return Quantity(
                value=float(exact),
                exact=exact,
                kind=self.kind,
                text=self._normal(self._text(raw["value"])),
                low=None if low is None else float(low),
                high=None if high is None else float(high),
                law=words["law"] or "none",
                source=words["source"],
                grade=words["grade"],
                reason=words["reason"],
            )
        raise ValidationError.from_exception_data("quantity", faults)

    def _end(self, raw: Any) -> Fraction:
        return self._amount(self._text(raw))

    def json(self) -> dict[str, Any]:
        """A text with a unit (and a number where the unit may be left out), one of the words, or the long form."""
        short_form: list[dict[str, Any]] = [{"type": "string", "examples": [self.kind.example]}]
        short_form += [{"type": "number"}] if self.kind.bare else []
        short_form += [{"enum": list(self.words)}] if self.words else []
        forms = [*short_form]
        if self.uncertain:
            ends = {name: {"anyOf": short_form} for name in ("value", "low", "high")}
            about = {
                "law": {"enum": list(LAWS)},
                "source": {"type": "string"},
                "grade": {"enum": list(GRADES)},
                "reason": {"type": "string"},
            }
            forms.append(
                {
                    "type": "object",
                    "properties": {**ends, **about},
                    "required": ["value"],
                    "additionalProperties": False,
                }
            )
        unit = {"unit": self.kind.shown} if self.kind.shown else {}
        bounds = {"bounds": self.bounds()} if self.bounds() else {}
        return {"anyOf": forms, "kind": self.kind.name, **unit, **bounds}


def _unknown(name: str) -> Callable[[Any], Any]:
    def refuse(raw: Any) -> Any:
        raise fault("is no key that anything reads", f"one of {', '.join(LONG_FORM)}", did_you_mean(name, LONG_FORM))

    return refuse


def _word(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def read(raw: Any) -> str:
        if isinstance(raw, str) and raw in allowed:
            return raw
        raise fault(shape_of(raw), f"one of {', '.join(allowed)}", did_you_mean(str(raw), allowed))

    return read


def _free(raw: Any) -> str:
    if isinstance(raw, str) and len(raw) <= 2000:
        return raw.strip()
    raise fault(shape_of(raw), "a text of at most 2000 characters")


_ABOUT = {"law": _word(LAWS), "source": _free, "grade": _word(GRADES), "reason": _free}


def _refuse_range(value: Fraction | None, low: Fraction | None, high: Fraction | None, law: str) -> None:
    """Raise where value, range and law do not go together."""
    if value is None:
        raise fault("has no value", "value: beside low:, high: and law:")
    if (low is None) != (high is None):
        raise fault("has one end of a range", "low: and high:, both or neither")
    if law != "none" and low is None:
        raise fault(f"has the law {law} but no range", "low: and high: beside law:")
    if low is None or high is None:
        return
    if not low <= value <= high:
        raise fault("has a value outside its range", "low <= value <= high")
    if law == "lognormal" and low <= 0:
        raise fault("is lognormal from 0 or below", "low above 0, or law: uniform")
    if law == "beta":
        inside = 0 <= low < high <= 1 and 0 < value < 1
        if not inside or value * (1 - value) <= (float(high - low) / (2 * 1.959963984540054)) ** 2:
            raise fault("has a range that no beta law has", "a range inside 0 to 1 around the value, not too wide")


@dataclass(frozen=True)
class WholeNumber(ValueKind):
    """An integer without a unit, read as int."""

    says: str
    low: int
    high: int

    def read(self, raw: Any) -> int:
        """The integer."""
        leaf = Number(units.NUMBER, self.says, low=str(self.low), high=str(self.high), whole=True, uncertain=False)
        quantity = leaf.read(raw)
        assert quantity is not None
        return quantity.whole

    def json(self) -> dict[str, Any]:
        """An integer within bounds."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Parsed(ValueKind):
    """A date or a horizon: anything that one function of `units` reads from text."""

    says: str
    parser: Callable[[str], Any]
    example: str

    def read(self, raw: Any) -> Any:
        """Return what the parser gives."""
        if not isinstance(raw, str):
            raise fault(shape_of(raw), f"for example {self.example}")
        try:
            return self.parser(raw)
        except NotAQuantity as error:
            raise told(error) from None

    def json(self) -> dict[str, Any]:
        """A text like the example."""
        return {"type": "string", "examples": [self.example]}


@dataclass(frozen=True)
class Day(Parsed):
    """A date, and what it is of: the run's own start, the first day of a setting, or the first day after one."""

    role: Literal["run", "first", "end"] = "first"


@dataclass(frozen=True)
class Text(ValueKind):
    """Any text on one line, or (with a pattern) a name."""

    says: str
    longest: int = 200
    empty: bool = False
    pattern: str = ""
    allowed: str = ""

    def read(self, raw: Any) -> str:
        """The text, stripped."""
        allowed = self.allowed or f"a text of 1 to {self.longest} characters"
        if not isinstance(raw, str) or not (raw.strip() or self.empty):
            hint = "Put it in quotes if it is meant as a text." if isinstance(raw, bool) else ""
            raise fault(shape_of(raw) if raw != "" else "is empty", allowed, hint)
        text = raw.strip()
        if len(text) > self.longest:
            raise fault(f"has {len(text)} characters", allowed)
        if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            raise fault(f"is {short(text)}", allowed)
        return text

    def json(self) -> dict[str, Any]:
        """A text, with its pattern."""
        return {"type": "string", "maxLength": self.longest, **({"pattern": self.pattern} if self.pattern else {})}
