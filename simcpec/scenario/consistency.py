"""What no single key shows: keys that a switch leaves unread, and settings that contradict each other.

All checks read the merged tree as it was written, so that they also speak about a file that has other faults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from simcpec import units
from simcpec.errors import Fault
from simcpec.scenario.inactive_settings import outside_the_run, steps_without_effect
from simcpec.scenario.lever_entries import faults_of_levers, idle_levers, known
from simcpec.scenario.reading.messages import fault_on, meaning
from simcpec.scenario.reading.nodes import Listing, MapNode, Node, Path, data_of, dotted, path_of
from simcpec.scenario.reading.shared_parts import ROOT, Parts, Reads, SharedPart, shared
from simcpec.scenario.schema.keys import KEYS, dotted_at, path_at
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.scenario_block import Scenario, step_into
from simcpec.units import Kind, NotAQuantity, parse_quantity


class Told(NamedTuple):
    """What a check finds: dotted key, problem, what is allowed, a hint, and the other keys that it read."""

    key: str
    problem: str
    allowed: str
    hint: str = ""
    reads: tuple[str, ...] = ()


def contradictions(root: MapNode) -> list[Fault]:
    """Everything of `CHECKS`."""
    view = View(data_of(root))
    return [
        fault_on(root, path_of(told.key), told.problem, told.allowed, told.hint, told.reads)
        for check in CHECKS
        for told in check(view)
    ]


def without_effect(root: MapNode) -> list[Fault]:
    """Levers whose amounts, as written, change nothing; a drawn amount may come to nothing."""
    told = idle_levers(View(data_of(root))[KEYS.policy.levers])
    return [fault_on(root, path_of(key), problem, allowed, hint) for key, problem, allowed, hint in told]


def of_switches(root: MapNode) -> Iterator[Fault]:
    """Keys that a switch leaves unread, or asks for in vain."""
    for path, switch, problem, allowed in _misread(root, Scenario):
        reads = (dotted((*path[:-1], switch)),)
        yield fault_on(root, path, problem, meaning(path) if allowed is None else allowed, reads=reads)


Misread = tuple[Path, str, str, str | None]
"""Where, the switch, the problem, and what is allowed (None: what the key means)."""


def _misread(node: Node, shape: Any) -> tuple[Misread, ...]:
    """Return what is wrong with keys that depend on a switch in a map or below it; looked for once in each map."""
    if isinstance(node, Listing):
        return tuple(_below(enumerate(node.items), shape))
    if not isinstance(node, MapNode):
        return ()
    memo = f"misread {id(shape)}"
    if memo not in node.memo:
        node.memo[memo] = (*_misread_here(node, shape), *_below(node.entries.items(), shape))
    found: tuple[Misread, ...] = node.memo[memo]
    return found


def _below(nodes: Iterable[tuple[str | int, Node]], shape: Any) -> Iterator[Misread]:
    for step, inner in nodes:
        below = step_into(shape, step) if isinstance(inner, MapNode | Listing) else None
        if below is not None:
            for path, switch, problem, allowed in _misread(inner, below):
                yield (step, *path), switch, problem, allowed


def _misread_here(node: MapNode, shape: Any) -> Iterator[Misread]:
    """What is wrong in a map that has a switch whose word is known."""
    choice = shape.choice if isinstance(shape, type) and issubclass(shape, Block) else None
    word = data_of(node.entries[choice.switch]) if choice is not None and choice.switch in node.entries else None
    if choice is None or not isinstance(word, str) or word not in choice.reads:
        return
    switch, read = choice.switch, choice.reads[word]
    for key in node.entries:
        if key in choice.keys and key not in read and not choice.open:
            wanted = ", ".join(read) or "nothing else"
            yield (key,), switch, f"is read by nothing, because {switch} is {word}", f"with {switch}: {word}, {wanted}"
    for key in read:
        if key not in node.entries and key not in choice.optional:
            yield (key,), switch, f"is missing, because {switch} is {word}", None


class View:
    """The data of a scenario by key of `KEYS`; None for whatever is missing or cannot be read.

    It notes the blocks that are looked at, so that checks of what many files share are made once.
    """

    def __init__(self, data: Any) -> None:
        self.data = data
        self.reads = Reads()
        self.parts: dict[object, SharedPart] = {}
        self.unmoved: Parts | None = None
        self.decides: tuple[object, ...] = ()

    def __getitem__(self, key: object) -> Any:
        path = path_at(key)
        self.reads.keys.add(dotted(path[:ROOT]))
        return self._at(path)

    def said(self, root: str) -> object:
        """Return what stands at the first steps of a key."""
        return self._at(path_of(root))

    def _at(self, path: Path) -> Any:
        node = self.data
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        return node

    def table(self, key: object) -> dict[str, Any]:
        """A map, {} where there is none."""
        node = self[key]
        return node if isinstance(node, dict) else {}

    def amount(self, key: object, kind: Kind) -> Fraction | None:
        """A quantity in canonical units."""
        node = self[key]
        node = node.get("value") if isinstance(node, dict) else node
        try:
            return parse_quantity(node, kind) if isinstance(node, str) else None
        except NotAQuantity:
            return None


def _told(key: object, problem: str, allowed: str, hint: str = "", *, reads: Sequence[object] = ()) -> Told:
    """Return what is wrong at a key of `KEYS`; `reads` are the others that it depends on."""
    return Told(dotted_at(key), problem, allowed, hint, tuple(map(dotted_at, reads)))


def _proportional(view: View) -> Iterator[Told]:
    """A deterministic preparation has no hazard to be proportional to."""
    key = KEYS.world.detection.proportional
    if view[key] == "on" and view[KEYS.world.preparation.law] == "deterministic":
        problem = "is on, but the preparation is deterministic and has no hazard"
        yield _told(key, problem, "off, or another law of world.preparation", reads=(KEYS.world.preparation.law,))


def _mixture(view: View) -> Iterator[Told]:
    key = KEYS.world.threat.mixture
    attempts, mixture, reads = view[KEYS.world.threat.attempts], view[key], (KEYS.world.threat.attempts,)
    if attempts == "negbin" and mixture in (None, "none"):
        yield _told(key, "is none, but attempts are negbin", "a size above 0", reads=reads)
    if attempts in ("plots", "poisson") and mixture not in (None, "none"):
        yield _told(key, f"is read by nothing, because attempts are {attempts}", "none", reads=reads)


def _backlash(view: View) -> Iterator[Told]:
    """A named world brings its own numbers."""
    keys = KEYS.world.backlash
    world = view[keys.world]
    if world not in ("none", "moderate", "strong"):
        return
    for key, kind in (
        (keys.per_death, units.NUMBER), (keys.per_arrest, units.NUMBER), (keys.footprint_gain, units.RATE),
        (keys.footprint_tips, units.NUMBER),
    ):  # fmt: skip
        if view.amount(key, kind):
            hint = "Write world: custom for numbers by hand."
            yield _told(key, f"is read by nothing, because world is {world}", "0", hint, reads=(keys.world,))


def _addresses(view: View) -> Iterator[Told]:
    """Two provinces with one address would have the same random numbers."""
    keys = KEYS.world.provinces
    given = {code: view[keys[code].address] or code for code in view.table(keys)}
    counts = Counter(str(address) for address in given.values())
    for code, address in given.items():
        if counts[str(address)] > 1:
            allowed = "an address of its own for each province"
            same = [other for other, its in given.items() if its == address]
            reads = [keys[other].address for other in same]
            yield _told(keys[code], f"has the address {address}, as another province", allowed, reads=reads)


def _people(view: View) -> Iterator[Told]:
    """Somebody has to be there."""
    keys = KEYS.world.provinces
    cells = [(code, cohort) for code in view.table(keys) for cohort in view.table(keys[code].personnel)]
    if cells and all(view.amount(keys[code].personnel[cohort], units.PERSONS) == 0 for code, cohort in cells):
        reads = [keys[code].personnel for code in view.table(keys)]
        yield _told(keys, "have no personnel at all", "at least one person somewhere", reads=reads)


def _warm_up(view: View) -> Iterator[Told]:
    """The horizon has to end in the calendar."""
    keys = KEYS.run
    try:
        start, horizon = units.parse_date(str(view[keys.start])), units.parse_horizon(str(view[keys.horizon]))
    except NotAQuantity:
        return
    if start.year < 1900:
        yield _told(keys.start, f"is {start}", "from 1900-01-01")
    try:
        late = horizon.end(start) > date(2200, 1, 1)
    except (ValueError, OverflowError):
        late = True
    if late:
        yield _told(keys.horizon, "ends after 2199", "an end before 2200", reads=(keys.start,))


def _levers(view: View) -> Iterator[Told]:
    """Unknown instruments and moves, dates that run backwards, what nobody has agreed to."""
    levers = view[KEYS.policy.levers]
    for told in faults_of_levers(levers, view.table(KEYS.world.agreements)):
        lever = known(levers[path_of(told[0])[2]]["lever"])
        needs = () if lever is None or not lever.needs else (KEYS.world.agreements[lever.needs],)
        yield Told(*told, reads=tuple(map(dotted_at, needs)))


def _outside(view: View) -> Iterator[Told]:
    """Days on which nothing can act in this run."""
    keys = KEYS.run
    ends = {"first": (keys.start, keys.horizon), "end": (keys.start, keys.warm_up)}  # of the run
    for role, told in outside_the_run(view.data):
        yield Told(*told, reads=tuple(map(dotted_at, ends[role])))


def _steps(view: View) -> Iterator[Told]:
    """Steps of the threat that change nothing."""
    steps, provinces = view[KEYS.world.threat.steps], KEYS.world.provinces
    told = steps_without_effect(steps, view[provinces]) if steps else ()
    for one in told:
        plots = tuple(dotted_at(provinces[code].plots) for code in view.table(provinces))
        yield Told(*one, reads=plots)


def _forces(view: View) -> Iterator[Told]:
    """A force that may not be there, or not in this province."""
    agreements = view.table(KEYS.world.agreements)
    for name in view.table(KEYS.world.forces):
        keys = KEYS.world.forces[name]
        eligible, needs = view[keys.eligible], view[keys.needs]
        posted = [code for code in view.table(keys.strength) if view.amount(keys.strength[code], units.GUARDS)]
        for code in posted:
            if isinstance(eligible, list) and code not in eligible:
                allowed = ", ".join(map(str, eligible))
                problem = f"posts {name} where it may not serve"
                yield _told(keys.strength[code], problem, allowed, reads=(keys.eligible,))
        if posted and isinstance(needs, str) and agreements.get(needs) != "on":
            reads = (KEYS.world.agreements[needs], keys.needs)
            agreement = dotted_at(reads[0])
            problem = f"is above 0, for which there is no agreement ({agreement} is off)"
            hint = f"Set {agreement}: on to ask what it would do if there were one."
            yield _told(keys.strength[posted[0]], problem, "0 guards, or the agreement", hint, reads=reads)


def _groups(view: View) -> Iterator[Told]:
    """Plots and militants of a province are shared out over the groups to the last one."""
    keys, provinces = KEYS.world.groups, KEYS.world.provinces
    names = list(view.table(keys))
    for code in view.table(provinces) if names else ():
        for what, kind in (("plots", units.RATE), ("militants", units.PERSONS)):
            shares = [_share_of_group(view, name, what, code) for name in names]
            if not view.amount(getattr(provinces[code], what), kind) or None in shares:
                continue
            whole = sum((share for share in shares if share is not None), Fraction(0))
            if whole != 1:
                shown = units.format_quantity(whole, units.SHARE, exact=True)
                problem = f"have {shown} of the {what} of {code} together"
                hint = f"Each names its share under {what}: {{{code}: ...}}; without militants: it is that of plots."
                reads = (getattr(provinces[code], what), *(keys[name].plots for name in names))
                yield _told(keys, problem, "100 % over all groups", hint, reads=reads)


def _share_of_group(view: View, name: str, what: str, code: str) -> Fraction | None:
    """The share of a group in a province; None for one that cannot be read, which has a fault of its own."""
    group = KEYS.world.groups[name]
    key = group.militants if what == "militants" and view[group.militants] is not None else group.plots
    table = view[key]
    if not isinstance(table, dict):
        return None
    return view.amount(key[code], units.SHARE) if code in table else Fraction(0)  # type: ignore[index]


Check = Callable[[View], Iterable[Told]]


def _once(check: Callable[[View], Iterator[Told]]) -> Check:
    """A check that is made once for all files that say the same of what it looks at."""

    @shared
    def found(view: View) -> tuple[Told, ...]:
        return tuple(check(view))

    return found


CHECKS: tuple[Check, ...] = (
    *map(
        _once,
        (
            _proportional,
            _mixture,
            _backlash,
            _addresses,
            _people,
            _warm_up,
            _levers,
            _forces,
            _groups,
        ),
    ),
    _steps,
    _outside,  # looks everywhere
)


# ------------------------------------------------------------------------------------------------ drawn numbers


class _TracedView(View):
    """A view that notes every path of which the content is looked at; of a table only the keys are."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.paths: set[Path] = set()

    def table(self, key: object) -> dict[str, Any]:
        """A map, {} where there is none."""
        node = View._at(self, path_at(key))
        return node if isinstance(node, dict) else {}

    def _at(self, path: Path) -> Any:
        self.paths.add(path)
        return super()._at(path)


def checks_of(root: MapNode, drawn: Collection[Path]) -> tuple[Sequence[Check], frozenset[Path]]:
    """Checks of a sound scenario that may find something with other numbers at the paths `drawn`, and what they read.

    The second answer is the part of `drawn` that these checks look at. Days are never drawn.
    """
    found: list[Check] = []
    read: set[Path] = set()
    for check in CHECKS[:-1]:
        view = _TracedView(data_of(root))
        plain: Check = getattr(check, "__wrapped__", check)  # not what was found for another file
        tuple(plain(view))
        touched = {path for path in drawn if any(_overlap(path, other) for other in view.paths)}
        found += [plain] if touched else []
        read |= touched
    return found, frozenset(read)


def _overlap(one: Path, other: Path) -> bool:
    """Return whether one path is, or is above, the other."""
    return all(a == b for a, b in zip(one, other, strict=False))
