"""T4b how many replications each scenario took, and whether the half-width that was wanted ended it or its limit."""

from __future__ import annotations

from typing import Any

from simcpec.analysis.estimates import alike, rounded
from simcpec.reporting.formatting import MINUS, MISSING, headed, plural, significant
from simcpec.reporting.selection import shown
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Reached, Sequential, Study
from simcpec.results.scenario_names import key_of

MET, GIVEN_UP = "reached", "not reached: ended by its limit"


def precision(study: Study) -> Table | None:
    """T4b: every half-width that was wanted; None where the number of replications was given."""
    of = study.precision
    if of is None:
        return None
    slugs = [result.slug for result in study.scenarios]
    found = {i: [one for one in of.reached if one.scenario == slug] for i, slug in enumerate(slugs)}
    rows: list[Row] = []
    for index, reached in found.items():
        if reached:
            rows.append(group(headed(study, index), f"{plural(of.taken, 'replication')} taken"))
            rows += [_row(one) for one in reached]
    return Table(
        id="T4b",
        slug="precision",
        title="Precision that was asked for",
        caption=_caption(study, of),
        panels=(
            Panel(
                columns=(
                    words("Response"), Cell(text="Mean" if study.baseline is None else "Difference"),
                    Cell(text="Half-width"), Cell(text="Wanted"), Cell(text="Replications"), words("Outcome"),
                ),
                rows=tuple(rows),
            ),
        ),
        fields=(
            "scenario", "name", "response", "unit", "mean", "half_width", "confidence_of_look", "wanted", "relative",
            "floor", "at_most", "replications_at_look", "replications_taken", "met",
        ),
        records=tuple(
            (key_of(index), study.scenarios[index].name, *_record(one, of))
            for index, reached in found.items()
            for one in reached
        ),
    )  # fmt: skip


def _caption(study: Study, of: Sequential) -> str:
    what = "the paired difference from the baseline" if study.baseline is not None else "the mean"
    looks = ", ".join(f"{look:,}" for look in of.looks)
    return (
        f"Half-widths of {what}, at the look at which each was reached or given up. Looks were declared beforehand, at "
        f"{looks} replications of a parameter draw; every interval here is as wide as it must be for all looks "
        "together to hold at 95 %, so that stopping early costs no coverage. The ± of other tables is that of a single "
        f"look and therefore shorter. All scenarios took {plural(of.taken, 'replication')} a parameter draw, so "
        "that they stay paired; what wanted the most decided. A response that has not varied at all counts as not "
        "reached."
    )


def _row(one: Reached) -> Row:
    scale, unit = shown(one.goal.response).scale, shown(one.goal.response).unit
    label = shown(one.goal.response).label

    widths = iter(alike(*(x / scale for x in (one.half_width, one.wanted) if x is not None)))
    half, asked = (MISSING if x is None else next(widths) for x in (one.half_width, one.wanted))
    places = None if one.half_width is None else len(half.partition(".")[2])
    wanted = f"{significant(100 * one.goal.relative)} %" if one.goal.relative else ""
    floor = f"at least {significant(one.goal.floor / scale)}" if one.goal.floor else ""
    return Row(
        cells=(
            Cell(text=label, detail=unit, kind="text"),
            Cell(text=MISSING if one.mean is None else _with_places(one.mean / scale, places)),
            Cell(text=half),
            Cell(text=asked, detail=", ".join(part for part in (wanted, floor) if part)),
            Cell(text=f"{one.replications:,}", detail=f"at most {one.goal.at_most:,}"),
            words(MET if one.met else GIVEN_UP, tone="" if one.met else "strong"),
        )
    )


def _with_places(mean: float, places: int | None) -> str:
    """A mean with the decimals of its half-width."""
    return significant(mean) if places is None else rounded(mean, places).replace("-", MINUS)


def _record(one: Reached, of: Sequential) -> tuple[Any, ...]:
    """In the units of responses, not of the page."""
    from simcpec.analysis.responses import response

    return (
        one.goal.response, response(one.goal.response).unit, one.mean, one.half_width, one.confidence, one.wanted,
        one.goal.relative, one.goal.floor, one.goal.at_most, one.replications, of.taken, one.met,
    )  # fmt: skip
