"""T3: what was observed beside what the ensemble predicts: counts, persons, and patterns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simcpec.calibration.fit import COUNTS, HARM, FitRow, predictive_interval, tail
from simcpec.catalogue.checks import poisson_interval
from simcpec.catalogue.laws import Z_975
from simcpec.model.world import Ints
from simcpec.reporting.calibration.stored import ATTACKS, PERSONS, StoredCalibration
from simcpec.reporting.formatting import MISSING, known_to, plural, plus_minus, significant
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words

FIELDS = (
    "target", "kind", "observed", "poisson_low", "poisson_high", "mean", "mean_half_width", "before", "low", "median",
    "high", "per_cent", "tail", "inside",
)  # fmt: skip
ALL = "attacks, all"


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """A count or a number of persons. half_width : 95 % Monte Carlo interval of the mean, members given."""

    row: FitRow
    mean: float
    half_width: float | None
    low: float
    median: float
    high: float
    tail: float
    per_cent: float = COUNTS

    @property
    def poisson(self) -> tuple[float, float] | None:
        """Exact 95 % interval of the mean behind a count of attacks; None of persons, who are hit together."""
        return poisson_interval(self.row.observed) if self.row.kind == "count" else None


def calibration_fit(of: StoredCalibration) -> Table:
    """Return T3 from the folder of a calibration."""
    hard = list(_predicted(of))
    patterns, gaps = ([row for row in of.numbers.fit if row.kind == kind] for kind in ("pattern", "gap"))
    windows = next(iter(of.windows.values()), None)
    said = "simulated windows" if windows is None else plural(len(windows), "simulated window")
    kept = (
        ""
        if windows is not None
        else (
            "The ensemble keeps no windows: intervals of persons are those that were stored, of "
            f"{HARM:.0f} %, and means are not known. "
        )
    )
    return Table(
        id="T3", slug="calibration-fit", title="Calibration fit",
        caption=(
            f"Attacks and persons in the days of the targets, and in {said} of {plural(of.members, 'member')} of the "
            "ensemble. Exact interval: 95 % (Garwood) of the mean behind a count, were it Poisson; none of persons, "
            "who are hit several at a time. Mean with its 95 % Monte Carlo half-width (±), members given. "
            f"{COUNTS:.0f} % predictive: what a single history would show, chance included. Tail: probability of "
            "something at least as far out, two-sided. Observed counts and means of provinces add up to those of the "
            f"nation, before rounding. {kept}Patterns are soft targets: medians over draws, before and "
            f"after the fit, and the {HARM:.0f} % interval over draws after it, which is no predictive interval."
        ),
        panels=(
            Panel(columns=_heads(), rows=tuple(_hard_row(each) for each in hard)),
            *([Panel(columns=_pattern_heads(), rows=tuple(map(_pattern_row, patterns)), title="Patterns")]
              if patterns else []),
            *([Panel(columns=_gap_heads(), rows=tuple(map(_gap_row, gaps)), title="Gaps, to which nothing is fitted")]
              if gaps else []),
        ),
        fields=FIELDS, records=(*(_record(each) for each in hard), *(_soft_record(row) for row in (*patterns, *gaps))),
        notes=_notes(of),
    )  # fmt: skip


def _predicted(of: StoredCalibration) -> Iterator[Predicted]:
    """Counts by province, their sum, and persons, in the order in which the fit has them."""
    columns = {f"attacks {code}": of.windows[f"{ATTACKS}{code}"] for code in of.provinces}
    columns[ALL] = np.sum(list(columns.values()), axis=0)
    named = dict(zip(("foreigners killed", "foreigners injured", "locals killed"), PERSONS, strict=True))
    columns |= {target: of.windows[name] for target, name in named.items() if of.windows}
    for row in of.numbers.fit:
        if row.kind in ("count", "harm") and not of.windows:
            yield Predicted(row=row, mean=row.mean, half_width=None, low=row.low, median=row.median, high=row.high,
                            tail=row.tail, per_cent=row.per_cent)  # fmt: skip
        elif row.kind in ("count", "harm"):
            values = columns[row.target]
            low, median, high = predictive_interval(values, COUNTS)
            yield Predicted(
                row=row, mean=float(values.mean()), half_width=half_width_of(values, of.members), low=low,
                median=median, high=high, tail=tail(values, row.observed),
            )  # fmt: skip


def half_width_of(values: Ints, members: int) -> float | None:
    """95 % Monte Carlo half-width of the mean over windows, of which every member has as many, in its order.

    Members are given: only what windows of one member differ by is chance. None where a member has one window.
    """
    each = len(values) // members if members and len(values) % members == 0 else 0
    if each < 2:
        return None
    within = float(values.reshape(members, each).var(axis=1, ddof=1).mean())
    return Z_975 * math.sqrt(within / len(values))


# ------------------------------------------------------------------------------------------------ cells


def _heads() -> tuple[Cell, ...]:
    return (
        words("Target"), Cell(text="Observed", detail="exact 95 %"), Cell(text="Simulated mean"),
        Cell(text=f"{COUNTS:.0f} % predictive"), Cell(text="Tail"),
    )  # fmt: skip


def _hard_row(each: Predicted) -> Row:
    poisson = each.poisson
    known = "" if poisson is None else f"{significant(poisson[0], 2)} to {significant(poisson[1], 2)}"
    mean, half = plus_minus(each.mean, each.half_width)
    low, high = significant(each.low), significant(each.high)
    return Row(
        cells=(
            words(_name(each.row.target)), Cell(text=f"{each.row.observed:,.0f}", detail=known),
            Cell(text=mean, detail=half), 
            Cell(text=f"{low} to {high}", detail="" if each.per_cent == COUNTS else f"{each.per_cent:.0f} %"),
            Cell(text=significant(each.tail, 2)),
        ),
        kind="total" if each.row.target == ALL else "",
    )  # fmt: skip


def _name(target: str) -> str:
    shown = target.replace("_", " ")
    return shown[:1].upper() + shown[1:]


def _pattern_heads() -> tuple[Cell, ...]:
    return (
        words("Pattern"), Cell(text="Target"), Cell(text="Before"), Cell(text="After", detail="mean"),
        Cell(text=f"{HARM:.0f} % over draws"), words("Inside"),
    )  # fmt: skip


def _gap_heads() -> tuple[Cell, ...]:
    return (
        words("Gaps"), Cell(text="Observed"), Cell(text="Median", detail="mean"),
        Cell(text=f"{COUNTS:.0f} % predictive"), Cell(text="Tail"),
    )  # fmt: skip


def _gap_row(row: FitRow) -> Row:
    return Row(
        cells=(
            words(_name(row.target)), Cell(text=significant(row.observed)),
            Cell(text=significant(row.median), detail=_mean(row)),
            Cell(text=f"{significant(row.low)} to {significant(row.high)}"), Cell(text=significant(row.tail, 2)),
        )
    )  # fmt: skip


def _mean(row: FitRow) -> str:
    """The mean, as the second line of a cell; "" where a folder does not keep it."""
    return significant(row.mean) if math.isfinite(row.mean) else ""


def _pattern_row(row: FitRow) -> Row:
    before = known_to(row.before, row.low, row.high) if math.isfinite(row.before) else MISSING
    return Row(
        cells=(
            words(_name(row.target)), Cell(text=significant(row.observed)), Cell(text=before),
            Cell(text=significant(row.median), detail=_mean(row)),
            Cell(text=f"{significant(row.low)} to {significant(row.high)}"),
            words("yes" if row.inside else "no"),
        )
    )  # fmt: skip


def _record(each: Predicted) -> tuple[object, ...]:
    row, (low, high) = each.row, each.poisson or (None, None)
    mean = each.mean if math.isfinite(each.mean) else None
    return (
        row.target, row.kind, row.observed, low, high, mean, each.half_width, None, each.low, each.median,
        each.high, each.per_cent, each.tail, each.low <= row.observed <= each.high,
    )  # fmt: skip


def _soft_record(row: FitRow) -> tuple[object, ...]:
    before, mean, chance = (value if math.isfinite(value) else None for value in (row.before, row.mean, row.tail))
    return (
        row.target, row.kind, row.observed, None, None, mean, None, before, row.low, row.median, row.high, row.per_cent,
        chance, row.inside,
    )  # fmt: skip


def _notes(of: StoredCalibration) -> tuple[str, ...]:
    outside = [row.target for row in of.numbers.fit if not row.inside]
    if not outside:
        return ("Every target lies inside its interval.",)
    return (f"Outside of their intervals: {', '.join(outside)}.",)
