"""Short names for the leaves that the blocks use over and over, and the blocks that more than one block holds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Day, Number, Text
from simcpec.scenario.schema.maps import Block, Choice, Declared, KeyOf, ListOf, MapOver, refuse_sum
from simcpec.units import Kind

Amounts = dict[str, Quantity]
OnOff = Literal["off", "on"]
Payer = Literal["federal", "province", "sponsor", "contractor", "consumers", "bonds", "foreign"]
SHORTEST = "0.000000001 days"  # 86 ticks of the clock
LARGEST_MONEY = "10 bn USD"  # of one price; budgets go to a thousand times that


def a_share(says: str, *, uncertain: bool = True, words: tuple[str, ...] = ()) -> Number:
    """From 0 % to 100 %."""
    return Number(units.SHARE, says, low="0 %", high="100 %", uncertain=uncertain, words=words)


def a_rate(says: str) -> Number:
    """From 0 to a million a year."""
    return Number(units.RATE, says, low="0 /year", high="1000000 /year")


def a_duration(says: str, *, zero: bool = False, uncertain: bool = True, words: tuple[str, ...] = ()) -> Number:
    """From the shortest duration (or from 0 days) to 1000 years."""
    low = "0 days" if zero else SHORTEST
    return Number(units.DURATION, says, low=low, high="1000 years", uncertain=uncertain, words=words)


def a_period(says: str, *, words: tuple[str, ...] = ()) -> Number:
    """A duration after which something happens again: from 1 day, so that a run of any length has an end."""
    return Number(units.DURATION, says, low="1 days", high="1000 years", uncertain=False, words=words, repeats=True)


def a_number(
    says: str, low: str | None = "0", high: str | None = "1000000", *, words: tuple[str, ...] = (), **rest: Any
) -> Number:
    """A pure number, from 0 to a million unless told otherwise."""
    return Number(units.NUMBER, says, low=low, high=high, words=words, **rest)


def a_count(kind: Kind, says: str, *, whole: bool = True, high: int = 10_000_000, uncertain: bool = True) -> Number:
    """A number of things, from 0."""
    noun = kind.shown
    return Number(kind, says, low=f"0 {noun}", high=f"{high} {noun}", whole=whole, uncertain=uncertain)


def an_amount(says: str, *, high: str = LARGEST_MONEY, words: tuple[str, ...] = (), uncertain: bool = True) -> Number:
    """From 0 USD."""
    return Number(units.MONEY, says, low="0 USD", high=high, words=words, uncertain=uncertain)


def a_yearly_amount(says: str, *, high: str = LARGEST_MONEY, uncertain: bool = True) -> Number:
    """From 0 USD/year."""
    return Number(units.MONEY_PER_YEAR, says, low="0 USD/year", high=f"{high}/year", uncertain=uncertain)


def a_gain(kind: Kind, says: str) -> Number:
    """From 0 persons a unit; 0 switches off what it feeds."""
    return Number(kind, says, low=f"0 {kind.shown}", high=f"1000000 {kind.shown}")


def by_province(item: Number, **rest: Any) -> MapOver:
    """A map by province; an omitted province has zero."""
    return MapOver("provinces", item, item.says, **rest)


def by_cohort(item: Number, **rest: Any) -> MapOver:
    """A map by cohort; an omitted cohort has zero."""
    return MapOver("cohorts", item, item.says, **rest)


def by_mode(says: str) -> MapOver:
    """Shares of the modes of attack that add up to 100 %; an omitted mode has none."""
    return MapOver("modes", a_share(says, uncertain=False), says, total=True)


def some_of(declared: Declared, says: str) -> ListOf:
    """A list of declared provinces, cohorts or settings."""
    return ListOf(KeyOf(declared), says, fewest=1, unique=True)


def a_date(says: str, role: Literal["run", "first", "end"] = "first") -> Day:
    """A date: of the run's start, of the first day of a setting, or of the first day after one."""
    return Day(says, units.parse_date, "2024-06-01", role)


def a_text(says: str, longest: int = 200, *, empty: bool = False) -> Text:
    """Any text."""
    return Text(says, longest, empty)


_LAW_READS: dict[str, tuple[str, ...]] = {
    "exponential": ("mean",),
    "gamma": ("mean", "shape"),
    "weibull": ("mean", "shape"),
    "lognormal": ("mean", "shape"),
    "deterministic": ("mean",),
}
_MEAN = a_duration("mean of the law")
_SHAPE = a_number("shape: of gamma and Weibull, or the deviation of the log of a lognormal", None, "100", above="0")


class LawBlock(Block):
    """The law of a duration: exponential, gamma, weibull, lognormal or deterministic, by its mean and shape."""

    law: Literal["exponential", "gamma", "weibull", "lognormal", "deterministic"]
    mean: Annotated[Quantity | None, _MEAN] = None
    shape: Annotated[Quantity | None, _SHAPE] = None

    choice: ClassVar[Choice | None] = Choice("law", _LAW_READS)


class Patience(Block):
    """The law of a duration that may never end: ``law: never`` switches it off."""

    law: Literal["never", "exponential", "gamma", "weibull", "lognormal", "deterministic"]
    mean: Annotated[Quantity | None, _MEAN] = None
    shape: Annotated[Quantity | None, _SHAPE] = None

    choice: ClassVar[Choice | None] = Choice("law", {"never": (), **_LAW_READS})


class SecurityShare(Block):
    """Security budget = share of a base, or explicit amounts."""

    of: Literal["annual_outlay", "capital_cost_once", "explicit"] = Field(description="base of the share")
    share: Annotated[Quantity | None, a_share("security budget as a share of its base", uncertain=False)] = None
    amounts: Annotated[
        tuple[Quantity, ...] | None,
        ListOf(
            a_yearly_amount("budget of a year", high="10000 bn USD", uncertain=False),
            "one amount a budget year, in order; the last one holds for the years after it",
            fewest=1,
            most=200,
            per_year=True,
        ),
    ] = None

    example: ClassVar[str] = "{share: 0.5 %, of: annual_outlay}"
    choice: ClassVar[Choice | None] = Choice(
        "of", {"annual_outlay": ("share",), "capital_cost_once": ("share",), "explicit": ("amounts",)}
    )


def _part(says: str) -> Number:
    return a_share(says, uncertain=False)


class Split(Block):
    """Of the security budget, over the seven instruments; adds up to 100 %."""

    guards: Annotated[Quantity, _part("guards hired")]
    operations: Annotated[Quantity, _part("teams for intelligence-based operations")]
    intelligence: Annotated[Quantity, _part("intelligence units")]
    surveillance: Annotated[Quantity, _part("cameras, drones and checkpoints on the route layer")]
    escorts: Annotated[Quantity, _part("escort teams")]
    hardening: Annotated[Quantity, _part("walls, armour, bullet-proof vehicles")]
    procedures: Annotated[Quantity, _part("training and audit rounds of standard operating procedures")]

    @model_validator(mode="after")
    def _whole(self) -> Split:
        refuse_sum(self.by_instrument())
        return self

    def by_instrument(self) -> dict[str, Quantity]:
        """Shares by instrument, in the order of `model.modes.INSTRUMENTS`."""
        return {
            "guards": self.guards,
            "operations": self.operations,
            "intelligence": self.intelligence,
            "surveillance": self.surveillance,
            "escorts": self.escorts,
            "hardening": self.hardening,
            "procedures": self.procedures,
        }


class ProvinceRule(Block):
    """How the security budget is divided over the provinces."""

    rule: Literal["exposure", "threat", "works", "equal", "explicit", "mixed"] = Field(
        description="by what the provinces receive; mixed: a part by exposure, the rest by threat and by works"
    )
    shares: Annotated[Amounts | None, by_province(_part("share of a province"), total=True)] = None
    exposure: Annotated[Quantity | None, a_share("mixed: part that is given by exposure")] = None
    threat: Annotated[
        Quantity | None, a_share("mixed: part of the rest that is given by threat, what is left by works")
    ] = None

    choice: ClassVar[Choice | None] = Choice(
        "rule",
        {
            "exposure": (), "threat": (), "works": (), "equal": (), "explicit": ("shares",),
            "mixed": ("exposure", "threat"),
        },
    )  # fmt: skip
