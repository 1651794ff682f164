"""Counts by month and province from a CSV table: every month of the window, every province, zeros included."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from simcpec.errors import Fault, ScenarioError, did_you_mean
from simcpec.model.world import Ints
from simcpec.units import short

COLUMNS = ("month", "province", "incidents")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
MOST_ROWS = 100_000


@dataclass(frozen=True)
class MonthlyTable:
    """Counts (P, months) from the month `first` (year, month) on."""

    provinces: tuple[str, ...]
    first: tuple[int, int]
    counts: Ints

    def named(self, province: str) -> Ints:
        """The months of one province."""
        return np.asarray(self.counts[self.provinces.index(province)])


def read_monthly(raw: bytes, where: str, start: date, end: date) -> MonthlyTable:
    """The table of the months from `start` to `end`.

    Raises ScenarioError with line, column and reason for a missing column, a count that is no whole number of at least
    0, a month outside of the window or twice, and a province that lacks a month.
    """
    rows = csv.reader(io.StringIO(_text(raw, where), newline=""))
    header = [cell.strip() for cell in next(rows, [])]
    _refuse_header(header, where)
    at = {name: header.index(name) for name in COLUMNS}
    months = list(_months(start, end))
    found: dict[tuple[str, str], int] = {}
    faults: list[Fault] = []
    for line, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header) or len(found) >= MOST_ROWS:
            faults.append(
                Fault(where=where, line=line, problem=f"has {len(cells)} cells", allowed=f"{len(header)} cells")
            )
            continue
        month, province, count = (cells[at[name]].strip() for name in COLUMNS)
        faults += _row_faults(where, line, month, count, months, (month, province) in found)
        if re.fullmatch(r"\d{1,9}", count, re.ASCII):
            found[month, province] = int(count)
    provinces = tuple(sorted({province for _, province in found}))
    faults += [
        Fault(where=where, key=province, problem=f"has no row of {month}", allowed="a row for every month, 0 included")
        for province in provinces
        for month in months
        if (month, province) not in found and not faults
    ]
    if faults or not provinces:
        raise ScenarioError(faults or [Fault(where=where, problem="has no rows")])
    counts = np.array([[found[month, province] for month in months] for province in provinces], dtype=np.int64)
    return MonthlyTable(provinces, (start.year, start.month), counts)


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError([Fault(where=where, problem="is no text in UTF-8", allowed="UTF-8")]) from None


def _refuse_header(header: list[str], where: str) -> None:
    missing = [name for name in COLUMNS if name not in header]
    faults = [
        Fault(
            where=where, line=1, key=name, problem="is a column that the table lacks",
            allowed=f"columns {', '.join(COLUMNS)}", hint=did_you_mean(name, header),
        )
        for name in missing
    ]  # fmt: skip
    if faults:
        raise ScenarioError(faults)


def _row_faults(where: str, line: int, month: str, count: str, months: list[str], twice: bool) -> Iterator[Fault]:
    if not re.fullmatch(r"\d{1,9}", count, re.ASCII):
        yield Fault(
            where=where,
            line=line,
            key="incidents",
            problem=f"is {short(count)}",
            allowed="a whole number of at least 0",
        )
    if not _MONTH.fullmatch(month):
        yield Fault(where=where, line=line, key="month", problem=f"is {short(month)}", allowed="for example 2008-01")
    elif month not in months:
        allowed = f"{months[0]} to {months[-1]}"
        yield Fault(where=where, line=line, key="month", problem=f"is {month}, outside of the window", allowed=allowed)
    elif twice:
        yield Fault(where=where, line=line, key="month", problem=f"is {month} again", allowed="a month once a province")


def _months(start: date, end: date) -> Iterator[str]:
    for number in range(12 * start.year + start.month - 1, 12 * end.year + end.month):
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"
