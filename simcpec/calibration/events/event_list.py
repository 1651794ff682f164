"""Read a list of events as people have them: four layouts, three kinds of dates, odd encodings, summaries and doubles.

Nothing of a single event leaves this module but to the fits. What was left out, and why, is counted and told.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from simcpec.errors import Fault, ScenarioError, did_you_mean
from simcpec.units import short

LARGEST = 200 << 20  # bytes
MOST_FAULTS = 20
#: columns of each layout: first and last day (or year, month and day), province, deaths, injured
LAYOUTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "UCDP GED": {"start": ("date_start",), "end": ("date_end",), "province": ("prov", "adm_1"), "deaths": ("best",)},
    "GTD": {"year": ("iyear",), "month": ("imonth",), "day": ("iday",), "province": ("provstate", "prov"),
            "deaths": ("nkill",), "injured": ("nwound",)},
    "ACLED": {"start": ("event_date",), "province": ("admin1",), "deaths": ("fatalities",)},
    "plain": {"start": ("date",), "province": ("province",), "deaths": ("deaths",), "injured": ("injured",)},
}  # fmt: skip
OPTIONAL = ("injured", "end")
NAMES = {  # beside the codes and labels of the scenario
    "sindh": "SIN", "punjab": "PUN", "balochistan": "BAL", "baluchistan": "BAL", "khyber pakhtunkhwa": "KP",
    "north-west frontier province": "KP", "nwfp": "KP", "kpk": "KP", "fata": "KP", "kpt": "KP",
    "federally administered tribal areas": "KP", "gilgit-baltistan": "GB", "northern areas": "GB",
    "azad kashmir": "AJK", "azad jammu and kashmir": "AJK", "islamabad": "ICT", "islamabad capital territory": "ICT",
    "federal capital territory": "ICT",
}  # fmt: skip
NAMED_DATES = ("%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y")


@dataclass(frozen=True)
class Event:
    """One event. day : None where only the month is known, given by `month` (year, month)."""

    day: date | None
    month: tuple[int, int]
    province: str
    deaths: int | None


@dataclass
class EventList:
    """What was read, and what was left out and why."""

    layout: str
    encoding: str
    events: list[Event] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """What to tell of the reading."""
        head = f"{len(self.events)} events read as {self.layout}, {self.encoding}"
        return [head, *(f"{count} {what}" for what, count in sorted(self.told.items()))]


def read_events(raw: bytes, where: str, provinces: Mapping[str, str]) -> EventList:
    """The events of a CSV text. provinces : label by code of the scenario.

    Raises ScenarioError with line and reason for a missing column, a date or a number that is none, and dates that may
    be read in two ways.
    """
    if len(raw) > LARGEST:
        raise ScenarioError([Fault(where=where, problem="is larger than a list of events may be", allowed="200 MiB")])
    text, encoding = decoded(raw)
    rows = csv.reader(io.StringIO(text, newline=""), _dialect(text))
    header = [cell.strip().lower() for cell in next(rows, [])]
    layout, at = _layout(header, where)
    found = EventList(layout, encoding)
    numbered = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    order = _order([row[at["start"]] for _, row in numbered if len(row) == len(header)] if "start" in at else [], where)
    names = {**NAMES, **{label.lower(): code for code, label in provinces.items()}}
    names |= {code.lower(): code for code in provinces}
    seen: set[tuple[str, ...]] = set()
    alike: Counter[tuple[object, ...]] = Counter()
    faults: list[Fault] = []
    for line, row in numbered:
        try:
            event = _event(row, header, at, order, names, found.told, seen)
        except _Wrong as wrong:
            faults.append(Fault(where=where, line=line, key=wrong.key, problem=wrong.problem, allowed=wrong.allowed))
            continue
        if event is not None and event.province in provinces:
            found.events.append(event)
            alike[event.day, event.province, event.deaths] += 1
        elif event is not None:
            found.told["left out: a province that the scenario does not have"] += 1
    if faults:
        raise ScenarioError(faults[:MOST_FAULTS])
    doubles = sum(count - 1 for key, count in alike.items() if count > 1 and key[0] is not None and key[2])
    if doubles:
        found.told["kept, but alike in day, province and deaths: perhaps double"] = doubles
    if not found.events:
        raise ScenarioError([Fault(where=where, problem="has no event of a province of the scenario")])
    return found


def decoded(raw: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), "UTF-16"
    try:
        return raw.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), "Windows-1252"


class _Wrong(Exception):
    def __init__(self, key: str, problem: str, allowed: str) -> None:
        super().__init__(problem)
        self.key, self.problem, self.allowed = key, problem, allowed


def _dialect(text: str) -> type[csv.Dialect]:
    class Found(csv.excel):
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)

    return Found


def _layout(header: Sequence[str], where: str) -> tuple[str, dict[str, int]]:
    """The layout whose columns are all there, and where they stand."""
    best, missing = "plain", ["date", "province", "deaths"]
    for name, columns in LAYOUTS.items():
        at = {what: next((header.index(c) for c in names if c in header), -1) for what, names in columns.items()}
        lacking = [columns[what][0] for what, place in at.items() if place < 0 and what not in OPTIONAL]
        if not lacking:
            return name, {what: place for what, place in at.items() if place >= 0}
        if len(lacking) < len(missing) or (name == "plain" and len(lacking) <= len(missing)):
            best, missing = name, lacking
    raise ScenarioError([
        Fault(
            where=where, line=1, key=name, problem=f"is a column that the list lacks to be read as {best}",
            allowed="date, province, deaths; or the columns of UCDP GED, GTD or ACLED", hint=did_you_mean(name, header),
        )
        for name in missing
    ])  # fmt: skip


def _order(texts: Sequence[str], where: str) -> str:
    """Whether dates with strokes are day first or month first, from all of them together."""
    parts = [text.strip().split("/") for text in texts if text.count("/") == 2]
    pairs = [(p[0], p[1]) for p in parts if p[0].isdecimal() and p[1].isdecimal() and len(p[0]) <= 2]
    first, second = any(int(one) > 12 for one, _ in pairs), any(int(two) > 12 for _, two in pairs)
    if pairs and first == second:
        problem = "has dates that can be read in two ways, such as " + "/".join(parts[0])
        raise ScenarioError([Fault(where=where, problem=problem, allowed="2021-03-04, or 4 March 2021")])
    return "day" if first else "month"


def _event(
    row: Sequence[str], header: Sequence[str], at: Mapping[str, int], order: str, names: Mapping[str, str],
    told: Counter[str], seen: set[tuple[str, ...]],
) -> Event | None:  # fmt: skip
    """One row; None, with a reason, for one that is left out."""
    if len(row) != len(header):
        raise _Wrong("", f"has {len(row)} cells", f"{len(header)} cells")
    cells = {what: row[place].strip() for what, place in at.items()}
    if any(cell.startswith("#") for cell in row):
        told["left out: rows of tags"] += 1
        return None
    if tuple(row) in seen:
        told["left out: rows that stand twice, cell by cell"] += 1
        return None
    seen.add(tuple(row))
    day, month = _day(cells, order)
    if "end" in cells and cells["end"] != cells["start"]:
        told["left out: summaries of several days"] += 1
        return None
    if day is None:
        told["with a month but no day: not used for follow-ons"] += 1
    code = names.get(cells["province"].lower(), cells["province"])
    return Event(day, month, code, _number(cells["deaths"], told))


def _day(cells: Mapping[str, str], order: str) -> tuple[date | None, tuple[int, int]]:
    if "year" in cells:
        numbers = [cells[name] for name in ("year", "month", "day")]
        if not all(text.isdecimal() for text in numbers) or not 1 <= int(numbers[1]) <= 12:
            raise _Wrong("date", f"is {short('-'.join(numbers))}", "a year, a month from 1, a day or 0")
        year, month, number = map(int, numbers)
        return _made(year, month, number, "-".join(numbers)) if number else None, (year, month)
    text = cells["start"]
    day = _parsed(text, order)
    return day, (day.year, day.month)


def _parsed(text: str, order: str) -> date:
    """2021-03-04 (with or without a time), 4 March 2021, or 04/03/2021 in the order of the list."""
    whole = text.split("T")[0].split(" ")[0] if text[:4].isdecimal() else text
    try:
        return date.fromisoformat(whole)
    except ValueError:
        pass
    for form in NAMED_DATES:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    parts = text.split("/")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        one, two, year = map(int, parts)
        return _made(year, *((two, one) if order == "day" else (one, two)), text)
    raise _Wrong("date", f"is {short(text)}", "2021-03-04, 4 March 2021, or 04/03/2021")


def _made(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _Wrong("date", f"is {short(text)}", "a day that exists") from None


def _number(text: str, told: Counter[str]) -> int | None:
    if text in ("", "NA", "NaN", ".", "-9"):
        told["without a number of dead: not used for severity"] += 1
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100_000 or value != int(value):
        raise _Wrong("deaths", f"is {short(text)}", "a whole number of at least 0")
    return int(value)
