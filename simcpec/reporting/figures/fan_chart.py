"""F1: cumulative incidents of the baseline over time with their predictive bands; numbers of all in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.model.world import Floats
from simcpec.reporting.decision.effect import event
from simcpec.reporting.figures.style import (
    INK,
    SOFT,
    Naming,
    Sketch,
    canvas,
    colour,
    labels,
    periods_axis,
    tint,
)  # fmt: skip
from simcpec.reporting.formatting import name_of, plural, significant
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
        title="How far one course of events can stray",
        caption=(
            "Predictive variant: bands hold 50, 80 and 95 % of the single histories played "
            f"({plural(first.plays, 'history', 'histories')} a scenario: "
            f"{plural(first.draws, 'parameter draw')} x {plural(first.replications, 'replication')}). "
            f"They show how far {_by(study)} can carry one course of events, and are no intervals of a mean. "
            "Counts are "
            "known at the ends of "
            f"periods; between them lines are straight. Incidents are {_basis(study)}."
            + _few(first.plays)
            + _others(study, same)
        ),
        alt=_alt(found, same),
        draw=lambda naming: _draw(study, found, naming),
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


def reference(study: Study) -> int:
    """The scenario whose fan is drawn: the baseline, or the first where there is none."""
    return 0 if study.baseline is None else study.baseline


def _others(study: Study, same: list[int]) -> str:
    """A sentence on the scenarios that are not drawn: nearly equal lines would hide that they differ in means."""
    if len(study.scenarios) == 1:
        return ""
    alike = [name_of(study, i) for i, first in enumerate(same) if first == same[reference(study)] != i or first != i]
    alike = [name for name in alike if name != name_of(study, reference(study))]
    tail = f" Identical in every replication to another one: {', '.join(alike[:4])}." if alike else ""
    return (
        f" Drawn is {name_of(study, reference(study))} alone; F24 and F2 show how the others differ, and the file of "
        f"this figure has all of them.{tail}"
    )


def _draw(study: Study, found: list[Fan], naming: Naming) -> Figure:
    """One fan: bands, median and mean of the baseline, with the pace on record."""
    figure = canvas(3.4)
    axes = figure.subplots()
    at = reference(study)
    _one(axes, study, found, at, labels(study, [at], naming, 60, bold=True)[0])
    _record(axes, study, found[at])
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))  # after all lines: it ends the search for limits
    axes.set_ylabel(f"{event(study.scenarios[at])[1]} since start")
    figure.legend(handles=_key(), loc="outside lower center", ncols=5, fontsize=8)
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


def _time(axes: Axes, study: Study, found: list[Fan]) -> None:
    """The time axis, with the names of periods."""
    at = reference(study)
    periods_axis(axes, found[at].ends[1:], study.scenarios[at].axes.periods)


def _one(axes: Axes, study: Study, found: list[Fan], index: int, title: str) -> None:
    """The bands, the median and the mean of one scenario."""
    from matplotlib.ticker import MaxNLocator

    fan, hue = found[index], colour(study, index)
    for level, share in zip(LEVELS, SHARES, strict=True):
        axes.fill_between(fan.ends, *fan.bands[level], color=tint(hue, share), linewidth=0)
    axes.plot(fan.ends, fan.median, color=INK, linewidth=1.0, linestyle=MEDIAN)
    axes.plot(fan.ends, fan.mean, color=INK, linewidth=1.6)
    _time(axes, study, found)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(axis="y")
    axes.set_title(title, fontsize=9)
