"""The block `world.movements`: trips, escorts, and what attackers know of the road."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number
from simcpec.scenario.schema.maps import Block, Choice
from simcpec.scenario.schema.shared_blocks import (
    Amounts,
    LawBlock,
    Patience,
    a_count,
    a_duration,
    a_rate,
    a_share,
    by_cohort,
    by_province,
)

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
