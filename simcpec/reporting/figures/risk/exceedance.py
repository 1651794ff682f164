"""F10: how often the loss, or the deaths, of a year exceed an amount, with the years in which nothing happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcpec.economics.cost_lines import COST_LINES, HARM_SIDE
from simcpec.economics.decision.loss_tails import LossCurve, loss_curve
from simcpec.model.outcome import CELL_DEATHS
from simcpec.model.world import Floats
from simcpec.reporting.figures.curves import (
    Line,
    draw_curves,
    drawn_ones,
    first_equal,
    left_out,
    legend_below,
    log_ticks,
)
from simcpec.reporting.figures.style import Naming, Sketch, canvas, colour, tint
from simcpec.reporting.formatting import plural, significant
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MILLION = 1e6
FULL_YEAR = 360.0  # days from which a year is whole
ONE_IN_TEN = 0.9
HARM = [COST_LINES.index(line) for line in HARM_SIDE]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One amount of a year, in `unit`, with the curve of every scenario."""

    label: str
    unit: str
    curves: tuple[LossCurve, ...]

    def line(self, s: int) -> Line:
        """The part of a curve that logarithmic axes show."""
        of = self.curves[s]
        shown = (of.losses > 0.0) & (of.exceeded > 0.0)
        return of.losses[shown], of.exceeded[shown]


def whole_years(result: ScenarioResult) -> list[list[int]]:
    """Periods of every whole year of the run, by the year that their labels begin with."""
    found: dict[str, list[int]] = {}
    for t, label in enumerate(result.axes.periods):
        found.setdefault(label[:4], []).append(t)
    return [of for of in found.values() if sum(result.axes.period_days[t] for t in of) >= FULL_YEAR]


def yearly(result: ScenarioResult) -> tuple[Floats, Floats]:
    """(M, Y) loss in USD m, and deaths of foreigners, of every whole year of every replication that is kept."""
    by_period = result.costs[..., HARM].sum((3, 4)) / MILLION, result.cell[..., CELL_DEATHS].sum((3, 4, 5))
    years = whole_years(result)
    loss, deaths = (
        np.stack([each[..., of].sum(-1) for of in years], axis=-1).reshape(-1, len(years)) for each in by_period
    )
    return loss, deaths


def exceedance(study: Study) -> Sketch | None:
    """The sketch of F10; None where no year of the run is whole."""
    if any(not whole_years(result) for result in study.scenarios):
        return None
    found = [yearly(result) for result in study.scenarios]
    both = (
        Measured(label="Loss of a year", unit="USD m", curves=tuple(loss_curve(loss) for loss, _ in found)),
        Measured(
            label="Foreign deaths of a year", unit="persons", curves=tuple(loss_curve(deaths) for _, deaths in found)
        ),
    )
    first = study.scenarios[0]
    return Sketch(
        id="F10",
        slug="exceedance",
        title="How often a year exceeds an amount",
        caption=(
            f"Share of the simulated years (of {plural(first.rows, 'replication')} that are kept of each of "
            f"{plural(first.draws, 'parameter draw')}, {plural(len(whole_years(first)), 'whole year')} each) in "
            f"which the "
            "amount is exceeded; both axes logarithmic. Loss: damage, stoppage and outlays lost, all provinces; "
            "persons "
            "are not priced. Shaded: 95 % Monte Carlo interval of the share, counted in replications, since years "
            "of one hang together. "
            f"Years without any: {_zeros(study, both[0])} (loss). Studies keep sums of events, not single ones, so "
            f"that "
            f"there is no curve of the largest event.{left_out(study)}"
        ),
        alt=_alt(study, both[0]),
        draw=lambda naming: _draw(study, both, naming),
        fields=("measure", "unit", "scenario", "name", "amount", "share_above", "mc_low", "mc_high",
                "share_of_zero_years"),
        records=tuple(
            (of.label, of.unit, key_of(s), result.name, *(float(each) for each in row), of.curves[s].zero)
            for of in both
            for s, result in enumerate(study.scenarios)
            for row in _points(of.curves[s])
        ),
    )  # fmt: skip


def _points(of: LossCurve) -> Iterator[tuple[float, float, float, float]]:
    """Amount, share of years above it, and both Monte Carlo limits."""
    return zip(of.losses, of.exceeded, of.low, of.high, strict=True)


def _zeros(study: Study, of: Measured) -> str:
    return ", ".join(f"{key_of(s)} {significant(100.0 * of.curves[s].zero)} %" for s in drawn_ones(study))


def _alt(study: Study, of: Measured) -> str:
    """The amount that one year in ten exceeds."""
    parts = []
    for s in drawn_ones(study):
        worst = [tail for tail in of.curves[s].tails if tail.level == ONE_IN_TEN]
        parts += [f"{key_of(s)} {significant(tail.var)}" for tail in worst]
    said = f"Loss in USD m that one year in ten exceeds: {', '.join(parts)}. " if parts else ""
    return f"Exceedance curves of the loss and of the deaths of a year. {said}Years without loss: {_zeros(study, of)}."


def _draw(study: Study, both: Sequence[Measured], naming: Naming) -> Figure:
    figure = canvas(3.7)
    panels = figure.subplots(1, 2)
    for axes, of in zip(panels, both, strict=True):
        _panel(axes, study, of, naming)
    legend_below(figure, panels[0], columns=2)
    return figure


def _panel(axes: Axes, study: Study, of: Measured, naming: Naming) -> None:
    lines = {s: of.line(s) for s in drawn_ones(study)}
    same = first_equal(list(lines.values()))
    least = min((float(y.min()) for _, y in lines.values() if len(y)), default=0.0)
    for place, (s, (x, _)) in enumerate(lines.items()):
        if same[place] == place and len(x):
            curve = of.curves[s]
            shown = (curve.losses > 0.0) & (curve.exceeded > 0.0)
            low, high = (np.maximum(each[shown], least / 2) for each in (curve.low, curve.high))
            axes.fill_between(x, low, high, color=tint(colour(study, s, list(lines)), 0.15), linewidth=0)
    draw_curves(axes, study, lines, naming)
    if least > 0.0:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(least / 1.5, 1.1)
    else:
        axes.text(0.5, 0.5, "nothing in any year", transform=axes.transAxes, ha="center", fontsize=9)
    log_ticks(axes.xaxis)
    log_ticks(axes.yaxis)
    axes.set_xlabel(of.unit)
    axes.set_ylabel("share of years above")
    axes.set_title(of.label)
    axes.grid()
