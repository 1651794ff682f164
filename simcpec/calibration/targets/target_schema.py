"""The shape of a targets file: what was counted when, by which rule and by whom, and how much it is trusted."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from simcpec import catalogue, units
from simcpec.errors import did_you_mean
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Day, Number, Text, ValueKind, WholeNumber, fault, shape_of
from simcpec.scenario.schema.maps import PROVINCE_CODE, Block
from simcpec.units import short

Counter = Literal["attacks", "breaches", "reported_attacks"]
Pattern = Literal[
    "share_foiled", "share_found_by_tips", "zero_death_share", "dispersion", "operations_per_year",
    "arrests_per_operation", "deaths_per_operation", "guards_per_person", "stoppage_days", "elasticity_of_guards",
]  # fmt: skip
BETWEEN = ("attacks", "fatal_attacks")  # fatal: that killed a foreign national
SHARES = ("share_foiled", "share_found_by_tips", "zero_death_share")  # compared as log odds
PLAIN = ("elasticity_of_guards",)  # compared as they are; all others by their logarithms
BY_PROVINCE = (
    "dispersion",
    "guards_per_person",
    "operations_per_year",
    "arrests_per_operation",
    "deaths_per_operation",
)
MOST = 100_000_000  # of a count


class SourceKey(ValueKind):
    """The key of a source of the catalogue."""

    says = "key of a source (simcpec show KEY)"

    def read(self, raw: Any) -> str:
        """The key; raises for one that no source has."""
        if isinstance(raw, str) and raw in catalogue.sources():
            return raw
        hint = did_you_mean(raw, catalogue.sources()) if isinstance(raw, str) else ""
        raise fault(shape_of(raw), "the key of a source of the catalogue, for example nacta-2024", hint)

    def json(self) -> dict[str, Any]:
        """A text."""
        return {"type": "string"}


class Province(ValueKind):
    """The code of a province, as a key."""

    says = "code of a province"

    def read(self, raw: Any) -> str:
        """The code."""
        return PROVINCE_CODE.read(raw)

    def json(self) -> dict[str, Any]:
        """A text."""
        return {"type": "string"}


Code = Annotated[str, Province()]
Count = WholeNumber("a count of persons or events", 0, MOST)
Rule = Text("which cases are counted", longest=500)
_ANY = Number(units.NUMBER, "a number", low="-1000000000", high="1000000000", uncertain=False)
_ABOVE = Number(units.NUMBER, "a number above 0", above="0", high="1000000000", uncertain=False)
_DAYS = Number(units.DURATION, "days", above="0 days", high="100000 days", uncertain=False)
_WEIGHT = Number(
    units.SHARE, "how far it counts: 100 % as a whole observation", above="0 %", high="100 %", uncertain=False
)


class Window(Block):
    """First and last day, both of which count."""

    from_: Annotated[date, Day("first day", units.parse_date, "2021-01-01"), Field(alias="from")]
    to: Annotated[date, Day("last day", units.parse_date, "2024-12-10")]

    @model_validator(mode="after")
    def _forward(self) -> Window:
        if self.to < self.from_:
            raise fault(f"ends on {self.to} before it begins on {self.from_}", "from: no later than to:")
        return self

    @property
    def days(self) -> int:
        """Length, with the first and the last day."""
        return (self.to - self.from_).days + 1


class AttackCounts(Block):
    """Attacks of a window by province; a province that is not named had none."""

    window: Window
    counts: Counter = "attacks"
    total: Annotated[int, Count]
    provinces: dict[Code, Annotated[int, Count]]
    rule: Annotated[str, Rule]
    source: Annotated[str, SourceKey()]

    @model_validator(mode="after")
    def _adds_up(self) -> AttackCounts:
        found = sum(self.provinces.values())
        if found != self.total:
            parts = " + ".join(str(count) for count in self.provinces.values()) or "nothing"
            raise fault(
                f"has provinces that add up to {parts} = {found}, and a total of {self.total}",
                "counts of provinces that add up to the total",
            )
        return self


class Harm(Block):
    """Persons killed and injured in all attacks of the window."""

    window: Window
    foreign_killed: Annotated[int, Count]
    foreign_injured: Annotated[int, Count]
    local_killed: Annotated[int, Count]
    local_injured: Annotated[int, Count]
    discrepancy: Annotated[Quantity | None, _ABOVE] = None
    rule: Annotated[str, Rule]
    source: Annotated[str, SourceKey()]


class SoftTarget(Block):
    """A pattern that the model should show, with an interval of 95 % and a weight."""

    what: Pattern
    province: Annotated[str | None, Province()] = None
    issuer: Annotated[str, Text("who counted", empty=True)] = ""
    value: Annotated[Quantity, _ANY]
    low: Annotated[Quantity, _ANY]
    high: Annotated[Quantity, _ANY]
    weight: Annotated[Quantity, _WEIGHT]
    discrepancy: Annotated[Quantity | None, _ABOVE] = None
    window: Window
    rule: Annotated[str, Rule]
    source: Annotated[str, SourceKey()]

    @model_validator(mode="after")
    def _inside(self) -> SoftTarget:
        low, value, high = self.low.value, self.value.value, self.high.value
        if not low < high or not low <= value <= high:
            raise fault(
                f"has the value {value:g} and the interval {low:g} to {high:g}", "low <= value <= high, low < high"
            )
        if self.what in SHARES and not (low > 0.0 and high < 1.0):
            raise fault(f"is a share from {low:g} to {high:g}", "an interval inside 0 to 1, without its ends")
        if self.what not in (*SHARES, *PLAIN) and low <= 0.0:
            raise fault(f"has an interval from {low:g}", "an interval above 0")
        if self.province is not None and self.what not in BY_PROVINCE:
            raise fault(f"is {short(self.what)} of a province", f"no province:, or one of {', '.join(BY_PROVINCE)}")
        if self.what == "guards_per_person" and self.province is None:
            raise fault("has no province", "province: beside what: guards_per_person")
        return self


class GapTarget(Block):
    """Gaps between the attacks of a window, from dates of which only these figures are kept; a check, never fitted."""

    between: Literal["attacks", "fatal_attacks"]
    window: Window
    number: Annotated[int, Count]
    mean: Annotated[Quantity, _DAYS]
    variation: Annotated[Quantity, _ABOVE]
    longest: Annotated[Quantity, _DAYS]
    rule: Annotated[str, Rule]
    source: Annotated[str, SourceKey()]

    @model_validator(mode="after")
    def _possible(self) -> GapTarget:
        mean, longest, days = self.mean.value, self.longest.value, float(self.window.days)
        if self.number < 2:
            raise fault(f"has {self.number} gaps", "2 or more, for a coefficient of variation")
        if not mean <= longest or self.number * mean > days:
            raise fault(
                f"has {self.number} gaps of {mean:g} days on average, the longest of {longest:g}, in {days:g} days",
                "mean <= longest, and a sum that the window holds",
            )
        return self


class BirthPrior(Block):
    """A gamma law of births of plots, before any count is seen."""

    mean: Annotated[Quantity, Number(units.RATE, "mean births", above="0 /year", high="10000 /year", uncertain=False)]
    shape: Annotated[Quantity, _ABOVE]


class MonthlyCounts(Block):
    """A table of counts by month and province, for drift and dispersion."""

    file: Annotated[str, Text("CSV file beside this one with columns month, province, incidents")]
    window: Window
    weight: Annotated[Quantity, _WEIGHT]
    rule: Annotated[str, Rule]
    source: Annotated[str, SourceKey()]


class TargetsBlock(Block):
    """All targets of one calibration."""

    name: Annotated[str, Text("name for people")]
    describes: Annotated[str, Text("what was counted", longest=2000, empty=True)] = ""
    attacks: list[AttackCounts]
    harm: Harm
    patterns: list[SoftTarget] = Field(default_factory=list)
    gaps: list[GapTarget] = Field(default_factory=list)
    monthly: MonthlyCounts
    births: dict[Code, BirthPrior]
    drivers: list[Annotated[str, Text("dotted key of an uncertain setting below world")]]
