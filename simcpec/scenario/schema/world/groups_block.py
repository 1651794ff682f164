"""The block `world.groups`: armed groups, where each is at home, what it prefers, and what comes to it from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.maps import Block, zero_of
from simcpec.scenario.schema.shared_blocks import Amounts, a_number, a_share, by_mode, by_province, some_of
from simcpec.scenario.schema.world.threat_block import OwnDrift

_ODDS = a_number("log odds beside what the setting attracts", "-20", "20")
_FOREIGN = a_number("log odds of foreign targets, against giving up, beside those of the others", "-20", "20")


class SettingOdds(Block):
    """What a group prefers, beside what an hour in a setting attracts."""

    site: Annotated[Quantity, _ODDS] = Field(default_factory=lambda: zero_of(_ODDS))
    movement: Annotated[Quantity, _ODDS] = Field(default_factory=lambda: zero_of(_ODDS))
    residence: Annotated[Quantity, _ODDS] = Field(default_factory=lambda: zero_of(_ODDS))

    def in_order(self) -> tuple[Quantity, Quantity, Quantity]:
        """The settings in the order of `model.modes.SETTINGS`."""
        return self.site, self.movement, self.residence


class GroupBlock(Block):
    """One armed group."""

    plots: Annotated[Amounts, by_province(a_share("of the plots of a province that are the group's", uncertain=False))]
    militants: Annotated[
        Amounts | None,
        by_province(a_share("of the militants of a province that are the group's; as plots", uncertain=False)),
    ] = None
    foreign: Annotated[Quantity, _FOREIGN] = Field(default_factory=lambda: zero_of(_FOREIGN))
    settings: SettingOdds = Field(default_factory=SettingOdds, description="what it prefers")
    modes: Annotated[Amounts | None, by_mode("of its plots; as the province or `threat` if left out")] = None
    drift: OwnDrift | None = Field(default=None, description="as `threat.drift` if left out")
    external: Annotated[Quantity | None, a_share("of its inflow from outside; as `network` if left out")] = None
    leaving: Annotated[
        Quantity | None,
        a_number("utility lost by going to another province; as `displacement` if left out", "0", "100"),
    ] = None
    reach: Annotated[tuple[str, ...] | None, some_of("provinces", "where `leaving` holds; everywhere if left out")] = (
        None
    )
    follow_ons: Annotated[
        Quantity | None, a_number("factor on the follow-on plots of its attacks; 1 if left out", "0", "100")
    ] = None
