"""T20 and T21: headline responses where sources disagree, and where they say too little, from kept runs."""

from __future__ import annotations

from collections.abc import Mapping

from simcpec.catalogue.records import NAMED
from simcpec.reporting.formatting import plural, plus_minus, significant
from simcpec.reporting.page.observed import observed
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Study
from simcpec.verification.kept_responses import kept_readings, kept_worlds

MEASURES = ("incidents", "breaches", "deaths")
READ = (
    ("Incidents", "a year", "incidents_a_year", "incidents_half_width", False),
    ("Averted", "a year", "averted_a_year", "averted_half_width", False),
    ("Averted", "%", "averted_percent", "averted_percent_half_width", False),
    ("Against as written", "averted a year", "against_written", "against_half_width", True),
)


def disputed_worlds(study: Study) -> Table | None:
    """T20; None where the counts on record are not those that the shipped base case was made for."""
    record = observed(study)
    if record is None or record.name not in NAMED:
        return None
    kept = kept_worlds()
    heads = (words("Change"), *(Cell(text=name.capitalize(), detail="%") for name in MEASURES))
    rows: list[Row] = []
    for before, row in zip((None, *kept.rows), kept.rows, strict=False):
        if before is None or before["world"] != row["world"]:
            rows.append(group(row["world_says"][:1].upper() + row["world_says"][1:], row["entry"]))
        rows.append(Row(cells=(words(row["response_says"]), *(_change(row, name) for name in MEASURES))))
    return Table(
        id="T20",
        slug="disputed-worlds",
        title="Responses where sources disagree",
        caption=_caption(len({row["world"] for row in kept.rows}), kept.command),
        panels=(Panel(columns=heads, rows=tuple(rows)),),
        fields=tuple(kept.rows[0]),
        records=tuple(tuple(map(number, row.values())) for row in kept.rows),
        compact=True,
    )


def _caption(worlds: int, command: str) -> str:
    return (
        f"Sources disagree on backlash and on what guards do; each reading is one of {plural(worlds, 'world')} "
        "here, the first that of the shipped base case. Changes are against the same world without them, with the same "
        "random numbers; ± is the 95 % Monte Carlo half-width. No evidence chooses among the worlds, and what holds in "
        f"one of them only is a finding about that one. Made by: {command}."
    )


def _change(row: Mapping[str, str], measure: str) -> Cell:
    mean, half = plus_minus(float(row[f"{measure}_percent"]), float(row[f"{measure}_half_width"]), sign=True)
    return Cell(text=f"{mean} {half}")


def number(text: str) -> float | str:
    """A cell of the kept table: a number where it is one, so that a minus is no sign of a formula."""
    try:
        return float(text)
    except ValueError:
        return text


def open_readings(study: Study) -> Table | None:
    """T21; None where the counts on record are not those that the shipped base case was made for."""
    record = observed(study)
    if record is None or record.name not in NAMED:
        return None
    kept = kept_readings()
    heads = (words("Reading"), Cell(text="Births", detail="times as written"),
             *(Cell(text=text, detail=detail) for text, detail, *_ in READ))  # fmt: skip
    rows: list[Row] = []
    for before, row in zip((None, *kept.rows), kept.rows, strict=False):
        if before is not None and before["question"] != row["question"]:
            rows.append(group(row["question"][:1].upper() + row["question"][1:], row["entry"]))
        cells = (words(f"{row['reading']}: {row['says']}"), Cell(text=significant(float(row["births_times"]), 3)))
        rows.append(Row(cells=(*cells, *(_pair(row, *names) for *_, names in _named()))))
    return Table(
        id="T21",
        slug="open-readings",
        title="Readings that the sources leave open",
        caption=_readings_caption(kept.command),
        panels=(Panel(columns=heads, rows=tuple(rows)),),
        fields=tuple(kept.rows[0]),
        records=tuple(tuple(map(number, row.values())) for row in kept.rows),
        compact=True,
    )


def _named() -> list[tuple[str, tuple[str, str, bool]]]:
    return [(text, (mean, half, sign)) for text, _, mean, half, sign in READ]


def _pair(row: Mapping[str, str], mean: str, half: str, sign: bool) -> Cell:
    value, spread = plus_minus(float(row[mean]), float(row[half]), sign=sign)
    return Cell(text=f"{value} {spread}")


def _readings_caption(command: str) -> str:
    return (
        "What twice the security share of the shipped base case averts under each answer to what its sources do not "
        "say. Births of plots are scaled so that each world gives back the count on record as the reading has it; "
        "where breaches are counted, incidents are breaches. Paired, with the same random numbers; ± is the 95 % Monte "
        f"Carlo half-width. Made by: {command}."
    )
