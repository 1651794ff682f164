"""What a lever can take hold of: each handle names an array of the world, its axes, and how it may be moved.

A handle is *live* where the world reads what it moves; a lever none of whose moves is live would change nothing, and
is refused. Threat candidates have no handle: what nobody chooses never reads a lever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from simcpec.model import modes

if TYPE_CHECKING:  # the world needs numpy, which a check of a scenario does not wait for
    from simcpec.model.world import World

Live = Callable[["World"], bool]


@dataclass(frozen=True, slots=True)
class LeverTarget:
    """One thing that levers move.

    leaf : array of `model.world`, or "" where the effect is built in its own way (`lever_effects`).
    hows : ways to move it (`catalogue.levers.HOWS`).      unit : of what is added; "" for pure numbers.
    says : what it is, for `simcpec list handles` and messages.      live : whether a world reads it.
    layer : of the protection, or -1.      least, most : bounds of what may come out, or of the amount without a leaf.
    scope : its `axes` where it has no leaf that tells them.
    of_what : array of the world of which it moves a share or a factor, with the axes of its scope; "" for none.
    by_part : letters of scopes that no axis has, and that narrow it by the part of the attraction within them.
    """

    leaf: str
    hows: tuple[str, ...]
    says: str
    live: Live
    unit: str = ""
    layer: int = -1
    least: float = 0.0
    most: float = float("inf")
    scope: str = ""
    of_what: str = ""
    by_part: str = ""

    @property
    def axes(self) -> str:
        """Letters of the axes by which a scope can narrow it; "" is one number for the nation.

        P provinces, C cohorts, S settings, G groups, O origins, which are of a group and of a province.
        """
        if not self.leaf:
            return self.scope
        from simcpec.model.world import world_fields  # needs numpy, see above

        return "".join(axis for axis in world_fields()[self.leaf].axes if axis in "PCSGO")

    @property
    def scopes(self) -> str:
        """Letters of the scopes of a lever that narrow it: P, C, S and G."""
        return self.axes.replace("O", "PG") + self.by_part


def _always(world: World) -> bool:
    return True


def _detects(mode: int) -> Live:
    return lambda world: world.detection.mode == mode


def _works(world: World) -> bool:
    return world.detection.mode != modes.UNFOUND or bool((world.operations.routine > 0.0).any())


def _has_routine(world: World) -> bool:
    return bool((world.operations.routine > 0.0).any())


def _has_network(world: World) -> bool:
    return world.network.model != modes.FIXED


def _fire_water(world: World) -> bool:
    return world.network.model == modes.FIRE_WATER


def _follows_procedures(world: World) -> bool:
    return world.protection.sop != modes.NO_SOP


def _audits(world: World) -> bool:
    return world.protection.sop in (modes.PERIODIC, modes.BOTH) and world.calendar.audit_every_tick > 0


def _has_insiders(world: World) -> bool:
    return world.protection.insider_on != 0


def _travels(world: World) -> bool:
    return world.movements.rule != modes.NO_ESCORT


def _layer(layer: int) -> Live:
    """A layer that follows its units."""

    def live(world: World) -> bool:
        w = world.protection
        return bool((w.constant[:, layer] < 0.0).any() and (w.gain[..., layer] > 0.0).any())

    return live


def _patrols(world: World) -> bool:
    """Patrols that count by length of road, told by the factor that makes them do so."""
    on_road = world.protection.quality[:, :, modes.ROUTE, :, modes.MOVEMENT]
    return _layer(modes.ROUTE)(world) and bool((on_road != 1.0).any())


def _displaces(world: World) -> bool:
    return world.cells.displacement != modes.STAY


def _listens(world: World) -> bool:
    return world.detection.mode == modes.LEADS or _has_routine(world)


#: instruments that not every world reads
_BUYS = {"operations": _works, "intelligence": _listens, "escorts": _travels}

_FACTOR, _SHARE = ("factor",), ("factor", "gap")

TARGETS: Mapping[str, LeverTarget] = MappingProxyType({
    # where plots turn
    "attraction": LeverTarget("cells.utility", _FACTOR, "what an hour in a cell attracts", _always),
    "visibility": LeverTarget("cells.weight", ("factor", "add"), "weight of perceived protection", _displaces),
    "giving_up": LeverTarget("cells.outside", ("add",), "log odds of giving up, by the part of the attraction in scope",
                        _displaces, "log odds", least=float("-inf"), by_part="CS"),
    # how they are found
    "detection_hazard": LeverTarget("detection.hazard", _FACTOR, "hazard that intelligence finds a plot",
                               _detects(modes.LEADS)),
    "tips": LeverTarget("detection.tips", _FACTOR, "hazard that a tip finds a plot, at full trust",
                   _detects(modes.LEADS)),
    "search": LeverTarget("detection.search", _FACTOR, "rate at which a free team finds a plot",
                     _detects(modes.SEARCH)),
    "detection_probability": LeverTarget("detection.probability", _SHARE, "probability that a plot is found",
                                    _detects(modes.BERNOULLI), most=1.0),
    # operations
    "tempo": LeverTarget("operations.tempo", _FACTOR, "routine leads", _has_routine, of_what="operations.routine"),
    "success": LeverTarget("operations.success", _SHARE, "probability that work on a plot foils it",
                           _works, most=1.0),
    "arrests": LeverTarget("operations.arrests", _FACTOR, "arrests an operation", _works),
    "militant_deaths": LeverTarget("operations.deaths", _FACTOR, "militants killed an operation", _works),
    "own_losses": LeverTarget("operations.own_losses", _FACTOR, "own losses an operation", _works),
    "goes_wrong": LeverTarget("operations.goes_wrong", _FACTOR, "share of operations that go wrong",
                              _works, most=1.0),
    # the network
    "inflow": LeverTarget("network.inflow", _FACTOR, "recruits a year whatever the stock, from within the country",
                     _has_network),
    "external_inflow": LeverTarget("network.external", _FACTOR, "recruits a year whatever the stock, from outside",
                              _has_network),
    "recruits": LeverTarget("network.recruits", _FACTOR, "recruits per head and year", _has_network),
    "exits": LeverTarget("network.exits", _FACTOR, "exits per head and year", _has_network),
    "fire_level": LeverTarget("network.fire_level", ("factor", "add"), "level of force (fire-water)", _fire_water),
    "water_level": LeverTarget("network.water_level", ("factor", "add"), "level of restraint (fire-water)",
                          _fire_water),
    # layers
    "route_quality": LeverTarget("protection.quality", _FACTOR, "effect of every unit of the route layer",
                            _layer(modes.ROUTE), layer=modes.ROUTE),
    "guard_quality": LeverTarget("protection.quality", _FACTOR, "effect of every guard and escort",
                            _layer(modes.GUARD), layer=modes.GUARD),
    "hardening_quality": LeverTarget("protection.quality", _FACTOR, "effect of every unit of hardening",
                                _layer(modes.HARDENING_LAYER), layer=modes.HARDENING_LAYER),
    "route_units": LeverTarget("protection.host_units", ("add",), "cordons, cameras and patrols in place",
                          _layer(modes.ROUTE), "units per 1000 persons present", layer=modes.ROUTE),
    "patrol_units": LeverTarget("protection.host_units", ("add",), "patrols and posts on the road",
                           _patrols, "units per 100 km of road", layer=modes.ROUTE),
    "hardening_units": LeverTarget("protection.host_units", ("add",), "walls and armour in place",
                              _layer(modes.HARDENING_LAYER), "units per 1000 persons present",
                              layer=modes.HARDENING_LAYER),
    "common_cause": LeverTarget("protection.common_cause", _FACTOR, "share of attacks before which all layers fail",
                           _always, most=1.0),
    # procedures and insiders
    "procedures_refresh": LeverTarget("", ("add",), "extent to which the first day restores compliance",
                                 _follows_procedures, "share", most=1.0, scope="PC"),
    "compliance_fresh": LeverTarget("protection.fresh", ("gap",), "compliance just after a refresh",
                               _follows_procedures, most=1.0),
    "compliance_floor": LeverTarget("protection.floor", ("gap",), "compliance that is left after long",
                               _follows_procedures, most=1.0),
    "compliance_decay": LeverTarget("protection.decay", _FACTOR, "days in which compliance decays",
                               _follows_procedures),
    "audit_coverage": LeverTarget("protection.audit_host", ("gap",), "share of cells that an audit reaches",
                                  _audits,
                             most=1.0),
    "insider_onset": LeverTarget("protection.insider_onset", _FACTOR, "rate at which insiders begin to leak",
                            _has_insiders),
    "insider_found": LeverTarget("protection.insider_found", _FACTOR, "rate at which insiders are found",
                            _has_insiders),
    "insider_advantage": LeverTarget("protection.insider_multiplier", ("excess",), "advantage that a leak gives",
                                _has_insiders, least=1.0),
    # movements
    "by_air": LeverTarget("movements.by_air", ("gap",), "share of movements taken off the road",
                          _travels, most=1.0, of_what="movements.rate"),
    "unescorted": LeverTarget("movements.unescorted", _SHARE, "share of movements by road that ask for no escort",
                              _travels, most=1.0, of_what="movements.rate"),
    "impatient": LeverTarget("movements.impatient", _SHARE, "share of movements that go alone rather than wait",
                             _travels, most=1.0, of_what="movements.rate"),
    # forces, capacity, money: built from the scenario, not from one array
    "force": LeverTarget("", ("add",), "guards of a force of the host state", _layer(modes.GUARD), "guards",
                    least=float("-inf"), scope="P"),
    "force_effect": LeverTarget("", _FACTOR, "effect of a guard of a force", _layer(modes.GUARD), scope="P"),
    "handover": LeverTarget("", ("add",), "share of the posts of province forces that the army takes over",
                       _layer(modes.GUARD), "share", most=1.0, scope="P"),
    **{f"capacity_{name}": LeverTarget("", ("add",), f"units of {name} beside those that the share buys",
                                  _BUYS.get(name, _always), "units", scope="P") for name in modes.INSTRUMENTS},
    "budget": LeverTarget("", _FACTOR, "the security budget of the budget years that begin while it is in force",
                     _always, scope="P"),
    "payer": LeverTarget("", ("add",), "share of the security budget that another payer takes over",
                         _always, "share",
                    most=1.0),
})  # fmt: skip
"""Every handle by name. `force`, `force_effect` and `handover` name a force behind a dot: ``force.ssd``."""

FORCED = ("force", "force_effect", "handover")
"""Handles that name a force; ``payer.bonds`` names a payer in the same way."""


def handle_of(of: str) -> tuple[LeverTarget | None, str]:
    """The handle behind ``attraction`` or ``force.ssd``, and the name behind the dot; None for one that is none."""
    name, _, part = of.partition(".")
    needs_part = name in (*FORCED, "payer")
    return (TARGETS.get(name) if bool(part) == needs_part else None), part
