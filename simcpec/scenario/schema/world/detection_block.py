"""The blocks `world.detection`, `world.intelligence` and `world.operations`: how plots are found and foiled."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.maps import Block, Choice
from simcpec.scenario.schema.shared_blocks import (
    Amounts,
    LawBlock,
    OnOff,
    Patience,
    a_count,
    a_duration,
    a_gain,
    a_number,
    a_rate,
    a_share,
    by_province,
)


class DetectionBlock(Block):
    """How plots are found while they prepare."""

    mode: Literal["off", "search", "leads", "bernoulli"] = Field(description="mechanism of detection")
    hazard: Annotated[Quantity, a_rate("per plot at the intelligence capacity of the day before the start (leads)")]
    tips: Annotated[Quantity, a_rate("per plot at full trust (leads)")]
    search: Annotated[Quantity, a_rate("per plot and free team (search)")]
    probability: Annotated[Quantity, a_share("per plot (bernoulli)")]
    proportional: OnOff = Field(description="on: proportional to the hazard of the preparation")
    found: Literal["may_attack", "held"] = Field(
        default="may_attack",
        description="held: a found plot is under surveillance, its preparation stands still until its lead is worked "
        "off or goes stale; may_attack: it goes on",
    )
    hazard_by_province: Annotated[
        Amounts, by_province(a_rate("hazard by province where it differs (leads)"), missing="absent")
    ] = Field(default_factory=dict)
    tips_by_province: Annotated[
        Amounts, by_province(a_rate("tips by province where they differ (leads)"), missing="absent")
    ] = Field(default_factory=dict)

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {
            "off": (),
            "search": ("search",),
            "leads": ("hazard", "tips", "hazard_by_province", "tips_by_province"),
            "bernoulli": ("probability",),
        },
        optional=("hazard_by_province", "tips_by_province"),
        open=True,
    )


_MIX = a_share("weight of territory against population (mixed)")
_DENSITY = a_number("persons for which a square kilometre counts (territory, mixed)", None, above="0")


class IntelligenceBlock(Block):
    """What intelligence units do to detection and tempo, and what they are spread over."""

    gain: Annotated[
        Quantity, a_gain(units.PERSONS_PER_UNIT, "persons (see spread_over) that one unit serves; 0 switches it off")
    ]
    host_units: Annotated[Amounts, by_province(a_count(units.UNITS, "units of the host state"))]
    spread_over: Literal["persons", "population", "territory", "mixed"] = Field(
        default="persons",
        description="persons: foreign personnel; population: who lives there; territory: area x density; "
        "mixed: the geometric mean of the two, territory with the weight mix",
    )
    mix: Annotated[Quantity | None, _MIX] = None
    density: Annotated[Quantity | None, _DENSITY] = None

    choice: ClassVar[Choice | None] = Choice(
        "spread_over",
        {"persons": (), "population": (), "territory": ("density",), "mixed": ("mix", "density")},
        shared=("mix", "density"),
        open=True,
    )


class OperationsBlock(Block):
    """Intelligence-based operations: teams, leads, and what an operation brings."""

    work: LawBlock
    work_by_province: Annotated[
        Amounts, by_province(a_duration("mean of the work by province where it differs"), missing="absent")
    ] = Field(default_factory=dict)
    patience: Patience
    success: Annotated[Quantity, a_share("probability that work on a live plot foils it")]
    routine_leads: Annotated[Amounts, by_province(a_rate("routine leads"))]
    follow_teams: Annotated[Quantity, a_number("elasticity of routine leads to teams; 0 is off", "0", "1")]
    false_leads: Annotated[Quantity, a_rate("false leads per free team (search)")]
    teams: Annotated[Amounts, by_province(a_count(units.TEAMS, "teams of the host state", high=100_000))]
    arrests: Annotated[Amounts, by_province(a_number("mean per operation", "0", "1000"))]
    deaths: Annotated[Amounts, by_province(a_number("militants killed, mean per operation", "0", "1000"))]
    own_losses: Annotated[Quantity, a_number("own deaths, mean per operation", "0", "1000")]
    dispersion: Annotated[
        Quantity | None, a_number("size of negative binomial marks; none is Poisson", None, above="0", words=("none",))
    ]
    goes_wrong: Annotated[Quantity, a_share("share of operations that go wrong and cost trust")]
    yield_follows_stock: OnOff = Field(description="arrests and deaths fall as militants become fewer")
