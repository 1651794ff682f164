"""What no single key shows: keys that a switch leaves unread, and settings that contradict each other.

All checks read the merged tree as it was written, so that they also speak about a file that has other faults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from simcpec import units
from simcpec.errors import Fault
from simcpec.scenario.levers import faults_of_levers, idle_levers
from simcpec.scenario.messages import fault_on, meaning
from simcpec.scenario.nodes import Node, Path, Table, data_of, path_of
from simcpec.scenario.outside import outside_the_run, steps_without_effect
from simcpec.scenario.schema import blocks_in
from simcpec.scenario.schema_maps import Choice
from simcpec.units import Kind, NotAQuantity, parse_quantity

Told = tuple[str, str, str, str]  # dotted key, problem, allowed, hint


def contradictions(root: Table) -> list[Fault]:
    """Everything of `CHECKS`."""
    data = data_of(root)
    faults = []
    for check in CHECKS:
        for key, problem, allowed, hint in check(View(data)):
            faults.append(fault_on(root, path_of(key), problem, allowed, hint))
    return faults


def without_effect(root: Table) -> list[Fault]:
    """Levers whose amounts, as written, change nothing; a drawn amount may come to nothing."""
    told = idle_levers(View(data_of(root))["policy.levers"])
    return [fault_on(root, path_of(key), problem, allowed, hint) for key, problem, allowed, hint in told]


def of_switches(root: Table) -> Iterator[Fault]:
    """Keys that a switch leaves unread, or asks for in vain."""
    for path, table, choice, read, switch in _switched(root, data_of(root)):
        word = data_of(table[switch])
        for key in table:
            if key in choice.keys and key not in read and not choice.open:
                wanted = ", ".join(read) or "nothing else"
                problem = f"is read by nothing, because {switch} is {word}"
                yield fault_on(root, (*path, key), problem, f"with {switch}: {word}, {wanted}")
        for key in read:
            if key not in table and key not in choice.optional:
                here = (*path, key)
                yield fault_on(root, here, f"is missing, because {switch} is {word}", meaning(here))


def _switched(root: Table, data: Any) -> Iterator[tuple[Path, Mapping[str, Node], Choice, tuple[str, ...], str]]:
    """Each map with a switch whose word is known: where, its nodes, its choice, the keys that are read, the switch."""
    for path, block in blocks_in(data):
        choice = block.choice
        if choice is None:
            continue
        table = _at(root, path)
        word = data_of(table[choice.switch]) if choice.switch in table else None
        if isinstance(word, str) and word in choice.reads:
            yield path, table, choice, choice.reads[word], choice.switch


def _at(root: Node, path: Path) -> Mapping[str, Node]:
    for step in path:
        root = root.entries[str(step)] if isinstance(root, Table) else root.items[int(step)]  # type: ignore[union-attr]
    assert isinstance(root, Table)
    return root.entries


class View:
    """The data of a scenario by dotted key; None for whatever is missing or cannot be read."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __getitem__(self, key: str) -> Any:
        node = self.data
        for step in key.split("."):
            node = node.get(step) if isinstance(node, dict) else None
        return node

    def table(self, key: str) -> dict[str, Any]:
        """A map, {} where there is none."""
        node = self[key]
        return node if isinstance(node, dict) else {}

    def amount(self, key: str, kind: Kind) -> Fraction | None:
        """A quantity in canonical units."""
        node = self[key]
        node = node.get("value") if isinstance(node, dict) else node
        try:
            return parse_quantity(node, kind) if isinstance(node, str) else None
        except NotAQuantity:
            return None


def _proportional(view: View) -> Iterator[Told]:
    """A deterministic preparation has no hazard to be proportional to."""
    if view["world.detection.proportional"] == "on" and view["world.preparation.law"] == "deterministic":
        problem = "is on, but the preparation is deterministic and has no hazard"
        yield "world.detection.proportional", problem, "off, or another law of world.preparation", ""


def _mixture(view: View) -> Iterator[Told]:
    attempts, mixture = view["world.threat.attempts"], view["world.threat.mixture"]
    if attempts == "negbin" and mixture == "none":
        yield "world.threat.mixture", "is none, but attempts are negbin", "a size above 0", ""
    if attempts in ("plots", "poisson") and mixture not in (None, "none"):
        yield "world.threat.mixture", f"is read by nothing, because attempts are {attempts}", "none", ""


def _backlash(view: View) -> Iterator[Told]:
    """A named world brings its own numbers."""
    world = view["world.backlash.world"]
    if world not in ("none", "moderate", "strong"):
        return
    kinds = {"per_death": units.NUMBER, "per_arrest": units.NUMBER, "footprint_gain": units.RATE}
    for name, kind in kinds.items():
        key = f"world.backlash.{name}"
        if view.amount(key, kind):
            yield key, f"is read by nothing, because world is {world}", "0", "Write world: custom for numbers by hand."


def _insider(view: View) -> Iterator[Told]:
    ceiling = view.amount("world.protection.insider.ceiling", units.RATE)
    if view["world.protection.insider.mode"] != "two_state" or ceiling is None:
        return
    for name in ("onset", "found"):
        key = f"world.protection.insider.{name}"
        if (view.amount(key, units.RATE) or 0) > ceiling:
            yield key, "is above world.protection.insider.ceiling", "at most the ceiling", ""


def _detection(view: View) -> Iterator[Told]:
    """What plots are found at on the first day must lie below the ceiling of the candidates."""
    key = "world.detection"
    hazard, tips, ceiling = (view.amount(f"{key}.{name}", units.RATE) for name in ("hazard", "tips", "ceiling"))
    trust = view.amount("world.trust.start", units.SHARE)
    if view[f"{key}.mode"] != "leads" or hazard is None or tips is None or ceiling is None or trust is None:
        return
    if hazard + tips * trust > ceiling:
        least = units.format_quantity((hazard + tips * trust), units.RATE, exact=True)
        yield f"{key}.ceiling", "is below hazard and tips together", f"at least {least}", ""


def _addresses(view: View) -> Iterator[Told]:
    """Two provinces with one address would have the same random numbers."""
    tables = view.table("world.provinces")
    given = {code: table.get("address", code) if isinstance(table, dict) else code for code, table in tables.items()}
    counts = Counter(str(address) for address in given.values())
    for code, address in given.items():
        if counts[str(address)] > 1:
            allowed = "an address of its own for each province"
            yield f"world.provinces.{code}", f"has the address {address}, as another province", allowed, ""


def _people(view: View) -> Iterator[Told]:
    """Somebody has to be there."""
    amounts = [
        view.amount(f"world.provinces.{code}.personnel.{cohort}", units.PERSONS)
        for code in view.table("world.provinces")
        for cohort in view.table(f"world.provinces.{code}.personnel")
    ]
    if amounts and all(amount == 0 for amount in amounts):
        yield "world.provinces", "have no personnel at all", "at least one person somewhere", ""


def _warm_up(view: View) -> Iterator[Told]:
    """The horizon has to end in the calendar."""
    try:
        start, horizon = units.parse_date(str(view["run.start"])), units.parse_horizon(str(view["run.horizon"]))
    except NotAQuantity:
        return
    if start.year < 1900:
        yield "run.start", f"is {start}", "from 1900-01-01", ""
    try:
        late = horizon.end(start) > date(2200, 1, 1)
    except (ValueError, OverflowError):
        late = True
    if late:
        yield "run.horizon", "ends after 2199", "an end before 2200", ""


def _levers(view: View) -> Iterator[Told]:
    """Unknown instruments and moves, dates that run backwards, what nobody has agreed to."""
    yield from faults_of_levers(view["policy.levers"], view.table("world.agreements"))


def _never(view: View) -> Iterator[Told]:
    """What never acts in this run."""
    yield from outside_the_run(view.data)
    yield from steps_without_effect(view.data)


def _forces(view: View) -> Iterator[Told]:
    """A force that may not be there, or not in this province."""
    agreements = view.table("world.agreements")
    for name, force in view.table("world.forces").items():
        if not isinstance(force, dict) or not isinstance(force.get("strength"), dict):
            continue
        key, eligible, needs = f"world.forces.{name}", force.get("eligible"), force.get("needs")
        posted = [code for code in force["strength"] if view.amount(f"{key}.strength.{code}", units.GUARDS)]
        for code in posted:
            if isinstance(eligible, list) and code not in eligible:
                allowed = ", ".join(map(str, eligible))
                yield f"{key}.strength.{code}", f"posts {name} where it may not serve", allowed, ""
        if posted and isinstance(needs, str) and agreements.get(needs) != "on":
            problem = f"is above 0, for which there is no agreement (world.agreements.{needs} is off)"
            hint = f"Set world.agreements.{needs}: on to ask what it would do if there were one."
            yield f"{key}.strength.{posted[0]}", problem, "0 guards, or the agreement", hint


CHECKS: tuple[Callable[[View], Iterator[Told]], ...] = (
    _proportional,
    _mixture,
    _backlash,
    _insider,
    _detection,
    _addresses,
    _people,
    _warm_up,
    _levers,
    _never,
    _forces,
)
