"""F14: guards of escorts and response teams in use, and who waits for them, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcpec.model.outcome import (
    COHORT_WAIT_DAYS,
    PROV_BUSY_DAYS,
    PROV_BUSY_ESCORT_DAYS,
    PROV_ESCORT_DAYS,
    PROV_QUEUE_DAYS,
    PROV_TEAM_DAYS,
)
from simcpec.model.world import Floats
from simcpec.reporting.figures.style import ACCENT, COLOURS, INK, Naming, canvas, labels, periods_axis, tint
from simcpec.reporting.formatting import name_of, plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND = (0.05, 0.95)
CAPACITY = (0, (5, 2))


@dataclass(frozen=True, kw_only=True)
class ResourceUse:
    """How many are in use, or wait, on average over each period of each history.

    label : of the panel.      unit : of both arrays.      hue : colour.      used : (M, T).
    capacity : (M, T) how many there are; None for a queue.      days : (T,) lengths of periods.
    """

    label: str
    unit: str
    hue: str
    used: Floats
    capacity: Floats | None
    days: Floats

    @property
    def mean(self) -> float:
        """How many on the mean of all time."""
        return float(np.average(self.used.mean(axis=0), weights=self.days))

    @property
    def absent(self) -> bool:
        """Whether there is nothing to use, or nobody ever waits."""
        return not (self.used if self.capacity is None else self.capacity).any()

    def utilisation(self) -> float | None:
        """Share of all capacity that is in use; None for a queue and without capacity."""
        if self.capacity is None or self.absent:
            return None
        return self.mean / float(np.average(self.capacity.mean(axis=0), weights=self.days))

    def rows(self) -> list[tuple[float, float, float, float | None]]:
        """Mean, 5 % and 95 % point over histories, and mean capacity of every period."""
        low, high = np.quantile(self.used, BAND, axis=0)
        there = [None] * len(low) if self.capacity is None else self.capacity.mean(axis=0).tolist()
        return list(zip(self.used.mean(axis=0).tolist(), low.tolist(), high.tolist(), there, strict=True))


def uses(result: ScenarioResult) -> tuple[ResourceUse, ...]:
    """Escort teams, response teams, movements that wait for an escort and leads that wait for a team, nationwide."""
    days = np.array(result.axes.period_days)

    def mean_number(table: Floats) -> Floats:
        """(M, T) of integrals over time (D, R, T, ...)."""
        summed = table.sum(axis=tuple(range(3, table.ndim)))
        return np.asarray(summed.reshape(-1, summed.shape[2]) / days)

    of = result.province
    return (
        ResourceUse(label="Guards on escort", unit="escort teams", hue=ACCENT,
                    used=mean_number(of[..., PROV_BUSY_ESCORT_DAYS]), capacity=mean_number(of[..., PROV_ESCORT_DAYS]),
                    days=days),
        ResourceUse(label="Response teams at work", unit="teams", hue=COLOURS[2],
                    used=mean_number(of[..., PROV_BUSY_DAYS]), capacity=mean_number(of[..., PROV_TEAM_DAYS]),
                    days=days),
        ResourceUse(label="Movements that wait for an escort", unit="movements", hue=ACCENT,
                    used=mean_number(result.cohort[..., COHORT_WAIT_DAYS]), capacity=None, days=days),
        ResourceUse(label="Leads that wait for a team", unit="leads", hue=COLOURS[2],
                    used=mean_number(of[..., PROV_QUEUE_DAYS]), capacity=None, days=days),
    )  # fmt: skip


def resource_use(study: Study) -> Sketch:
    """The sketch of F14: the baseline, or the first scenario."""
    at = study.baseline or 0
    first = study.scenarios[at]
    found, every = uses(first), [uses(result) for result in study.scenarios]
    more = f" Drawn is {name_of(study, at)} alone; the data file has all scenarios." if len(every) > 1 else ""
    return Sketch(
        id="F14",
        slug="resource-use",
        title="Guards and response teams in use, and who waits for them",
        caption=(
            "Mean number in use, or waiting, over each period, all provinces; shaded: 5-95 % of the "
            f"{plural(first.draws * first.rows, 'history', 'histories')} that are kept. Dashed: how many teams there "
            "are, on the mean. "
            "A queue can be long while teams are free on the mean: they stand in other provinces, or calls come at "
            "once. Waits of movements are booked in the period in which they end. Numbers are those that studies keep "
            "of each period, nothing is simulated again; `run.period: month` gives a finer course."
            f"{more}"
        ),
        alt="; ".join(_said(each) for each in found) + ".",
        draw=lambda naming: _draw(study, at, found, naming),
        fields=("scenario", "name", "what", "unit", "period", "mean", "low_90", "high_90", "capacity"),
        records=tuple(
            (key_of(s), study.scenarios[s].name, each.label, each.unit, period, *row)
            for s, of in enumerate(every)
            for each in of
            for period, row in zip(study.scenarios[s].axes.periods, each.rows(), strict=True)
        ),
    )


def _said(each: ResourceUse) -> str:
    """A panel in words."""
    if each.absent:
        return f"{each.label}: none"
    share = each.utilisation()
    mean = significant(each.mean)
    return f"{each.label}: {mean} on the mean" + ("" if share is None else f", {significant(100.0 * share)} % of all")


def _draw(study: Study, at: int, found: tuple[ResourceUse, ...], naming: Naming) -> Figure:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure = canvas(5.0)
    ends = np.concatenate([[0.0], np.cumsum(study.scenarios[at].axes.period_days)]) / 365.25
    for axes, each in zip(figure.subplots(2, 2).flat, found, strict=True):
        _panel(axes, each, ends)
        periods_axis(axes, ends[1:], study.scenarios[at].axes.periods, most=5)
    key = [
        Line2D([], [], color=INK, linewidth=1.6, label="mean"),
        Patch(color=tint(INK, 0.25), linewidth=0, label="5-95 % of histories"),
        Line2D([], [], color=INK, linewidth=1.2, linestyle=CAPACITY, label="capacity"),
    ]
    figure.suptitle(labels(study, [at], naming, 60)[0], fontsize=9, x=0.01, ha="left", color=INK)
    figure.legend(handles=key, loc="outside lower center", ncols=3, fontsize=8)
    return figure


def _panel(axes: Axes, each: ResourceUse, ends: Floats) -> None:
    """Steps of the mean within its band, and the capacity; words where there is none."""
    share = each.utilisation()
    used = "" if share is None else f": {significant(100.0 * share)} % in use"
    axes.set_title(f"{each.label}{used}", fontsize=9)
    axes.set_ylabel(each.unit)
    if each.absent:
        axes.text(0.5, 0.5, "none in this scenario", transform=axes.transAxes, ha="center", va="center", fontsize=8.5)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([])
        return
    mean, low, high, there = (np.array(column, dtype=float) for column in zip(*each.rows(), strict=True))
    lower, upper = (np.append(side, side[-1]) for side in (low, high))
    axes.fill_between(ends, lower, upper, step="post", color=tint(each.hue, 0.25), linewidth=0)
    axes.stairs(mean, ends, color=each.hue, linewidth=1.6, baseline=None)
    if each.capacity is not None:
        axes.stairs(there, ends, color=INK, linewidth=1.2, linestyle=CAPACITY, baseline=None)
    top = float(np.nanmax(np.concatenate([high, there])))
    axes.set_ylim(0.0, 1.12 * top)
    axes.grid(axis="y")
