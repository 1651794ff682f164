"""A scenario, merged, checked and frozen, that knows who said what: `load`, and what can be asked of the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath
from typing import Any

from simcpec.errors import MOST_SHOWN, Fault, ScenarioError, UserError, did_you_mean
from simcpec.scenario.consistency import contradictions, of_switches, without_effect
from simcpec.scenario.layering import shipped_files
from simcpec.scenario.layering.blame import blamed, left_behind, of_built
from simcpec.scenario.layering.ensembles import ensemble_faults
from simcpec.scenario.layering.layers import SET, SetOption, Stack, add_sets, shared_layers, stacked
from simcpec.scenario.lever_entries import KEY as LEVERS
from simcpec.scenario.lever_entries import filled, said
from simcpec.scenario.reading.nodes import (
    MapNode,
    Node,
    Path,
    Place,
    data_of,
    dotted,
    find,
    path_of,
    text_of,
)
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.suggestions import labels_of
from simcpec.scenario.reading.yaml_reader import fault_at, read_bytes
from simcpec.scenario.reading.yaml_writer import dump
from simcpec.units import short

NO_SETTINGS = ("name", "describes")  # what a scenario is called is no difference between scenarios


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A loaded scenario.

    name : for people, any text.         slug : safe name of a folder.      ref : as it was asked for, never absolute.
    scenario : `schema.Scenario`.        root : the merged file.        settings : by path, every layer that set it.
    notes : what to tell of the merge: entries that went along with something else, maps that take nothing away.
    """

    name: str
    slug: str
    ref: str
    scenario: Any
    notes: tuple[str, ...]
    root: MapNode = field(repr=False)
    settings: Mapping[Path, tuple[SetOption, ...]] = field(repr=False, compare=False)
    label: str = field(default="", compare=False)  # the values that tell it from others of its file

    @property
    def tree(self) -> Mapping[str, Any]:
        """The merged file as plain dicts, lists and texts: a copy, for parts of the tree are shared by many files."""
        return deepcopy(data_of(self.root))

    @cached_property
    def origins(self) -> Mapping[str, tuple[SetOption, ...]]:
        """By dotted key, every layer that set it, in order; the last one won."""
        return {dotted(path): settings for path, settings in self.settings.items()}

    @cached_property
    def dropped(self) -> tuple[str, ...]:
        """Dotted keys that a later layer took away from those below it."""
        return tuple(dotted(path) for path, settings in self.settings.items() if settings[-1].drops)

    @cached_property
    def text(self) -> str:
        """The resolved scenario as YAML that loads back to an equal one."""
        return dump(self.root)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of `text`."""
        import hashlib

        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One setting: dotted key, value as written, the quantity (None for words, dates and lists), unit, place."""

    key: str
    text: str
    quantity: Quantity | None
    unit: str
    place: Place


def load(ref: str, *, sets: Sequence[str] = (), varied: Sequence[str] = (), label: str = "") -> Resolved:
    """The scenario behind a path, a shipped name or ``-`` (stdin), with ``key=value`` layers over it.

    varied : more of them, which messages call ``--vary``.      label : what messages add to the name of the scenario.
    Raises `ScenarioError` with all faults at once, `EnvironmentFault` for a file that may not be read.
    """
    try:
        return replace(_sound(ref, stacked(ref, sets, varied), more=ensemble_faults), label=label)
    except ScenarioError as error:
        raise error.about(shipped_files.called(ref, label)) from None


def load_whole(text: str, where: str, *, sets: Sequence[str] = ()) -> Resolved:
    """The scenario of a text that holds all of it, such as `Resolved.text`, with ``key=value`` layers over it.

    Messages call it `where`. Nothing else is read: raises `ScenarioError` for faults, and for ``extends``.
    """
    table, faults = read_bytes(text.encode(), where)
    if "extends" in table.entries:
        faults.append(fault_at(table.keys["extends"], "is said in a scenario that is stored whole", key="extends"))
    stack = shared_layers([table])
    stack.faults = [*faults, *stack.faults]
    if sets:
        add_sets(stack, [(each, SET) for each in sets])
    return _sound(where, stack)


def validate(ref: str, sets: Sequence[str] = ()) -> list[Fault]:
    """All faults of a scenario, none if it is sound; raises `EnvironmentFault` only."""
    try:
        load(ref, sets=sets)
    except ScenarioError as error:
        return list(error.faults)
    return []


def explain(resolved: Resolved, key: str) -> str:
    """Every layer that set `key`, from the root upwards, the winner marked; for a map, each key under it.

    Raises `UserError` for a key that the scenario does not have, naming the nearest one.
    """
    under = [name for name in resolved.origins if name == key or name.startswith((key + ".", key + "["))]
    above = [name for name in resolved.origins if key.startswith((name + ".", name + "["))]
    if not under and not above:
        hint = did_you_mean(key, _all_keys(resolved), cutoff=0.4)
        raise UserError(f"{short(key)} is no key of {short(resolved.name)}. {hint}".rstrip())
    return "\n".join(_told(resolved, name) for name in (under or above))


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a complete scenario file; an overlay has `extends` and any part of it."""
    from simcpec.scenario.schema.layer_rules import RULE, layered
    from simcpec.scenario.schema.scenario_block import Scenario

    schema = layered(Scenario.model_json_schema(by_alias=True, mode="validation"))
    extends = {"type": "string", "description": "name of a shipped scenario, or a file in the same folder"}
    own = {key: part for key, part in schema["properties"].items() if key != "replace"}
    properties = {"extends": extends, **own}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "simcpec scenario", "description": RULE}
    needs = [{"required": ["extends"]}, {"required": schema.pop("required")}]
    return {**schema, **head, "properties": properties, "anyOf": needs}


def leaves(resolved: Resolved) -> Iterator[Leaf]:
    """Every setting of a scenario in the order of the file."""
    yield from _leaves(resolved.root, resolved.scenario, ())


def uncertain(resolved: Resolved) -> dict[str, Quantity]:
    """Numbers to which the file itself gives a law and a range, by dotted key."""
    return {
        leaf.key: leaf.quantity for leaf in leaves(resolved) if leaf.quantity is not None and leaf.quantity.uncertain
    }


def placed(resolved: Resolved, fault: Fault) -> Fault:
    """A fault of a world that cannot be built, in the place of the layer that made it so, with the line itself."""
    node, place = find(resolved.root, path_of(fault.key)) if fault.key else (None, Place(resolved.ref))
    place = node.place if node is not None and not fault.line else place
    fault = replace(fault, where=place.where, line=place.line, column=place.column, shown=place.shown)
    origins = {path_of(key): settings for key, settings in resolved.origins.items()}
    return of_built(fault, resolved.root, origins)


def differences(a: Resolved, b: Resolved) -> list[tuple[str, str, str]]:
    """(key, text in a, text in b) of every setting that differs; "" where one has no such key.  Names do not count."""
    one, two = ({leaf.key: leaf for leaf in leaves(side) if not leaf.key.startswith(LEVERS)} for side in (a, b))
    rows = list(_other_levers(a, b))
    for key in [*one, *(key for key in two if key not in one)]:
        if key in NO_SETTINGS or key.endswith(".label") or _same(one.get(key), two.get(key)):
            continue
        rows.append((key, one[key].text if key in one else "", two[key].text if key in two else ""))
    return rows


def _other_levers(a: Resolved, b: Resolved) -> Iterator[tuple[str, str, str]]:
    """A row for every lever of one that the other does not have in just this form, wherever in the list it stands."""
    sides = [[said(item) for item in side.tree["policy"].get("levers", ())] for side in (a, b)]
    for text in dict.fromkeys(sides[0] + sides[1]):
        if sides[0].count(text) != sides[1].count(text):
            one, two = (text if text in side else "" for side in sides)
            yield f"{LEVERS}.{text.partition(',')[0]}", one, two


def slug_of(ref: str) -> str:
    """A safe, never empty name of a folder for a reference; different references have different ones.

    A shipped scenario, or ``plain-name.yaml`` in the current folder, is called by its name; everything else gets six
    hexadecimal digits of its reference behind what can be kept of its name.
    """
    import hashlib
    import re

    if ref == shipped_files.STDIN:
        return "stdin"
    plain = ref if ref in shipped_files.shipped() else _shipped_name(ref)
    stem = plain or PurePath(ref).name.removesuffix(".yaml")
    safe = re.sub(r"[^a-z0-9._-]+", "-", stem.lower(), flags=re.ASCII).strip("-.")[:60].rstrip("-.")
    taken = plain == "" and (safe in shipped_files.shipped() or safe == "stdin")
    if safe and not taken and (plain or ref == f"{safe}.yaml"):
        return safe
    tag = hashlib.sha256(ref.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{safe or 'scenario'}-{tag}"


# ------------------------------------------------------------------------------------------------ loading


def _sound(ref: str, stack: Stack, more: Callable[[MapNode], list[Fault]] = lambda root: []) -> Resolved:
    """The scenario of these layers. Raises ScenarioError with all of their faults, those that `more` finds too."""
    root, scenario, faults = _checked(stack, more)
    if faults or scenario is None:
        raise ScenarioError(faults)
    return _resolved(ref, stack, root, scenario)


def _checked(stack: Stack, more: Callable[[MapNode], list[Fault]]) -> tuple[MapNode, Any, list[Fault]]:
    """Merged tree, the scenario, and all faults without repeats in one place."""
    assert stack.root is not None
    root = filled(stack.root)
    scenario, faults = validated(root)
    found: dict[tuple[str, int, int, str], Fault] = {}
    others = [*contradictions(root), *without_effect(root), *more(root)]
    for fault in [*stack.faults, *of_switches(root), *faults, *others]:
        found.setdefault((fault.where, fault.line, fault.column, fault.key or fault.problem), fault)
    ordered = sorted(found.values(), key=_standing)
    told = [left_behind(blamed(fault, root, stack.origins), stack.origins) for fault in ordered[:MOST_SHOWN]]
    return root, scenario, sorted([*told, *ordered[MOST_SHOWN:]], key=_standing)


def _standing(fault: Fault) -> tuple[str, int, int]:
    """File, line and column of a fault."""
    return fault.where, fault.line, fault.column


def validated(root: MapNode) -> tuple[Any, list[Fault]]:
    """The scenario of a tree, or what pydantic found wrong with it."""
    from pydantic import ValidationError

    from simcpec.scenario.reading.messages import faults_of
    from simcpec.scenario.schema.maps import SETTINGS
    from simcpec.scenario.schema.scenario_block import Scenario

    data = data_of(root)
    world = data.get("world")
    world = world if isinstance(world, dict) else {}
    provinces, cohorts, groups = world.get("provinces"), world.get("cohorts"), world.get("groups", {})
    threat = world.get("threat")
    modes = threat.get("modes", {}) if isinstance(threat, dict) else None
    context: dict[str, Any] = {
        "provinces": list(provinces) if isinstance(provinces, dict) else None,
        "cohorts": [name for name in cohorts if isinstance(name, str)] if isinstance(cohorts, list) else None,
        "settings": list(SETTINGS),
        "groups": list(groups) if isinstance(groups, dict) else None,
        "modes": list(modes) if isinstance(modes, dict) else None,
    }
    context["names"] = tuple(tuple(names) if names is not None else None for names in context.values())
    context["labels"] = labels_of(provinces)
    try:
        return Scenario.model_validate(data, context=context), []
    except ValidationError as error:
        return None, faults_of(error.errors(include_url=False), root)


def _resolved(ref: str, stack: Stack, root: MapNode, scenario: Any) -> Resolved:
    return Resolved(
        name=scenario.name,
        slug=slug_of(ref),
        ref=_relative(ref),
        scenario=scenario,
        notes=tuple(stack.notes),
        root=root,
        settings=stack.origins,
    )


def _relative(ref: str) -> str:
    """A reference without what belongs to one machine: relative to the current folder, or the bare name."""
    from pathlib import Path as File

    if not PurePath(ref).is_absolute():
        return ref
    here = File.cwd()
    return PurePath(ref).relative_to(here).as_posix() if PurePath(ref).is_relative_to(here) else PurePath(ref).name


def _shipped_name(ref: str) -> str:
    """The name of the shipped scenario whose file a path is, or ""."""
    from pathlib import Path as File

    try:
        file = File(ref).resolve()
    except (OSError, ValueError, RuntimeError):
        return ""
    return shipped_files.shipped_files().get(file, "")


# ------------------------------------------------------------------------------------------------ asking


def _leaves(node: Node, value: Any, path: Path) -> Iterator[Leaf]:
    from simcpec.scenario.schema.scenario_block import value_at

    if isinstance(node, MapNode) and isinstance(value, list):  # one map where a list may stand
        (value,) = value
    if isinstance(node, MapNode) and node.entries and not isinstance(value, Quantity):
        for key, inner in node.entries.items():
            yield from _leaves(inner, value_at(value, (key,)), (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(node.items[index], item, (*path, index))  # type: ignore[union-attr]
    else:
        quantity = value if isinstance(value, Quantity) else None
        text = quantity.text if quantity else text_of(node)
        yield Leaf(
            key=dotted(path),
            text=text,
            quantity=quantity,
            unit=quantity.kind.shown if quantity else "",
            place=node.place,
        )


def _same(one: Leaf | None, two: Leaf | None) -> bool:
    if one is None or two is None:
        return False
    if one.quantity is None or two.quantity is None:
        return one.text == two.text
    return one.quantity.said == two.quantity.said


def _all_keys(resolved: Resolved) -> list[str]:
    """Every key and every map above one."""
    steps = [key.split(".") for key in resolved.origins]
    above = (".".join(parts[:cut]) for parts in steps for cut in range(1, len(parts)))
    return list(dict.fromkeys([*resolved.origins, *above]))


def _told(resolved: Resolved, key: str) -> str:
    """One key's history."""
    settings = resolved.origins[key]
    rows = [key]
    for setting in settings:
        won = "  <- in force" if setting is settings[-1] and not setting.drops else ""
        text = f"({setting.text})" if setting.drops else setting.text
        rows.append(f"  {text}    {setting.place}{won}")
    return "\n".join(rows)
