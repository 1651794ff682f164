"""What was announced or counted outside the model, as the catalogue has it: never a number written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcpec.catalogue.entries import Entry
from simcpec.catalogue.read import shipped

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


def record() -> tuple[float, float] | None:
    """Attacks on record and the years they were counted in; None where the catalogue lacks one of them."""
    known = entries()
    if ATTACKS not in known or WINDOW not in known:
        return None
    return known[ATTACKS].number, known[WINDOW].number


def cited(entry: Entry) -> str:
    """Who said it: title and year of the source."""
    source = shipped().sources[entry.source.key]
    return ", ".join(part for part in (source.author or source.title, source.date or source.year) if part)


def sentence(text: str) -> str:
    """The text with a capital and a full stop; "" stays ""."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".") if text else ""
