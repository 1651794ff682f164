"""T20: the headline responses in each of the worlds between which sources disagree, from the kept run."""

from __future__ import annotations

from collections.abc import Mapping

from simcpec.catalogue.records import NAMED
from simcpec.reporting.formatting import plural, plus_minus
from simcpec.reporting.page.observed import observed
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Study
from simcpec.verification.kept_responses import kept_worlds

MEASURES = ("incidents", "breaches", "deaths")


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
            rows.append(group(row["world_says"], row["entry"]))
        rows.append(Row(cells=(words(row["response_says"]), *(_change(row, name) for name in MEASURES))))
    return Table(
        id="T20",
        slug="disputed-worlds",
        title="Responses where sources disagree",
        caption=_caption(len({row["world"] for row in kept.rows}), kept.command),
        panels=(Panel(columns=heads, rows=tuple(rows)),),
        fields=tuple(kept.rows[0]),
        records=tuple(tuple(map(_number, row.values())) for row in kept.rows),
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


def _number(text: str) -> float | str:
    """A cell of the kept table: a number where it is one, so that a minus is no sign of a formula."""
    try:
        return float(text)
    except ValueError:
        return text
