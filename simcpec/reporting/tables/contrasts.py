"""T5 paired differences from the baseline with the pairing they achieved, and T6 incident-rate ratios by province."""

from __future__ import annotations

from typing import Any

from simcpec.analysis.paired_differences import Difference, RateRatio
from simcpec.analysis.scenario_analysis import analysis_of, rate_ratio
from simcpec.analysis.uncertainty.ranking import backlash_text, verdict_text
from simcpec.reporting.figures.province_panels import places
from simcpec.reporting.formatting import (
    MISSING,
    NOT_ESTIMABLE,
    bounds,
    called,
    doubt,
    headed,
    interval,
    known_to,
    sign_share,
    significant,
    told,
    uncertainty,
)
from simcpec.reporting.selection import CONDITIONAL, differences, drawn, explained, headlines, others, shown, with_best
from simcpec.reporting.tables.outcomes import ACROSS, heading
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

Ratios = dict[str, dict[int, RateRatio]]


def contrasts(study: Study) -> Table | None:
    """T5: scenario minus baseline for every headline outcome; None where there is nothing to compare with."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    listed = with_best(study, headlines(study))
    found = {name: dict(differences(study, name)) for name in listed}
    rows: list[Row] = []
    for index, _ in others(study):
        rows.append(group(headed(study, index)))
        rows += [_row(name, found[name][index], drawn(study)) for name in listed]
    return Table(
        id="T5",
        slug="differences",
        title=f"Differences from {called(study, study.baseline)}",
        caption=(
            "Scenario minus baseline, replication by replication with common random numbers. ± is the 95 % Monte "
            "Carlo half-width of the mean difference; "
            + (
                "[low, high] the uncertainty interval, 5-95 % over parameter draws. A verdict of less or more "
                "needs the Monte Carlo interval on one side of zero. "
                if drawn(study)
                else "a verdict of less or more needs that interval on one side of zero. "
            )
            + f"{backlash_text(study)} "
            + "Variance ratio: how many times more replications independent runs would have needed; below 1, pairing "
              "did not help. "
            f"Correlation: between the paired values. {explained(study)} {CONDITIONAL} (T16)"
        ),
        panels=(
            Panel(
                columns=(
                    words("Outcome"), Cell(text="Difference"),
                    *([Cell(text="Uncertainty interval")] if drawn(study) else []),
                    words("Verdict"), Cell(text="Variance ratio"), Cell(text="Correlation"),
                ),
                rows=tuple(rows),
            ),
        ),
        fields=(
            "scenario", "name", "response", "unit", "mean_difference", "mc_half_width", "uncertainty_low",
            "uncertainty_high",
            "share_of_draws_less", "verdict", "variance_ratio", "correlation",
        ),
        records=tuple(
            (key_of(i), result.name, name, shown(name).unit, *_numbers(found[name][i]))
            for i, result in others(study)
            for name in listed
        ),
    )  # fmt: skip


def _numbers(d: Difference) -> tuple[Any, ...]:
    mean = None if d.verdict == NOT_ESTIMABLE else d.mean
    return mean, d.half_width, d.low, d.high, d.p_less, d.verdict, d.variance_ratio, d.correlation


def _row(name: str, d: Difference, drawn: bool) -> Row:
    """One response; `drawn` where there are several parameter draws and hence an uncertainty interval."""
    one = shown(name)
    mean, width = told(d, sign=True)
    if d.verdict == NOT_ESTIMABLE:
        mean, width = MISSING, ""
    return Row(
        cells=(
            Cell(text=one.label, detail=one.unit.replace("% of plots ended", "percentage points"), kind="text"),
            Cell(text=f"{mean} {width}".strip()),
            *([Cell(text=uncertainty(d) or MISSING, detail=sign_share(d))] if drawn else []),
            words(judged(d, one.better), detail="; ".join(filter(None, (d.tie, doubt(d)))), tone=tone(d, one.better)),
            Cell(text=MISSING if d.variance_ratio is None else significant(d.variance_ratio, most=2)),
            Cell(text=MISSING if d.correlation is None else significant(d.correlation, most=2)),
        )
    )


def tone(found: Difference, better: str) -> str:
    """Return how the page marks a verdict: the way hoped for, the other way, or neither; words say it too.

    One whose interval is not to be trusted, because a handful of replications carries the mean, is not marked.
    """
    if found.verdict not in ("less", "more"):
        return "muted"
    if not better or found.carried_by is not None:
        return ""
    return "better" if found.verdict == better else "worse"


def judged(found: Difference, better: str) -> str:
    """The verdict and, in words too, whether it is what one hopes for: colours vanish in greyscale."""
    hoped = tone(found, better)
    return f"{verdict_text(found)} ({hoped})" if hoped in ("better", "worse") else verdict_text(found)


def rate_ratios(study: Study) -> Table | None:
    """T6: incident-rate ratios by province with the total; None where there is nothing to compare with."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    found, known = ratios(study), places(study)
    base = study.baseline
    columns = [i for i, _ in others(study)]
    parts = -(-len(columns) // ACROSS)
    size = -(-len(columns) // parts)
    return Table(
        id="T6",
        slug="rate-ratios",
        title=f"Incident-rate ratios against {called(study, base)}",
        caption=(
            "Incidents per person-year of the scenario over those of the baseline: ratio of means, with a 95 % "
            f"Monte Carlo interval by {analysis_of(study.scenarios[0]).ratio_method}"
            + ("; [low, high] is the uncertainty interval over parameter draws." if drawn(study) else ".")
            + " Below 1: fewer incidents. Model-based, not an empirical estimate: it says what the model implies, not "
              "what was "
            "observed. Not estimable: no incident in the baseline, or nobody exposed."
        ),
        panels=tuple(
            Panel(
                columns=(words("Province"), *(heading(study, i) for i in columns[start : start + size])),
                rows=tuple(
                    Row(
                        cells=(words(name), *(ratio_cell(found[code][i]) for i in columns[start : start + size])),
                        kind="" if code else "total",
                    )
                    for code, name in known
                ),
            )
            for start in range(0, len(columns), size)
        ),
        fields=(
            "scenario", "name", "province", "province_name", "ratio", "mc_low", "mc_high", "delta_low", "delta_high",
            "uncertainty_low", "uncertainty_high", "estimable", "note",
        ),
        records=tuple(
            (key_of(i), study.scenarios[i].name, code or "ALL", name, *_ratio_numbers(found[code][i]))
            for i in columns
            for code, name in known
        ),
    )  # fmt: skip


def ratios(study: Study) -> Ratios:
    """Province code ("" for all) -> scenario -> ratio against the baseline."""
    if study.baseline is None:
        return {}
    base = study.scenarios[study.baseline]
    found: Ratios = {}
    for code, _ in places(study):
        found[code] = {}
        for index, result in others(study):
            if code and not (code in result.axes.provinces and code in base.axes.provinces):
                found[code][index] = RateRatio(
                    ratio=0.0, low=None, high=None, estimable=False, note="not in both scenarios"
                )
            else:
                found[code][index] = rate_ratio(result, base, province=code or None, seed=study.seed)
    return found


def _ratio_numbers(r: RateRatio) -> tuple[Any, ...]:
    return (
        r.ratio if r.estimable else None, r.low, r.high, r.delta_low, r.delta_high, r.uncertainty_low,
        r.uncertainty_high,
        r.estimable, r.note,
    )  # fmt: skip


def ratio_cell(r: RateRatio) -> Cell:
    """The ratio, its Monte Carlo interval, its uncertainty interval."""
    if not r.estimable:
        return Cell(text=NOT_ESTIMABLE, detail=r.note.removeprefix(f"{NOT_ESTIMABLE}: "), tone="muted")
    ends = bounds(r.low, r.high)
    if ends and r.low != r.high:
        inside = "–".join(ends)
    else:
        inside = f"from {significant(r.low)}" if r.low is not None and r.high is None else r.note
    return Cell(
        text=known_to(r.ratio, r.low, r.high),
        detail=inside or "no interval",
        more=interval(r.uncertainty_low, r.uncertainty_high, (r.high or 0) - (r.low or 0)),
    )
