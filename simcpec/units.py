"""Quantities in words: `1 %`, `65 bn USD`, `3 days`, `12 /year`; a closed grammar, read exactly and written back.

    quantity = number [unit]          number = 12, 0.5, 1e-3          unit = one of the words of its kind

Every kind has one canonical unit: shares are fractions, rates are per day, durations are days, money is USD, money per
year is USD a year, counts and gains are themselves.  A year has 365.25 days, a month is a twelfth of it.  Amounts are
`fractions.Fraction`, so that a budget adds up to the cent.  Nothing here evaluates an expression of any kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from simcpec.errors import UnitError, did_you_mean

DAYS_PER_YEAR = Fraction(1461, 4)
LONGEST = 100  # characters of a quantity
LARGEST_EXPONENT = 30  # of ten

_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_QUANTITY = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>[^0-9\s.,_+-][^0-9]*)?", re.ASCII)
_GROUPED = re.compile(r"(?P<number>[-+]?[0-9]+(?:[,_'][0-9]+)+(?:\.[0-9]*)?)(?P<rest>.*)", re.ASCII | re.DOTALL)
_NOT_FINITE = re.compile(r"[-+]?\.?(?:inf|infinity|nan)", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class NotAQuantity(UnitError):
    """Text that is no quantity of the asked kind: `problem`, what is `allowed`, and a `hint`, each told apart."""

    def __init__(self, problem: str, allowed: str = "", hint: str = "") -> None:
        self.problem, self.allowed, self.hint = problem, allowed, hint
        rows = (problem, allowed and f"allowed: {allowed}", hint)
        super().__init__(". ".join(row.rstrip(".") for row in rows if row) + ("" if hint else "."))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a number measures.

    name : with its article, "a share".               shown : the unit it is written back in.
    units : (word, canonical units in one of it), the first one being `shown`; empty for pure numbers.
    canonical : the unit of canonical values.          example : a quantity of this kind.
    bare : whether a number without a unit can be meant in only one way.
    """

    name: str
    shown: str
    canonical: str
    units: tuple[tuple[str, Fraction], ...]
    example: str
    bare: bool = False

    def __hash__(self) -> int:
        return hash((self.name, self.shown))

    def factor(self, unit: str) -> Fraction | None:
        """Canonical units in one `unit`; None if the word is not of this kind."""
        return dict(self.units).get(unit)


def _with_plurals(words: Iterable[tuple[str, Fraction]]) -> tuple[tuple[str, Fraction], ...]:
    """Each ``days`` also as ``day``."""
    return tuple(pair for word, size in words for pair in ((word, size), (word.removesuffix("s"), size)))


def _scaled(unit: str) -> tuple[tuple[str, Fraction], ...]:
    """`unit` alone and in thousands, millions and billions."""
    scales = (("k", 3), ("thousand", 3), ("m", 6), ("million", 6), ("bn", 9), ("billion", 9))
    return ((unit, Fraction(1)), *((f"{word} {unit}", Fraction(10**power)) for word, power in scales))


SHARE = Kind("a share", "%", "fraction", (("%", Fraction(1, 100)),), "30 %")
RATE = Kind(
    "a rate",
    "/year",
    "per day",
    (
        ("/year", 1 / DAYS_PER_YEAR),
        ("/month", 12 / DAYS_PER_YEAR),
        ("/week", Fraction(1, 7)),
        ("/day", Fraction(1)),
    ),
    "12 /year",
)
DURATION = Kind(
    "a duration",
    "days",
    "days",
    _with_plurals(
        (
            ("days", Fraction(1)),
            ("hours", Fraction(1, 24)),
            ("weeks", Fraction(7)),
            ("months", DAYS_PER_YEAR / 12),
            ("years", DAYS_PER_YEAR),
        )
    ),
    "3 days",
)
MONEY = Kind("an amount of money", "USD", "USD", _scaled("USD"), "65 bn USD")
MONEY_PER_YEAR = Kind("money per year", "USD/year", "USD/year", _scaled("USD/year"), "6350 USD/year")
LENGTH = Kind("a length", "km", "km", (("km", Fraction(1)),), "100 km")
KM_PER_UNIT = Kind("a gain", "km/unit", "km/unit", (("km/unit", Fraction(1)),), "15 km/unit")
AREA = Kind("an area", "sq km", "sq km", (("sq km", Fraction(1)),), "10000 sq km")
NUMBER = Kind("a pure number", "", "1", (), "0.25", bare=True)


def count(noun: str) -> Kind:
    """A number of things; the plural `noun` may be left out: ``300 guards``, ``1 guard``, ``300``."""
    return Kind(f"a number of {noun}", noun, noun, _with_plurals(((noun, Fraction(1)),)), f"300 {noun}", bare=True)


def gain(unit: str) -> Kind:
    """Return how many persons one `unit` serves: ``60 persons/unit``."""
    shown = f"persons/{unit}"
    return Kind("a gain", shown, shown, ((shown, Fraction(1)), (f"person/{unit}", Fraction(1))), f"60 {shown}")


GUARDS, PERSONS, UNITS, TEAMS = count("guards"), count("persons"), count("units"), count("teams")
PERSONS_PER_UNIT, PERSONS_PER_GUARD, PERSONS_PER_ROUND = gain("unit"), gain("guard"), gain("round")
KINDS = (
    *(SHARE, RATE, DURATION, MONEY, MONEY_PER_YEAR, GUARDS, PERSONS, UNITS, TEAMS),
    *(PERSONS_PER_UNIT, PERSONS_PER_GUARD, PERSONS_PER_ROUND, NUMBER),
)


@dataclass(frozen=True, slots=True)
class Horizon:
    """A length by the calendar: whole years or months (leap days included as they fall), or whole days."""

    years: int = 0
    months: int = 0
    days: int = 0

    def end(self, start: date) -> date:
        """First day that is not played; 29 February plus a year is 28 February where there is no 29th."""
        month = start.month - 1 + self.months + 12 * self.years
        year, month = start.year + month // 12, month % 12 + 1
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        last = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
        return date(year, month, min(start.day, last)) + timedelta(days=self.days)

    def __str__(self) -> str:
        parts = ((self.years, "years"), (self.months, "months"), (self.days, "days"))
        return " ".join(f"{number} {word}" for number, word in parts if number) or "0 days"


@lru_cache(maxsize=1 << 14)  # most numbers stand in many scenarios
def parse_quantity(text: str, kind: Kind) -> Fraction:
    """The exact amount of `text` in canonical units of `kind`; raises `NotAQuantity` (a `UnitError`) otherwise.

    >>> parse_quantity("30 %", SHARE)
    Fraction(3, 10)
    """
    number, unit = _split(text.strip(), kind)
    if not unit:
        if kind.bare:
            return number
        raise NotAQuantity(f"is {text.strip()}, a number without a unit", _allowed(kind), _with_unit(text, kind))
    factor = kind.factor(unit)
    if factor is None:
        raise NotAQuantity(*_wrong_unit(text.strip(), unit, kind))
    return number * factor


def parse_date(text: str) -> date:
    """An ISO date such as ``2024-06-01``; raises `NotAQuantity` otherwise."""
    allowed = "a date of the calendar written as YEAR-MONTH-DAY, for example 2024-06-01"
    if not _DATE.fullmatch(text.strip()):
        raise NotAQuantity(f"is {short(text)}, no date", allowed)
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotAQuantity(f"is {text.strip()}, a day that no calendar has", allowed) from None


def parse_horizon(text: str) -> Horizon:
    """A calendar length: ``4 years``, ``18 months`` or ``90 days``, at least one day; raises `NotAQuantity`."""
    allowed = "a whole number of years, months or days, for example 4 years"
    number, unit = _split(text.strip(), DURATION)
    word = unit.removesuffix("s") + "s"
    if word not in ("years", "months", "days") or number.denominator != 1:
        parse_quantity(text, DURATION)  # a wrong or a missing unit has a better message
        raise NotAQuantity(f"is {short(text)}, no whole number of years, months or days", allowed)
    if not 1 <= number <= {"years": 200, "months": 2400, "days": 73050}[word]:
        raise NotAQuantity(f"is {short(text)}", "from 1 day to 200 years")
    return Horizon(**{word: int(number)})


def format_quantity(value: Fraction | float, kind: Kind, *, exact: bool = False) -> str:
    """`value` (canonical) in words; three significant digits for prose, or `exact` so that it reads back the same.

    >>> format_quantity(0.12345, SHARE), format_quantity(Fraction(12345, 100000), SHARE, exact=True)
    ('12.3 %', '12.345 %')
    """
    amount = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    shown = kind.shown
    if not exact and kind in (MONEY, MONEY_PER_YEAR):
        scale = next((power for power in (9, 6) if abs(amount) >= 10**power), 0)
        shown = {9: "bn ", 6: "m ", 0: ""}[scale] + kind.shown
    scaled = amount / (kind.factor(shown) or 1)
    if exact and kind is RATE and not _terminates(scaled):
        scaled, shown = amount, "/day"  # a weekly rate has no decimal number a year
    number = decimal_text(scaled) if exact else _rounded(scaled)
    return f"{number} {shown}".strip()


def decimal_text(value: Fraction) -> str:
    """The shortest decimal that is exactly `value`; where there is none, the one that gives the same float."""
    if not _terminates(value):
        value = Fraction(repr(float(value)))
    places = 0
    while value.denominator != 1 and (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + (f".{rest}" if rest else "")


def short(text: str, *, at_most: int = 60) -> str:
    """`text` for a message: one line, nothing that a terminal would obey, not too long."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in text.strip())
    return repr(clean) if not clean else clean if len(clean) <= at_most else clean[: at_most - 3] + "..."


def _split(text: str, kind: Kind) -> tuple[Fraction, str]:
    """Number and unit (one space between words, none around the slash)."""
    if len(text) > LONGEST:
        raise NotAQuantity(f"is {short(text)}, too long for a quantity", _allowed(kind))
    if found := _GROUPED.match(text):
        raise NotAQuantity(f"is {short(text)}, with digits in groups", _allowed(kind), _ungrouped(found))
    if _NOT_FINITE.fullmatch(text):
        raise NotAQuantity(f"is {text}, not a finite number", _allowed(kind))
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise NotAQuantity(f"is {short(text)}, not {kind.name}", _allowed(kind))
    power = re.search(r"[eE]([-+]?[0-9]+)", found["number"])
    if power and abs(int(power[1])) > LARGEST_EXPONENT:
        raise NotAQuantity(f"is {short(text)}, beyond any size", f"powers of ten up to {LARGEST_EXPONENT}")
    unit = re.sub(r"\s*/\s*", "/", " ".join((found["unit"] or "").split()))
    return Fraction(found["number"]), unit


def _allowed(kind: Kind) -> str:
    return f"{kind.name}, for example {kind.example}"


def _ungrouped(found: re.Match[str]) -> str:
    """Return what was meant: 1,000 is a thousand, 0,5 is a half."""
    thousands = re.fullmatch(r"[-+]?[0-9]{1,3}(?:[,_'][0-9]{3})+(?:\.[0-9]*)?", found["number"])
    plain = re.sub("[,_']", "", found["number"])
    if not thousands and found["number"].count(",") == 1 and "." not in found["number"]:
        plain = found["number"].replace(",", ".")
    rest = " ".join(found["rest"].split())
    return f"Did you mean {plain}{rest and ' ' + short(rest, at_most=20)}?"


def _with_unit(text: str, kind: Kind) -> str:
    """Both readings of a bare number: 0.3 may be 0.3 % or 30 %."""
    text = text.strip()
    plain = f"{text} {kind.shown}"
    if kind is SHARE and 0 < abs(Fraction(text)) <= 1:
        return f"Did you mean {plain} or {decimal_text(Fraction(text) * 100)} %?"
    return f"Did you mean {plain}?"


def _wrong_unit(text: str, unit: str, kind: Kind) -> tuple[str, str, str]:
    """Problem, allowed, hint for a unit that is not of `kind`."""
    other = next((other for other in KINDS if other.factor(unit) is not None), None)
    words = [word for word, _ in kind.units]
    allowed = _allowed(kind) + (f"; its units are {', '.join(words)}" if words else "; it has no unit")
    if other is not None:
        return f"is {short(text)}, {other.name} where {kind.name} is asked", allowed, ""
    return f"is {short(text)}, in an unknown unit", allowed, did_you_mean(unit, words, cutoff=0.5)


def _terminates(value: Fraction) -> bool:
    """Return whether `value` is a decimal number."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _rounded(value: Fraction) -> str:
    """Three significant digits, without an exponent."""
    return decimal_text(Fraction(f"{float(value):.2e}"))
