"""T16: how many times fewer replications pairing and conditional means need than independent runs, by response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import EXPECTED
from simcpec.analysis.variance_reduction import VarianceRatio, gain
from simcpec.reporting.formatting import MISSING, NOT_ESTIMABLE, called, headed, plural, significant, told
from simcpec.reporting.selection import others, shown
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

IDENTICAL = "identical"  # as `pairing.paired` says it

#: what happens and what it costs, without what was bought
RESPONSES = ("attacks", "breaches", "deaths", "injured", "foiled_share", "stoppage_days", "harm_cost", "total_cost")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One response of one scenario against the baseline: both differences, and how many times fewer replications."""

    realised: Difference
    expected: Difference | None  # None where the response has no conditional mean
    pairing: VarianceRatio  # paired realised counts
    averaging: VarianceRatio | None  # conditional means of independent runs
    both: VarianceRatio | None  # paired conditional means


def variance_ratios(study: Study) -> Table | None:
    """T16; None where there is nothing to compare with."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    base = study.scenarios[study.baseline]
    found = {(i, name): compared(result, base, name) for i, result in others(study) for name in RESPONSES}
    rows: list[Row] = []
    for index, _ in others(study):
        rows.append(group(headed(study, index)))
        rows += [_row(name, found[index, name]) for name in RESPONSES]
    return Table(
        id="T16",
        slug="variance-ratios",
        title=f"Replications saved in the differences from {called(study, study.baseline)}",
        caption=(
            "How many times more replications it would take to know a difference as well (the same half-width) from "
            "realised counts of independent runs. [low, high] is the 95 % Monte Carlo interval of that ratio, wide "
            "where few replications differ at all. Paired: the same draws, by address, in both scenarios. Expected: at "
            "every attack the probability that it breaches, times what a breach does on average, in the place of what "
            "the last draws made of it; the mean is the same, also where attacks beget attacks, and the noise is less. "
            "Realised counts stay what distributions are made of. ± is the 95 % Monte Carlo half-width."
            + _rests_on(base)
        ),
        panels=(
            Panel(
                columns=(
                    words("Outcome"), Cell(text="Difference, realised"), Cell(text="Difference, expected"),
                    Cell(text="Paired"), Cell(text="Paired and expected"),
                ),
                rows=tuple(rows),
            ),
        ),
        fields=(
            "scenario", "name", "response", "unit", "realised_difference", "realised_half_width",
            "expected_difference", "expected_half_width",
            *(f"{way}_{part}" for way in ("paired", "expected", "paired_and_expected") for part in _PARTS),
        ),
        records=tuple(
            (key_of(i), study.scenarios[i].name, name, shown(name).unit, *_numbers(one))
            for (i, name), one in found.items()
        ),
    )  # fmt: skip


def compared(result: ScenarioResult, base: ScenarioResult, name: str) -> Compared:
    """Both estimators of one difference and what they save; the yardstick is always realised counts, run apart."""
    a, b = (shown(name).kept(each) for each in (result, base))
    realised = shown(name).compare(result, base)
    if name not in EXPECTED:
        return Compared(realised=realised, expected=None, pairing=gain([a, b], [a - b]), averaging=None, both=None)
    c, d = (shown(EXPECTED[name]).kept(each) for each in (result, base))
    return Compared(
        realised=realised,
        expected=shown(EXPECTED[name]).compare(result, base),
        pairing=gain([a, b], [a - b]),
        averaging=gain([a, b], [c, d]),
        both=gain([a, b], [c - d]),
    )


def _rests_on(base: ScenarioResult) -> str:
    """The ratios need single replications; said where not all of them are kept."""
    if not base.partial:
        return ""
    each = " of each parameter draw" if base.draws > 1 else ""
    return f" The ratios rest on the first {plural(base.rows, 'replication')}{each}, which are kept; all else on all."


_PARTS = ("ratio", "low", "high")


def _numbers(one: Compared) -> tuple[Any, ...]:
    told: list[Any] = []
    for difference in (one.realised, one.expected):
        known = difference is not None and difference.verdict != NOT_ESTIMABLE
        told += [difference.mean, difference.half_width] if known and difference is not None else [None, None]
    for each in (one.pairing, one.averaging, one.both):
        told += [None, None, None] if each is None else [each.ratio, each.low, each.high]
    return tuple(told)


def _row(name: str, one: Compared) -> Row:
    response = shown(name)
    unit = response.unit.replace("% of plots ended", "percentage points")
    return Row(
        cells=(
            Cell(text=response.label, detail=unit, kind="text"),
            _difference(one.realised),
            _difference(one.expected),
            _gain(one.pairing, one.realised),
            _gain(one.both, one.expected),
        )
    )


def _difference(found: Difference | None) -> Cell:
    if found is None or found.verdict == NOT_ESTIMABLE:
        return Cell(text=MISSING)
    return Cell(text=" ".join(told(found, sign=True)).strip())


def _gain(found: VarianceRatio | None, difference: Difference | None) -> Cell:
    """The ratio with its interval; two scenarios that never differ leave nothing to divide by."""
    if found is None or difference is None:
        return Cell(text=MISSING)
    if difference.verdict == IDENTICAL:
        return words(IDENTICAL, tone="same")
    if found.ratio is None or found.low is None or found.high is None:
        return Cell(text=MISSING)
    low, high = significant(found.low, 2), significant(found.high, 2)
    return Cell(text=f"{significant(found.ratio, 2)} times", detail=f"[{low}, {high}]")
