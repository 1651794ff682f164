"""The blocks `world.harm` and `world.stoppage`: whom a breach hurts, and which works it stops."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number, fault
from simcpec.scenario.schema.maps import Block, Choice, refuse_sum, zero_of
from simcpec.scenario.schema.shared_blocks import LawBlock, OnOff, a_count, a_number, a_share


class SeverityRow(Block):
    """One row of an empirical table."""

    deaths: Annotated[Quantity, a_count(units.PERSONS, "foreigners killed by a breach", uncertain=False)]
    share: Annotated[Quantity, a_share("share of breaches with that many", uncertain=False)]


_MU = a_number("mean of the log (lognormal), of the body (spliced), or exponent (power laws)", "-100", "100")


class SeverityBlock(Block):
    """Foreigners killed by a breach."""

    law: Literal["none", "lognormal", "hurdle_lognormal", "power", "discrete_power", "spliced", "empirical"]
    zero: Annotated[
        Quantity | None, a_share("hurdle, discrete power: probability of no death; spliced: of the tail")
    ] = None
    mu: Annotated[Quantity | None, _MU] = None
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
            "discrete_power": ("zero", "mu", "start", "cap"),
            "spliced": ("zero", "mu", "sigma", "start", "cap"),
            "empirical": ("table",),
        },
    )

    @model_validator(mode="after")
    def _has_an_end(self) -> SeverityBlock:
        if self.law in ("power", "discrete_power") and self.mu is not None and self.mu.exact <= 1:
            said = f"has an exponent mu of {self.mu.text}, with which a power law adds up to nothing finite"
            raise fault(said, "above 1", reads=(".mu",))
        if self.law == "discrete_power" and self.start is not None and self.start.exact < 1:
            said = f"has a start of {self.start.text}, below every number of dead"
            raise fault(said, "1 persons or more", reads=(".start",))
        return self

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
