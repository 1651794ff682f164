"""The blocks `world.budget`, `world.costs` and `world.confidence`: outlays, prices, and what deters investors."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import Field

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number, WholeNumber
from simcpec.scenario.schema.maps import Block, Choice, zero_of
from simcpec.scenario.schema.shared_blocks import (
    LARGEST_MONEY,
    Amounts,
    OnOff,
    Payer,
    ProvinceRule,
    SecurityShare,
    Split,
    a_duration,
    a_number,
    a_share,
    a_yearly_amount,
    an_amount,
    by_province,
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


class OwnAbsorption(Block):
    """How fast the line of one instrument can hire."""

    growth: Annotated[Quantity | None, _GROWTH]
    elasticity: Annotated[Quantity, _DEARER] = Field(default_factory=lambda: zero_of(_DEARER))


class AbsorptionOfLines(Block):
    """Instruments whose lines hire otherwise than `absorption` says of all."""

    guards: OwnAbsorption | None = None
    operations: OwnAbsorption | None = None
    intelligence: OwnAbsorption | None = None
    surveillance: OwnAbsorption | None = None
    escorts: OwnAbsorption | None = None
    hardening: OwnAbsorption | None = None
    procedures: OwnAbsorption | None = None

    def in_order(self) -> tuple[OwnAbsorption | None, ...]:
        """The instruments in the order of `model.modes.INSTRUMENTS`."""
        return (
            self.guards, self.operations, self.intelligence, self.surveillance, self.escorts, self.hardening,
            self.procedures,
        )  # fmt: skip


class AbsorptionBlock(OwnAbsorption):
    """How fast the lines of the budget can hire; `growth: none` is off."""

    instruments: AbsorptionOfLines = Field(default_factory=AbsorptionOfLines, description="lines that hire otherwise")


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
