"""The block `world:`, part one: provinces and people, the threat, how plots are found, the network behind them."""

from __future__ import annotations

import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number, Text
from simcpec.scenario.schema.maps import NAME, Block, Choice, KeyOf, ListOf, one_of, refuse_sum, zero_of
from simcpec.scenario.schema.shared_blocks import (
    Amounts,
    LawBlock,
    OnOff,
    Patience,
    a_count,
    a_date,
    a_duration,
    a_gain,
    a_number,
    a_period,
    a_rate,
    a_share,
    a_text,
    by_cohort,
    by_province,
    some_of,
)

_ADDRESS = Text(
    "code whose random numbers the province uses; its own if left out",
    longest=6,
    pattern="[A-Z][A-Z0-9]{0,5}",
    allowed="a code of a province, for example SIN",
)


INHABITANTS = Number(units.PERSONS, "who live there", above="0 persons", high="10000000000 persons")
SURFACE = Number(units.AREA, "of its territory", above="0 sq km", high="100000000 sq km")


class Province(Block):
    """One province: who is there and what threatens them."""

    label: Annotated[str | None, a_text("name for people; the code if left out")] = None
    address: Annotated[str | None, _ADDRESS] = None
    personnel: Annotated[Amounts, by_cohort(a_count(units.PERSONS, "foreign personnel", whole=False))]
    plots: Annotated[Quantity, a_rate("plots born at the starting stock, before drift and excitation")]
    militants: Annotated[Quantity, a_count(units.PERSONS, "militants at the start")]
    population: Annotated[Quantity | None, INHABITANTS] = None
    area: Annotated[Quantity | None, SURFACE] = None


class SettingBlock(Block):
    """One setting: the share of time spent there, and what an hour there attracts."""

    time: Annotated[Quantity, a_share("share of time; the settings add up to 100 %", uncertain=False)]
    attraction: Annotated[Quantity, a_number("attractiveness of an hour, relative to the others")]


class Settings(Block):
    """Where people are: works and camps, on the move, at home."""

    site: SettingBlock
    movement: SettingBlock
    residence: SettingBlock

    @model_validator(mode="after")
    def _all_the_time(self) -> Settings:
        reads = (".site.time", ".movement.time", ".residence.time")
        refuse_sum([setting.time for setting in self.in_order()], reads)
        return self

    def in_order(self) -> tuple[SettingBlock, SettingBlock, SettingBlock]:
        """The settings in the order of `model.modes.SETTINGS`."""
        return self.site, self.movement, self.residence


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
