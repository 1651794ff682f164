"""The blocks `world.network`, `world.backlash` and `world.trust`: militants, recruits, and the public."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.maps import Block, Choice, zero_of
from simcpec.scenario.schema.shared_blocks import Amounts, a_duration, a_number, a_rate, a_share, by_province


class FireWater(Block):
    """Parameters of `network.model: fire_water`."""

    inflow_power: Annotated[Quantity, a_number("power of the stock in recruitment", "0", "5")]
    water_power: Annotated[Quantity, a_number("power of the stock in removals by water", "0", "5")]
    fire_power: Annotated[Quantity, a_number("power of the stock in removals by fire", "0", "5")]
    response: Annotated[Quantity, a_number("recruitment per unit of fire above the threshold")]
    threshold: Annotated[Quantity, a_number("fire below which nobody is provoked")]
    water: Annotated[Quantity, a_rate("removals at level 1 and stock 1")]
    fire: Annotated[Quantity, a_rate("removals at level 1 and stock 1")]
    water_level: Annotated[Quantity, a_number("level of water")]
    fire_level: Annotated[Quantity, a_number("level of fire")]


_RECRUITS = a_rate("recruits per head")  # at any stock, at a small one (logistic), or of a power of it (fire_water)
_EXTERNAL = a_share("of the inflow that comes from outside the country")
_STOCK = ("inflow", "external", "recruits", "exits")


class NetworkBlock(Block):
    """The stock of militants."""

    model: Literal["off", "linear", "logistic", "fire_water"] = Field(description="law of the stock")
    inflow: Annotated[Amounts | str, by_province(a_rate("recruits whatever the stock"), words=("balanced",))]
    external: Annotated[Quantity, _EXTERNAL] = Field(default_factory=lambda: zero_of(_EXTERNAL))
    recruits: Annotated[Quantity, _RECRUITS] = Field(default_factory=lambda: zero_of(_RECRUITS))
    exits: Annotated[Quantity, a_rate("exits per head")]
    capacity: Annotated[Quantity, a_number("logistic: carrying capacity as a multiple of the start", None, above="0")]
    fire_water: FireWater

    choice: ClassVar[Choice | None] = Choice(
        "model",
        {
            "off": (),
            "linear": _STOCK,
            "logistic": (*_STOCK, "capacity"),
            "fire_water": (*_STOCK, "fire_water"),
        },
        shared=("inflow", "external", "exits"),
        optional=("external",),
        open=True,
    )


_PER_DEATH = a_number("mean recruits per militant killed", "0", "100")
_PER_ARREST = a_number("mean recruits per arrest", "0", "100")
_FOOTPRINT_GAIN = a_rate("recruits per head per unit of footprint beyond the reference")
_PROVOKED = ("delay", "footprint_reference")
_TIPS = a_number("loss of tips: fall of their log per unit of footprint beyond the reference", "0", "100")


class BacklashBlock(Block):
    """Recruits that operations provoke: three worlds, or numbers by hand (`world: custom`)."""

    world: Literal["none", "moderate", "strong", "custom"] = Field(description="world, or custom for the numbers below")
    per_death: Annotated[Quantity, _PER_DEATH] = Field(default_factory=lambda: zero_of(_PER_DEATH))
    per_arrest: Annotated[Quantity, _PER_ARREST] = Field(default_factory=lambda: zero_of(_PER_ARREST))
    delay: Annotated[Quantity, a_duration("mean delay of the recruits")]
    footprint_gain: Annotated[Quantity, _FOOTPRINT_GAIN] = Field(default_factory=lambda: zero_of(_FOOTPRINT_GAIN))
    footprint_tips: Annotated[Quantity, _TIPS] = Field(default_factory=lambda: zero_of(_TIPS))
    footprint_reference: Annotated[
        Quantity | None,
        a_number("guards per person where recruits and tips hold; today: on the day before", words=("today",)),
    ]

    choice: ClassVar[Choice | None] = Choice(
        "world",
        {
            "none": (),
            "moderate": _PROVOKED,
            "strong": _PROVOKED,
            "custom": ("per_death", "per_arrest", "footprint_gain", "footprint_tips", *_PROVOKED),
        },
        shared=_PROVOKED,
        optional=("per_death", "per_arrest", "footprint_gain", "footprint_tips"),
        neutral=("per_death", "per_arrest", "footprint_gain", "footprint_tips"),
        open=True,
    )


class Trust(Block):
    """Trust of the public, which carries tips."""

    start: Annotated[Quantity, a_share("at the start")]
    wrong_operation: Annotated[Quantity, a_share("lost by an operation that goes wrong")]
    backlash: Annotated[Quantity, a_share("lost by one recruit of backlash")]
    recovery: Annotated[Quantity | None, a_duration("mean time of recovery; never: none", words=("never",))]
