"""What was announced or counted outside the model, as the catalogue has it: never a number written here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from simcpec.catalogue.entries import Entry
from simcpec.catalogue.read import shipped
from simcpec.catalogue.records import DEFAULT, NAMED, NONE
from simcpec.errors import Refused
from simcpec.results.records import ScenarioResult, Study
from simcpec.units import short

OWN = "own"  # as `world.record.use` calls a record of the user's
OPERATIONS, ARRESTS, DEATHS = "ibo.seed.operations", "ibo.seed.arrested", "ibo.seed.killed"
ATTACKS, WINDOW = "attacks.count.all", "attacks.window"


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Announced operations, arrests and deaths of militants, of one unstated window."""

    operations: float
    arrests: float
    deaths: float
    source: str
    caveat: str

    def words(self) -> str:
        """The three counts and who said them."""
        return (
            f"{self.operations:,.0f} operations, {self.arrests:,.0f} arrests, {self.deaths:,.0f} killed; {self.source}"
        )


def entries() -> Mapping[str, Entry]:
    """All entries of the shipped catalogue."""
    return shipped().entries


def announced() -> Funnel | None:
    """The announced counts; None where the catalogue lacks one of them."""
    known = entries()
    if not all(name in known for name in (OPERATIONS, ARRESTS, DEATHS)):
        return None
    first = known[OPERATIONS]
    return Funnel(
        operations=first.number,
        arrests=known[ARRESTS].number,
        deaths=known[DEATHS].number,
        source=cited(first),
        caveat=sentence(first.caveat),
    )


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The record that belongs to the scenarios of a study.

    name : of a named record, or ``own``.      title : the corridor, as titles call it.
    attacks, years : counted, and in how long; None where no such count is on record.
    window : first and last day of those years, where they are on record.
    funnel : announced operations and what they brought, or None.
    source, caveat, limits : of a record of the user's, in words.
    """

    name: str
    title: str
    attacks: float | None
    years: float | None
    funnel: Funnel | None
    source: str = ""
    caveat: str = ""
    limits: str = ""
    window: tuple[date, date] | None = None


def observed(study: Study) -> Observed | None:
    """The one record that all scenarios name and whose provinces are theirs; None where there is no such record."""
    found = {_of(result) for result in study.scenarios}
    return found.pop() if len(found) == 1 else None


def _of(result: ScenarioResult) -> Observed | None:
    """The record of one scenario, as its settings say."""
    key, provinces = "world.record", frozenset(result.axes.provinces)
    said = {one.key: one.value for one in result.settings_table if one.key.startswith(key)}
    name = said.get(key, said.get(f"{key}.use", OWN if said else DEFAULT))
    if name in NAMED:
        return _named(name) if NAMED[name].provinces == provinces else None
    if name == NONE or frozenset(_listed(said.get(f"{key}.provinces", ""))) != provinces:
        return None
    attacks, years, operations, arrests, killed = (
        _count(result, f"{key}.{one}", said) if f"{key}.{one}" in said else None
        for one in ("attacks", "years", "operations", "arrests", "killed")
    )
    source, caveat = (said.get(f"{key}.{one}", "") for one in ("source", "caveat"))
    seen = operations is not None and arrests is not None and killed is not None
    return Observed(
        name=OWN,
        title=said.get(f"{key}.title", ""),
        attacks=attacks,
        years=years,
        funnel=Funnel(operations=operations or 0.0, arrests=arrests or 0.0, deaths=killed or 0.0, source=source,
                      caveat=sentence(caveat)) if seen else None,
        source=source,
        caveat=caveat,
        limits=said.get(f"{key}.limits", ""),
    )  # fmt: skip


def _count(result: ScenarioResult, key: str, said: Mapping[str, str]) -> float:
    """A number of the record. Raises Refused where a stored setting holds none."""
    try:
        found = float(said[key])
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Refused(f"{result.slug}/result.json is not what simcpec writes: {key} is {short(said[key])}, no number")
    return found


def _listed(text: str) -> list[str]:
    """The words of a list as settings show it: ``[A, B]``."""
    return [word for word in text.strip("[]").replace(",", " ").split() if word]


def _named(name: str) -> Observed:
    """A named record, with the numbers of the catalogue."""
    known = entries()
    counted = ATTACKS in known and WINDOW in known
    return Observed(
        name=name,
        title=NAMED[name].title,
        attacks=known[ATTACKS].number if counted else None,
        years=known[WINDOW].number if counted else None,
        window=_days(known[WINDOW]) if counted else None,
        funnel=announced(),
    )


def _days(entry: Entry) -> tuple[date, date] | None:
    """First and last day of a window, as the check of its length has them."""
    ends = entry.gives_back.get("years_between")
    return None if ends is None else (date.fromisoformat(ends[0]), date.fromisoformat(ends[1]))


def cited(entry: Entry) -> str:
    """Return who said it: title and year of the source."""
    source = shipped().sources[entry.source.key]
    return ", ".join(part for part in (source.author or source.title, source.date or source.year) if part)


def sentence(text: str) -> str:
    """The text with a capital and a full stop; "" stays ""."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".") if text else ""
