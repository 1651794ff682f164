"""Levers of a scenario: each entry is completed from the catalogue, so that the resolved file says every number itself.

What the file says goes before the catalogue: a move given by hand, another unit cost or payer. Completed numbers carry
the place of the entry that asked for them, and their range, law, source and grade, so that parameter draws vary them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from simcpec import units
from simcpec.catalogue.levers import NEUTRAL, Cost, Lever, Move
from simcpec.scenario.reading.nodes import Listing, MapNode, Node, Place, Scalar, data_of
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.schema.policy_block import LeverBlock as Entry
from simcpec.scenario.schema.scenario_block import keys_of
from simcpec.units import short

KEY = "policy.levers"
NOWHERE = Place("catalogue")
Told = tuple[str, str, str, str]  # dotted key, problem, allowed, hint


def known(name: Any) -> Lever | None:
    """The lever of the catalogue with this name, or None; the catalogue is read only where a lever is asked for."""
    from simcpec import catalogue

    return catalogue.levers().get(name) if isinstance(name, str) else None


def filled(root: MapNode) -> MapNode:
    """`root` with moves, unit cost, units and payer of every lever that the catalogue knows."""
    policy = root.entries.get("policy")
    levers = policy.entries.get("levers") if isinstance(policy, MapNode) else None
    if not isinstance(policy, MapNode) or not isinstance(levers, Listing) or not levers.items:
        return root
    items = tuple(_filled(item) if isinstance(item, MapNode) else item for item in levers.items)
    policy = MapNode({**policy.entries, "levers": Listing(items, levers.place)}, policy.keys, policy.place)
    return MapNode({**root.entries, "policy": policy}, root.keys, root.place)


def _filled(item: MapNode) -> MapNode:
    name = item.entries.get("lever")
    lever = known(name.text) if isinstance(name, Scalar) else None
    if lever is None:
        return item
    place, given = item.place, item.entries.get("moves")
    moves = {move.name: _move(move, place) for move in lever.moves}
    if isinstance(given, MapNode):
        moves |= given.entries
    entries, keys = dict(item.entries), dict(item.keys)
    if given is None or isinstance(given, MapNode):
        entries["moves"] = MapNode(moves, dict.fromkeys(moves, place) | dict(getattr(given, "keys", {})), place)
    entries.setdefault("lag", Scalar(f"{_text(lever.lag_days)} days", True, place))
    if lever.cost is not None:
        about = {"units": _scalar(lever.cost.units, place), "unit_cost": _price(lever.cost, place),
                 "payer": Scalar(lever.cost.payer, True, place)}  # fmt: skip
        entries = about | entries
    for key in entries:
        keys.setdefault(key, place)
    return MapNode(entries, keys, place)


def _move(move: Move, place: Place) -> Node:
    return _unsure(_text(move.value), move.interval, "", move, place)


def _price(cost: Cost, place: Place) -> Node:
    return _unsure(_text(cost.unit_cost), cost.interval, " USD/year", cost, place)


def _unsure(value: str, interval: tuple[float, float] | None, unit: str, of: Any, place: Place) -> MapNode:
    """The long form of a quantity: value, range, law, source, grade, reason."""
    entries = {"value": Scalar(value + unit, True, place)}
    if interval is not None and of.law != "none":
        low, high = (Scalar(_text(end) + unit, True, place) for end in interval)
        entries |= {"low": low, "high": high, "law": Scalar(of.law, True, place)}
    entries |= {
        "source": Scalar(f"{of.source.key}: {of.source.where}", True, place),
        "grade": Scalar(of.grade, True, place),
        "reason": Scalar(of.caveat or of.source.reason, True, place),
    }
    return MapNode(entries, dict.fromkeys(entries, place), place)


def _scalar(value: float, place: Place) -> Scalar:
    return Scalar(_text(value), True, place)


def _text(value: float) -> str:
    return f"{value:.12g}"


def said(item: Mapping[str, Any]) -> str:
    """An entry on one line, without what the catalogue says anyway: ``route_patrols, from 2026-01-01, share 50 %``."""
    lever = known(item.get("lever"))
    bare = MapNode({"lever": Scalar(str(item.get("lever")), True, NOWHERE)}, {}, NOWHERE)
    usual = data_of(_filled(bare)) if lever is not None else {}
    parts = [str(item.get("lever"))]
    for key in [key for key in keys_of(Entry) if key in item]:  # in one order, whatever that of the file
        value = item[key]
        if key == "moves" and lever is not None:
            moves = usual["moves"]
            named = {name: value[name] for name in (*moves, *value) if name in value}
            parts += [f"{name} {_shown(number)}" for name, number in named.items() if number != moves.get(name)]
        elif key != "lever" and value != usual.get(key):
            parts.append(f"{key} {_shown(value)}")
    return ", ".join(parts)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("value", value))
    return " ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


# ------------------------------------------------------------------------------------------------ what cannot be


def faults_of_levers(levers: Any, agreements: Mapping[str, Any]) -> Iterator[Told]:
    """What is wrong with the entries of `policy.levers`, as far as no single key shows it."""
    for k, item in enumerate(levers if isinstance(levers, list) else ()):
        if isinstance(item, dict) and isinstance(item.get("lever"), str):
            yield from _faults(f"{KEY}[{k}]", item, agreements)


def idle_levers(levers: Any) -> Iterator[Told]:
    """Entries in force whose amounts, as written, change nothing: no intensity, or moves that are all neutral."""
    for k, item in enumerate(levers if isinstance(levers, list) else ()):
        lever = known(item.get("lever")) if isinstance(item, dict) else None
        if lever is None or item.get("enabled", True) is False:
            continue
        allowed = "enabled: false, or an amount that changes something"
        moves = item.get("moves")
        if _constant(item.get("share"), units.SHARE) == 0:
            yield f"{KEY}[{k}].share", f"is {_shown(item['share'])}: {lever.id} would change nothing", allowed, ""
        elif isinstance(moves, dict) and all(_neutral(moves.get(move.name), move) for move in lever.moves):
            what = ", ".join(f"{move.name} {_shown(moves[move.name])}" for move in lever.moves)
            yield f"{KEY}[{k}].moves", f"are neutral ({what}): {lever.id} would change nothing", allowed, ""


def _neutral(text: Any, move: Move) -> bool:
    return _constant(text, units.NUMBER) == Fraction(NEUTRAL[move.how])


def _constant(raw: Any, kind: units.Kind) -> Fraction | None:
    """A number that no parameter draw varies; None for any other."""
    if isinstance(raw, dict):
        raw = raw.get("value") if raw.get("law", "none") == "none" else None
    try:
        return units.parse_quantity(raw, kind) if isinstance(raw, str) else None
    except units.NotAQuantity:
        return None


def _faults(key: str, item: Mapping[str, Any], agreements: Mapping[str, Any]) -> Iterator[Told]:
    lever = known(item["lever"])
    if lever is None:
        problem = f"is {short(item['lever'])}, which is unknown"
        allowed = "a lever of the catalogue: simcpec list levers"
        yield _unknown(f"{key}.lever", item["lever"], problem, _names(), allowed)
        return
    moves = item.get("moves")
    for name in moves if isinstance(moves, dict) else ():
        if name not in lever.names:
            allowed = f"moves of {lever.id}: {', '.join(lever.names)}"
            yield _unknown(f"{key}.moves.{name}", name, f"is no move of {lever.id}", lever.names, allowed)
    if lever.cost is None:
        for name in ("units", "unit_cost", "payer"):
            if name in item:
                problem = f"is read by nothing, because {lever.id} has no cost of its own"
                yield f"{key}.{name}", problem, "its moves are paid with the forces or the budget that they move", ""
    start, end = item.get("from"), item.get("to")
    if start is None and _days(item.get("lag")) not in (None, _days(f"{_text(lever.lag_days)} days")):
        problem = f"is read by nothing, because {lever.id} has no from: it has been in force for ever"
        yield f"{key}.lag", problem, "from: beside it, or no lag", ""
    if isinstance(start, str) and isinstance(end, str) and end <= start:
        yield f"{key}.to", f"is {end}, not after from: {start}", "a later day", ""
    if lever.needs and item.get("enabled", True) is not False and agreements.get(lever.needs) != "on":
        problem = f"is {lever.id}, for which there is no agreement (world.agreements.{lever.needs} is off)"
        hint = f"Set world.agreements.{lever.needs}: on to ask what it would do if there were one."
        yield f"{key}.lever", problem, "enabled: false, or the agreement", hint


def _days(text: Any) -> Fraction | None:
    """A duration; None for what is none, which has a fault of its own."""
    try:
        return units.parse_quantity(text, units.DURATION) if isinstance(text, str) else None
    except units.NotAQuantity:
        return None


def _unknown(key: str, name: str, problem: str, names: Any, allowed: str) -> Told:
    inside = [one for one in names if name.rstrip("s") in one]
    labels = {lever.label: lever.id for lever in (known(name) for name in names) if lever is not None}
    hint = suggest(name, names, labels=labels, cutoff=0.5) or suggest(name, inside, cutoff=0)
    return key, problem, allowed, hint


def _names() -> list[str]:
    from simcpec import catalogue

    return list(catalogue.levers())
