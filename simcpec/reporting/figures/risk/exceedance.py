"""F10: how often the loss or the deaths of a year, or those of its largest event, exceed an amount."""

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
from simcpec.reporting.figures.risk.largest_event import largest_events
from simcpec.reporting.figures.style import SOFT, Naming, canvas, colour, tint
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MILLION = 1e6
FULL_YEAR = 360.0  # days from which a year is whole
ONE_IN_TEN = 0.9
SHADED = 3  # curves whose intervals can be told apart
HARM = [COST_LINES.index(line) for line in HARM_SIDE]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One amount of a year, in `unit`, with the curve of every scenario.

    least : curves of what the amount is at least, where sums leave it open; else ().
    """

    label: str
    unit: str
    curves: tuple[LossCurve, ...]
    least: tuple[LossCurve, ...] = ()

    def line(self, s: int) -> Line:
        """The part of a curve that logarithmic axes show."""
        of = self.curves[s]
        shown = self.shown(s)
        return of.losses[shown], of.exceeded[shown]

    def band(self, s: int) -> tuple[Floats, Floats]:
        """Both Monte Carlo limits of `line`: the lower one of what the amount is at least."""
        of, shown = self.curves[s], self.shown(s)
        low = of.low[shown]
        if self.least:
            below = self.least[s]
            at = np.searchsorted(below.losses, of.losses[shown], side="right") - 1
            low = np.where(at < 0, below.low[0], below.low[at])
        return low, of.high[shown]

    def shown(self, s: int) -> np.ndarray:
        """Truth of the points that logarithmic axes show."""
        return (self.curves[s].losses > 0.0) & (self.curves[s].exceeded > 0.0)


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
    parts, first = measured(study), study.scenarios[0]
    return Sketch(
        id="F10",
        slug="exceedance",
        title="How often a year exceeds an amount",
        caption=(
            f"Share of the simulated years (of {plural(first.rows, 'replication')} that are kept of each of "
            f"{plural(first.draws, 'parameter draw')}, {plural(len(whole_years(first)), 'whole year')} each) in "
            "which the amount is exceeded; both axes logarithmic. Aggregate: loss (damage, stoppage and outlays lost, "
            "all provinces; persons are not priced) and foreign deaths of all events of a year. Occurrence: foreign "
            "deaths of the largest event of a year. Shaded: 95 % Monte Carlo interval of the share, counted in "
            f"replications, since years of one hang together{_shaded(study)}. Years without any: "
            f"{_zeros(study, parts[0])} (loss), {_zeros(study, parts[1])} (deaths).{_open(parts[2])}{left_out(study)}"
        ),
        alt=_alt(study, parts),
        draw=lambda naming: _draw(study, parts, naming),
        fields=("measure", "unit", "scenario", "name", "amount", "share_above", "mc_low", "mc_high",
                "share_of_zero_years"),
        records=tuple(
            (label, of.unit, key_of(s), result.name, *(float(each) for each in row), curves[s].zero)
            for of in parts
            for label, curves in ((of.label, of.curves), (f"{of.label}, at least", of.least))
            for s, result in enumerate(study.scenarios) if curves
            for row in _points(curves[s])
        ),
    )  # fmt: skip


def measured(study: Study) -> tuple[Measured, Measured, Measured]:
    """The loss and the deaths of a year, and the deaths of its largest event."""
    found = [yearly(result) for result in study.scenarios]
    worst = [largest_events(result, whole_years(result)) for result in study.scenarios]
    known = all(np.array_equal(least, most) for least, most in worst)
    return (
        Measured(label="Loss of a year", unit="USD m", curves=tuple(loss_curve(loss) for loss, _ in found)),
        Measured(label="Deaths of a year", unit="foreign deaths", curves=tuple(loss_curve(each) for _, each in found)),
        Measured(
            label="Deaths, largest event",
            unit="foreign deaths",
            curves=tuple(loss_curve(most) for _, most in worst),
            least=() if known else tuple(loss_curve(least) for least, _ in worst),
        ),
    )


def _shaded(study: Study) -> str:
    """Which curves have an interval, where not all do."""
    return f"; of {key_of(study.baseline or 0)} alone" if len(drawn_ones(study)) > SHADED else ""


def _open(of: Measured) -> str:
    """What sums of events leave open of the largest one, as a sentence with a space before it."""
    if not of.least:
        return ""
    return (
        " Studies keep sums of events by period, cell and mode: where two breaches fall together, the line has what "
        "the worse can have at most, and the shading reaches down to what it has at least; `run.period: month` parts "
        "more of them."
    )


def _points(of: LossCurve) -> Iterator[tuple[float, float, float, float]]:
    """Amount, share of years above it, and both Monte Carlo limits."""
    return zip(of.losses, of.exceeded, of.low, of.high, strict=True)


def _zeros(study: Study, of: Measured) -> str:
    return ", ".join(f"{key_of(s)} {significant(100.0 * of.curves[s].zero)} %" for s in drawn_ones(study))


def _alt(study: Study, parts: Sequence[Measured]) -> str:
    """The loss, and the deaths of the largest event, that one year in ten exceeds."""
    said = ""
    for of, what in ((parts[0], "Loss in USD m"), (parts[2], "Deaths of the largest event")):
        worst = [
            f"{key_of(s)} {significant(tail.var)}"
            for s in drawn_ones(study)
            for tail in of.curves[s].tails
            if tail.level == ONE_IN_TEN
        ]
        said += f"{what} that one year in ten exceeds: {', '.join(worst)}. " if worst else ""
    return (
        "Exceedance curves of the loss and of the deaths of a year, and of the deaths of its largest event. "
        f"{said}Years without loss: {_zeros(study, parts[0])}."
    )


def _draw(study: Study, parts: Sequence[Measured], naming: Naming) -> Figure:
    figure = canvas(3.7)
    panels = figure.subplots(1, len(parts))
    for axes, of in zip(panels, parts, strict=True):
        _panel(axes, study, of, naming)
    panels[0].set_ylabel("share of years above")
    legend_below(figure, panels[0], columns=2)
    return figure


def _panel(axes: Axes, study: Study, of: Measured, naming: Naming) -> None:
    lines = {s: of.line(s) for s in drawn_ones(study)}
    same = first_equal(list(lines.values()))
    least = min((float(y.min()) for _, y in lines.values() if len(y)), default=0.0)
    for place, (s, (x, _)) in enumerate(lines.items()):
        if same[place] == place and len(x) and (len(lines) <= SHADED or s == (study.baseline or 0)):
            low, high = (np.maximum(each, least / 2) for each in of.band(s))
            axes.fill_between(x, low, high, color=tint(colour(study, s, list(lines)), 0.15), linewidth=0)
    draw_curves(axes, study, lines, naming)
    zero = of.curves[study.baseline or 0].zero
    axes.annotate(f"none in {significant(100.0 * zero)} %\nof years ({key_of(study.baseline or 0)})", (0.03, 0.04),
                  xycoords="axes fraction", fontsize=7.5, color=SOFT)  # fmt: skip
    if least > 0.0:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(least / 1.5, 1.1)
    else:
        axes.text(0.5, 0.5, "nothing in any year", transform=axes.transAxes, ha="center", fontsize=9)
    log_ticks(axes.xaxis)
    log_ticks(axes.yaxis)
    axes.set_xlabel(of.unit)
    axes.set_title(of.label)
    axes.grid()
