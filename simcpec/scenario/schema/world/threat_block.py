"""The blocks `world.threat` and `world.displacement`: how plots are born, and where they turn."""

from __future__ import annotations

import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number
from simcpec.scenario.schema.maps import NAME, Block, Choice, KeyOf, ListOf, one_of, refuse_sum, zero_of
from simcpec.scenario.schema.shared_blocks import (
    Amounts,
    a_count,
    a_date,
    a_duration,
    a_number,
    a_period,
    a_rate,
    a_share,
    by_mode,
    by_province,
    some_of,
)


class OwnDrift(Block):
    """Drift of a province or of a group that differs from `threat.drift`; its steps are those of all."""

    persistence: Annotated[Quantity, a_number("AR(1) coefficient of a step", "0", None, below="1")]
    innovation: Annotated[Quantity, a_number("standard deviation of a step of the log rate", "0", "10")]


class Drift(Block):
    """Slow change of the log rate of plots, an AR(1) step at a time."""

    mode: Literal["off", "ar1"] = Field(description="off or ar1")
    persistence: Annotated[Quantity, a_number("AR(1) coefficient of a step", "0", None, below="1")]
    innovation: Annotated[Quantity, a_number("standard deviation of a step of the log rate", "0", "10")]
    every: Annotated[Quantity, a_period("time between steps")]
    start: Literal["stationary", "zero"] = Field(description="law of the first value")
    provinces: dict[Annotated[str, KeyOf("provinces")], OwnDrift] = Field(
        default_factory=dict, description="provinces whose drift differs; that of a group goes before it", max_length=64
    )

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {"off": (), "ar1": ("persistence", "innovation", "every", "provinces")},
        optional=("provinces",),
        open=True,
    )


class StepBlock(Block):
    """A regime step: from a date on plots are born `factor` times as often in some provinces."""

    date: Annotated[datetime.date, a_date("first day of the new regime")]
    provinces: Annotated[tuple[str, ...] | None, some_of("provinces", "where; everywhere if left out")] = None
    factor: Annotated[Quantity, a_number("multiplies the rate of plots", "0", "1000")]


SpreadRow = Annotated[Amounts, by_province(a_share("share born there", uncertain=False), total=True)]


class Excitation(Block):
    """Follow-on plots of an attack."""

    follow_ons: Annotated[Quantity, a_number("mean number an attack; 0 is off", "0", "100")]
    by: Literal["attack", "breach"] = Field(description="what begets follow-ons")
    delay: Annotated[Quantity, a_duration("mean time to the follow-on")]
    same_province: Annotated[Quantity, a_share("share born in the province of the attack; the rest is spread evenly")]
    provinces: Annotated[
        Amounts, by_province(a_number("mean number by province where it differs", "0", "100"), missing="absent")
    ] = Field(default_factory=dict)
    spread: dict[Annotated[str, KeyOf("provinces")], SpreadRow] = Field(
        default_factory=dict,
        description="by province of an attack, where its follow-ons are born; as same_province for one left out",
    )

    choice: ClassVar[Choice | None] = Choice(
        "by",
        {"attack": ("follow_ons", "provinces"), "breach": ("follow_ons", "provinces")},
        optional=("provinces",),
    )


NEUTRAL_MODE = "any"  # the one mode of a scenario that names none


def _weight(says: str) -> Number:
    return a_number(f"factor on what {says} stops of it; 1: as the layer has it", "0", "10")


_NO_SHIFT, _AS_IT_IS = a_number("added to the log of deaths", "-10", "10"), a_number("factor", "0", "10")
_SPARED = a_share("of breaches of it that kill nobody, beside those of the law")


class ModeBlock(Block):
    """One mode of attack: how common, how long in preparation, what layers stop of it, whom it kills."""

    share: Annotated[Quantity, a_share("of plots; the modes add up to 100 %", uncertain=False)]
    planning: Annotated[Quantity, a_number("factor on the duration of the preparation", None, "100", above="0")] = (
        Field(default_factory=lambda: one_of(_AS_IT_IS))
    )
    route: Annotated[Quantity, _weight("route and cordon")] = Field(default_factory=lambda: one_of(_AS_IT_IS))
    guard: Annotated[Quantity, _weight("guards or the escort")] = Field(default_factory=lambda: one_of(_AS_IT_IS))
    hardening: Annotated[Quantity, _weight("hardening")] = Field(default_factory=lambda: one_of(_AS_IT_IS))
    log_deaths: Annotated[Quantity, _NO_SHIFT] = Field(default_factory=lambda: zero_of(_NO_SHIFT))
    spared: Annotated[Quantity, _SPARED] = Field(default_factory=lambda: zero_of(_SPARED))

    def weights(self) -> tuple[Quantity, Quantity, Quantity]:
        """Weights of the layers in the order of `model.modes.LAYERS`."""
        return self.route, self.guard, self.hardening


def neutral_mode() -> ModeBlock:
    """Return the mode of all plots that changes nothing."""
    return ModeBlock.model_validate({"share": "100 %"})


ModeShares = Annotated[Amounts, by_mode("of the plots there")]


class ThreatBlock(Block):
    """Birth of plots."""

    attempts: Literal["plots", "poisson", "negbin"] = Field(description="process of the attempts")
    mixture: Annotated[
        Quantity | None, a_number("shape of the gamma mixture (negbin)", None, above="0", words=("none",))
    ] = None
    drift: Drift
    steps: list[StepBlock] = Field(description="regime steps with dates", max_length=1000)
    clusters: Annotated[
        tuple[Quantity, ...],
        ListOf(a_share("share", uncertain=False), "shares of births with 1, 2, 3 plots", fewest=1, most=3, total=True),
    ]
    excitation: Excitation
    modes: dict[Annotated[str, NAME], ModeBlock] = Field(
        default_factory=dict, description="modes of attack by name; none: one that is neutral", max_length=8
    )
    mode_shares: dict[Annotated[str, KeyOf("provinces")], ModeShares] = Field(
        default_factory=dict,
        description="home provinces whose plots have other shares of the modes; those of a group go before them",
        max_length=64,
    )
    lapse: Annotated[Quantity, a_rate("hazard that a plot gives up by itself; 0 /year is off")]
    initial: Annotated[
        Amounts | str,
        by_province(
            a_count(units.count("plots"), "plots in preparation at the start", high=100_000), words=("empty", "steady")
        ),
    ]

    choice: ClassVar[Choice | None] = Choice(
        "attempts",
        {"plots": (), "poisson": (), "negbin": ("mixture",)},
        optional=("mixture",),
        neutral=("mixture",),
        open=True,
    )

    @model_validator(mode="after")
    def _all_the_plots(self) -> ThreatBlock:
        if self.modes:
            reads = tuple(f".modes.{name}.share" for name in self.modes)
            refuse_sum([mode.share for mode in self.modes.values()], reads)
        return self


_LOGIT = ("lambda", "outside_option", "leaving_home", "diffusion")


class Displacement(Block):
    """Where a plot turns: the choice of province, cohort and setting."""

    mode: Literal["off", "logit", "adaptive"] = Field(description="off: base shares within the home province")
    lambda_: Annotated[Quantity, a_number("weight of perceived protection; 0: base shares", "0", "100")] = Field(
        alias="lambda"
    )
    outside_option: Annotated[
        Quantity | None,
        a_number("log odds of giving up against the unprotected home", "-100", "100", words=("none",)),
    ]
    leaving_home: Annotated[Quantity, a_number("utility lost by going to another province", "0", "100")]
    learning: Annotated[Quantity, a_number("adaptive: weight of the latest attack", "0", "1")]
    diffusion: Annotated[Quantity, a_share("share of a cell's protection that spills to its neighbours")]

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {"off": (), "logit": _LOGIT, "adaptive": (*_LOGIT, "learning")},
        shared=_LOGIT,  # of the utilities, whether protection is known or believed
        open=True,
    )
