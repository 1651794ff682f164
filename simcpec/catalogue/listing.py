"""The catalogue as plain text: one entry on a page, everything of a kind as rows, and a search."""

from __future__ import annotations

from collections.abc import Iterable

from simcpec.catalogue.entries import GRADES, Entry, nearest
from simcpec.catalogue.listing_levers import lever_row
from simcpec.catalogue.read import shipped, shipped_levers
from simcpec.catalogue.sources import KINDS as SOURCE_KINDS
from simcpec.catalogue.sources import SEEN, Source
from simcpec.errors import CatalogueError

KINDS = ("entries", "levers", "sources", "statements")


def format_entry(entry: Entry) -> str:
    """Plain text of one entry: value, interval, source, grade, caveat, and what stands beside it."""
    rows = [entry.id, f"  {entry.says}", ""]
    rows += [_row("value", _with_unit(entry))]
    rows += [_row("interval", f"{interval_text(entry)} ({entry.interval_kind})")] if entry.interval else []
    rows += [_row("draws", _draws_text(entry))] if entry.law != "none" else []
    rows += [_row("derived", entry.derived)] if entry.derived else []
    rows += [_row("grade", f"{entry.grade} - {GRADES[entry.grade]}")]
    rows += [_row("caveat", entry.caveat)] if entry.caveat else []
    rows += [_row("source", f"{source_line(shipped().sources[entry.source.key])} [{entry.source.key}]")]
    rows += [_row("where", entry.source.where), _row("reason", entry.source.reason)]
    rows += [_row("also", entry.source.also)] if entry.source.also else []
    rows += [_row("sets", key) for key in entry.sets]
    rows += [_row("beside", _beside_text(shipped().entries[other])) for other in entry.stands_beside]
    rows += [_row("chosen", entry.why)] if entry.chosen else []
    rows += [_row("bears on", words) for words in entry.bears_on]
    rows += [_row("checked", entry.checked.told)] if entry.checked else []
    return "\n".join(rows) + "\n"


def format_source(source: Source) -> str:
    """Plain text of one source with the ids of the entries that cite it."""
    citing = [entry.id for entry in shipped().entries.values() if entry.source.key == source.key]
    rows = [source.key, f"  {source_line(source)}", "", _row("kind", SOURCE_KINDS[source.kind])]
    rows += [_row("seen", SEEN[source.seen])]
    rows += [_row("note", source.note)] if source.note else []
    rows += [_row("cited by", id) for id in citing]
    return "\n".join(rows) + "\n"


def source_line(source: Source) -> str:
    """Author, title, container and date of a source in one line."""
    where = " ".join(part for part in (source.container, source.volume) if part)
    return ", ".join(part for part in (source.author, source.title, where, source.date or source.year) if part)


def value_text(entry: Entry) -> str:
    """The value as written; a list in brackets."""
    if isinstance(entry.value, tuple):
        return "[" + ", ".join(map(str, entry.value)) + "]"
    return str(entry.value)


def _with_unit(entry: Entry) -> str:
    """The value with its unit; pure numbers have the unit 1, which is not written."""
    return value_text(entry) if entry.unit == "1" else f"{value_text(entry)} {entry.unit}"


def interval_text(entry: Entry) -> str:
    """``[low, high]``, or "" where there is none."""
    return f"[{entry.interval[0]}, {entry.interval[1]}]" if entry.interval else ""


def search_in(entries: Iterable[Entry], text: str) -> tuple[Entry, ...]:
    """Those of `entries` in which every word of `text` occurs; none for an empty text."""
    words = text.casefold().split()
    return tuple(entry for entry in entries if words and all(word in _haystack(entry) for word in words))


def table(kind: str) -> list[dict[str, str]]:
    """Rows of text for one of `KINDS`, all with the same columns; raises `CatalogueError` for another kind."""
    if kind not in KINDS:
        raise CatalogueError(f"nothing called {kind!r} to list; {nearest(kind, KINDS)}")
    found = shipped()
    if kind == "sources":
        return [_source_row(source) for source in found.sources.values()]
    if kind == "statements":
        return [
            {"document": s.document, "says": s.says, "bears on": s.quantity, "ambiguity": s.ambiguity, "model": s.model}
            for s in found.statements
        ]
    if kind == "levers":
        return [lever_row(lever) for lever in shipped_levers().values()]
    return [_entry_row(entry) for entry in found.entries.values()]


def _entry_row(entry: Entry) -> dict[str, str]:
    return {
        "id": entry.id,
        "says": entry.says,
        "value": value_text(entry),
        "unit": entry.unit,
        "interval": interval_text(entry),
        "grade": entry.grade,
        "source": entry.source.key,
        "checked": entry.checked.day if entry.checked else "",
        "bears on": "; ".join(entry.bears_on),
    }


def _source_row(source: Source) -> dict[str, str]:
    return {
        "key": source.key,
        "title": source.title,
        "author": source.author,
        "date": source.date or source.year,
        "kind": source.kind,
        "seen": source.seen,
    }


def _draws_text(entry: Entry) -> str:
    drawn = entry.distribution()
    return f"{drawn.law}({', '.join(f'{name} {number:.4g}' for name, number in drawn.parameters.items())})"


def _beside_text(other: Entry) -> str:
    mark = "chosen: " if other.chosen else ""
    return f"{mark}{other.id} = {_with_unit(other)} [{other.source.key}]"


def _row(label: str, content: str) -> str:
    return f"  {label:<9} {content}"


def _haystack(entry: Entry) -> str:
    source = shipped().sources[entry.source.key]
    parts = (entry.id, entry.says, entry.unit, entry.caveat, entry.derived, entry.source.where, source.key)
    return " ".join((*parts, source_line(source), *entry.sets, *entry.bears_on)).casefold()
