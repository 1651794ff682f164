"""F1: cumulative incidents over time, every scenario with its predictive bands, and their means in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.model.world import Floats
from simcpec.reporting.figures.style import (
    INK,
    SOFT,
    Naming,
    Sketch,
    canvas,
    colour,
    dashes,
    labels,
    marker,
    periods_axis,
    tint,
)  # fmt: skip
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.page.observed import observed
from simcpec.reporting.selection import drawn, twins
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (95, 80, 50)  # widest first: they are painted over one another
SHARES = (0.16, 0.34, 0.58)
MEDIAN = (0, (3, 2))
ROW = 4  # fans side by side
DRAWN = 8  # fans at most


@dataclass(frozen=True)
class Fan:
    """Cumulative incidents of one scenario at the ends of periods, time 0 included."""

    ends: Floats  # (T + 1,) years
    mean: Floats  # (T + 1,)
    median: Floats
    bands: dict[int, tuple[Floats, Floats]]  # level -> (low, high), each (T + 1,)


def fans(study: Study) -> list[Fan]:
    """One fan a scenario, over all replications of all parameter draws."""
    return [_fan(result) for result in study.scenarios]


def _fan(result: ScenarioResult) -> Fan:
    """The fan of one scenario."""
    sides = [share for level in LEVELS for share in ((100 - level) / 200, (100 + level) / 200)]
    means, found = analysis_of(result).cumulative([0.5, *sides])
    mean, median, *ends = (np.concatenate([[0.0], each]) for each in (means, *found))
    return Fan(
        ends=np.concatenate([[0.0], np.cumsum(result.axes.period_days)]) / 365.25,
        mean=mean,
        median=median,
        bands=dict(zip(LEVELS, zip(ends[0::2], ends[1::2], strict=True), strict=True)),
    )


def fan_chart(study: Study) -> Sketch:
    """The sketch of F1."""
    found, same = fans(study), twins(study)
    first = study.scenarios[0]
    return Sketch(
        id="F1",
        slug="cumulative-incidents",
        title="Cumulative incidents",
        caption=(
            "Predictive variant: bands hold 50, 80 and 95 % of the single histories played "
            f"({plural(first.plays, 'history', 'histories')} a scenario: "
            f"{plural(first.draws, 'parameter draw')} x {plural(first.replications, 'replication')}). "
            f"They show how far {_by(study)} can carry one course of events, and are no intervals of a mean. "
            "Counts are "
            "known at the ends of "
            f"periods; between them lines are straight. Incidents are {_basis(study)}."
            + _few(first.plays)
            + _left_out(study)
        ),
        alt=_alt(found, same),
        draw=lambda naming: _draw(study, found, same, naming),
        fields=(
            "scenario",
            "name",
            "period",
            "end_years",
            "mean",
            "median",
            *(f"{side}_{n}" for n in LEVELS for side in ("low", "high")),
        ),
        records=tuple(_records(study, found)),
    )


def _by(study: Study) -> str:
    """Return what moves single histories."""
    return "chance and the ranges of the parameters together" if drawn(study) else "chance alone"


def _few(histories: int) -> str:
    """A warning where the widest band rests on its two extreme histories alone."""
    return f" With {histories:,} histories the 95 % bands are their whole range." if histories < 40 else ""


def _basis(study: Study) -> str:
    kinds = {result.incident_basis for result in study.scenarios}
    return (
        {"attack": "attacks, stopped or not", "breach": "breaches"}[kinds.pop()]
        if len(kinds) == 1
        else "as counted by each scenario"
    )


def _alt(found: list[Fan], same: list[int]) -> str:
    """Means at the end, and how far 95 % of the single histories reach there."""
    ends = [
        f"{key_of(i)} {significant(fan.mean[-1])}"
        + (f" (identical to {key_of(same[i])})" if same[i] != i else " ({} to {})".format(*_reach(fan)))
        for i, fan in enumerate(found)
    ]
    return (
        "Mean number of incidents by the end of the run, by scenario, with the range of 95 % of single histories: "
        f"{', '.join(ends)}."
    )


def _reach(fan: Fan) -> list[str]:
    return [significant(float(side[-1])) for side in fan.bands[95]]


def _records(study: Study, found: list[Fan]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for index, (result, fan) in enumerate(zip(study.scenarios, found, strict=True)):
        for t, name in enumerate(("start", *result.axes.periods)):
            ends = [float(side[t]) for level in LEVELS for side in fan.bands[level]]
            rows.append(
                (key_of(index), result.name, name, float(fan.ends[t]), float(fan.mean[t]), float(fan.median[t]), *ends)
            )
    return rows


def chosen(study: Study) -> list[int]:
    """The scenarios that are drawn: all, or the baseline and the first others, in the order of the study."""
    count = len(study.scenarios)
    if count <= DRAWN:
        return list(range(count))
    first = 0 if study.baseline is None else study.baseline
    return sorted([first, *(index for index in range(count) if index != first)][:DRAWN])


def _left_out(study: Study) -> str:
    """A sentence on the scenarios that are not drawn."""
    of = chosen(study)
    if len(of) == len(study.scenarios):
        return ""
    first = f"the first {len(of)}"
    if study.baseline is not None:
        first = f"the baseline, {key_of(study.baseline)}, and the first {len(of) - 1} others"
    return f" Of {len(study.scenarios)} scenarios {first} are drawn; the file of this figure has the numbers of all."


def _draw(study: Study, found: list[Fan], same: list[int], naming: Naming) -> Figure:
    """Means in one panel above, where there is more than one scenario; a fan a scenario below."""
    of = chosen(study)
    across = min(len(of), ROW)
    rows = -(-len(of) // ROW)
    top = 2.9 if len(of) > 1 else 0.0
    figure = canvas(top + (2.25 * rows if len(of) > 1 else 3.6))
    parts: Any = figure.subfigures(2, 1, height_ratios=[top, 2.25 * rows]) if len(of) > 1 else [figure]
    if len(of) > 1:
        _means(parts[0].subplots(), study, found, same, naming)
    grid = parts[-1].subplots(rows, across, sharex=True, sharey=True, squeeze=False)
    titles = labels(study, of, naming, 28 if len(of) > 2 else 60, bold=True)
    for place, axes in enumerate(grid.flat):
        if place < len(of):
            _one(axes, study, found, of[place], titles[place])
        else:
            axes.remove()
    grid[0][0].set_ylim(0, max(1.0, *(float(found[index].bands[95][1].max()) for index in of)) * 1.05)
    for row in grid:
        row[0].set_ylabel("incidents since start")
    parts[-1].legend(handles=_key(), loc="outside lower center", ncols=5, fontsize=8)
    return figure


def _key() -> list[Any]:
    """Return what bands and lines of a fan are, in grey, as it holds for every colour."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    bands = [
        Patch(color=tint(INK, share), linewidth=0, label=f"{n} % of histories")
        for n, share in zip(LEVELS, SHARES, strict=True)
    ]
    median = Line2D([], [], color=INK, linewidth=1.0, linestyle=MEDIAN, label="median")
    return [*bands, median, Line2D([], [], color=INK, linewidth=1.6, label="mean")]


def _record(axes: Axes, study: Study, fan: Fan) -> None:
    """The mean pace of the attacks on record, where they are what the study counts."""
    seen = observed(study)
    if any(result.incident_basis != "attack" for result in study.scenarios) or fan.ends[-1] < 0.25:
        return
    if seen is None or seen.attacks is None or seen.years is None:
        return
    count, window = seen.attacks, seen.years
    axes.plot(
        [0, fan.ends[-1]],
        [0, count / window * fan.ends[-1]],
        color=SOFT,
        linewidth=1.0,
        linestyle=(0, (1, 2)),
        zorder=2,
    )
    axes.text(
        0.995, 0.03, f"dotted: pace on record, {significant(count)} attacks in {significant(window)} years",
        color=SOFT, fontsize=7.5,
        transform=axes.transAxes, ha="right", va="bottom",
    )  # fmt: skip


def _means(axes: Axes, study: Study, found: list[Fan], same: list[int], naming: Naming) -> None:
    """One line and one legend entry a scenario that is drawn."""
    of = chosen(study)
    notes = {index: f"identical to {key_of(same[index])}" for index in of if same[index] != index}
    dense = len(found[0].ends) > 13
    for index, text in zip(of, labels(study, of, naming, 36, notes), strict=True):
        ends = found[index].ends
        axes.plot(
            ends, found[index].mean, color=colour(study, index, of), linestyle=dashes(of.index(index)), linewidth=1.6,
            marker=marker(study, index, of), markersize=4.5, markevery=max(1, len(ends) // 8) if dense else 1,
            label=text, clip_on=False, zorder=3,
        )  # fmt: skip
    _time(axes, study, found)
    axes.grid(axis="y")
    _record(axes, study, found[0])
    axes.set_ylim(bottom=0)  # after all lines: it ends the search for limits
    axes.set_title("Means of all scenarios" if len(of) == len(found) else "Means of the scenarios that are drawn")
    axes.set_ylabel("incidents since start")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=3.2, labelspacing=0.7)


def _time(axes: Axes, study: Study, found: list[Fan], most: int = 8) -> None:
    """The time axis of the scenario that runs longest, so that all panels share one; numbers where years differ."""
    longest = max(range(len(found)), key=lambda index: found[index].ends[-1])
    labels = study.scenarios[longest].axes.periods
    if any(result.axes.periods[: len(labels)] != labels[: len(result.axes.periods)] for result in study.scenarios):
        labels = tuple(str(number) for number in range(1, len(labels) + 1))
    periods_axis(axes, found[longest].ends[1:], labels, most)


def _one(axes: Axes, study: Study, found: list[Fan], index: int, title: str) -> None:
    """The bands, the median and the mean of one scenario."""
    from matplotlib.ticker import MaxNLocator

    fan, hue = found[index], colour(study, index, chosen(study))
    for level, share in zip(LEVELS, SHARES, strict=True):
        axes.fill_between(fan.ends, *fan.bands[level], color=tint(hue, share), linewidth=0)
    axes.plot(fan.ends, fan.median, color=INK, linewidth=1.0, linestyle=MEDIAN)
    axes.plot(fan.ends, fan.mean, color=INK, linewidth=1.6)
    _time(axes, study, found, most=4)
    axes.tick_params(axis="x", which="both", labelbottom=True)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(axis="y")
    axes.set_title(title, fontsize=8.5)
