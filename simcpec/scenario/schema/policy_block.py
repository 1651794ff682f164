"""The blocks `policy:` (what a decision-maker chooses) and `run:` (how a scenario is played)."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from simcpec import units
from simcpec.results.response_definitions import DEFINITIONS
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number, Parsed, WholeNumber, fault
from simcpec.scenario.schema.maps import NAME, Block, Choice, NamedNumbers
from simcpec.scenario.schema.shared_blocks import (
    OnOff,
    Payer,
    ProvinceRule,
    SecurityShare,
    Split,
    a_count,
    a_date,
    a_duration,
    a_number,
    a_period,
    a_share,
    a_text,
    a_yearly_amount,
    some_of,
)
from simcpec.units import Horizon

MOVED = a_number("how far it moves it", "-1000000000", "1000000000")
MOST_SEED = 2**40 - 1  # as streams.check_seed has it; written again, for streams needs numpy


class Priority(Block):
    """Which lead a free team takes."""

    priority: Literal["plots_first", "fifo"] = Field(description="leads on plots before routine leads, or by arrival")


class EscortRule(Block):
    """What a movement does when no escort team is free."""

    rule: Literal["off", "wait", "loss", "alone", "quit"] = Field(
        description="off: no movements are played; wait: waits as long as it takes; loss: cancelled at once; "
        "alone: waits out its patience, then goes without an escort; quit: waits out its patience, then is cancelled"
    )


class RevisionBlock(Block):
    """A revision of the procedures on a date, for some cohorts or (without `cohorts`) all."""

    date: Annotated[datetime.date, a_date("date of the revision")]
    cohorts: Annotated[tuple[str, ...] | None, some_of("cohorts", "cohorts that it reaches; all if left out")] = None


class Procedures(Block):
    """Standard operating procedures: when compliance is refreshed."""

    mode: Literal["off", "periodic", "reactive", "both"] = Field(description="by audits, after attacks, or both")
    reactive_by: Literal["attack", "breach"] = Field(
        default="attack", description="what procedures are refreshed after: any attack, or one that no layer stopped"
    )
    audit_every: Annotated[Quantity | None, a_period("time between audits", words=("never",))]
    revisions: list[RevisionBlock] = Field(description="dated revisions", max_length=1000)

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {
            "off": (),
            "periodic": ("audit_every",),
            "reactive": ("reactive_by",),
            "both": ("audit_every", "reactive_by"),
        },
        shared=("audit_every",),
        optional=("reactive_by",),
        open=True,
    )


class Surge(Block):
    """Guards lent from the national reserve after an attack."""

    mode: OnOff = Field(description="off or on")
    units: Annotated[Quantity, a_count(units.GUARDS, "guards lent after an attack", uncertain=False)]
    length: Annotated[Quantity, a_duration("for how long", uncertain=False)]

    choice: ClassVar[Choice | None] = Choice("mode", {"off": (), "on": ("units", "length")}, open=True)


class LeverBlock(Block):
    """A dated instrument: what it is, when, where, for whom, and how much of it."""

    lever: Annotated[str, NAME]
    from_: Annotated[datetime.date | None, a_date("first day in force")] = Field(default=None, alias="from")
    to: Annotated[datetime.date | None, a_date("first day no longer in force", "end")] = None
    provinces: Annotated[tuple[str, ...] | None, some_of("provinces", "where; everywhere if left out")] = None
    cohorts: Annotated[tuple[str, ...] | None, some_of("cohorts", "for whom; all if left out")] = None
    settings: Annotated[tuple[str, ...] | None, some_of("settings", "in which settings; all if left out")] = None
    groups: Annotated[tuple[str, ...] | None, some_of("groups", "against which armed groups; all if left out")] = None
    share: Annotated[Quantity | None, a_share("intensity: how much of it, 100 % if left out")] = None
    lag: Annotated[Quantity | None, a_duration("from its first day to its first effect", zero=True)] = None
    moves: Annotated[dict[str, Quantity] | None, NamedNumbers("what it moves at full intensity, by name", MOVED)] = None
    units: Annotated[Quantity | None, a_number("paid for at full intensity, in the unit of its cost")] = None
    unit_cost: Annotated[Quantity | None, a_yearly_amount("of one of them")] = None
    payer: Payer | None = Field(default=None, description="who pays")
    enabled: bool = Field(default=True, description="false: written down, not in force")


class PolicyBlock(Block):
    """What a decision-maker chooses."""

    security_share: SecurityShare
    split: Split
    provinces: ProvinceRule
    capacity: Literal["budget", "constant"] = Field(
        description="budget: money buys capacity; constant: the host state's and the inherited units alone count"
    )
    units: Literal["whole", "fractional"] = Field(
        default="whole",
        description="whole: money buys whole units, the rest stays unspent; "
        "fractional: a part of a unit is hired in that share of the replications",
    )
    operations: Priority
    escort: EscortRule
    sop: Procedures
    surge: Surge
    levers: list[LeverBlock] = Field(description="dated instruments", max_length=1000)


#: ids of the responses whose precision a run can be asked for
MEASURED = tuple(each.id for each in DEFINITIONS)


class Precision(Block):
    """When a run has played enough: the Monte Carlo half-width of a response that is wanted.

    It is that of the mean where scenarios are run, and of every paired difference where they are compared. What is
    wanted is the larger one of `half_width` (of the mean or the difference itself) and `floor`.
    """

    response: Literal[MEASURED] = Field(description="whose half-width")  # type: ignore[valid-type]
    half_width: Annotated[Quantity, a_share("95 % half-width wanted, relative; 0 %: by floor alone", uncertain=False)]
    floor: Annotated[
        Quantity | None,
        Number(
            units.NUMBER, "half-width that is enough whatever the mean, in the unit of the response", above="0",
            uncertain=False,
        ),
    ] = None  # fmt: skip
    at_most: Annotated[int, WholeNumber("replications of a parameter draw at which it is given up", 100, 100_000_000)]

    choice: ClassVar[Choice | None] = Choice(
        "response",
        dict.fromkeys(MEASURED, ("half_width", "floor", "at_most")),
        shared=("half_width", "at_most"),  # relative, and a number of replications; the floor has the response's unit
        optional=("floor",),
    )

    @model_validator(mode="after")
    def _attainable(self) -> Precision:
        if not self.half_width.exact and self.floor is None:
            raise fault("wants a half-width of 0 %", "half_width above 0 %, or a floor: beside it")
        return self


def one_or_more(raw: Any) -> Any:
    """A single map as the list of it."""
    return [raw] if isinstance(raw, dict) else raw


def _either(schema: dict[str, Any]) -> None:
    """JSON Schema of a map or a list of maps."""
    item = schema.pop("items")
    lengths = {name: schema.pop(name) for name in ("minItems", "maxItems") if name in schema}
    schema.pop("type")
    schema["anyOf"] = [item, {"type": "array", "items": item, **lengths}]


class RunBlock(Block):
    """How a scenario is played; never changes an expected value."""

    start: Annotated[datetime.date, a_date("first day that counts", "run")]
    horizon: Annotated[Horizon, Parsed("how long, by the calendar", units.parse_horizon, "4 years")]
    warm_up: Annotated[Quantity, a_duration("played before the first day that counts", zero=True, uncertain=False)]
    period: Literal["year", "month"] = Field(description="reporting period")
    replications: Annotated[int, WholeNumber("plays with random numbers of their own", 1, 100_000_000)]
    antithetic: OnOff = Field(
        default="off", description="on: replications 2k and 2k + 1 are twins, the births of the second mirrored"
    )
    parameter_draws: Annotated[
        int, WholeNumber("settings of the uncertain numbers; 1: the values as written", 1, 1_000_000)
    ]
    ensemble: Annotated[
        str, a_text("calibrated ensemble whose members are the parameter draws: none, a shipped name, or a folder")
    ] = "none"
    seed: Annotated[int, WholeNumber("seed of all random numbers; 0 is a seed", 0, MOST_SEED)]
    precision: Annotated[list[Precision], BeforeValidator(one_or_more)] = Field(
        default_factory=list,
        description="play on, from `replications`, until these half-widths are reached; one map, or a list",
        max_length=20,
        json_schema_extra=_either,
    )
