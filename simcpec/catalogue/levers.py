"""One lever: an instrument of the source documents, the parameters that it moves, what it costs, how sure we are.

A new lever is an entry here and no code. What a move may act on is named in `scenario.building.levers.lever_targets`; a
test holds the two together. Nothing here draws, and nothing here needs numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simcpec.catalogue.entries import (
    GRADES,
    INTERVAL_KINDS,
    Citation,
    Malformed,
    Reading,
    citation_from,
    flag,
    interval_from,
    is_number,
    mapping,
    one_of,
    reading_from,
    refuse_unknown,
    require,
    strings,
    text,
)
from simcpec.catalogue.laws import LAWS, distribution_of

HOWS: Mapping[str, str] = {
    "factor": "multiplies; 1 changes nothing",
    "add": "is added; 0 changes nothing",
    "gap": "closes this share of the distance to 1; 0 changes nothing",
    "excess": "multiplies what lies above 1; 1 changes nothing",
}
NEUTRAL: Mapping[str, float] = {"factor": 1.0, "add": 0.0, "gap": 0.0, "excess": 1.0}
PER = ("nation", "province", "1000 persons present", "unit moved", "unit in place")
FAMILIES: Mapping[str, str] = {
    "budget": "Budget and who pays",
    "forces": "Forces and joint forces",
    "intelligence": "Intelligence and operations",
    "procedures": "Procedures, audits and insiders",
    "routes": "Routes, technology and vehicles",
    "communities": "Communities and borders",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsure:
    """How sure a number of a lever is, as for an entry of the catalogue.

    interval, law : how draws fill the range; law ``none`` is the constant value.      grade : D is judgement.
    """

    source: Citation
    grade: str
    interval: tuple[float, float] | None = None
    interval_kind: str = ""
    law: str = "none"
    caveat: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move(Unsure):
    """One parameter that a lever moves at full intensity.

    of : name of a target (`scenario.building.levers.lever_targets`).      how : one of `HOWS`.
    value : at full intensity, in `unit`.
    provinces, cohorts, settings : where alone this move acts within the scope of the lever; () is everywhere.
    why : the mechanism in a sentence.
    """

    name: str
    of: str
    how: str
    value: float
    unit: str
    why: str
    provinces: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost(Unsure):
    """What a lever costs at full intensity: count x `unit_cost` (USD a year) while it is in force.

    per : one of `PER`: `units` of them for the nation, in each province of the scope, for each 1000 persons present
    in the scope (persons x the share of their time in its settings), for each unit that a move of capacity brings, or
    for each that its moves of route or hardening units put in place (per 1000 persons, per 100 km of road).
    unit : what is paid for, in words.      least : units that are paid for in each province at least (unit in place).
    once : paid for one year only, in the budget year in which the lever begins.
    """

    per: str
    units: float
    unit: str
    unit_cost: float
    payer: str
    once: bool = False
    least: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Lever:
    """An instrument.

    id : word in scenarios.      family : one of `FAMILIES`.      says : what it is, in a sentence.
    documents : numbers of the source documents that name it.      acts_on : sections of docs/model.md.
    lag_days : from the first day (and the first dollar) to the first effect.
    needs : agreement (`world.agreements`) without which it is not in force, or "".
    provinces, cohorts, settings : where it acts unless the scenario says otherwise; () is everywhere.
    evidence_for, evidence_against, unknown, change_our_mind : sentences for the reader who doubts.
    literature : keys of the sources that those sentences name.      checked : the second reading, or None.
    """

    id: str
    family: str
    label: str
    says: str
    documents: tuple[str, ...]
    acts_on: tuple[str, ...]
    moves: tuple[Move, ...]
    cost: Cost | None
    lag_days: float
    needs: str
    provinces: tuple[str, ...]
    cohorts: tuple[str, ...]
    settings: tuple[str, ...]
    evidence_for: str
    evidence_against: str
    unknown: str
    change_our_mind: str
    literature: tuple[str, ...] = ()
    checked: Reading | None = None

    def move(self, name: str) -> Move:
        """The move with this name; KeyError if there is none."""
        return {move.name: move for move in self.moves}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the moves, in their order."""
        return tuple(move.name for move in self.moves)


_LEVER = ("id", "label", "says", "documents", "acts_on", "moves", "cost", "lag_days", "needs", "provinces", "cohorts",
          "settings", "evidence_for", "evidence_against", "unknown", "change_our_mind", "literature",
          "checked")  # fmt: skip
_NEEDED = ("id", "label", "says", "documents", "acts_on", "moves", "evidence_for", "evidence_against", "unknown",
           "change_our_mind")  # fmt: skip
_UNSURE = ("source", "grade", "interval", "interval_kind", "law", "caveat")
_MOVE = ("name", "of", "how", "value", "unit", "why", *_UNSURE, "provinces", "cohorts", "settings")
_COST = ("per", "units", "unit", "unit_cost", "payer", "once", "least", *_UNSURE)


def lever_from(record: Mapping[str, Any], family: str) -> Lever:
    """Build one lever from its YAML mapping; raises `Malformed` with what is wrong and what is allowed."""
    refuse_unknown(record, _LEVER)
    require(record, _NEEDED)
    one_of("family (the name of the file)", family, FAMILIES)
    if not isinstance(record["moves"], list):
        raise Malformed("moves is no list")
    lists = ("documents", "acts_on", "provinces", "cohorts", "settings", "literature")
    given: dict[str, Any] = {name: strings(record, name) for name in lists}
    given |= {name: text(record, name) for name in ("id", "label", "says", "needs", *_NEEDED[-4:])}
    lever = Lever(
        family=family,
        moves=tuple(_move(one) for one in record["moves"]),
        cost=_cost(record["cost"]) if "cost" in record else None,
        lag_days=_number(record, "lag_days", 0.0),
        checked=reading_from(record.get("checked")),
        **given,
    )
    if len(set(lever.names)) < len(lever.names):
        raise Malformed("two moves have one name")
    return lever


def _move(record: Any) -> Move:
    record = _record(record, "a move", _MOVE, ("name", "of", "how", "value", "unit", "why", "source", "grade"))
    one_of("how", record["how"], HOWS)
    given: dict[str, Any] = {name: text(record, name) for name in ("name", "of", "how", "unit", "why")}
    given |= {name: strings(record, name) for name in ("provinces", "cohorts", "settings")}
    return Move(value=_number(record, "value"), **given, **_unsure(record, _number(record, "value")))


def _cost(record: Any) -> Cost:
    record = _record(record, "cost", _COST, ("per", "unit", "unit_cost", "payer", "source", "grade"))
    one_of("per", record["per"], PER)
    given: dict[str, Any] = {name: text(record, name) for name in ("per", "unit", "payer")}
    price = _number(record, "unit_cost")
    once = flag(record, "once")
    least = int(_number(record, "least", 0.0))
    return Cost(
        units=_number(record, "units", 1.0), unit_cost=price, once=once, least=least, **given, **_unsure(record, price)
    )


def _record(record: Any, what: str, allowed: tuple[str, ...], needed: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise Malformed(f"{what} is {record!r}, not a mapping")
    refuse_unknown(record, allowed)
    absent = [name for name in needed if name not in record]
    if absent:
        raise Malformed(f"{what} has no {', '.join(absent)}")
    return record


def _unsure(record: Mapping[str, Any], value: float) -> dict[str, Any]:
    """Source, grade, interval and law of a value, coherent as those of an entry."""
    interval, law, grade = interval_from(record.get("interval")), text(record, "law", "none"), text(record, "grade")
    kind = text(record, "interval_kind", "range of judgement" if interval else "")
    one_of("grade", grade, GRADES)
    one_of("law", law, LAWS)
    if interval is not None:
        one_of("interval_kind", kind, INTERVAL_KINDS)
        if not interval[0] <= value <= interval[1]:
            raise Malformed(f"value {value} lies outside its interval [{interval[0]}, {interval[1]}]")
    if grade in "CD" and not text(record, "caveat"):
        raise Malformed(f"grade {grade} ({GRADES[grade]}) asks for a caveat")
    distribution_of(law, value, interval, mapping(record, "gives_back"))
    source = citation_from(record["source"])
    return {"source": source, "grade": grade, "interval": interval, "interval_kind": kind, "law": law,
            "caveat": text(record, "caveat")}  # fmt: skip


def _number(record: Mapping[str, Any], name: str, default: float | None = None) -> float:
    raw = record.get(name, default)
    if is_number(raw):
        return float(raw)
    raise Malformed(f"{name} is {raw!r}; allowed: a number")
