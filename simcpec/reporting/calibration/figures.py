"""Figures of a calibration, drawn from its numbers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcpec.calibration.fit import FitRow
from simcpec.calibration.identifiability import Identified
from simcpec.catalogue.laws import Z_975
from simcpec.model.world import Floats
from simcpec.reporting.calibration.numbers import BINS, CalibrationNumbers, RankBin, Ridge, Row
from simcpec.reporting.figures.style import ACCENT, COLOURS, FAINT, INK, MARKERS, SOFT, canvas, row_height
from simcpec.reporting.formatting import significant
from simcpec.reporting.picture import Sketch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 26  # settings of a figure
DRAWN = 400  # points of the ridge, the heaviest
PREDICTED = ("target", "observed", "low", "median", "high", "per_cent", "tail", "inside")  # columns of intervals
PATTERN_FIELDS = ("pattern", "before_low", "before", "before_high", "after_low", "after", "after_high")
DRIFT_FIELDS = (
    "province", "persistence_low", "persistence", "persistence_high", "innovation_low", "innovation",
    "innovation_high",
)  # fmt: skip
RANK_FIELDS = ("panel", "from", "to", "count")


# ------------------------------------------------------------------------------------------------ the fit


def predictive(of: CalibrationNumbers) -> Sketch:
    """CF1: predictive intervals of counts and persons with what was observed."""
    rows = [row for row in of.fit if row.kind in ("count", "harm")]
    return Sketch(
        id="CF1",
        slug="predictive",
        title="What the ensemble predicts, and what was observed",
        caption=(
            "Predictive intervals of the window: 90 % of counts of attacks, 95 % of persons; bar: median; "
            "diamond: observed. The scale is that of the square root, which shows small counts."
        ),
        alt="; ".join(f"{r.target}: {r.observed:g} in {r.low:g} to {r.high:g}" for r in rows),
        draw=lambda naming: _predictive(rows),
        fields=PREDICTED,
        records=predicted_records(rows),
    )


def predicted_records(rows: Sequence[FitRow]) -> tuple[tuple[object, ...], ...]:
    """The data of a figure of predictive intervals, with the columns `PREDICTED`."""
    return tuple(tuple(getattr(row, field) for field in PREDICTED) for row in rows)


def _predictive(rows: Sequence[FitRow]) -> Figure:
    figure = canvas(0.8 + row_height(len(rows)) * len(rows))
    axes = figure.subplots()
    for y, row in enumerate(rows):
        axes.plot([row.low, row.high], [y, y], color=ACCENT, linewidth=3.0, solid_capstyle="butt")
        axes.plot([row.median], [y], marker="|", color=ACCENT, markersize=11)
        axes.plot(
            [row.observed],
            [y],
            marker="D",
            color=COLOURS[1],
            markeredgecolor=INK,
            markersize=6,
            linestyle="none",
            clip_on=False,
        )
    axes.set_xscale("function", functions=(_root, np.square))
    ticks = [n for n in (0, 1, 5, 10, 20, 50, 100, 200, 400) if n <= 1.2 * max(row.high for row in rows)]
    axes.set_xticks(ticks)
    axes.set_xlim(0.0, 1.1 * max(max(row.high, row.observed) for row in rows) + 1.0)
    axes.set_xlabel("attacks, persons")
    named(axes, [row.target for row in rows])
    return figure


def _root(x: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(x, 0.0)))


def patterns(of: CalibrationNumbers) -> Sketch | None:
    """CF2: patterns before and after, in deviations of their targets; elasticities against literature among them."""
    rows = of.patterns
    if rows is None:
        return None
    return Sketch(
        id="CF2",
        slug="patterns",
        title="Patterns and elasticities against their targets",
        caption=(
            "In standard deviations of the target, its discrepancy included; shaded: 95 % of the target, from the "
            "literature or from counts of others. Thin: before; thick: after; bar: median."
        ),
        alt="; ".join(f"{row[0]}: {row[5]:.1f} deviations" for row in rows),
        draw=lambda naming: _patterns(rows),
        fields=PATTERN_FIELDS,
        records=rows,
    )


def _patterns(rows: Sequence[Row]) -> Figure:
    figure = canvas(0.9 + row_height(len(rows)) * len(rows))
    axes = figure.subplots()
    axes.axvspan(-Z_975, Z_975, color=FAINT, zorder=0)
    axes.axvline(0.0, color=SOFT, linewidth=0.8)
    for y, (_, low, middle, high, after_low, after, after_high) in enumerate(rows):
        _before_after(axes, y, (low, middle, high), (after_low, after, after_high))
    axes.set_xlabel("deviations from the target")
    named(axes, [row[0] for row in rows])
    return figure


# ------------------------------------------------------------------------------------------------ what was moved


def settings(of: CalibrationNumbers) -> Sketch:
    """CF3: settings before and after, those first that the data do not move."""
    kept = [each for each in of.settings if each.driver or each.moved or each.key.endswith(".plots")][:MOST]
    return Sketch(
        id="CF3",
        slug="settings",
        title="Settings before and after the data",
        caption=(
            "Drivers, births and what else was moved, on the scale of the prior: 0 and 1 are the ends of its 95 "
            "%. Thin: before; thick: after; bar: median. Per cent: how much of the variance the data take away; "
            "grey names were not moved by more than noise."
        ),
        alt="; ".join(f"{each.key}: contraction {each.contraction:.2f}" for each in kept),
        draw=lambda naming: _settings(kept),
        fields=(
            "key",
            "before_low",
            "before",
            "before_high",
            "after_low",
            "after",
            "after_high",
            "contraction",
            "moved",
        ),
        records=tuple((e.key, *e.before, *e.after, e.contraction, e.moved) for e in kept),
    )


def _settings(kept: Sequence[Identified]) -> Figure:
    figure = canvas(0.8 + row_height(len(kept)) * len(kept))
    axes = figure.subplots()
    for y, each in enumerate(kept):
        _before_after(axes, y, (0.0, _place(each, each.before[1]), 1.0), tuple(_place(each, x) for x in each.after))
        share = f"{100.0 * max(each.contraction, 0.0):.0f} %"
        axes.text(1.14, y, share, va="center", ha="right", fontsize=8, color=INK if each.moved else SOFT)
    axes.set_xlim(-0.12, 1.15)
    axes.set_xlabel("place in the prior: 0 and 1 are the ends of its 95 %")
    named(axes, [each.key.removeprefix("world.") for each in kept], soft=[not each.moved for each in kept])
    return figure


def _place(each: Identified, value: float) -> float:
    """Where a value lies between the ends of the prior, by its logarithm where all is positive."""
    low, _, high = each.before
    if min(low, value) > 0.0:
        low, high, value = (float(np.log(x)) for x in (low, high, value))
    return float(np.clip((value - low) / max(high - low, 1e-300), -0.1, 1.1))


def ridge_plot(of: CalibrationNumbers) -> Sketch | None:
    """CF4: births against attacks of one birth: the data fix their product."""
    whole = of.ridge
    if whole is None:
        return None
    chosen = np.argsort(-whole.weights, kind="stable")[:DRAWN]
    chosen = chosen[whole.weights[chosen] > 0.0]
    drawn = Ridge(
        births=np.exp(whole.births[chosen]), passage=np.exp(whole.passage[chosen]), weights=whole.weights[chosen],
        correlation=whole.correlation, rate=whole.rate,
    )  # fmt: skip
    columns = (drawn.births.tolist(), drawn.passage.tolist(), drawn.weights.tolist())
    return Sketch(
        id="CF4",
        slug="ridge",
        title="Attempts and passage: the data fix their product",
        caption=(
            "Draws by their births of plots and by attacks of one birth; area: weight. The line has the median "
            f"rate of {significant(whole.rate[1])} attacks a year, the band its 95 %. Correlation of the logarithms: "
            f"{whole.correlation:.2f}."
        ),
        alt=f"{len(chosen)} draws along a falling line; correlation {whole.correlation:.2f}.",
        draw=lambda naming: _ridge(drawn.births, drawn.passage, drawn.weights, drawn.rate),
        fields=("births_per_year", "attacks_per_birth", "weight"),
        records=tuple(zip(*columns, strict=True)),
    )


def _ridge(births: Floats, passage: Floats, weights: Floats, rate: tuple[float, float, float]) -> Figure:
    figure = canvas(4.2)
    axes = figure.subplots()
    x = np.geomspace(0.7 * births.min(), 1.4 * births.max(), 100)
    axes.fill_between(x, rate[0] / x, rate[2] / x, color=FAINT, zorder=0)
    axes.plot(x, rate[1] / x, color=SOFT, linewidth=1.2)
    axes.scatter(
        births, passage, s=8.0 + 160.0 * weights / weights.max(), color=COLOURS[0], alpha=0.5, edgecolor="none"
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(0.6 * passage.min(), 1.6 * passage.max())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    axes.set_xlabel("births of plots a year, all provinces")
    axes.set_ylabel("attacks of one birth")
    axes.grid()
    return figure


def drift(of: CalibrationNumbers) -> Sketch | None:
    """CF5: drift by province from its own counts, beside what all of them say together."""
    rows = of.drift
    if rows is None:
        return None
    return Sketch(
        id="CF5",
        slug="drift",
        title="Drift of the threat by province",
        caption=(
            "Persistence and innovation of the log level from quarter to quarter, from monthly counts of each "
            "province alone with flat priors between the ends of the axes; lines: 95 %. Last: all provinces "
            "together with the prior, at the weight of the targets file, which the draws have."
        ),
        alt="; ".join(f"{row[0]}: persistence {row[2]:.2f}, innovation {row[5]:.2f}" for row in rows),
        draw=lambda naming: _drift(rows),
        fields=DRIFT_FIELDS,
        records=rows,
    )


def _drift(rows: Sequence[Row]) -> Figure:
    figure = canvas(0.9 + row_height(len(rows)) * len(rows))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, first, title in zip(panels, (1, 4), ("persistence", "innovation"), strict=True):
        for y, row in enumerate(rows):
            hue = INK if y == len(rows) - 1 else COLOURS[y % len(COLOURS)]
            low, middle, high = row[1:4] if first == 1 else row[4:7]
            axes.plot([low, high], [y, y], color=hue, linewidth=1.6)
            axes.plot([middle], [y], marker=MARKERS[y % len(MARKERS)], color=hue, markersize=6)
        axes.set_xlabel(title)
        axes.grid(True, axis="x")
    panels[1].tick_params(axis="y", length=0)
    panels[1].spines["left"].set_visible(False)
    named(panels[0], [row[0] for row in rows])
    return figure


# ------------------------------------------------------------------------------------------------ checks


def ranks(of: CalibrationNumbers) -> Sketch | None:
    """CF6: ranks of known truths, with a planted error, and places of what came among the forecasts."""
    rows = of.ranks
    if rows is None:
        return None
    counts = _counted(rows)
    return Sketch(
        id="CF6",
        slug="ranks",
        title="Ranks of truths, and of what came",
        caption=(
            f"Left: ranks of known truths of each province, {counts[0][1].sum():,} in all, even with p = "
            f"{of.even:.2g}. Middle: the control, a fit that takes counts as Poisson, p = {of.planted:.1g}. Right: "
            "quarters of 2013 and 2014 among forecasts made before them; a hump in the middle means intervals that are "
            "too wide. Line "
            "and band: even, with 95 % of chance."
        ),
        alt="; ".join(f"{name}: {', '.join(map(str, bins.tolist()))}" for name, bins in counts),
        draw=lambda naming: _ranks(counts),
        fields=RANK_FIELDS,
        records=rows,
    )


def _counted(rows: Sequence[RankBin]) -> list[tuple[str, np.ndarray]]:
    """Counts of the bins of each panel."""
    names = dict.fromkeys(row[0] for row in rows)
    return [(name, np.array([row[3] for row in rows if row[0] == name])) for name in names]


def _ranks(counts: Sequence[tuple[str, np.ndarray]]) -> Figure:
    figure = canvas(2.5)
    for axes, (name, bins) in zip(figure.subplots(1, len(counts)), counts, strict=True):
        total = int(bins.sum())
        even, spread = total / BINS, float(np.sqrt(total * (1.0 / BINS) * (1.0 - 1.0 / BINS)))
        axes.axhspan(max(0.0, even - Z_975 * spread), even + Z_975 * spread, color=FAINT, zorder=0)
        axes.bar((np.arange(BINS) + 0.5) / BINS, bins, width=0.9 / BINS, color=COLOURS[0])
        axes.axhline(even, color=SOFT, linewidth=0.9)
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("rank")
    return figure


# ------------------------------------------------------------------------------------------------ parts


def _before_after(axes: Axes, y: float, before: Sequence[float], after: Sequence[float]) -> None:
    """A thin line of the prior, a thick one of the posterior above it, and both medians."""
    axes.plot([before[0], before[2]], [y, y], color=SOFT, linewidth=1.0)
    axes.plot([before[1]], [y], marker="|", color=SOFT, markersize=8)
    axes.plot([after[0], after[2]], [y, y], color=ACCENT, linewidth=3.2, solid_capstyle="butt", alpha=0.85)
    axes.plot([after[1]], [y], marker="|", color=INK, markersize=11)


def named(axes: Axes, names: Sequence[str], *, soft: Sequence[bool] = ()) -> None:
    """Names of rows from above to below."""
    axes.set_yticks(range(len(names)), labels=list(names))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(True, axis="x")
    axes.spines["left"].set_visible(False)
    for label, is_soft in zip(axes.get_yticklabels(), soft, strict=False):
        label.set_color(SOFT if is_soft else INK)
