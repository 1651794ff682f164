"""The block `world:`, part two: forces and protection, movements, harm, money; and the whole of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from simcpec import units
from simcpec.model.modes import GROUPS
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.groups_block import GroupBlock
from simcpec.scenario.schema.leaf import Number, WholeNumber, fault
from simcpec.scenario.schema.maps import NAME, PROVINCE_CODE, Block, Choice, KeyOf, ListOf, refuse_sum, zero_of
from simcpec.scenario.schema.record_block import SAYS as RECORD_SAYS
from simcpec.scenario.schema.record_block import AnyRecord
from simcpec.scenario.schema.shared_blocks import (
    LARGEST_MONEY,
    Amounts,
    LawBlock,
    OnOff,
    Patience,
    Payer,
    ProvinceRule,
    SecurityShare,
    Split,
    a_count,
    a_duration,
    a_gain,
    a_number,
    a_rate,
    a_share,
    a_yearly_amount,
    an_amount,
    by_cohort,
    by_province,
    some_of,
)
from simcpec.scenario.schema.threat_block import (
    BacklashBlock,
    DetectionBlock,
    Displacement,
    IntelligenceBlock,
    NetworkBlock,
    OperationsBlock,
    Province,
    Settings,
    ThreatBlock,
    Trust,
)


class ForceBlock(Block):
    """One force: who pays, how strong, how effective."""

    payer: Payer = Field(description="who pays")
    strength: Annotated[Amounts, by_province(a_count(units.GUARDS, "guards by province", high=1_000_000))]
    effectiveness: Annotated[Quantity, a_share("effect of a guard against that of the best")]
    on_duty: Annotated[Quantity, a_share("share of guards on duty at any moment")]
    footprint: Annotated[Quantity, a_number("weight of a guard in what people see of the military", "0", "100")]
    unit_cost: Annotated[Quantity, a_yearly_amount("of one guard")]
    hiring_lag: Annotated[Quantity | None, a_duration("from a lever's first day to its first guard", zero=True)] = None
    eligible: Annotated[tuple[str, ...] | None, some_of("provinces", "where it may serve; all if left out")] = None
    needs: Annotated[str | None, NAME] = None


class Hired(Block):
    """The guards that the security share buys; what they cost stands in `budget.instruments.guards`."""

    effectiveness: Annotated[Quantity, a_share("effect of a guard against that of the best")]
    on_duty: Annotated[Quantity, a_share("share of guards on duty at any moment")]
    footprint: Annotated[Quantity, a_number("weight of a guard in what people see of the military", "0", "100")]


_STOP = a_share("a share makes the layer a constant; none: it follows its units", words=("none",))


class UnitLayer(Block):
    """A layer of protection that follows its units per person."""

    ceiling: Annotated[Quantity, a_share("highest probability to stop an attack")]
    gain: Annotated[Quantity, a_gain(units.PERSONS_PER_UNIT, "persons that one unit serves; 0 switches it off")]
    stop_probability: Annotated[Quantity | None, _STOP]


class GuardLayer(Block):
    """The layer of guards, or of the escort on the move."""

    ceiling: Annotated[Quantity, a_share("highest probability to stop an attack")]
    gain: Annotated[Quantity, a_gain(units.PERSONS_PER_GUARD, "persons that one guard serves; 0 switches it off")]
    stop_probability: Annotated[Quantity | None, _STOP]


class Layers(Block):
    """The layers that an attack passes, in order."""

    route: UnitLayer
    guard: GuardLayer
    hardening: UnitLayer

    def in_order(self) -> tuple[UnitLayer | GuardLayer, ...]:
        """The layers in the order of `model.modes.LAYERS`."""
        return self.route, self.guard, self.hardening


class HostUnits(Block):
    """What the host state has already in place, per 1000 persons."""

    route: Annotated[Quantity, a_number("cordons and cameras per 1000 persons")]
    hardening: Annotated[Quantity, a_number("armour and walls per 1000 persons")]


_ROADS = Number(units.LENGTH, "of the roads that movements use", low="0 km", high="1000000 km")
_DENSITY = a_number("patrols and posts of the host state on 100 km of road")
_PER_KM = Number(units.KM_PER_UNIT, "road that one patrol or post serves", low="0 km/unit", high="1000000 km/unit")


class Routes(Block):
    """What the route layer of the setting `movement` is spread over, and what the host state has there."""

    spread_over: Literal["persons", "length"] = Field(
        description="persons: units per person under way; length: patrols and posts per km of road, for all who pass"
    )
    length: Annotated[Amounts | None, by_province(_ROADS)] = None
    host_units: Annotated[Quantity | None, _DENSITY] = None
    gain: Annotated[Quantity | None, _PER_KM] = None

    choice: ClassVar[Choice | None] = Choice(
        "spread_over", {"persons": (), "length": ("length", "host_units", "gain")}, open=True
    )


class Posting(Block):
    """Where the guards of one cohort stand, as shares of all guards."""

    site: Annotated[Quantity, a_share("at works and camps", uncertain=False)]
    movement: Annotated[Quantity, a_share("on the move", uncertain=False)]
    residence: Annotated[Quantity, a_share("at homes", uncertain=False)]

    def in_order(self) -> tuple[Quantity, Quantity, Quantity]:
        """Shares in the order of `model.modes.SETTINGS`."""
        return self.site, self.movement, self.residence


class ComplianceBlock(Block):
    """Compliance with procedures: fresh after a refresh, decaying to its floor."""

    fresh: Annotated[Quantity, a_share("just after a refresh")]
    floor: Annotated[Quantity, a_share("in the long run without one")]
    decay: Annotated[Quantity | None, a_duration("time constant of the decay; never: none", words=("never",))]
    start: Annotated[
        Amounts | str,
        by_cohort(a_share("compliance at the start, from the floor to fresh", uncertain=False), words=("steady",)),
    ] = Field(default="steady", description="steady: what audits and revisions before the start have left")


class Audit(Block):
    """What an audit reaches."""

    host_coverage: Annotated[Quantity, a_share("of cells, without bought rounds")]
    gain: Annotated[Quantity, a_gain(units.PERSONS_PER_ROUND, "persons that one bought round covers")]


class Insider(Block):
    """The two-state regime of leaks."""

    mode: Literal["off", "two_state"] = Field(description="off or two_state")
    onset: Annotated[Quantity, a_rate("of a leak, per province and cohort")]
    found: Annotated[Quantity, a_rate("at which a leak is found")]
    multiplier: Annotated[Quantity, a_number("of the probability to pass, while leaking", "1", "1000")]
    start: Literal["steady", "clean"] = Field(
        default="steady", description="the regime at the start: as in the long run, or clean everywhere"
    )

    choice: ClassVar[Choice | None] = Choice(
        "mode", {"off": (), "two_state": ("onset", "found", "multiplier", "start")}, open=True, optional=("start",)
    )


class ProtectionBlock(Block):
    """Layers, posting, compliance, insiders."""

    layers: Layers
    host_units: HostUnits
    routes: Routes = Field(default_factory=lambda: Routes(spread_over="persons"))
    posting: dict[Annotated[str, KeyOf("cohorts")], Posting] = Field(description="adds up to 100 % over all cohorts")
    common_cause: Annotated[Quantity, a_share("probability that all layers fail together")]
    training: Annotated[Quantity, a_share("added effectiveness of all guards")]
    compliance: ComplianceBlock
    audit: Audit
    insider: Insider

    @model_validator(mode="after")
    def _posted(self) -> ProtectionBlock:
        shares = [share for place in self.posting.values() for share in place.in_order()]
        try:
            refuse_sum(shares)
        except Exception as error:
            problem = f"has a posting that {getattr(error, 'context', {}).get('problem', error)}"
            raise fault(problem, "100 %", reads=(".posting",)) from None
        return self


PARTY = Number(units.PERSONS, "persons of a party", above="0 persons", high="1000 persons")


class RoadBlock(Block):
    """What attackers know of the movements on the road."""

    mode: Literal["unwatched", "watched"] = Field(
        description="unwatched: movements attract by the share of time of their setting; watched: by who is on the road"
    )
    memory: Annotated[Quantity | None, a_duration("memory of attackers for the traffic on the road")] = None
    ambush: Annotated[Quantity | None, a_duration("for which attackers lie in wait for a party")] = None

    choice: ClassVar[Choice | None] = Choice("mode", {"unwatched": (), "watched": ("memory", "ambush")})


class MovementsBlock(Block):
    """Movements and their escorts."""

    source: Literal["poisson", "finite"] = Field(description="endless, or from a finite number of groups")
    rate: Annotated[Amounts, by_cohort(a_rate("poisson: trips of one person; finite: of one group at rest"))]
    party: Annotated[Amounts, by_cohort(PARTY, missing="fault")]
    by_air: Annotated[Quantity, a_share("taken off the road")]
    unescorted: Annotated[Amounts, by_cohort(a_share("of those by road that ask for no escort"))]
    impatient: Annotated[Amounts, by_cohort(a_share("of the others that go alone rather than wait for an escort"))]
    road: RoadBlock
    trip: LawBlock
    patience: Patience
    escort_teams: Annotated[Amounts, by_province(a_count(units.TEAMS, "escort teams of the host state", high=100_000))]
    escort_guards: Annotated[Quantity, a_count(units.GUARDS, "effective guards with one party", whole=False)]

    choice: ClassVar[Choice | None] = Choice(
        "source",
        {"poisson": ("rate", "party"), "finite": ("rate", "party")},  # the rate of a person, or of a group at rest
        shared=("party",),
    )


class SeverityRow(Block):
    """One row of an empirical table."""

    deaths: Annotated[Quantity, a_count(units.PERSONS, "foreigners killed by a breach", uncertain=False)]
    share: Annotated[Quantity, a_share("share of breaches with that many", uncertain=False)]


class SeverityBlock(Block):
    """Foreigners killed by a breach."""

    law: Literal["none", "lognormal", "hurdle_lognormal", "power", "spliced", "empirical"]
    zero: Annotated[Quantity | None, a_share("hurdle: probability of no death; spliced: of the tail")] = None
    mu: Annotated[
        Quantity | None, a_number("mean of the log (lognormal, spliced) or exponent (power)", "-100", "100")
    ] = None
    sigma: Annotated[
        Quantity | None, a_number("deviation of the log, or exponent of the tail (spliced)", "0", "100")
    ] = None
    start: Annotated[Quantity | None, a_count(units.PERSONS, "where the power law starts", whole=False)] = None
    cap: Annotated[Quantity | None, a_count(units.PERSONS, "persons present", whole=False)] = None
    table: list[SeverityRow] | None = Field(
        default=None, description="rows of the empirical law", min_length=1, max_length=1000
    )

    choice: ClassVar[Choice | None] = Choice(
        "law",
        {
            "none": (),
            "lognormal": ("mu", "sigma", "cap"),
            "hurdle_lognormal": ("zero", "mu", "sigma", "cap"),
            "power": ("mu", "start", "cap"),
            "spliced": ("zero", "mu", "sigma", "start", "cap"),
            "empirical": ("table",),
        },
    )

    @model_validator(mode="after")
    def _ascending(self) -> SeverityBlock:
        if self.table is not None:
            deaths = [row.deaths.value for row in self.table]
            if deaths != sorted(set(deaths)):
                raise fault("has a table whose deaths do not ascend", "each number of deaths once, in order")
            refuse_sum([row.share for row in self.table])
        return self


_PRESENT = Number(
    units.PERSONS, "persons present at an attack there", low="1 persons", high="100000 persons", whole=True,
    words=("none",),
)  # fmt: skip
_CONVOY = Number(
    units.count("parties"), "parties that travel together", low="1 parties", high="100 parties", words=("none",)
)


class Present(Block):
    """Who is present where an attack breaches: killed and injured are no more than these; none: not known."""

    site: Annotated[Quantity | None, _PRESENT] = None
    movement: Annotated[Quantity | None, _CONVOY] = None
    residence: Annotated[Quantity | None, _PRESENT] = None


_AVOIDED = a_share("of the casualties of a breach that the layer would avoid if it were sure to stop")


class Mitigation(Block):
    """Casualties of a breach that layers avoid: each with probability mitigation x stop probability of the moment."""

    guard: Annotated[Quantity, _AVOIDED] = Field(default_factory=lambda: zero_of(_AVOIDED))
    hardening: Annotated[Quantity, _AVOIDED] = Field(default_factory=lambda: zero_of(_AVOIDED))


class HarmBlock(Block):
    """Persons hurt by a breach."""

    foreign: SeverityBlock
    present: Present = Field(default_factory=Present)
    mitigation: Mitigation = Field(default_factory=Mitigation)
    injured_per_death: Annotated[Quantity, a_number("foreigners injured per foreigner killed", "0", "1000")]
    injured_base: Annotated[Quantity, a_number("foreigners injured by a breach without deaths", "0", "1000")]
    local_deaths_per_death: Annotated[Quantity, a_number("guards and local staff killed per foreigner", "0", "1000")]
    local_deaths_base: Annotated[Quantity, a_number("guards and local staff killed by a breach", "0", "1000")]
    guard_share: Annotated[Quantity, a_share("of guards among them")]
    guard_deaths_when_stopped: Annotated[Quantity, a_number("guards killed by an attack that is stopped", "0", "1000")]
    dispersion: Annotated[
        Quantity | None,
        a_number("size of the negative binomial of the injured; none is Poisson", None, above="0", words=("none",)),
    ]


class Stoppage(Block):
    """Works stop after a breach."""

    mode: OnOff = Field(description="off or on")
    length: LawBlock
    share: Annotated[Quantity, a_share("of a province's works that one stoppage stops")]
    spreads: Annotated[Quantity, a_share("probability that works stop in another province as well")]

    choice: ClassVar[Choice | None] = Choice("mode", {"off": (), "on": ("length", "share", "spreads")}, open=True)


class Observation(Block):
    """What a record of counts has of the attacks there are; it changes no attack."""

    mode: OnOff = Field(description="off: a record has every attack; or on")
    harmless: Annotated[Quantity, a_share("probability that a record has an attack that hurt nobody")]
    harmful: Annotated[Quantity, a_share("probability that a record has an attack that hurt anybody")]
    provinces: Annotated[
        Amounts, by_province(a_share("factor on both by province where a record misses more"), missing="absent")
    ] = Field(default_factory=dict)

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {"off": (), "on": ("harmless", "harmful", "provinces")},
        open=True,
        optional=("provinces",),
    )


_REFERENCE = Number(
    units.RATE, "attacks of the nation at which outlays are as planned; none: each attack a year counts as 100 %",
    above="0 /year", high="1000000 /year", words=("none",),
)  # fmt: skip
_LOST = a_share("of the outlays not made that are lost for good; the rest comes a memory later and costs its carrying")


def _whole(item: Number) -> Quantity:
    return Quantity(value=1.0, exact=Fraction(1), kind=item.kind, text="100 %")


class Confidence(Block):
    """Attacks beyond a reference lower planned outlays, in the memory of those who plan them."""

    mode: OnOff = Field(description="off or on")
    memory: Annotated[Quantity, a_duration("of attacks")]
    elasticity: Annotated[Quantity, a_number("per cent of outlays per per cent of attacks", "-10", "0")]
    reference: Annotated[Quantity | None, _REFERENCE] = None
    lost: Annotated[Quantity, _LOST] = Field(default_factory=lambda: _whole(_LOST))

    choice: ClassVar[Choice | None] = Choice(
        "mode",
        {"off": (), "on": ("memory", "elasticity", "reference", "lost")},
        optional=("reference", "lost"),
        open=True,
    )


class Inherited(Block):
    """The budget in force the day before the start; its capacity is in place."""

    security_share: SecurityShare
    split: Split
    provinces: ProvinceRule


PRICE = Number(units.MONEY_PER_YEAR, "of one unit", above="0 USD/year", high=f"{LARGEST_MONEY}/year")


class InstrumentPrice(Block):
    """What one unit of an instrument costs."""

    unit_cost: Annotated[Quantity, PRICE]
    fixed: Annotated[Quantity, a_yearly_amount("before the first unit")]


class Instruments(Block):
    """Unit costs of the seven instruments."""

    guards: InstrumentPrice
    operations: InstrumentPrice
    intelligence: InstrumentPrice
    surveillance: InstrumentPrice
    escorts: InstrumentPrice
    hardening: InstrumentPrice
    procedures: InstrumentPrice

    def in_order(self) -> tuple[InstrumentPrice, ...]:
        """The instruments in the order of `model.modes.INSTRUMENTS`."""
        return (
            self.guards, self.operations, self.intelligence, self.surveillance, self.escorts, self.hardening,
            self.procedures,
        )  # fmt: skip


_GROWTH = a_share("growth a year of a line's units at the usual price; none: any", words=("none",))
_DEARER = a_number("per cent that one more unit costs more, per per cent of units beyond that growth", "0", "100")


class AbsorptionBlock(Block):
    """How fast the lines of the budget can hire; `growth: none` is off."""

    growth: Annotated[Quantity | None, _GROWTH]
    elasticity: Annotated[Quantity, _DEARER] = Field(default_factory=lambda: zero_of(_DEARER))


class Budget(Block):
    """The base of the security share, and what money buys."""

    annual_outlay: Annotated[Quantity, a_yearly_amount("base of annual_outlay", high="10000 bn USD")]
    capital_cost: Annotated[Quantity, an_amount("base of capital_cost_once", high="10000 bn USD")]
    spread_over: Annotated[Quantity, a_duration("years over which the one-off budget is spread")]
    works: Annotated[Amounts, by_province(a_share("of the outlay", uncertain=False), total=True)]
    inherited: Inherited
    payer: Payer = Field(description="who pays the security budget")
    instruments: Instruments
    absorption: AbsorptionBlock = Field(default_factory=lambda: AbsorptionBlock(growth=None))
    hiring_lag: Annotated[Quantity, a_duration("mean of the Erlang-2 law of hiring and training")]
    leaving_lag: Annotated[Quantity, a_duration("mean of the exponential law of leaving")]
    tranches: Annotated[
        Quantity, a_number("parts in which capacity arrives and leaves", "1", "1000", whole=True, uncertain=False)
    ]


class Costs(Block):
    """Prices of what may happen."""

    price_year: Annotated[int, WholeNumber("year of the prices", 1990, 2100)]
    discount_rate: Annotated[Quantity, a_share("a year; above 0 %: present values stand beside the undiscounted lines")]
    delay_per_waiting_day: Annotated[Quantity, an_amount("per movement and day of waiting")]
    cancelled_movement: Annotated[Quantity, an_amount("per cancelled movement")]
    slow_down: Annotated[Quantity, a_share("of outlay, per effective guard per person")]
    compensation_per_death: Annotated[Quantity, an_amount("per foreigner killed")]
    direct_damage: Annotated[Quantity, an_amount("per breach")]
    carrying_rate: Annotated[Quantity, a_share("of the capital cost of stopped work, a year")]
    value_of_life: Annotated[
        Quantity | None, an_amount("none: deaths stay in persons; a value is a labelled sensitivity", words=("none",))
    ]


class WorldBlock(Block):
    """What nobody chooses."""

    provinces: dict[Annotated[str, PROVINCE_CODE], Province] = Field(min_length=1, max_length=64)
    cohorts: Annotated[tuple[str, ...], ListOf(NAME, "groups of foreign personnel", fewest=1, most=8, unique=True)]
    settings: Settings
    groups: dict[Annotated[str, NAME], GroupBlock] = Field(
        default_factory=dict, description="armed groups; none named: one has all plots and militants", max_length=GROUPS
    )
    record: AnyRecord = RECORD_SAYS
    counted_as: Literal["attack", "breach"] = Field(description="what an official count counts")
    threat: ThreatBlock
    preparation: LawBlock
    displacement: Displacement
    detection: DetectionBlock
    intelligence: IntelligenceBlock
    operations: OperationsBlock
    network: NetworkBlock
    backlash: BacklashBlock
    trust: Trust
    agreements: dict[Annotated[str, NAME], OnOff] = Field(
        default_factory=dict, description="what has been agreed between the states", max_length=64
    )
    forces: dict[Annotated[str, NAME], ForceBlock] = Field(description="guards of the host state", max_length=64)
    hired: Hired
    protection: ProtectionBlock
    movements: MovementsBlock
    harm: HarmBlock
    stoppage: Stoppage
    surge_reserve: Annotated[Quantity, a_count(units.GUARDS, "national reserve of surge guards")]
    observation: Observation
    confidence: Confidence
    budget: Budget
    costs: Costs
