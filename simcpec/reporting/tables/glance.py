"""T0 at a glance: every scenario in one row, with both intervals and the verdicts that matter most."""

from __future__ import annotations

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference
from simcpec.reporting.formatting import (
    MISSING,
    NOT_ESTIMABLE,
    doubt,
    played_as_written,
    short_name,
    sign_share,
    told,
    uncertainty,
)
from simcpec.reporting.selection import CONDITIONAL, best, differences, drawn, estimates, explained, shown
from simcpec.reporting.tables.contrasts import tone
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

GLANCE = ("security_spending", "incidents", "breaches", "deaths", "stoppage_days", "total_cost")


def glance(study: Study) -> Table | None:
    """Every scenario in one row: spending, and the verdicts that matter most; None where nothing is compared."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    names = [best(study, name) for name in GLANCE]
    levels = {name: estimates(study, name)[study.baseline] for name in names}
    found = {name: dict(differences(study, name)) for name in names}
    rows = []
    for index in range(len(study.scenarios)):
        cells = [Cell(text=key_of(index), detail=short_name(study, index, 80), kind="text", name=True)]
        if index == study.baseline:
            cells += [_level(levels[name], shown(name).as_written(study.scenarios[index])) for name in names]
        else:
            cells += [_difference(found[name][index], shown(name).better) for name in names]
        rows.append(Row(cells=tuple(cells), kind="total" if index == study.baseline else ""))
    heads = [Cell(text=shown(name).label, detail=shown(name).unit) for name in names]
    return Table(
        id="T0",
        slug="at-a-glance",
        title="At a glance",
        caption=_caption(study, expected=tuple(names) != GLANCE),
        panels=(Panel(columns=(words("Scenario"), *heads), rows=tuple(rows)),),
        fields=(),
        records=(),
    )


def _caption(study: Study, *, expected: bool) -> str:
    base = key_of(study.baseline or 0)
    text = (
        f"The baseline, {base}, with its means; every other scenario with its paired difference from it and the "
        "verdict. ± is the 95 % Monte Carlo half-width, which more replications shrink; exact: chance has no part in "
        "it; same in all: no replication differed, so that there is no half-width. "
    )
    if drawn(study):
        text += (
            "[low, high] is the uncertainty interval, 5-95 % over parameter draws, which they do not shrink; below it "
            "stands the share of draws that have the sign of the difference. A verdict of less or more needs both "
            "intervals on one side of zero. "
        )
        if played := played_as_written(study.scenarios[study.baseline or 0]):
            text += (
                "As written: the baseline's mean at the values as written, with its own Monte Carlo half-width, from "
                f"{played} of its own; the means above are over the draws. "
            )
    return text + f"{explained(study)} {CONDITIONAL}" if expected else text + explained(study)


def _level(e: Estimate, as_written: Estimate | None) -> Cell:
    """The baseline's mean with both intervals, and the mean at the values as written."""
    if not e.estimable:
        return Cell(text=NOT_ESTIMABLE, detail="baseline", tone="muted")
    detail = "; ".join(part for part in ("baseline", doubt(e)) if part)
    written = "" if as_written is None else f"as written {' '.join(told(as_written))}".strip()
    more = "; ".join(part for part in (uncertainty(e), written) if part)
    return Cell(text=" ".join(told(e)).strip(), detail=detail, more=more, tone="muted")


def _difference(d: Difference, better: str) -> Cell:
    """One difference with both intervals, its verdict, and the share of draws that agree."""
    if d.verdict == NOT_ESTIMABLE:
        return Cell(text=MISSING, detail=NOT_ESTIMABLE, tone="muted")
    mean, width = told(d, sign=True)
    spread = "; ".join(part for part in (uncertainty(d), sign_share(d)) if part)
    detail = "; ".join(part for part in (d.verdict, doubt(d)) if part)
    return Cell(text=f"{mean} {width}".strip(), detail=detail, more=spread, tone=tone(d, better))
