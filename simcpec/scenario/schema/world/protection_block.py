"""The blocks `world.forces`, `world.hired` and `world.protection`: guards, layers, compliance, insiders."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from simcpec import units
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.schema.leaf import Number, fault
from simcpec.scenario.schema.maps import NAME, Block, Choice, KeyOf, refuse_sum
from simcpec.scenario.schema.shared_blocks import (
    Amounts,
    Payer,
    a_count,
    a_duration,
    a_gain,
    a_number,
    a_rate,
    a_share,
    a_yearly_amount,
    by_cohort,
    by_province,
    some_of,
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


_CEILING = a_share("highest probability to stop an attack; as the layer if left out")


class OwnUnitLayer(Block):
    """What a province has of its own in a layer that follows its units per person."""

    ceiling: Annotated[Quantity | None, _CEILING] = None
    gain: Annotated[Quantity | None, a_gain(units.PERSONS_PER_UNIT, "persons that one unit serves there")] = None


class OwnGuardLayer(Block):
    """What a province has of its own in the layer of guards and escorts."""

    ceiling: Annotated[Quantity | None, _CEILING] = None
    gain: Annotated[Quantity | None, a_gain(units.PERSONS_PER_GUARD, "persons that one guard serves there")] = None


class OwnLayers(Block):
    """Layers of a province that differ from those of all."""

    route: OwnUnitLayer = Field(default_factory=OwnUnitLayer)
    guard: OwnGuardLayer = Field(default_factory=OwnGuardLayer)
    hardening: OwnUnitLayer = Field(default_factory=OwnUnitLayer)

    def in_order(self) -> tuple[OwnUnitLayer | OwnGuardLayer, ...]:
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
    layers_by_province: dict[Annotated[str, KeyOf("provinces")], OwnLayers] = Field(
        default_factory=dict, description="provinces whose layers differ", max_length=64
    )
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
