"""Scenarios with settings of their own: ``--set NAME:key=value`` for one of several, ``--vary key=values`` for a grid.

What comes out is a list of `Variant`: a scenario, the ``key=value`` layers over it, and, where it is a point of a grid,
a label by which people tell it apart. Whoever plays a design, however it was made, plays such a list.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simcpec.errors import UserError, no_such
from simcpec.scenario.layering.shipped_files import STDIN
from simcpec.scenario.resolved import Resolved, load, slug_of
from simcpec.scenario.several import each
from simcpec.units import short

MOST = 60  # scenarios of a comparison that is made by varying; figures have room for so many
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_WITH_UNIT = re.compile(rf"({_NUMBER.pattern})\s*([^\W\d_][^,]*|[%$€£°/].*)", re.ASCII)
_ALLOWED = "--vary key=value,value,... with one unit at the end, such as policy.security_share.share=0.5,1,2%"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a grid: the values of its keys, and how people call it."""

    label: str  # such as ``security_share.share 0.5 %``; "" where nothing is varied
    sets: tuple[str, ...]  # ``key=value``


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A scenario as it is compared: `sets` and `varied` over what `ref` names; no `label` for one not varied."""

    ref: str
    sets: tuple[str, ...] = ()
    varied: tuple[str, ...] = ()
    label: str = ""


# ------------------------------------------------------------------------------------------------ --set


def own_sets(refs: Sequence[str], sets: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The ``key=value`` of each scenario: those for all of them, and those that name it, in the order given.

    Raises UserError for a name that is none of `refs`, or that stands among them twice.
    """
    said = [(_meant(refs, text), text) for text in sets]
    return {
        ref: tuple(text if name is None else _of(text)[1] for name, text in said if name in (None, ref))
        for ref in dict.fromkeys(refs)
    }


def shown_sets(refs: Sequence[str], sets: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Return the texts for a command, with a scenario called as `names` has it."""
    said = [(_meant(refs, text), text) for text in sets]
    return [text if name is None else f"{names[name]}:{_of(text)[1]}" for name, text in said]


def _of(text: str) -> tuple[str, str]:
    """Name of a scenario ("" for none) and ``key=value`` of a ``--set``."""
    key, equals, value = text.partition("=")
    name, colon, key = key.rpartition(":")
    return (name, f"{key}{equals}{value}") if colon else ("", text)


def _meant(refs: Sequence[str], text: str) -> str | None:
    """Return which scenario a ``--set`` names; None: all."""
    name, _ = _of(text)
    if not name:
        return None
    found = [ref for ref in refs if ref == name] or [ref for ref in refs if slug_of(ref) == slug_of(name)]
    if not found:
        raise no_such(f"--set {short(text)} is for {short(name)}, which is none of the scenarios", name, refs)
    if len(found) > 1:
        raise UserError(f"--set {short(text)} is for {short(name)}, which stands {len(found)} times")
    return found[0]


# ------------------------------------------------------------------------------------------------ --vary


def grid(varies: Sequence[str]) -> tuple[Point, ...]:
    """Every combination of the values of some keys, the last one moving fastest.

    varies : ``key=value,value,...``; a number without a unit has that of the last value.
    Raises UserError for what is none, for a key or a value that stands twice, and for more than `MOST` points.
    """
    keys = [text.partition("=")[0].strip() for text in varies]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise UserError(f"--vary names {short(twice[0])} twice; allowed: each key once, with all of its values")
    values = [_values(text) for text in varies]
    count = 1
    for of_key in values:
        count *= len(of_key)
    if count > MOST:
        raise UserError(f"--vary gives {count:,} combinations; allowed: at most {MOST}")
    return tuple(_point(keys, chosen) for chosen in itertools.product(*values))


def _values(text: str) -> list[str]:
    """The values of one ``--vary``, each with its unit."""
    key, equals, rest = text.partition("=")
    found = [value.strip() for value in _parts(rest)]
    if not key.strip() or not equals or not all(found):
        raise UserError(f"--vary {short(text)} is no key with values; allowed: {_ALLOWED}")
    last = None if _NUMBER.fullmatch(found[-1]) else _WITH_UNIT.fullmatch(found[-1])
    found = [_with_unit(value, last[2] if last else "") for value in found]
    if twice := [value for value in found if found.count(value) > 1]:
        raise UserError(f"--vary {short(text)} has the value {short(twice[0])} twice")
    return found


def _with_unit(value: str, unit: str) -> str:
    """A number with one space before its own unit, or before this one where it has none; other values as they are."""
    if _NUMBER.fullmatch(value):
        return f"{value} {unit}".rstrip()
    own = _WITH_UNIT.fullmatch(value)
    return f"{own[1]} {own[2]}" if own else value


def _parts(text: str) -> list[str]:
    """Text between commas that stand outside of brackets and quotes."""
    found, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth and not quote:
            found.append("")
        else:
            found[-1] += letter
    return found


def _point(keys: Sequence[str], values: Sequence[str]) -> Point:
    label = ", ".join(f"{called(key, keys)} {value}" for key, value in zip(keys, values, strict=True))
    return Point(label=label, sets=tuple(f"{key}={value}" for key, value in zip(keys, values, strict=True)))


def called(key: str, others: Sequence[str] = ()) -> str:
    """A dotted key by its last two words, or by as many as tell it from `others`."""
    steps = key.split(".")
    for count in range(2, len(steps)):
        tail = ".".join(steps[-count:])
        if sum(other == tail or other.endswith(f".{tail}") for other in others) <= 1:
            return tail
    return key


# ------------------------------------------------------------------------------------------------ both


def variants(refs: Sequence[str], *, sets: Sequence[str] = (), vary: Sequence[str] = ()) -> tuple[Variant, ...]:
    """Every scenario with its own settings, each followed by the points of the grid over it.

    Raises UserError as `own_sets` and `grid`, and for a grid of more scenarios than `MOST`.
    """
    own = own_sets(refs, sets)
    points = grid(vary) if vary else ()
    count = len(refs) * (1 + len(points))
    if points and count > MOST:
        raise UserError(f"--vary gives {count:,} scenarios with those that are not varied; allowed: at most {MOST}")
    if points and STDIN in refs:
        raise UserError("--vary reads a scenario again and again, and - can be read only once; name a file")
    found = []
    for ref in refs:
        found.append(Variant(ref=ref, sets=own[ref]))
        found += [Variant(ref=ref, sets=own[ref], varied=point.sets, label=point.label) for point in points]
    return tuple(found)


def load_variants(ones: Sequence[Variant]) -> tuple[Resolved, ...]:
    """Every variant in order, named by its label; raises one `ScenarioError` with the faults of all of them."""
    if [one.ref for one in ones].count(STDIN) > 1:
        raise UserError("- stands twice; stdin can be read only once")
    several = len({one.ref for one in ones}) > 1
    return each(ones, lambda one: _loaded(one, several=several))


def _loaded(one: Variant, *, several: bool) -> Resolved:
    if not one.label:
        return load(one.ref, sets=one.sets)
    slug = slug_of(one.ref)
    name = f"{slug}: {one.label}" if several else one.label
    told = (f"name={json.dumps(name[:200], ensure_ascii=False)}", f"describes={json.dumps(one.label)}")
    tag = re.sub(r"[^a-z0-9._]+", "-", one.label.lower(), flags=re.ASCII).strip("-.")
    found = load(one.ref, sets=(*one.sets, *told), varied=one.varied, label=one.label)
    return replace(found, slug=f"{slug}-{tag}"[:90].rstrip("-."))
