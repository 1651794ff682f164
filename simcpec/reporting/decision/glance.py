"""T0 at a glance: every scenario in one row, with both intervals and the verdicts that matter most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.uncertainty.ranking import backlash_text
from simcpec.reporting.decision.effect import event
from simcpec.reporting.decision.worth import Worth, worth
from simcpec.reporting.formatting import (
    MISSING,
    NOT_ESTIMABLE,
    doubt,
    played_as_written,
    short_name,
    sign_share,
    significant,
    told,
    uncertainty,
)
from simcpec.reporting.selection import CONDITIONAL, best, differences, drawn, estimates, explained, shown
from simcpec.reporting.tables.contrasts import judged, tone
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

GLANCE = ("security_spending", "incidents", "breaches", "deaths", "total_cost")
NAME_ROOM = 60  # characters of a name
FEW_CARRY = "few replications"


def glance(study: Study, only: Sequence[int] | None = None) -> Table | None:
    """Every scenario in one row: spending, and the verdicts that matter most; None where nothing is compared.

    only : scenarios that are printed, where those are not all.
    """
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    names = [best(study, name) for name in GLANCE]
    levels = {name: estimates(study, name)[study.baseline] for name in names}
    found = {name: dict(differences(study, name)) for name in names}
    rows = []
    for index in range(len(study.scenarios)) if only is None else only:
        cells = [Cell(text=short_name(study, index, NAME_ROOM), detail=key_of(index), kind="text", name=True)]
        if index == study.baseline:
            cells += [_level(levels[name], shown(name).as_written(study.scenarios[index])) for name in names]
            cells += [Cell(text=MISSING, tone="muted")] * 2
        else:
            cells += [_difference(found[name][index], shown(name).better) for name in names]
            cells += _ratios(worth(study, index))
        rows.append(Row(cells=tuple(cells), kind="total" if index == study.baseline else ""))
    one, _ = event(study.scenarios[study.baseline])
    heads = [Cell(text=shown(name).label, detail=shown(name).unit) for name in names]
    heads += [Cell(text=f"Per {what} averted", detail="USD m") for what in (one, "death")]
    return Table(
        id="T0",
        slug="at-a-glance",
        title="At a glance",
        caption=_caption(study, expected=tuple(names) != GLANCE),
        panels=(Panel(columns=(words("Scenario"), *heads), rows=tuple(rows)),),
        fields=(
            "scenario", "name", "of", "unit", "mean", "mc_half_width", "uncertainty_low", "uncertainty_high", "verdict",
        ),
        records=tuple(
            (key_of(i), study.scenarios[i].name, name, shown(name).unit, *_numbers(levels[name], found[name].get(i)))
            for i in range(len(study.scenarios))
            for name in names
        ),
    )  # fmt: skip


def _numbers(base: Estimate, d: Difference | None) -> tuple[Any, ...]:
    """The baseline's level, or the difference from it."""
    if d is None:
        return base.mean if base.estimable else None, base.half_width, base.low, base.high, "baseline"
    return None if d.verdict == NOT_ESTIMABLE else d.mean, d.half_width, d.low, d.high, d.verdict


def exact(found: Estimate | Difference) -> bool:
    """Whether chance and draws have no part in a number, so that an interval would only repeat it."""
    if found.half_width != 0.0 or found.low is None or found.high is None:
        return False
    return abs(found.high - found.low) <= 1e-9 * max(abs(found.high), abs(found.low))


def _ratios(of: Worth) -> list[Cell]:
    """Cost per incident and per death averted, or kept for each one more."""
    found = [of.per(name) for name in of.averted]
    return [
        Cell(text=MISSING, tone="muted") if each is None
        else Cell(text=significant(each / 1e6), detail="saved per extra one" if of.cost < 0.0 else "")
        for each in found
    ]  # fmt: skip


def _caption(study: Study, *, expected: bool) -> str:
    base = short_name(study, study.baseline or 0, NAME_ROOM)
    text = (
        f"The baseline, {base}, with its means; every other scenario with its paired difference from it and the "
        "verdict. ± is the 95 % Monte Carlo half-width, which more replications shrink; exact: chance has no part in "
        "it; same in all: no replication differed, so that there is no half-width. "
    )
    if drawn(study):
        text += (
            "[low, high] is the uncertainty interval, 5-95 % over parameter draws, which they do not shrink; below it "
            "stands the share of draws that have the sign of the difference. A verdict of less or more needs the Monte "
            "Carlo interval on one side of zero. "
        )
        if played := played_as_written(study.scenarios[study.baseline or 0]):
            text += (
                "As written: the baseline's mean at the values as written, with its own Monte Carlo half-width, from "
                f"{played} of its own; the means above are over the draws. "
            )
    text += f"{backlash_text(study)} "
    text += (
        f"{FEW_CARRY.capitalize()}: a handful of them carries the number, so that its half-width is unreliable; T5 "
        "says how many. Per attack or death averted: spending on budget, forces and levers; none is given where no "
        "difference is detectable. "
    )
    return text + f"{explained(study)} {CONDITIONAL}" if expected else text + explained(study)


def _level(e: Estimate, as_written: Estimate | None) -> Cell:
    """The baseline's mean with both intervals, and the mean at the values as written."""
    if not e.estimable:
        return Cell(text=NOT_ESTIMABLE, detail="baseline", tone="muted")
    detail = f"baseline, {FEW_CARRY}" if doubt(e) else "baseline"
    written = "" if as_written is None else f"as written {' '.join(told(as_written))}".strip()
    more = "; ".join(part for part in ("" if exact(e) else uncertainty(e), written) if part)
    return Cell(text=" ".join(told(e)).strip(), detail=detail, more=more, tone="muted")


def _difference(d: Difference, better: str) -> Cell:
    """One difference with both intervals, its verdict, and the share of draws that agree."""
    if d.verdict == NOT_ESTIMABLE:
        return Cell(text=MISSING, detail=NOT_ESTIMABLE, tone="muted")
    mean, width = told(d, sign=True)
    spread = "" if exact(d) else "; ".join(part for part in (uncertainty(d), sign_share(d)) if part)
    verdict = judged(d, better)
    detail = f"{verdict}, {FEW_CARRY}" if doubt(d) else verdict
    return Cell(text=f"{mean} {width}".strip(), detail=detail, more=spread, tone=tone(d, better))
