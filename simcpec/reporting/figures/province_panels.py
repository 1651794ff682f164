"""F11: incidents by province on a scale of ratios, one panel a province, the total last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import RateRatio
from simcpec.analysis.responses import response
from simcpec.analysis.scenario_analysis import analysis_of, rate_ratio
from simcpec.reporting.figures.style import (
    FAR,
    INK,
    SOFT,
    Naming,
    canvas,
    colour,
    labels,
    lead_the_eye,
    mark_row,
    marker,
    note_beside,
    tint,
)
from simcpec.reporting.formatting import NOT_ESTIMABLE, name_of, plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import drawn, others
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 4
Ratios = dict[tuple[str, int], RateRatio]


def places(study: Study) -> list[tuple[str, str]]:
    """(code, label) of every province that any scenario has, in order of appearance, and ("", "All provinces") last."""
    found: dict[str, str] = {}
    for result in study.scenarios:
        for code, name in zip(result.axes.provinces, result.axes.province_labels, strict=True):
            found.setdefault(code, name)
    return [*found.items(), ("", "All provinces")]


def by_place(study: Study) -> dict[str, list[tuple[Estimate | None, int]]]:
    """Province code ("" for all) -> per scenario the incidents a year and the number played; None where it has none."""
    known = [_by_code(result) for result in study.scenarios]
    return {code: [each.get(code, (None, 0)) for each in known] for code, _ in places(study)}


def _by_code(result: ScenarioResult) -> dict[str, tuple[Estimate | None, int]]:
    """Return the values of one scenario, by code of its provinces and ""."""
    of, each = analysis_of(result), response("incidents")
    found = dict(zip(result.axes.provinces, of.by_province(each), strict=True))
    return {
        **{code: (estimate, of.incidents_played(code)) for code, estimate in found.items()},
        "": (of.estimate(each), of.incidents_played()),
    }


def small_multiples(study: Study) -> Sketch:
    """The sketch of F11: ratios to the baseline, the picture of T6; levels where nothing is compared."""
    found, known = by_place(study), places(study)
    reference = 0 if study.baseline is None else study.baseline
    played = study.scenarios[reference].plays
    ratios = _ratios(study, known)
    name = name_of(study, reference)
    what = (
        f"Marker: incident rate over that of {name}, on a scale of ratios, 1 where nothing changes."
        if ratios
        else "Marker: mean incidents a year, on a scale of ratios."
    )
    return Sketch(
        id="F11",
        slug="provinces",
        title="Incidents by province against the baseline" if ratios else "Incidents a year by province",
        caption=(
            f"{what} Thick line: 95 % Monte Carlo interval. Thin line: uncertainty interval, 5-95 % over "
            "parameter draws" + (". " if drawn(study) else " (none here: a single parameter draw). ") +
            f"All panels share one scale. The line under each name gives the incidents that {name} played in "
            f"{plural(played, 'replication')} together; few of them make wide intervals."
        ),
        alt=_alt(found, known, name, reference),
        draw=lambda naming: _draw(study, found, ratios, known, reference, naming),
        fields=(
            "province", "province_name", "scenario", "name", "incidents_per_year", "mc_half_width", "mc_low", "mc_high",
            "uncertainty_low", "uncertainty_high", "incidents_played", "ratio", "ratio_mc_low", "ratio_mc_high",
            "ratio_uncertainty_low", "ratio_uncertainty_high",
        ),
        records=tuple(
            (
                code or "ALL", place, key_of(i), study.scenarios[i].name, e.mean, e.half_width, *e.ends, e.low, e.high,
                count, *_ratio_numbers(ratios.get((code, i))),
            )
            for code, place in known
            for i, (e, count) in enumerate(found[code])
            if e is not None
        ),
    )  # fmt: skip


def _ratios(study: Study, known: list[tuple[str, str]]) -> Ratios:
    """(code, scenario) -> ratio against the baseline, where both have the province; {} where nothing is compared."""
    if study.baseline is None or len(study.scenarios) < 2:
        return {}
    base = study.scenarios[study.baseline]
    return {
        (code, i): rate_ratio(result, base, province=code or None, seed=study.seed)
        for code, _ in known
        for i, result in others(study)
        if not code or (code in result.axes.provinces and code in base.axes.provinces)
    }


def _ratio_numbers(r: RateRatio | None) -> tuple[float | None, ...]:
    if r is None:
        return (None,) * 5
    return (r.ratio if r.estimable else None, r.low, r.high, r.uncertainty_low, r.uncertainty_high)


def _alt(
    found: dict[str, list[tuple[Estimate | None, int]]], known: list[tuple[str, str]], name: str, reference: int
) -> str:
    parts = [f"{name} {significant(e.mean)}" for code, name in known if (e := found[code][reference][0]) is not None]
    return f"Mean incidents a year of {name}: {', '.join(parts)}."


def _draw(
    study: Study,
    found: dict[str, list[tuple[Estimate | None, int]]],
    ratios: Ratios,
    known: list[tuple[str, str]],
    reference: int,
    naming: Naming,
) -> Figure:
    across = min(ACROSS, len(known))
    down = -(-len(known) // across)
    shown = [i for i in range(len(study.scenarios)) if not ratios or i != study.baseline]
    count = len(shown)
    figure = canvas(down * (0.8 + 0.21 * max(count, 3)) + 0.25)
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    used = [*list(grid.flat)[: len(known) - 1], grid.flat[-1]]
    for axes in grid.flat:
        if not any(axes is one for one in used):
            axes.set_axis_off()
    lowest = [[axes for axes in column if axes.axison][-1] for column in grid.T]
    rows = {code: [_mark(found[code][i][0], ratios.get((code, i)), bool(ratios)) for i in shown] for code, _ in known}
    scale_of_ratios(used[0], [mark for each in rows.values() for mark in each if isinstance(mark, Mark)])
    for axes, (code, name) in zip(used, known, strict=True):
        _panel(axes, study, rows[code], shown, total=not code, line=bool(ratios))
        _head(axes, study, name, found[code][reference], reference)
    used[0].set_yticks(range(count), labels=labels(study, shown, naming, 27))
    used[0].set_ylim(count - 0.4, -0.6)
    for axes in used:
        axes.tick_params(axis="y", length=0, pad=9, labelcolor=INK)
        axes.tick_params(axis="x", labelbottom=count > FAR or any(axes is one for one in lowest))
    scale = "incident rate over that of the baseline" if ratios else "incidents a year"
    figure.supxlabel(scale, fontsize=8.5, color=SOFT)
    return figure


def _head(axes: Axes, study: Study, name: str, of: tuple[Estimate | None, int], reference: int) -> None:
    """The province, and how many incidents its ratios rest on."""
    axes.set_title(shortened(name, 24), fontsize=9, pad=14)
    text = f"{plural(of[1], 'incident')} played" if of[0] is not None else "not in the baseline"
    axes.text(0, 1.0, text, transform=axes.transAxes, fontsize=7.5, color=SOFT, va="bottom")


@dataclass(frozen=True)
class Mark:
    """What a row shows: a value above 0 and its intervals."""

    value: float
    monte_carlo: tuple[float, float] | None
    uncertainty: tuple[float | None, float | None]


def _mark(e: Estimate | None, r: RateRatio | None, ratios: bool) -> Mark | str:
    """A row of a panel, or the words that stand in its place."""
    if e is None:
        return "no such province"
    if not ratios:
        return Mark(e.mean, e.monte_carlo, (e.low, e.high)) if e.mean > 0.0 else "none in any replication"
    if r is None:
        return "no such province in both"
    if not r.estimable:
        return NOT_ESTIMABLE
    if not r.ratio > 0.0:
        return "none here"
    inside = None if r.low is None or r.high is None else (r.low, r.high)
    return Mark(r.ratio, inside, (r.uncertainty_low, r.uncertainty_high))


def scale_of_ratios(axes: Axes, marks: Sequence[Mark]) -> None:
    """A logarithmic scale around all marks, with plain numbers at few ticks."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ends = [end for mark in marks for end in (mark.value, *(mark.monte_carlo or ()), *mark.uncertainty) if end]
    values = [mark.value for mark in marks]
    least, most = (min(values) / 5.0, max(values) * 5.0) if values else (0.5, 2.0)
    low, high = (max(least, min(ends)), min(most, max(ends))) if ends else (0.5, 2.0)
    low, high = min(low, 0.97), max(high, 1.03)
    room = (high / low) ** 0.08
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    near = high / low < 5.0
    ticks = [t for t in _NEAR if low / room <= t <= high * room] if near else []
    if ticks:
        step = -(-len(ticks) // 4)
        axes.set_xticks([t for t in ticks if (ticks.index(t) - ticks.index(1.0)) % step == 0])
    else:
        axes.xaxis.set_major_locator(LogLocator(numticks=4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: significant(x)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()


#: where ratios near 1 may have a tick
_NEAR = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 2.0, 2.5, 3.0, 4.0)


def _panel(axes: Axes, study: Study, rows: list[Mark | str], shown: list[int], *, total: bool, line: bool) -> None:
    """One province: a row a scenario."""
    axes.set_facecolor(tint(INK, 0.05) if total else "white")
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    if line:
        axes.axvline(1.0, color=SOFT, linewidth=0.9, zorder=1)
    lead_the_eye(axes, len(rows))
    low, high = axes.get_xlim()
    for y, (index, mark) in enumerate(zip(shown, rows, strict=True)):
        if isinstance(mark, str):
            note_beside(axes, low, y, mark, size=7)
            continue
        spread = _within(mark.uncertainty, low, high)
        mark_row(
            axes, y, mark.value, monte_carlo=_within(mark.monte_carlo, low, high), hue=colour(study, index),
            uncertainty=spread or (None, None), shape=marker(study, index), size=5.5,
        )  # fmt: skip


def _within(pair: tuple[float | None, float | None] | None, low: float, high: float) -> tuple[float, float] | None:
    """An interval as far as the axis reaches; None where an end is missing."""
    if pair is None or pair[0] is None or pair[1] is None:
        return None
    return max(low, pair[0]), min(high, pair[1])
