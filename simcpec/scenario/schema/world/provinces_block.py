"""The blocks `world.provinces` and `world.settings`: who is where, and what threatens a province."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number, Text
from simcpec.scenario.schema.maps import Block, refuse_sum
from simcpec.scenario.schema.shared_blocks import Amounts, a_count, a_number, a_rate, a_share, a_text, by_cohort

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
